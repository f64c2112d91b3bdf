//! Mistakes in the configuration of a directory, and what is said about each.

use doorward::Code;
use doorward::internal::Passwords;
use doorward_testkit::directory::*;
use serde_json::{Value, json};

#[track_caller]
fn mistake(folder: &Folder, change: Value, code: Code, words: &[&str]) {
    let good = json!({ "url": "ldaps://dc1.contoso.example", "ca_file": "ca.pem", "domain": "CONTOSO" });
    let mut ldap = changed(&good, change);
    ldap.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let (found, what) = match Passwords::open(&configuration(&ldap), folder.path()) {
        Ok(_) => panic!("it opens: {ldap}"),
        Err(error) => error,
    };
    assert_eq!(found, code, "{what}");
    words.iter().for_each(|word| assert!(what.contains(word), "{what:?} has no {word:?}"));
}

#[test]
fn each_mistake_has_its_place() {
    let folder = Folder::new();
    Certificates::write(folder.path(), &["localhost"]);
    let invalid = |change: Value, words: &[&str]| mistake(&folder, change, Code::FieldInvalid, words);
    let missing = |change: Value, words: &[&str]| mistake(&folder, change, Code::FieldMissing, words);
    let search = |change: Value| {
        let good = json!({ "service_user": "cn=svc,dc=test", "service_password_file": "svc.pw" });
        json!({ "search": changed(&good, change) })
    };
    invalid(json!({ "url": "ldap://dc1" }), &["user_managers.K2.ldap.url", "without TLS"]);
    invalid(json!({ "url": ["ldaps://a", "ldap://b"] }), &["url[1]", "without TLS"]);
    invalid(json!({ "url": "ldap://dc1", "start_tls": true, "danger_plaintext": true }), &["only one of"]);
    invalid(json!({ "start_tls": true }), &["ldap.start_tls", "no address"]);
    invalid(json!({ "danger_plaintext": true }), &["ldap.danger_plaintext", "no address"]);
    for url in [
        "dc1",
        "https://dc1",
        "ldaps://",
        "ldaps://a/dc=test",
        "ldaps://a?x",
        "ldaps://u@a",
        "ldaps://a:x",
        "ldaps://a:99999",
        "ldapi:///",
    ] {
        invalid(json!({ "url": url }), &["ldap.url", "an address is expected"]);
    }
    invalid(json!({ "url": [] }), &["ldap.url", "empty"]);
    invalid(json!({ "domain": "contoso.example" }), &["ldap.domain", "NetBIOS"]);
    invalid(json!({ "domain": "A\\B" }), &["ldap.domain", "before the backslash"]);
    invalid(json!({ "realms": ["a", "@b"] }), &["ldap.realms[1]", "after the @"]);
    invalid(json!({ "base": "contoso" }), &["ldap.base", "distinguished name"]);
    invalid(json!({ "dn": "uid=bob" }), &["ldap.dn", "{user}"]);
    invalid(json!({ "timeout": "0s" }), &["ldap.timeout", "1s"]);
    invalid(json!({ "user_attribute": "a b" }), &["ldap.user_attribute"]);
    invalid(changed(&search(json!({})), json!({ "dn": "uid={user}" })), &["only one of dn and search"]);
    invalid(search(json!({ "filter": "(uid=bob)" })), &["ldap.search.filter", "{user} is missing"]);
    invalid(search(json!({ "filter": "uid={user}" })), &["ldap.search.filter"]);
    invalid(search(json!({ "filter": "(uid={name})" })), &["ldap.search.filter", "{user}"]);
    invalid(search(json!({ "realm_filter": "(mail={mail})" })), &["ldap.search.realm_filter", "{realm}"]);
    invalid(json!({ "roles": { "nested": true, "filter": "(member={dn})" } }), &["ldap.roles", "only one"]);
    invalid(json!({ "roles": { "filter": "(cn=x)" } }), &["ldap.roles.filter", "{dn}"]);
    invalid(json!({ "roles": { "value": "sid" } }), &["ldap.roles.value"]);
    missing(json!({ "domain": null }), &["ldap", "domain or realms"]);
    missing(changed(&search(json!({})), json!({ "domain": null })), &["ldap.base"]);
    missing(json!({ "url": null }), &["url"]);
    let unreadable = |change: Value, words: &[&str]| mistake(&folder, change, Code::FileUnreadable, words);
    unreadable(json!({ "ca_file": "absent.pem" }), &["absent.pem"]);
    unreadable(json!({ "ca_file": "key.pem" }), &["key.pem", "none"]);
    unreadable(search(json!({})), &["svc.pw"]);
    for text in ["", "\n", "two\nlines\n"] {
        std::fs::write(folder.path().join("svc.pw"), text).unwrap();
        unreadable(search(json!({})), &["svc.pw", "empty"]);
    }
    mistake(&folder, json!({ "bas": "dc=test" }), Code::FieldUnknown, &["bas", "base"]);
}

#[test]
fn the_smallest_configurations_open() {
    let folder = Folder::new();
    Certificates::write(folder.path(), &["localhost"]);
    std::fs::write(folder.path().join("svc.pw"), "password\r\n").unwrap();
    let search = json!({ "service_user": "cn=svc,dc=test", "service_password_file": "svc.pw" });
    for ldap in [
        json!({ "url": "ldaps://dc1.contoso.example", "ca_file": "ca.pem", "domain": "CONTOSO" }),
        json!({ "url": "ldaps://[2001:db8::1]:1636/", "ca_file": "ca.pem", "realms": ["contoso.example"] }),
        json!({ "url": ["ldap://a", "ldaps://b"], "start_tls": true, "ca_file": "ca.pem", "dn": "uid={user},dc=test" }),
        json!({ "url": "ldap://a", "danger_plaintext": true, "dn": "uid={user},dc=test" }),
        json!({ "url": "ldaps://a", "ca_file": "ca.pem", "base": "dc=test", "search": search }),
    ] {
        open(&ldap, folder.path());
    }
}
