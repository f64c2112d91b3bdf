//! The attacks that can't be told as data, by the names that `attacks.toml` uses.

use crate::cases::run::Function;
use crate::{functions_fetching as fetching, functions_keys as keys, functions_tokens as tokens};

pub const ALL: &[Function] = &[
    ("a_discovery_document_is_the_issuers_own", fetching::a_discovery_document_is_the_issuers_own),
    ("a_flood_does_not_starve_a_rotation", fetching::a_flood_does_not_starve_a_rotation),
    ("a_flood_evicts_nothing_and_blocks_nobody", fetching::a_flood_evicts_nothing_and_blocks_nobody),
    (
        "a_key_that_is_replaced_under_its_id_is_fetched_once",
        fetching::a_key_that_is_replaced_under_its_id_is_fetched_once,
    ),
    ("a_modulus_of_the_faulty_generator_is_refused", keys::a_modulus_of_the_faulty_generator_is_refused),
    ("a_published_set_has_a_most_number_of_keys", fetching::a_published_set_has_a_most_number_of_keys),
    ("an_empty_set_does_not_lift_the_bound", fetching::an_empty_set_does_not_lift_the_bound),
    ("answers_are_bounded_in_size", fetching::answers_are_bounded_in_size),
    ("answers_that_are_no_key_set_change_nothing", fetching::answers_that_are_no_key_set_change_nothing),
    ("claims_are_read_only_after_success", tokens::claims_are_read_only_after_success),
    ("coordinates_have_one_length", keys::coordinates_have_one_length),
    ("denials_show_nothing_of_tokens_and_keys", tokens::denials_show_nothing_of_tokens_and_keys),
    ("discovery_leads_nowhere_else", fetching::discovery_leads_nowhere_else),
    ("every_changed_bit_and_every_truncation_is_refused", tokens::every_changed_bit_and_every_truncation_is_refused),
    ("fetches_that_are_cut_off_leave_nothing_behind", fetching::fetches_that_are_cut_off_leave_nothing_behind),
    ("huge_numbers_in_keys_cost_no_time", keys::huge_numbers_in_keys_cost_no_time),
    ("keys_are_judged_one_by_one", fetching::keys_are_judged_one_by_one),
    ("keys_end_when_their_provider_is_gone_for_long", fetching::keys_end_when_their_provider_is_gone_for_long),
    ("many_keys_without_a_kid_cost_no_signatures", keys::many_keys_without_a_kid_cost_no_signatures),
    ("nesting_needs_no_stack", tokens::nesting_needs_no_stack),
    ("no_crate_inflates", keys::no_crate_inflates),
    ("no_crate_knows_pbes2", keys::no_crate_knows_pbes2),
    ("no_header_opens_a_connection", tokens::no_header_opens_a_connection),
    ("redirects_stay_on_the_host", fetching::redirects_stay_on_the_host),
    ("secrets_are_not_taken_from_a_provider", fetching::secrets_are_not_taken_from_a_provider),
    ("tags_are_compared_by_the_cryptography", keys::tags_are_compared_by_the_cryptography),
    ("the_size_of_a_header_is_capped_to_the_byte", tokens::the_size_of_a_header_is_capped_to_the_byte),
    ("the_time_of_a_fetch_is_bounded_as_a_whole", fetching::the_time_of_a_fetch_is_bounded_as_a_whole),
    ("unknown_keys_cost_one_fetch_a_minute", fetching::unknown_keys_cost_one_fetch_a_minute),
    ("verdicts_are_not_remembered", keys::verdicts_are_not_remembered),
    ("what_the_server_says_of_time_is_clamped", fetching::what_the_server_says_of_time_is_clamped),
];
