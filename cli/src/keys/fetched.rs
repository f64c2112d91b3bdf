//! Fetches keys, and tells whether an issuer has those that its provider publishes now.

use doorward::{Health, IssuerHealth, KeysFrom, Verifier};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at what came.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Starts to fetch, and waits until each issuer's keys came or failed to, at most for `wait`.
pub(crate) fn fetch(verifier: &Verifier, wait: Duration) -> Health {
    verifier.start();
    let start = Instant::now();
    loop {
        let health = verifier.health();
        if start.elapsed() >= wait || health.issuers().iter().all(is_answered) {
            return health;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Whether somebody has to fetch the keys.
pub(crate) fn is_fetched(issuer: &IssuerHealth) -> bool {
    issuer.from != KeysFrom::Configuration
}

/// Whether a fetch has ended, one way or the other.
pub(crate) fn is_answered(issuer: &IssuerHealth) -> bool {
    !is_fetched(issuer) || issuer.succeeded_at.is_some() || issuer.failure.is_some()
}

/// What keeps an issuer from keys that were fetched just now and can be used, in one clause.
pub(crate) fn trouble(issuer: &IssuerHealth) -> Option<String> {
    match &issuer.failure {
        _ if !is_fetched(issuer) => None,
        Some(failure) => Some(failure.message.clone()),
        None if !is_answered(issuer) => Some("no answer yet".to_owned()),
        None if issuer.key_ids.is_empty() => {
            Some(format!("the key set has {}, and none for an algorithm of the issuer", number_of_keys(issuer.keys)))
        }
        None if !issuer.is_usable => Some("its keys are older than max_key_age".to_owned()),
        None => None,
    }
}

pub(crate) fn number_of_keys(number: usize) -> String {
    if number == 1 { "1 key".to_owned() } else { format!("{number} keys") }
}
