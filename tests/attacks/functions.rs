//! The attacks that can't be told as data, by the names that `attacks.toml` uses.

use crate::{functions_keys as keys, functions_tokens as tokens};

pub const ALL: &[(&str, fn())] = &[
    ("a_key_set_has_a_most_number_of_keys", keys::a_key_set_has_a_most_number_of_keys),
    ("a_rotated_key_of_the_same_kid_is_the_only_one", keys::a_rotated_key_of_the_same_kid_is_the_only_one),
    ("a_modulus_of_the_faulty_generator_is_refused", keys::a_modulus_of_the_faulty_generator_is_refused),
    ("bad_key_sets_never_replace_good_ones", keys::bad_key_sets_never_replace_good_ones),
    ("claims_are_read_only_after_success", tokens::claims_are_read_only_after_success),
    ("coordinates_have_one_length", keys::coordinates_have_one_length),
    ("denials_show_nothing_of_tokens_and_keys", tokens::denials_show_nothing_of_tokens_and_keys),
    ("every_changed_bit_and_every_truncation_is_refused", tokens::every_changed_bit_and_every_truncation_is_refused),
    ("huge_numbers_in_keys_cost_no_time", keys::huge_numbers_in_keys_cost_no_time),
    ("many_keys_without_a_kid_cost_no_signatures", keys::many_keys_without_a_kid_cost_no_signatures),
    ("nesting_needs_no_stack", tokens::nesting_needs_no_stack),
    ("no_crate_inflates", keys::no_crate_inflates),
    ("no_crate_knows_pbes2", keys::no_crate_knows_pbes2),
    ("no_header_opens_a_connection", tokens::no_header_opens_a_connection),
    ("tags_are_compared_by_the_cryptography", keys::tags_are_compared_by_the_cryptography),
    ("the_size_of_a_header_is_capped_to_the_byte", tokens::the_size_of_a_header_is_capped_to_the_byte),
    ("verdicts_are_not_remembered", keys::verdicts_are_not_remembered),
];

pub fn find(name: &str) -> fn() {
    ALL.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("there is no function {name}")).1
}
