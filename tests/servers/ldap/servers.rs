//! Servers that are slow, stop and come again, and connections that are kept.

use doorward_testkit::directory::*;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn connections_are_kept_and_users_are_not() {
    let Some(slapd) = Slapd::start() else { return };
    let proxy = Proxy::start(slapd.ldaps);
    let url = json!({ "url": format!("ldaps://127.0.0.1:{}", proxy.port) });
    let passwords = open(&changed(&slapd.by_search(), url.clone()), slapd.folder());
    for _ in 0..20 {
        assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
        assert_eq!(ask(&passwords, "bob", "bob-pw"), proved("bob", &[]));
        assert_eq!(ask(&passwords, "nobody", "alice-pw"), REJECTED);
    }
    assert_eq!(proxy.connections(), 2, "one of the service account, one for users");
    assert_eq!(slapd.logged(&["BIND dn=\"cn=svc,", "method=128"]), 1);
    // What users may not see is never searched as one of them: it is the service account's to see.
    assert_eq!(ask(&passwords, "hidden", "hidden-pw"), proved("hidden", &[]));

    let before = proxy.connections();
    let passwords = open(&changed(&slapd.by_dn(), url), slapd.folder());
    for _ in 0..20 {
        assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
        assert_eq!(ask(&passwords, "bob", "bob-pw"), proved("bob", &[]));
        assert_eq!(ask(&passwords, "carol", "alice-pw"), REJECTED);
    }
    assert_eq!(proxy.connections() - before, 1);
}

#[test]
fn many_at_once_have_a_connection_each() {
    let Some(slapd) = Slapd::start() else { return };
    let proxy = Proxy::start(slapd.ldaps);
    let url = json!({ "url": format!("ldaps://127.0.0.1:{}", proxy.port) });
    let passwords = open(&changed(&slapd.by_search(), url), slapd.folder());
    let right = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (passwords, right) = (&passwords, &right);
            scope.spawn(move || {
                for turn in 0..10 {
                    let (user, other) = if (thread + turn) % 2 == 0 { ("alice", "bob") } else { ("bob", "alice") };
                    assert_eq!(ask(passwords, user, &format!("{user}-pw")), proved(user, &[]));
                    let hidden = ask(passwords, "hidden", &format!("{other}-pw"));
                    assert!(hidden != proved("hidden", &[]), "{hidden:?}");
                    right.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(right.load(Ordering::SeqCst), 80);
    assert!(proxy.connections() <= 16, "{} connections", proxy.connections());
}

#[test]
fn a_server_that_restarts_is_used_again() {
    let Some(mut slapd) = Slapd::start() else { return };
    let ways = [slapd.by_search(), slapd.by_dn()].map(|way| open(&way, slapd.folder()));
    for _ in 0..2 {
        for passwords in &ways {
            assert_eq!(ask(passwords, "alice", "alice-pw"), proved("alice", &[]));
        }
        slapd.stop();
        for passwords in &ways {
            assert_unavailable(&ask(passwords, "alice", "alice-pw"), "refuses the connection");
        }
        slapd.start_again();
    }
}

#[test]
fn the_next_server_is_asked_where_one_is_down() {
    let Some(mut first) = Slapd::start() else { return };
    let Some(second) = Slapd::start() else { return };
    std::fs::copy(first.folder().join("ca.pem"), second.folder().join("first.pem")).unwrap();
    let both = ["first.pem", "ca.pem"].map(|name| std::fs::read_to_string(second.folder().join(name)).unwrap());
    std::fs::write(second.folder().join("both.pem"), both.concat()).unwrap();
    let urls = [&first, &second].map(|slapd| format!("ldaps://127.0.0.1:{}", slapd.ldaps));
    for way in [second.by_search(), second.by_dn()] {
        let passwords = open(&changed(&way, json!({ "url": urls, "ca_file": "both.pem" })), second.folder());
        let before = second.binds();
        assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
        assert_eq!(second.binds(), before, "in order");
        first.stop();
        assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
        assert_eq!(second.binds() - before, 1, "one bind");
        first.start_again();
        let before = second.binds();
        assert_eq!(ask(&passwords, "bob", "wrong"), REJECTED);
        assert_eq!(second.binds() - before, 1, "the first one rests, and a wrong password is tried once");
    }
}

#[test]
fn a_wrong_password_is_tried_at_one_server() {
    let Some(first) = Slapd::start() else { return };
    let Some(second) = Slapd::start() else { return };
    let both = [&first, &second].map(|slapd| std::fs::read_to_string(slapd.folder().join("ca.pem")).unwrap());
    std::fs::write(first.folder().join("both.pem"), both.concat()).unwrap();
    let proxy = Proxy::start(first.ldaps);
    let urls = [proxy.port, second.ldaps].map(|port| format!("ldaps://127.0.0.1:{port}"));
    let passwords = open(&changed(&first.by_dn(), json!({ "url": urls, "ca_file": "both.pem" })), first.folder());
    assert_eq!(ask(&passwords, "alice", "wrong"), REJECTED);
    assert_eq!((first.binds(), second.binds()), (1, 0));
    // The password is on its way, and no answer comes: it may have been counted.
    proxy.stall(true);
    let answer = passwords.check("alice", "wrong", Duration::from_millis(600));
    assert_unavailable(&answer, "no answer in time");
    assert_eq!(second.binds(), 0);
    // The next check goes to the other one.
    assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]));
    assert_eq!(second.binds(), 1);
    proxy.stall(false);
}

#[test]
fn a_slow_server_leaves_time_for_the_next() {
    let Some(slapd) = Slapd::start() else { return };
    let slow = Proxy::start(slapd.ldaps);
    slow.stall(true);
    let urls = [slow.port, slapd.ldaps].map(|port| format!("ldaps://127.0.0.1:{port}"));
    for way in [slapd.by_search(), slapd.by_dn()] {
        let passwords = open(&changed(&way, json!({ "url": urls })), slapd.folder());
        assert_eq!(passwords.check("alice", "alice-pw", Duration::from_secs(1)), proved("alice", &[]));
        let alone = open(&changed(&way, json!({ "url": urls[0] })), slapd.folder());
        assert_unavailable(&alone.check("alice", "alice-pw", Duration::from_millis(500)), "no answer in time");
    }
    slow.stall(false);
}
