//! Every attack of `attacks.toml` fails, and beside it a positive control does not: refusing
//! everything passes no test here.
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "support/fetched.rs"]
mod fetched;
#[path = "support/server/mod.rs"]
mod server;

#[path = "attacks/catalogue.rs"]
mod catalogue;
#[path = "attacks/encodings.rs"]
mod encodings;
#[path = "attacks/expand.rs"]
mod expand;
#[path = "attacks/functions.rs"]
mod functions;
#[path = "attacks/functions_fetching.rs"]
mod functions_fetching;
#[path = "attacks/functions_keys.rs"]
mod functions_keys;
#[path = "attacks/functions_tokens.rs"]
mod functions_tokens;
#[path = "attacks/keys.rs"]
mod keys;
#[path = "attacks/leak.rs"]
mod leak;
#[path = "attacks/mutations.rs"]
mod mutations;
#[path = "attacks/request.rs"]
mod request;
#[path = "attacks/rsa.rs"]
mod rsa;
#[path = "attacks/run.rs"]
mod run;
#[path = "attacks/signatures.rs"]
mod signatures;

use catalogue::Catalogue;
use run::Tally;
use std::collections::BTreeSet;

#[test]
fn every_attack_fails() {
    let catalogue = Catalogue::read();
    let mut tally = Tally::default();
    let outcomes = catalogue.attacks.iter().map(|attack| run::attack(&catalogue, attack, &mut tally));
    let failures: Vec<String> = outcomes.flat_map(Result::err).collect();
    println!("{tally}");
    assert!(failures.is_empty(), "{} attacks go wrong:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_attack_has_a_test_or_the_reason_why_not_yet() {
    let catalogue = Catalogue::read();
    let ids: Vec<u16> = catalogue.attacks.iter().map(|attack| attack.id).collect();
    assert_eq!(ids, (1..=143).collect::<Vec<u16>>(), "each attack stands in the file once, in order");
    for attack in &catalogue.attacks {
        assert!(attack.is_tested() || attack.later.is_some(), "attack {} has no test", attack.id);
        let reason = attack.later.as_deref().unwrap_or("it is tested now");
        assert!(reason.split(' ').count() >= 3, "attack {} is left for later without a reason", attack.id);
        assert!(attack.name.len() > 5 && attack.why.len() > 20, "attack {} does not say what it is", attack.id);
    }
}

#[test]
fn every_function_is_named_by_one_attack() {
    let catalogue = Catalogue::read();
    let named: Vec<&str> = catalogue.attacks.iter().filter_map(|attack| attack.test.as_deref()).collect();
    let unique: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(named.len(), unique.len(), "a function is named twice");
    assert_eq!(unique, functions::ALL.iter().map(|(name, _)| *name).collect());
}

#[test]
fn every_mutation_is_used() {
    let catalogue = Catalogue::read();
    let cases = catalogue.attacks.iter().flat_map(|attack| attack.cases());
    let used: BTreeSet<String> = cases.filter_map(|case| case.mutate).collect();
    assert_eq!(used, mutations::ALL.iter().map(|(name, _)| (*name).to_owned()).collect());
}
