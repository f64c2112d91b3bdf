//! Active Directory, by Samba as its domain controller: names, states of accounts, nested groups.

use super::verifier::{guesses_lock_no_account, the_shipped_profile_names_users_as_active_directory_does};
use doorward::Code;
use doorward::internal::PasswordAnswer;
use doorward_testkit::directory::*;
use serde_json::{Value, json};

const PASSWORD: &str = "Correct-Horse.1";
const UNICODE: &str = "Zürich-Straße.9-密码";

/// Point 24 of `cases/entra.toml`: the sub-codes of a directory. One server for all: it takes some seconds to make.
#[test]
fn active_directory() {
    let Some(samba) = Samba::start() else { return };
    names(&samba);
    states(&samba);
    groups(&samba);
    search(&samba);
    tls(&samba);
    the_shipped_profile_names_users_as_active_directory_does(&samba, PASSWORD);
    guesses_lock_no_account(&samba, "dora", PASSWORD);
    lock(&samba);
}

fn asked(samba: &Samba, change: Value, name: &str, password: &str) -> PasswordAnswer {
    ask(&open(&changed(&samba.directory(), change), samba.folder()), name, password)
}

fn names(samba: &Samba) {
    let passwords = open(&samba.directory(), samba.folder());
    for (name, user) in [
        ("CONTOSO\\bob", "CONTOSO\\bob"),
        ("contoso\\BOB", "CONTOSO\\bob"),
        ("bob", "CONTOSO\\bob"),
        ("bob@contoso.example", "CONTOSO\\bob"),
        ("BOB@Contoso.Example", "CONTOSO\\bob"),
        ("carol.upn@contoso.example", "CONTOSO\\carol"),
        ("carol@contoso.example", "CONTOSO\\carol"),
        ("carol", "CONTOSO\\carol"),
        ("ünal", "CONTOSO\\ünal"),
    ] {
        assert_eq!(ask(&passwords, name, PASSWORD), proved(user, &[]), "{name}");
    }
    assert_eq!(ask(&passwords, "unicode", UNICODE), proved("CONTOSO\\unicode", &[]));
    for name in [
        "nobody",
        "CONTOSO\\nobody",
        "nobody@contoso.example",
        "carol.upn",
        "CONTOSO\\bob)(cn=*",
        "b*",
        "*",
        "bob@other.example",
        "OTHER\\bob",
        "CONTOSO\\",
        "CONTOSO\\CONTOSO\\bob",
        "@contoso.example",
    ] {
        assert_eq!(ask(&passwords, name, PASSWORD), REJECTED, "{name}");
    }
    assert_eq!(ask(&passwords, "bob", "wrong"), REJECTED);
    assert_eq!(ask(&passwords, "bob", ""), REJECTED);
    let base = |base: &str| asked(samba, json!({ "base": base }), "bob", PASSWORD);
    assert_eq!(base("dc=contoso,dc=example"), proved("CONTOSO\\bob", &[]));
    assert_eq!(base("CN=Users,DC=Contoso,DC=Example"), proved("CONTOSO\\bob", &[]));
    assert_unavailable(&base("CN=Computers,DC=contoso,DC=example"), "is not found");
    let principal = json!({ "user_attribute": "userPrincipalName" });
    assert_eq!(asked(samba, principal, "carol", PASSWORD), proved("carol.upn@contoso.example", &[]));
    let by_realm = json!({ "domain": null, "url": format!("ldaps://{}", samba.address), "ca_file": "ca.pem", "realms": ["contoso.example"] });
    let mut by_realm = by_realm;
    by_realm.as_object_mut().unwrap().remove("domain");
    assert_eq!(ask(&open(&by_realm, samba.folder()), "bob", PASSWORD), proved("bob", &[]));
}

fn states(samba: &Samba) {
    let passwords = open(&samba.directory(), samba.folder());
    for (name, code, number) in [
        ("disabled", Code::AccountDisabled, 0x533),
        ("must", Code::PasswordExpired, 0x773),
        ("expired", Code::PasswordExpired, 0x532),
        ("ended", Code::AccountExpired, 0x701),
        ("hours", Code::LogonRestricted, 0x530),
        ("elsewhere", Code::LogonRestricted, 0x531),
    ] {
        assert_eq!(ask(&passwords, name, PASSWORD), PasswordAnswer::Refused(code, number), "{name}");
        assert_eq!(ask(&passwords, name, "wrong"), REJECTED, "{name}");
    }
}

fn groups(samba: &Samba) {
    let roles = |roles: Value| asked(samba, json!({ "roles": roles }), "bob", PASSWORD);
    let dn = |name: &str| format!("CN={name},CN=Users,DC=contoso,DC=example");
    assert_eq!(roles(json!({})), proved("CONTOSO\\bob", &["Readers"]));
    assert_eq!(roles(json!({ "value": "dn" })), proved("CONTOSO\\bob", &[&dn("Readers")]));
    let all = ["Everyone at Contoso", "Readers", "Staff"];
    assert_eq!(roles(json!({ "nested": true })), proved("CONTOSO\\bob", &all));
    let dns = all.map(dn);
    let dns: Vec<&str> = dns.iter().map(String::as_str).collect();
    assert_eq!(roles(json!({ "nested": true, "value": "dn" })), proved("CONTOSO\\bob", &dns));
    assert_eq!(
        roles(json!({ "nested": true, "base": "CN=Builtin,DC=contoso,DC=example" })),
        proved("CONTOSO\\bob", &[])
    );
    assert_eq!(roles(json!({ "filter": "(&(objectClass=group)(member={dn}))" })), proved("CONTOSO\\bob", &["Readers"]));
    assert_eq!(asked(samba, json!({ "roles": { "nested": true } }), "carol", PASSWORD), proved("CONTOSO\\carol", &[]));
}

fn search(samba: &Samba) {
    std::fs::write(samba.folder().join("svc.pw"), PASSWORD).unwrap();
    let search = json!({ "service_user": "svc@contoso.example", "service_password_file": "svc.pw" });
    let way = changed(&samba.directory(), json!({ "search": search, "roles": { "nested": true } }));
    let passwords = open(&way, samba.folder());
    let all = ["Everyone at Contoso", "Readers", "Staff"];
    for name in ["bob", "CONTOSO\\bob", "bob@contoso.example"] {
        assert_eq!(ask(&passwords, name, PASSWORD), proved("CONTOSO\\bob", &all), "{name}");
        assert_eq!(ask(&passwords, name, "wrong"), REJECTED, "{name}");
        assert_eq!(ask(&passwords, name, PASSWORD), proved("CONTOSO\\bob", &all), "{name}");
    }
    for name in ["nobody", "*", "bob)(cn=*", "nobody@contoso.example"] {
        assert_eq!(ask(&passwords, name, PASSWORD), REJECTED, "{name}");
    }
    assert_eq!(ask(&passwords, "carol.upn@contoso.example", PASSWORD), proved("CONTOSO\\carol", &[]));
    assert_eq!(ask(&passwords, "disabled", PASSWORD), PasswordAnswer::Refused(Code::AccountDisabled, 0x533));
}

fn tls(samba: &Samba) {
    let url = json!({ "url": format!("ldap://{}", samba.address), "start_tls": true });
    assert_eq!(asked(samba, url.clone(), "bob", PASSWORD), proved("CONTOSO\\bob", &[]));
    assert_unavailable(
        &asked(samba, json!({ "ca_file": "other.pem" }), "bob", PASSWORD),
        "authority that is not trusted",
    );
    let plain = json!({ "url": format!("ldap://{}", samba.address), "danger_plaintext": true });
    assert_unavailable(&asked(samba, plain, "bob", PASSWORD), "demands TLS");
}

fn lock(samba: &Samba) {
    let passwords = open(&samba.directory(), samba.folder());
    assert_eq!(ask(&passwords, "locked", PASSWORD), proved("CONTOSO\\locked", &[]));
    for _ in 0..5 {
        assert_eq!(ask(&passwords, "locked", "wrong"), REJECTED);
    }
    assert_eq!(ask(&passwords, "locked", PASSWORD), PasswordAnswer::Refused(Code::AccountLocked, 0x775));
}
