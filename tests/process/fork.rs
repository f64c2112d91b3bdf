//! A verifier that was opened before a fork works in the parent and in the child.

use crate::threads::{NAME, header, open, provider, resolve, tasks, verify};
use doorward::{Code, KeysFrom};
use doorward_testkit::directory::{Fake, Folder, ask, done, entry, open as open_directory, proved, result};
use doorward_testkit::fetched::{KEYS, Signer, set};
use doorward_testkit::server::Answer;
use doorward_testkit::until;
use fork::Fork;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::time::Duration;

/// Does something in a child. It is waited for later.
fn in_child(work: impl FnOnce()) -> i32 {
    match fork::fork().unwrap() {
        Fork::Parent(child) => child,
        Fork::Child => {
            let outcome = catch_unwind(AssertUnwindSafe(work));
            exit(i32::from(outcome.is_err()));
        }
    }
}

fn wait_for(children: Vec<i32>) {
    for child in children {
        let status = fork::waitpid(child).unwrap();
        assert_eq!(status, 0, "the child failed, see above");
    }
}

pub fn before_the_first_use() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let verifier = open(&server);
    let good = header(&signer);
    let children = (0..8)
        .map(|_| {
            in_child(|| {
                assert!(tasks(NAME).is_empty());
                assert_eq!(resolve(&verifier, &good), Code::Ok);
                until("a thread of its own", || tasks(NAME).len() == 1);
                let grandchild = in_child(|| assert_eq!(resolve(&verifier, &good), Code::Ok));
                wait_for(vec![grandchild]);
            })
        })
        .collect();
    assert_eq!(resolve(&verifier, &good), Code::Ok);
    wait_for(children);
    assert_eq!(verify(&verifier, &good), Code::Ok);
}

pub fn after_the_first_use() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    // The child takes its copy away; the parent's stays.
    let mut held = Some(open(&server));
    let verifier = held.as_ref().unwrap();
    let good = header(&signer);
    assert_eq!(resolve(verifier, &good), Code::Ok);
    let new = Signer::new("b");
    let next = header(&new);
    server.set(KEYS, Answer::json(set(&[&signer, &new])));
    let child = in_child(|| {
        let verifier = held.take().unwrap();
        assert!(tasks(NAME).is_empty(), "a fork copies no thread");
        assert_eq!(verify(&verifier, &good), Code::Ok, "the keys are inherited");
        assert_eq!(verifier.health().issuers()[0].from, KeysFrom::Network);
        until("the first use to start the thread", || tasks(NAME).len() == 1);
        assert_eq!(resolve(&verifier, &next), Code::Ok, "and it refreshes");
        drop(verifier);
    });
    wait_for(vec![child]);
    let verifier = held.unwrap();
    assert_eq!(verify(&verifier, &good), Code::Ok, "the parent's is not touched by the end of the child's");
    assert_eq!(resolve(&verifier, &next), Code::Ok);
}

pub fn in_the_midst_of_a_fetch() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let mut held = Some(open(&server));
    let verifier = held.as_ref().unwrap();
    let good = header(&signer);
    assert_eq!(resolve(verifier, &good), Code::Ok);
    let new = Signer::new("b");
    let next = header(&new);
    server.set(KEYS, Answer::stall());
    assert_eq!(verify(verifier, &next), Code::Pending);
    // The parent's thread holds whatever it holds during a fetch.
    server.wait_for_requests(KEYS, 2);
    server.set(KEYS, Answer::json(set(&[&signer, &new])));
    let children = (0..4)
        .map(|_| {
            in_child(|| {
                let verifier = held.take().unwrap();
                assert_eq!(verify(&verifier, &good), Code::Ok);
                verifier.health();
                verifier.metrics();
                // The parent has spent this minute's refresh for unknown keys, but what ran is the parent's alone.
                let code = resolve(&verifier, &next);
                assert!([Code::KeyUnknown, Code::KeysUnavailable, Code::Ok].contains(&code), "{code}");
                drop(verifier);
            })
        })
        .collect();
    wait_for(children);
    assert_eq!(verify(held.as_ref().unwrap(), &good), Code::Ok);
}

/// A child looks at the file by a thread of its own, and has what its parent revoked before.
pub fn with_a_denylist() {
    let file = doorward_testkit::scratch().join(format!("fork-{}.jsonl", std::process::id()));
    std::fs::write(&file, "").unwrap();
    let signer = Signer::new("a");
    let mut configuration = doorward_testkit::configuration(&[signer.jwk()], &[doorward::Algorithm::ES256]);
    configuration["denylist"] = serde_json::json!({ "file": file.to_str().unwrap() });
    let verifier = doorward::Verifier::open(&doorward::Config::from_json(configuration.to_string())).unwrap();
    let good = header(&signer);
    assert_eq!(verify(&verifier, &good), Code::Ok);
    let entry = |named: &str| format!("{{{named},\"issuer\":\"main\",\"until\":4000000000}}\n");
    let in_the_file = entry("\"subject\":\"bob\"");
    let inherited = Signer::new("b");
    verifier.revoke(&entry("\"key_id\":\"b\"")).unwrap();
    let children = (0..4)
        .map(|_| {
            in_child(|| {
                assert!(tasks("doorward-files").is_empty());
                assert_eq!(verify(&verifier, &header(&inherited)), Code::TokenRevoked);
                until("what stands in the file to hold", || verify(&verifier, &good) == Code::TokenRevoked);
                assert_eq!(tasks("doorward-files").len(), 1);
                verifier.revoke(&entry("\"key_id\":\"c\"")).unwrap();
                assert_eq!(verify(&verifier, &header(&Signer::new("c"))), Code::TokenRevoked);
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(100));
    std::fs::write(&file, in_the_file).unwrap();
    wait_for(children);
    until("the same in the parent", || verify(&verifier, &good) == Code::TokenRevoked);
    assert_eq!(
        verify(&verifier, &header(&Signer::new("c"))),
        Code::KeyUnknown,
        "a call of a child is the child's alone"
    );
    std::fs::remove_file(&file).unwrap();
}

/// Connections to a directory that are kept are one process's: two that write on one would read each other's answers.
pub fn with_a_directory() {
    let fake = Fake::start(|tag, id| match tag {
        0x60 => result(id, 0x61, 0),
        _ => [entry(id, "uid=bob,dc=test", "uid", b"bob"), done(id)].concat(),
    });
    let url = format!("ldap://127.0.0.1:{}", fake.port);
    let ldap = serde_json::json!({ "url": url, "danger_plaintext": true, "dn": "uid={user},dc=test" });
    let passwords = open_directory(&ldap, Folder::new().path());
    let check = || assert_eq!(ask(&passwords, "bob", "pw"), proved("bob", &[]));
    check();
    check();
    assert_eq!(fake.connections(), 1, "it is kept");
    let children = (0..4).map(|_| in_child(|| (0..50).for_each(|_| check()))).collect();
    (0..50).for_each(|_| check());
    wait_for(children);
    check();
    assert_eq!(fake.connections(), 5, "one of each process");
}
