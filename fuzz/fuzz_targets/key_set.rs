#![no_main]

use doorward_fuzz::{key_set, mutate::mutate};

libfuzzer_sys::fuzz_target!(|input: &[u8]| -> libfuzzer_sys::Corpus { key_set::check(input) });

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &key_set::WORDS)
});
