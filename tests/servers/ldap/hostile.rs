//! Servers that answer what they should not.

use doorward::Code;
use doorward::internal::PasswordAnswer;
use doorward_testkit::directory::*;
use doorward_testkit::until;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const DN: &str = "uid=bob,dc=test";

/// A directory without TLS, by a name that is made. The folder has what a configuration may name.
fn by_dn(fake: &Fake) -> Value {
    json!({ "url": format!("ldap://127.0.0.1:{}", fake.port), "danger_plaintext": true, "dn": "uid={user},dc=test", "base": "dc=test" })
}

fn by_search(fake: &Fake) -> Value {
    let search = json!({ "service_user": "cn=svc,dc=test", "service_password_file": "svc.pw" });
    json!({ "url": format!("ldap://127.0.0.1:{}", fake.port), "danger_plaintext": true, "base": "dc=test", "search": search })
}

fn folder() -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path().join("svc.pw"), "pw").unwrap();
    Certificates::write(folder.path(), &["127.0.0.1"]);
    folder
}

fn good(tag: u8, id: u8) -> Vec<u8> {
    match tag {
        0x60 => result(id, 0x61, 0),
        _ => [entry(id, DN, "uid", b"bob"), done(id)].concat(),
    }
}

/// What both ways say where searches are answered like that.
fn said(searched: fn(u8) -> Vec<u8>) -> [PasswordAnswer; 2] {
    let fake = Fake::start(move |tag, id| if tag == 0x60 { result(id, 0x61, 0) } else { searched(id) });
    let folder = folder();
    [by_search(&fake), by_dn(&fake)].map(|way| ask(&open(&way, folder.path()), "bob", "pw"))
}

#[test]
fn an_honest_answer_is_taken() {
    assert_eq!(said(|id| good(0x63, id)), [proved("bob", &[]), proved("bob", &[])]);
}

#[test]
fn entries_outside_of_the_base_are_refused() {
    for answer in said(|id| [entry(id, "uid=bob,dc=nottest", "uid", b"bob"), done(id)].concat()) {
        assert_unavailable(&answer, "which it is not");
    }
    for answer in said(|id| [entry(id, "uid=bob\\,dc=test", "uid", b"bob"), done(id)].concat()) {
        assert_unavailable(&answer, "which it is not");
    }
    for answer in said(|id| [entry(id, "", "uid", b"bob"), done(id)].concat()) {
        assert_unavailable(&answer, "which it is not");
    }
    let within = said(|id| [entry(id, "UID=bob, ou=x, DC=Test", "uid", b"bob"), done(id)].concat());
    assert_eq!(within, [proved("bob", &[]), proved("bob", &[])]);
}

#[test]
fn answers_that_are_not_whole_are_refused() {
    for (searched, words) in [
        ((|id| entry(id, DN, "uid", b"bob").repeat(2)) as fn(u8) -> Vec<u8>, "more entries than were asked for"),
        (|id| result(id, 0x65, 10), "refers to another server"),
        (|id| result(id, 0x65, 4), "more than 1 entries"),
        (|id| result(id, 0x65, 50), "lacks the right"),
        (|id| good(0x63, id + 1), "what was not asked"),
        (|_| result(0, 0x78, 52), "ends the connection"),
        (|id| result(id, 0x61, 0), "what was not asked"),
        (|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "answer"),
        (|_| vec![0x30, 0x80, 0, 0], "not LDAP"),
        (|_| vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], "more than 4 MiB"),
        (|_| vec![0x30; 4096], "LDAP"),
        (|_| vec![0x30, 0x05, 2, 1, 1, 0x65, 0x05], "LDAP"),
        (|id| entry(id, DN, "other", b"bob").into_iter().chain(done(id)).collect(), "is not there"),
        (|id| entry(id, DN, "uid", b"\xff").into_iter().chain(done(id)).collect(), "not UTF-8"),
    ] {
        for answer in said(searched) {
            assert_unavailable(&answer, words);
        }
    }
}

/// A big answer that is all of it asked for, and one that never ends.
#[test]
fn answers_have_a_maximum() {
    let reference = |id: u8| element(0x30, &[&[2, 1, id], &element(0x73, &[&element(4, &[&[b'x'; 60_000]])])]);
    let fake = Fake::start(move |tag, id| if tag == 0x60 { result(id, 0x61, 0) } else { reference(id).repeat(100) });
    let folder = folder();
    for way in [by_search(&fake), by_dn(&fake)] {
        assert_unavailable(&ask(&open(&way, folder.path()), "bob", "pw"), "more than 4 MiB");
    }
}

#[test]
fn binds_are_answered_by_success_or_not_at_all() {
    let folder = folder();
    for (code, words) in
        [(10, "refers to another server"), (8, "demands TLS"), (53, "unwilling"), (51, "busy"), (14, "14")]
    {
        let fake = Fake::start(move |tag, id| if tag == 0x60 { result(id, 0x61, code) } else { good(tag, id) });
        assert_unavailable(&ask(&open(&by_dn(&fake), folder.path()), "bob", "pw"), words);
        assert_eq!(fake.binds(), 1);
    }
    let fake = Fake::start(|tag, id| if tag == 0x60 { result(id, 0x61, 19) } else { good(tag, id) });
    assert_eq!(ask(&open(&by_dn(&fake), folder.path()), "bob", "pw"), refused(Code::AccountLocked));
    // Nobody who is not found comes in, whatever a bind says.
    let fake = Fake::start(|tag, id| if tag == 0x60 { result(id, 0x61, 0) } else { done(id) });
    assert_eq!(ask(&open(&by_search(&fake), folder.path()), "bob", "pw"), REJECTED);
    assert_unavailable(&ask(&open(&by_dn(&fake), folder.path()), "bob", "pw"), "is not found");
}

#[test]
fn tls_is_not_stripped() {
    let folder = folder();
    for (answer, words) in [
        ((|_, id| result(id, 0x78, 2)) as fn(u8, u8) -> Vec<u8>, "asked for TLS"),
        (|_, id| [result(id, 0x78, 0), result(2, 0x61, 0)].concat(), "more came than the answer"),
        (good, "what was not asked"),
        (|_, id| result(id, 0x78, 0), "TLS fails"),
    ] {
        let fake = Fake::start(answer);
        for way in [by_dn(&fake), by_search(&fake)] {
            let mut way = changed(&way, json!({ "start_tls": true, "ca_file": "ca.pem" }));
            way.as_object_mut().unwrap().remove("danger_plaintext");
            assert_unavailable(&ask(&open(&way, folder.path()), "bob", "pw"), words);
            let url = json!({ "url": format!("ldaps://127.0.0.1:{}", fake.port) });
            way.as_object_mut().unwrap().remove("start_tls");
            let passwords = open(&changed(&way, url), folder.path());
            assert!(matches!(passwords.check("bob", "pw", Duration::from_millis(300)), PasswordAnswer::Unavailable(_)));
        }
        assert_eq!(fake.binds(), 0, "{words}: no password was sent");
    }
}

/// A wrong password takes two seconds, and nobody's takes none: then nobody waits while somebody else is proved.
#[test]
fn an_unknown_user_waits_as_a_wrong_password_did() {
    let (folder, asked) = (folder(), AtomicUsize::new(0));
    // Of the service account, of a wrong password, of nobody, and of a right one.
    let fake = Fake::start(move |tag, id| match (tag, asked.fetch_add(usize::from(tag == 0x60), Ordering::SeqCst)) {
        (0x60, 1) => {
            thread::sleep(Duration::from_secs(2));
            result(id, 0x61, 49)
        }
        (0x60, 2) => result(id, 0x61, 49),
        (0x63, 2) => done(id),
        _ => good(tag, id),
    });
    let passwords = open(&by_search(&fake), folder.path());
    assert_eq!(ask(&passwords, "bob", "wrong"), REJECTED);
    thread::scope(|scope| {
        let nobody = scope.spawn(|| ask(&passwords, "nobody", "wrong"));
        until("nobody's bind", || fake.binds() == 3);
        assert_eq!(ask(&passwords, "bob", "right"), proved("bob", &[]));
        assert!(!nobody.is_finished());
        assert_eq!(nobody.join().unwrap(), REJECTED);
    });
}

#[test]
fn time_ends_while_an_answer_drips() {
    let folder = folder();
    let fake = Fake::start(|_, _| {
        thread::sleep(Duration::from_millis(100));
        vec![0x30, 0x84]
    });
    for way in [by_dn(&fake), by_search(&fake)] {
        let answer = open(&way, folder.path()).check("bob", "pw", Duration::from_millis(400));
        assert_unavailable(&answer, "no answer in time");
    }
}

#[test]
fn a_name_that_is_not_found_is_a_directory_that_is_not_there() {
    let way = json!({ "url": "ldaps://nobody.invalid", "ca_file": "ca.pem", "dn": "uid={user},dc=test" });
    let answer = open(&way, folder().path()).check("bob", "pw", Duration::from_millis(800));
    assert_unavailable(&answer, "the name of the host was not found");
}

/// The account `victim`, and another one whose principal name is made of that, as a domain may have them. Samba refuses to.
#[test]
fn nobody_is_taken_for_somebody_whose_name_he_has() {
    type Attributes = [(&'static str, &'static [u8])];
    fn asked(root: &'static Attributes) -> PasswordAnswer {
        let fake = Fake::start(move |tag, id| match (tag, id) {
            (0x60, _) => result(id, 0x61, 0),
            (_, 2) => [entry_of(id, "", root), done(id)].concat(),
            _ => [
                entry_of(id, "cn=v,dc=test", &[("sAMAccountName", b"victim"), ("objectSid", b"\x01\x05victim")]),
                entry_of(id, "cn=m,dc=test", &[("sAMAccountName", b"mallory"), ("objectSid", b"\x01\x05mallory")]),
                done(id),
            ]
            .concat(),
        });
        let url = format!("ldap://127.0.0.1:{}", fake.port);
        let ldap =
            json!({ "url": url, "danger_plaintext": true, "domain": "TEST", "realms": ["test"], "base": "dc=test" });
        ask(&open(&ldap, folder().path()), "victim@test", "mallory's password")
    }
    let mallory = proved("TEST\\mallory", &[]);
    assert_eq!(asked(&[("tokenGroups", b"\x01\x05mallory")]), mallory);
    assert_eq!(asked(&[("tokenGroups", b"\x01\x05group"), ("msDS-PrincipalName", b"TEST\\Mallory")]), mallory);
    assert_unavailable(&asked(&[("tokenGroups", b"\x01\x05other")]), "is not found");
    assert_unavailable(&asked(&[("msDS-PrincipalName", b"OTHER\\victim")]), "is not found");
    assert_unavailable(&asked(&[("msDS-PrincipalName", b"victim")]), "is not found");
    assert_unavailable(&asked(&[("defaultNamingContext", b"dc=test")]), "does not tell who is bound");
}
