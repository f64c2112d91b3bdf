//! How many different passwords were tried for a user that were not even checked.
//!
//! What is remembered as proved answers at once, also to who guesses. So guesses are counted where no check is made any
//! more, and too many of them end what was proved. One that is sent again and again is one.

use super::digest::Digest;
use crate::limits;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A Bloom filter of one hash, and how often it took something new. Adding takes no lock and no memory.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    seen: [AtomicU64; 16],
    count: AtomicU32,
}

impl Guesses {
    /// Counts credentials, where they are not among those that were counted.
    pub(super) fn add(&self, credentials: &Digest) {
        let place = credentials.tail();
        let (word, bit) = ((place / 64) as usize % self.seen.len(), 1 << (place % 64));
        if let Some(word) = self.seen.get(word)
            && word.fetch_or(bit, Ordering::Relaxed) & bit == 0
        {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn are_too_many(&self) -> bool {
        self.count.load(Ordering::Relaxed) > limits::PASSWORD_GUESSES
    }
}
