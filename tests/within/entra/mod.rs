//! Microsoft Entra ID: each point of `cases/entra.toml`, against the three clouds as they are reached in earnest, by
//! their names and over TLS.

mod documents;
mod revocation;
mod rollover;
mod snapshots;
mod world;

use doorward_testkit::cases::catalogue::{Catalogue, texts};
use doorward_testkit::cases::run::{Function, Runner};
use doorward_testkit::clouds::Clouds;
use std::collections::BTreeSet;

/// What can't be told as data, by the names that `entra.toml` uses.
const FUNCTIONS: &[Function] = &[
    ("a_key_signs_for_whom_it_names", documents::a_key_signs_for_whom_it_names),
    ("a_token_of_a_day_can_end_before_it", revocation::a_token_of_a_day_can_end_before_it),
    ("an_application_has_metadata_of_its_own", documents::an_application_has_metadata_of_its_own),
    ("keys_change_under_load", rollover::keys_change_under_load),
    ("the_metadata_is_of_its_version", documents::the_metadata_is_of_its_version),
    ("tokens_are_not_remembered", rollover::tokens_are_not_remembered),
];

#[test]
fn every_point_holds() {
    let clouds = Clouds::start();
    Runner::new(&Catalogue::entra(), &|configuration| clouds.complete(configuration), FUNCTIONS).run();
}

#[test]
fn every_point_is_there_both_ways_or_is_tested_elsewhere() {
    let catalogue = Catalogue::entra();
    let ids: Vec<u16> = catalogue.topics.iter().map(|point| point.id).collect();
    assert_eq!(ids, (1..=26).collect::<Vec<u16>>(), "each point stands in the file once, in order");
    for point in &catalogue.topics {
        let id = point.id;
        let expected: BTreeSet<bool> =
            point.cases().iter().flat_map(|case| texts(case.expect.as_ref())).map(|code| code == "Ok").collect();
        assert!(!point.elsewhere.is_empty() || expected.len() == 2, "point {id} lacks a good case or a bad one");
        assert_eq!(point.later, None, "point {id} is left for later");
        assert!(point.name.len() > 5 && point.why.len() > 20, "point {id} does not say what it is");
        point.check_elsewhere();
    }
}

#[test]
fn every_name_in_the_file_is_used() {
    let catalogue = Catalogue::entra();
    let named: BTreeSet<&str> = catalogue.topics.iter().filter_map(|point| point.test.as_deref()).collect();
    assert_eq!(named, FUNCTIONS.iter().map(|(name, _)| *name).collect());
    let cases: Vec<_> = catalogue.topics.iter().flat_map(|point| point.cases()).collect();
    let patches: BTreeSet<String> = cases.iter().flat_map(|case| texts(case.config.as_ref())).collect();
    let unused = |name: &&String| *name != "start" && !patches.contains(*name);
    assert_eq!(catalogue.configurations.keys().filter(unused).collect::<Vec<_>>(), Vec::<&String>::new());
    let tokens: BTreeSet<&str> = cases.iter().filter_map(|case| case.token.as_deref()).collect();
    let unused = |name: &&String| *name != "start" && !tokens.contains(name.as_str());
    assert_eq!(catalogue.tokens.keys().filter(unused).collect::<Vec<_>>(), Vec::<&String>::new());
}
