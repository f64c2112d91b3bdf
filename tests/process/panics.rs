//! A host's log that panics, and one that listens.

use crate::threads::{NAME, header, open, provider, resolve, tasks, verify};
use doorward::{Code, FailureKind};
use doorward_testkit::fetched::{KEYS, Signer, set};
use doorward_testkit::server::Answer;
use doorward_testkit::until;
use std::fmt::{Debug, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static PANICS_LEFT: AtomicUsize = AtomicUsize::new(0);
static LOG: Mutex<String> = Mutex::new(String::new());

/// Writes events down; panics on some that tell a change of keys.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut Words(&mut text));
        let changed = text.contains("keys have changed");
        LOG.lock().unwrap().push_str(&format!("{} {text}\n", event.metadata().target()));
        let take = |left: usize| left.checked_sub(1);
        if changed && PANICS_LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
            panic!("this panic is the test's");
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Words<'t>(&'t mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

pub fn a_panic_is_counted_and_ends_nothing() {
    tracing::subscriber::set_global_default(Log).unwrap();
    PANICS_LEFT.store(1, Ordering::SeqCst);
    let signer = Signer::new("a");
    let server = provider(&signer);
    let verifier = open(&server);
    let good = header(&signer);
    // The first refresh panics after its keys were published, and leaves nobody waiting.
    assert_eq!(resolve(&verifier, &good), Code::Ok);
    let panics = || verifier.metrics().lines().any(|line| line == "doorward_panics_total 1");
    until("the panic to be counted", panics);
    assert_eq!(verifier.health().issuers()[0].failure.as_ref().unwrap().kind, FailureKind::Internal);
    assert_eq!(tasks(NAME).len(), 1, "the thread goes on");
    let new = Signer::new("b");
    server.set(KEYS, Answer::json(set(&[&signer, &new])));
    assert_eq!(resolve(&verifier, &header(&new)), Code::Ok);
    assert_eq!(verifier.health().issuers()[0].failure, None);
}

pub fn events_show_no_token() {
    tracing::subscriber::set_global_default(Log).unwrap();
    let signer = Signer::new("a");
    let server = provider(&signer);
    let verifier = open(&server);
    let good = header(&signer);
    assert_eq!(resolve(&verifier, &good), Code::Ok);
    let unknown = header(&Signer::new("unknown"));
    server.set(KEYS, Answer::status(500));
    assert_eq!(resolve(&verifier, &unknown), Code::KeysUnavailable);
    verify(&verifier, "Bearer x.y.z");
    let log = LOG.lock().unwrap().clone();
    for expected in ["keys have changed", "keys could not be refreshed", "added=[\"a\"]", "the server answers 500"] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    for token in [&good, &unknown] {
        for part in token["Bearer ".len()..].split('.') {
            assert!(!log.contains(part), "{log}");
        }
    }
    assert!(!log.contains(signer.jwk()["x"].as_str().unwrap()));
}
