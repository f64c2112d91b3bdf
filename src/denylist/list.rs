//! Entries by their digests: read without a lock, changed shard by shard.

use super::kind::{Digest, SLOTS};
use crate::limits::DENYLIST_ENTRIES;
use crate::shards::{self, Shards};
use std::fmt;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

/// What is denied of that which is named. Times are seconds since 1970; 0 where there is no such rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Until then, everything.
    pub(super) until: u32,
    /// Until then, what was issued before an instant.
    pub(super) issued_until: u32,
    pub(super) issued_before: u32,
    /// Where it stands in the file; 0 where it came by a call.
    pub(super) line: u32,
}

impl Entry {
    /// Two entries for the same: the later times hold.
    fn join(&mut self, other: &Self) {
        self.until = self.until.max(other.until);
        self.issued_until = self.issued_until.max(other.issued_until);
        self.issued_before = self.issued_before.max(other.issued_before);
        self.line = other.line;
    }

    /// Whether it holds at `now`, to the end of that second.
    pub(super) fn is_in_force(&self, now: i64) -> bool {
        now <= i64::from(self.until.max(self.issued_until))
    }
}

/// An entry with what it is found by.
pub(super) type Record = (Digest, Entry);

type Shard = shards::Shard<Digest, Entry>;

/// Parts of a list that are replaced one by one. A full list has 781 entries in each: a table of 1024 holds 896, so
/// hardly one needs a larger one.
const SHARDS: usize = 1280;

/// There is no room for more entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// Entries, at most [`DENYLIST_ENTRIES`].
pub(super) struct List {
    shards: Shards<Digest, Entry>,
    /// By slot. Raised before an entry can be found, lowered after it can't be: never too low.
    counts: [AtomicIsize; SLOTS],
    /// Entries, and room that is kept for those that come just now.
    taken: AtomicUsize,
}

impl Default for List {
    fn default() -> Self {
        Self { shards: Shards::new(SHARDS), counts: [const { AtomicIsize::new(0) }; SLOTS], taken: AtomicUsize::new(0) }
    }
}

impl List {
    /// Whether there may be an entry of a slot.
    pub(super) fn has(&self, slot: usize) -> bool {
        self.count(slot) > 0
    }

    pub(super) fn count(&self, slot: usize) -> usize {
        let count = self.counts.get(slot).map_or(0, |count| count.load(Ordering::SeqCst));
        usize::try_from(count).unwrap_or(0)
    }

    pub(super) fn len(&self) -> usize {
        (0..SLOTS).map(|slot| self.count(slot)).sum()
    }

    pub(super) fn find(&self, digest: Digest) -> Option<Entry> {
        self.shards.read(&digest, |entry| *entry)
    }

    /// Adds all of them, or on an error none. Where there is no room, entries that ended before `now` make it. Once it
    /// returns, each is found by every thread.
    pub(super) fn add(&self, mut records: Vec<Record>, now: i64) -> Result<(), Full> {
        if !self.reserve(records.len()) {
            self.sweep(now);
            if !self.reserve(records.len()) {
                return Err(Full);
            }
        }
        self.raise(&tally(records.iter().map(|(digest, _)| *digest)));
        records.sort_unstable_by_key(|(digest, _)| self.shards.index(digest));
        for records in records.chunk_by(|(one, _), (other, _)| self.shards.index(one) == self.shards.index(other)) {
            if let Some((digest, _)) = records.first() {
                self.change(self.shards.index(digest), records, now);
            }
        }
        Ok(())
    }

    /// Forgets what ended before `now`.
    pub(super) fn sweep(&self, now: i64) {
        for index in self.shards.indexes_with(|entry| !entry.is_in_force(now)) {
            self.change(index, &[], now);
        }
    }

    fn reserve(&self, count: usize) -> bool {
        let room = |taken: usize| taken.checked_add(count).filter(|taken| *taken <= DENYLIST_ENTRIES);
        self.taken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room).is_ok()
    }

    fn raise(&self, counts: &[isize; SLOTS]) {
        for (count, more) in self.counts.iter().zip(counts) {
            count.fetch_add(*more, Ordering::SeqCst);
        }
    }

    /// Adds records, which were counted, to their shard, and drops what has ended.
    fn change(&self, index: usize, records: &[Record], now: i64) {
        let mut left = [0; SLOTS];
        let make = |old: Option<&Shard>| {
            let new = joined(old, records, now);
            left = tally(new.keys().copied());
            new
        };
        let mut counted = [0; SLOTS];
        self.shards.replace(index, make, |old| {
            let before = old.into_iter().flat_map(Shard::keys).chain(records.iter().map(|(digest, _)| digest));
            counted = tally(before.copied());
        });
        // What was counted twice, or is gone.
        let gone: [isize; SLOTS] = std::array::from_fn(|slot| left[slot] - counted[slot]);
        self.raise(&gone);
        self.taken.fetch_sub(gone.iter().sum::<isize>().unsigned_abs(), Ordering::SeqCst);
    }
}

/// A shard without what has ended, and with these.
fn joined(old: Option<&Shard>, records: &[Record], now: i64) -> Shard {
    let len = old.map_or(0, Shard::len) + records.len();
    let mut new = Shard::with_capacity_and_hasher(len, Default::default());
    new.extend(old.into_iter().flatten().filter(|(_, entry)| entry.is_in_force(now)));
    for (digest, entry) in records {
        new.entry(*digest).or_default().join(entry);
    }
    new
}

fn tally(digests: impl Iterator<Item = Digest>) -> [isize; SLOTS] {
    let mut counts = [0; SLOTS];
    digests.for_each(|digest| counts[digest.slot() % SLOTS] += 1);
    counts
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("len", &self.len()).finish_non_exhaustive()
    }
}
