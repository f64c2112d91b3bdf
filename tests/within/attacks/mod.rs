//! Every attack of `attacks.toml` fails, and beside it a positive control does not: refusing
//! everything passes no test here.

mod functions;
mod functions_basic;
mod functions_fetching;
mod functions_keys;
mod functions_tokens;

use doorward::Algorithm;
use doorward_testkit::cases::catalogue::{Catalogue, Topic};
use doorward_testkit::cases::encodings::form;
use doorward_testkit::cases::mutations;
use doorward_testkit::cases::run::Runner;
use doorward_testkit::clouds::Clouds;
use doorward_testkit::keys::key;
use std::collections::BTreeSet;

#[test]
fn every_attack_fails() {
    let clouds = Clouds::start();
    Runner::new(&Catalogue::attacks(), &|configuration| clouds.complete(configuration), functions::ALL).run();
}

#[test]
fn every_attack_has_a_test_or_the_reason_why_not_yet() {
    let catalogue = Catalogue::attacks();
    let ids: Vec<u16> = catalogue.topics.iter().map(|attack| attack.id).collect();
    assert_eq!(ids, (1..=154).chain(156..=160).collect::<Vec<u16>>(), "each attack stands in the file once, in order");
    for attack in &catalogue.topics {
        assert!(attack.is_tested() || attack.later.is_some(), "attack {} has no test", attack.id);
        let reason = attack.later.as_deref().unwrap_or("it is tested now");
        assert!(reason.split(' ').count() >= 3, "attack {} is left for later without a reason", attack.id);
        assert!(attack.name.len() > 5 && attack.why.len() > 20, "attack {} does not say what it is", attack.id);
    }
}

#[test]
fn every_function_is_named_by_one_attack() {
    let catalogue = Catalogue::attacks();
    let named: Vec<&str> = catalogue.topics.iter().filter_map(|attack| attack.test.as_deref()).collect();
    let unique: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(named.len(), unique.len(), "a function is named twice");
    assert_eq!(unique, functions::ALL.iter().map(|(name, _)| *name).collect());
}

/// They run against real servers, where those are installed.
#[test]
fn every_test_elsewhere_is_there() {
    Catalogue::attacks().topics.iter().for_each(Topic::check_elsewhere);
}

#[test]
fn every_mutation_is_used() {
    let catalogue = Catalogue::attacks();
    let cases = catalogue.topics.iter().flat_map(|attack| attack.cases());
    let used: BTreeSet<String> = cases.filter_map(|case| case.mutate).collect();
    assert_eq!(used, mutations::ALL.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// What attackers take for a secret is what it says.
#[test]
fn certificates_and_keys_are_well_formed() {
    let ec = key("attacker", Algorithm::ES256);
    let rsa = key("own", Algorithm::RS256);
    for text in [form(ec, "certificate_pem"), form(ec, "spki_pem"), form(rsa, "spki_pem"), form(rsa, "pkcs1_pem")] {
        assert_eq!(doorward::internal::pem(&text), Ok(()), "{}", String::from_utf8_lossy(&text));
    }
}
