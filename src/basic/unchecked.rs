//! Different passwords of an account that were not checked.
//!
//! What is remembered answers at once, also to who guesses. So every password that ends without a check is counted, and too
//! many of them end what is remembered. One that is sent again and again is one; one that is checked after all is none.

use super::digest::Digest;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

/// What is counted, until the directory accepts a password. Adding takes no lock and no memory.
#[derive(Debug)]
pub(super) struct Unchecked {
    /// A part of the digest of each password; 0 for none.
    passwords: Box<[AtomicU64]>,
    count: AtomicU32,
    /// When one was last added, in seconds since 1970.
    added_at: AtomicI64,
}

/// More than there is room for: taking one out does not end it.
const TOO_MANY: u32 = u32::MAX;

impl Unchecked {
    /// Too many are more than `most`.
    pub(super) fn new(most: u32) -> Self {
        let passwords = (0..most).map(|_| AtomicU64::new(0)).collect();
        Self { passwords, count: AtomicU32::new(0), added_at: AtomicI64::new(0) }
    }

    /// Whether there are more than `most`, or than there was room for when the account came to be known.
    #[inline]
    pub(super) fn are_too_many(&self, most: u32) -> bool {
        self.count.load(Ordering::Relaxed) > most
    }

    pub(super) fn add(&self, password: &Digest, wall: i64) {
        self.added_at.store(wall, Ordering::Relaxed);
        let mark = mark(password);
        if !self.passwords.iter().any(|place| self.has_or_takes(place, mark)) {
            self.count.store(TOO_MANY, Ordering::Relaxed);
        }
    }

    fn has_or_takes(&self, place: &AtomicU64, mark: u64) -> bool {
        match place.compare_exchange(0, mark, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => {
                let more = |count: u32| Some(count.saturating_add(1));
                let _ = self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
                true
            }
            Err(held) => held == mark,
        }
    }

    /// It was checked after all.
    pub(super) fn remove(&self, password: &Digest) {
        let mark = mark(password);
        for place in &self.passwords {
            if place.compare_exchange(mark, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                let less = |count: u32| (count != TOO_MANY).then(|| count.saturating_sub(1));
                let _ = self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            }
        }
    }

    /// The directory has accepted a password, or somebody lifts the lock.
    pub(super) fn clear(&self) {
        self.passwords.iter().for_each(|place| place.store(0, Ordering::Relaxed));
        self.count.store(0, Ordering::Relaxed);
    }

    /// Takes over what was counted for another record of the account.
    pub(super) fn add_all(&self, other: &Self) {
        if other.count.load(Ordering::Relaxed) == TOO_MANY {
            self.count.store(TOO_MANY, Ordering::Relaxed);
        }
        self.added_at.fetch_max(other.added_at.load(Ordering::Relaxed), Ordering::Relaxed);
        for mark in other.passwords.iter().map(|place| place.load(Ordering::Relaxed)).filter(|mark| *mark != 0) {
            if !self.passwords.iter().any(|place| self.has_or_takes(place, mark)) {
                self.count.store(TOO_MANY, Ordering::Relaxed);
            }
        }
    }

    /// When one was last added, in seconds since 1970; 0 for never.
    pub(super) fn added_at(&self) -> i64 {
        self.added_at.load(Ordering::Relaxed)
    }
}

fn mark(password: &Digest) -> u64 {
    password.tail().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Keyed;

    fn digests(count: usize) -> Vec<Digest> {
        let key = Keyed::new().unwrap();
        (0..count).map(|number| Digest::of_name(&key, &number.to_string())).collect()
    }

    #[test]
    fn different_passwords_are_counted_until_there_are_too_many() {
        let (unchecked, passwords) = (Unchecked::new(20), digests(22));
        for password in &passwords[..20] {
            (0..100).for_each(|_| unchecked.add(password, 7));
            assert!(!unchecked.are_too_many(20));
        }
        assert!(unchecked.are_too_many(19) && unchecked.added_at() == 7);
        unchecked.remove(&passwords[3]);
        unchecked.add(&passwords[20], 7);
        assert!(!unchecked.are_too_many(20), "one was checked after all");
        unchecked.add(&passwords[21], 7);
        assert!(unchecked.are_too_many(20));
        passwords.iter().for_each(|password| unchecked.remove(password));
        assert!(unchecked.are_too_many(20), "only the directory ends it");
        unchecked.clear();
        assert!(!unchecked.are_too_many(0));
    }

    #[test]
    fn two_records_of_one_account_count_together() {
        let passwords = digests(30);
        let [one, other] = [0; 2].map(|_| Unchecked::new(20));
        passwords[..12].iter().for_each(|password| one.add(password, 1));
        passwords[8..20].iter().for_each(|password| other.add(password, 2));
        one.add_all(&other);
        assert!(!one.are_too_many(20) && one.are_too_many(19) && one.added_at() == 2);
        passwords[20..].iter().for_each(|password| other.add(password, 3));
        one.add_all(&other);
        assert!(one.are_too_many(20));
    }
}
