//! What is remembered of credentials: digests, bounded, until a time.
//!
//! Reading takes no lock. It holds no password.

use super::digest::Digest;
use crate::shards::{Shard, Shards};

/// Something that ends.
pub(super) trait Ends: Clone {
    /// The second after which it says nothing any more.
    fn end(&self) -> i64;

    /// What goes first where there is no room: the least.
    fn worth(&self) -> (u32, i64) {
        (0, self.end())
    }
}

/// Entries by the digests of credentials. Where a part is full, what is worth least makes room.
#[derive(Debug)]
pub(super) struct Memory<V> {
    shards: Shards<Digest, V>,
    of_shard: usize,
}

impl<V: Ends> Memory<V> {
    /// Room for `entries`, in parts of about two hundred: that many are copied for a change.
    pub(super) fn new(entries: usize) -> Self {
        let shards = entries.div_ceil(200);
        // Digests are spread by chance: a part has some more than others, but hardly ever a third more.
        Self { shards: Shards::new(shards), of_shard: (entries / shards).max(1) * 4 / 3 }
    }

    #[inline]
    pub(super) fn read<T>(&self, digest: &Digest, look: impl FnOnce(&V) -> T) -> Option<T> {
        self.shards.read(digest, look)
    }

    /// Remembers something, and forgets what ended before `now`.
    pub(super) fn insert(&self, digest: Digest, value: &V, now: i64) {
        self.update(digest, now, |_| (value.clone(), ()));
    }

    /// Changes or makes an entry.
    pub(super) fn update<T>(&self, digest: Digest, now: i64, mut make: impl FnMut(Option<&V>) -> (V, T)) -> Option<T> {
        let mut told = None;
        self.change(&digest, now, |shard, of_shard| {
            let (value, tell) = make(shard.get(&digest));
            told = Some(tell);
            if shard.len() >= of_shard
                && !shard.contains_key(&digest)
                && let Some(first) = shard.iter().min_by_key(|(_, value)| value.worth()).map(|(digest, _)| *digest)
            {
                shard.remove(&first);
            }
            shard.insert(digest, value);
        });
        told
    }

    pub(super) fn remove(&self, digest: &Digest, now: i64) {
        self.change(digest, now, |shard, _| drop(shard.remove(digest)));
    }

    /// Forgets every entry that `is_unwanted`. How many there were.
    pub(super) fn remove_all(&self, is_unwanted: impl Fn(&V) -> bool) -> usize {
        let indexes: Vec<usize> = self.shards.indexes_with(&is_unwanted).collect();
        indexes.into_iter().map(|index| self.remove_from(index, &is_unwanted)).sum()
    }

    fn remove_from(&self, index: usize, is_unwanted: &impl Fn(&V) -> bool) -> usize {
        let mut gone = 0;
        let make = |old: Option<&Shard<Digest, V>>| {
            let mut new = old.cloned().unwrap_or_default();
            new.retain(|_, value| !is_unwanted(value));
            gone = old.map_or(0, Shard::len) - new.len();
            new
        };
        self.shards.replace(index, make, |_| ());
        gone
    }

    pub(super) fn len(&self) -> usize {
        self.shards.len()
    }

    fn change(&self, digest: &Digest, now: i64, mut change: impl FnMut(&mut Shard<Digest, V>, usize)) {
        let make = |old: Option<&Shard<Digest, V>>| {
            let mut new = old.cloned().unwrap_or_default();
            new.retain(|_, value| now <= value.end());
            change(&mut new, self.of_shard);
            new
        };
        self.shards.replace(self.shards.index(digest), make, |_| ());
    }
}
