//! OpenLDAP: TLS, both ways to a user, groups, the states of accounts, and what names can't do.

use doorward::Code;
use doorward_testkit::directory::*;
use serde_json::{Value, json};

fn ldap_url(slapd: &Slapd) -> String {
    format!("ldap://127.0.0.1:{}", slapd.ldap)
}

/// Both ways to a user's entry.
fn both(slapd: &Slapd) -> [Value; 2] {
    [slapd.by_search(), slapd.by_dn()]
}

#[test]
fn right_and_wrong_passwords_over_tls() {
    let Some(slapd) = Slapd::start() else { return };
    let start_tls = json!({ "url": ldap_url(&slapd), "start_tls": true });
    let by_name = json!({ "url": format!("ldaps://localhost:{}", slapd.ldaps) });
    for way in both(&slapd) {
        for ldap in [way.clone(), changed(&way, start_tls.clone()), changed(&way, by_name.clone())] {
            let passwords = open(&ldap, slapd.folder());
            assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]), "{ldap}");
            assert_eq!(ask(&passwords, "ALICE", "alice-pw"), proved("alice", &[]), "the directory's way to write it");
            assert_eq!(ask(&passwords, "alice", "bob-pw"), REJECTED);
            assert_eq!(ask(&passwords, "nobody", "alice-pw"), REJECTED);
            assert_eq!(ask(&passwords, "bob", "bob-pw"), proved("bob", &[]), "after a wrong password");
        }
    }
    assert_eq!(
        slapd.logged(&["BIND dn=\"uid=alice", "mech=SIMPLE", "ssf=0"]),
        slapd.logged(&["BIND dn=\"uid=alice", "mech=SIMPLE"])
    );
    assert!(slapd.logged(&["STARTTLS"]) > 0, "some came by StartTLS");
}

#[test]
fn a_certificate_has_the_right_name_and_authority() {
    let Some(slapd) = Slapd::start() else { return };
    let other_name = json!({ "url": format!("ldaps://127.0.0.2:{}", slapd.ldaps) });
    let proxy = Proxy::start(slapd.ldaps);
    let ip = |port: u16| json!({ "url": format!("ldaps://127.0.0.1:{port}") });
    let plain = Proxy::start(slapd.ldap);
    for way in both(&slapd) {
        let say = |change: Value| {
            let passwords = open(&changed(&way, change), slapd.folder());
            ask(&passwords, "alice", "alice-pw")
        };
        assert_eq!(say(ip(proxy.port)), proved("alice", &[]), "through a proxy");
        assert_unavailable(&say(json!({ "ca_file": "other.pem" })), "authority that is not trusted");
        assert_unavailable(
            &say(json!({ "url": ldap_url(&slapd), "start_tls": true, "ca_file": "other.pem" })),
            "authority that is not trusted",
        );
        assert_unavailable(&say(ip(plain.port)), "127.0.0.1");
        assert_unavailable(&say(other_name.clone()), "127.0.0.2");
    }
    assert_eq!(
        slapd.logged(&["BIND dn=\"uid=alice", "mech=SIMPLE"]),
        2,
        "no password left the house but where TLS was right"
    );
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let Some(slapd) = Slapd::start() else { return };
    Certificates::write(slapd.folder(), &["dc1.example.test", "192.0.2.1"]);
    let mut slapd = slapd;
    slapd.stop();
    slapd.start_again();
    for way in both(&slapd) {
        for url in [format!("ldaps://127.0.0.1:{}", slapd.ldaps), format!("ldaps://localhost:{}", slapd.ldaps)] {
            let passwords = open(&changed(&way, json!({ "url": url })), slapd.folder());
            assert_unavailable(&ask(&passwords, "alice", "alice-pw"), "certificate is for another name");
        }
    }
    assert_eq!(slapd.binds(), 0);
}

#[test]
fn nobody_comes_in_without_a_password() {
    let Some(slapd) = Slapd::start() else { return };
    let alice = "uid=alice,ou=people,dc=example,dc=test";
    assert_eq!(slapd.whoami(alice, ""), Ok("anonymous".to_owned()), "the server would let it pass");
    assert_eq!(slapd.whoami("", ""), Ok("anonymous".to_owned()));
    let before = slapd.binds();
    for way in both(&slapd) {
        let passwords = open(&way, slapd.folder());
        for (name, password) in [
            ("alice", ""),
            ("alice", "\0"),
            ("alice", "\0\0\0"),
            ("alice", "\0alice-pw"),
            ("", "alice-pw"),
            (" ", "alice-pw"),
            ("", ""),
            ("ali\0ce", "alice-pw"),
        ] {
            assert_eq!(ask(&passwords, name, password), REJECTED, "{name:?} {password:?}");
        }
    }
    assert_eq!(slapd.binds(), before, "nothing was sent");
    let passwords = open(&slapd.by_dn(), slapd.folder());
    assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
    assert!(slapd.binds() > before, "what is sent is counted");
}

#[test]
fn names_stay_names() {
    let Some(slapd) = Slapd::start() else { return };
    for way in both(&slapd) {
        let passwords = open(&way, slapd.folder());
        // The positive control: users who are really called like that.
        for name in slapd_specials() {
            assert_eq!(passwords.check(name, "special-pw", TIME), proved(name, &[]), "{name}");
        }
        for name in [
            "*)(uid=*))(|(uid=*",
            "alice)(uid=*",
            "alic*",
            "a*",
            "alice)(objectClass=*",
            "\\61lice",
            "ali\\63e",
            "alice\\",
            "alice,ou=people",
            "x,ou=people",
            "alice+uid=alice",
            "#616c696365",
            "\"alice\"",
            "alice;",
            "uid=alice",
            "=alice",
            "alice,ou=people,dc=example,dc=test",
            "alice\u{0}",
            "alice\\00",
            "(&)",
            ")(uid=alice",
        ] {
            let before = slapd.logged(&["BIND dn=\"uid=alice,"]);
            assert_eq!(ask(&passwords, name, "alice-pw"), REJECTED, "{name}");
            assert_eq!(slapd.logged(&["BIND dn=\"uid=alice,"]), before, "{name}: no bind as alice");
        }
        // A directory takes spaces around a name for nothing. It is alice then, and is called so.
        for name in [" alice", "alice ", "  ALICE  "] {
            let answer = ask(&passwords, name, "alice-pw");
            assert!(answer == proved("alice", &[]) || answer == REJECTED, "{name:?}: {answer:?}");
        }
    }
}

/// Those without an @ or a backslash at the place where a domain would end.
fn slapd_specials() -> impl Iterator<Item = &'static str> {
    SPECIAL.into_iter().filter(|name| !name.contains('\\'))
}

#[test]
fn a_backslash_in_a_name_is_one_too() {
    let Some(slapd) = Slapd::start() else { return };
    for way in both(&slapd) {
        let passwords = open(&changed(&way, json!({ "domain": "X", "user_attribute": "uid" })), slapd.folder());
        let passwords = if way.get("search").is_some() {
            let search = changed(&way["search"], json!({ "filter": "(uid={user})" }));
            open(&changed(&way, json!({ "domain": "X", "user_attribute": "uid", "search": search })), slapd.folder())
        } else {
            passwords
        };
        for name in ["a\\2ab", "a\\b"] {
            assert_eq!(ask(&passwords, &format!("X\\{name}"), "special-pw"), proved(&format!("X\\{name}"), &[]));
        }
        assert_eq!(ask(&passwords, "x\\a\\62", "special-pw"), REJECTED);
        assert_eq!(ask(&passwords, "Y\\alice", "alice-pw"), REJECTED, "another domain");
        assert_eq!(ask(&passwords, "alice@x.test", "alice-pw"), REJECTED, "another realm");
        assert_eq!(ask(&passwords, "x\\alice", "alice-pw"), proved("X\\alice", &[]));
    }
}

#[test]
fn a_name_finds_one_entry_or_none() {
    let Some(slapd) = Slapd::start() else { return };
    let way = slapd.by_search();
    let search = |filter: &str| changed(&way["search"], json!({ "filter": filter }));
    let by_mail = changed(&way, json!({ "search": search("(|(uid={user})(mail={user}))") }));
    let passwords = open(&by_mail, slapd.folder());
    assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
    let before = slapd.binds();
    assert_unavailable(&ask(&passwords, "double", "alice-pw"), "more than 1 entries");
    assert_eq!(slapd.binds(), before);
    let narrow = changed(&way, json!({ "base": "ou=admins,dc=example,dc=test" }));
    assert_eq!(ask(&open(&narrow, slapd.folder()), "alice", "alice-pw"), REJECTED);
    let absent = changed(&way, json!({ "base": "ou=absent,dc=example,dc=test" }));
    assert_unavailable(&ask(&open(&absent, slapd.folder()), "alice", "alice-pw"), "see base");
}

#[test]
fn referrals_are_not_followed() {
    let Some(slapd) = Slapd::start() else { return };
    // Names of another suffix are referred to another server.
    let by_search = changed(&slapd.by_search(), json!({ "base": "dc=elsewhere" }));
    assert_unavailable(&ask(&open(&by_search, slapd.folder()), "alice", "alice-pw"), "refers to another server");
    // An entry that is a reference has no password.
    assert_eq!(ask(&open(&slapd.by_dn(), slapd.folder()), "away", "any-pw"), REJECTED);
    // Every search of the other directory brings a reference beside what is found.
    let passwords = open(&slapd.by_search(), slapd.folder());
    assert_eq!(ask(&passwords, "away", "any-pw"), REJECTED);
    assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
}

#[test]
fn the_states_of_accounts() {
    let Some(slapd) = Slapd::start() else { return };
    for (way, user) in [(slapd.by_search(), "lock"), (slapd.by_dn(), "bob")] {
        let passwords = open(&way, slapd.folder());
        let right = format!("{user}-pw");
        assert_eq!(ask(&passwords, "reset", "reset-pw"), refused(Code::PasswordExpired));
        assert_eq!(ask(&passwords, "reset", "wrong"), REJECTED);
        assert_eq!(ask(&passwords, "expired", "expired-pw"), refused(Code::PasswordExpired));
        let before = slapd.binds();
        assert_eq!(ask(&passwords, user, &right), proved(user, &[]));
        assert_eq!(slapd.binds() - before, 1, "one bind");
        let before = slapd.binds();
        for _ in 0..3 {
            assert_eq!(ask(&passwords, user, "wrong"), REJECTED);
        }
        assert_eq!(slapd.binds() - before, 3, "a wrong password costs one bind");
        assert_eq!(ask(&passwords, user, &right), refused(Code::AccountLocked));
    }
}

#[test]
fn who_can_not_be_read_is_not_guessed() {
    let Some(slapd) = Slapd::start() else { return };
    let passwords = open(&slapd.by_dn(), slapd.folder());
    assert_unavailable(&ask(&passwords, "hidden", "hidden-pw"), "can't be seen by the user");
    assert_eq!(ask(&passwords, "hidden", "wrong"), REJECTED);
    assert_eq!(ask(&open(&slapd.by_search(), slapd.folder()), "hidden", "hidden-pw"), proved("hidden", &[]));
}

#[test]
fn groups_are_roles() {
    let Some(slapd) = Slapd::start() else { return };
    let readers = "cn=Readers,ou=groups,dc=example,dc=test";
    let writers = "cn=Writers,ou=groups,dc=example,dc=test";
    let elsewhere = "cn=Elsewhere,ou=other,dc=test";
    let groups = "ou=groups,dc=example,dc=test";
    for (roles, alice) in [
        (json!({ "filter": "(member={dn})", "base": groups }), vec!["Readers", "Writers"]),
        (json!({ "filter": "(member={dn})", "base": groups, "value": "dn" }), vec![readers, writers]),
        (json!({ "attribute": "departmentNumber" }), vec!["Sales"]),
        (json!({ "attribute": "seeAlso" }), vec!["Elsewhere", "Readers"]),
        (json!({ "attribute": "seeAlso", "value": "dn" }), vec![elsewhere, readers]),
        (json!({ "attribute": "seeAlso", "base": groups }), vec!["Readers"]),
        (json!({ "attribute": "memberOf" }), vec![]),
    ] {
        for way in both(&slapd) {
            let passwords = open(&changed(&way, json!({ "roles": roles })), slapd.folder());
            assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &alice), "{roles}");
        }
    }
    let roles = json!({ "filter": "(member={dn})", "base": groups });
    let passwords = open(&changed(&slapd.by_search(), json!({ "roles": roles })), slapd.folder());
    assert_eq!(ask(&passwords, "bob", "bob-pw"), proved("bob", &["Writers"]));
    assert_eq!(ask(&passwords, "*)(uid=*", "special-pw"), proved("*)(uid=*", &[]), "a name in a filter for groups");
}

#[test]
fn the_service_account_is_not_locked_by_us() {
    let Some(slapd) = Slapd::start() else { return };
    std::fs::write(slapd.folder().join("svc.pw"), "wrong").unwrap();
    let passwords = open(&slapd.by_search(), slapd.folder());
    for _ in 0..5 {
        assert_unavailable(&ask(&passwords, "alice", "alice-pw"), "as the service account");
    }
    assert_eq!(slapd.logged(&["BIND dn=\"cn=svc,", "method=128"]), 1);
    std::fs::write(slapd.folder().join("svc.pw"), "service-pw").unwrap();
    assert_eq!(
        ask(&open(&slapd.by_search(), slapd.folder()), "alice", "alice-pw"),
        proved("alice", &[]),
        "after a reload"
    );
}

/// What the server's own time would tell, `an_unknown_user_waits_as_a_wrong_password_did` hides.
#[test]
fn an_unknown_user_costs_as_much_as_a_wrong_password() {
    let Some(slapd) = Slapd::start() else { return };
    let passwords = open(&slapd.by_search(), slapd.folder());
    for name in ["alice", "nobody", "alice", "nobody"] {
        let before = slapd.binds();
        assert_eq!(ask(&passwords, name, "wrong"), REJECTED, "{name}");
        assert_eq!(slapd.binds() - before, 1, "{name}");
    }
}
