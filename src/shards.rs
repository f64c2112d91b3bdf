//! A map that is read without a lock, and changed part by part.
//!
//! Readers see a part as it was before a change or after it. Who changes one copies it, so parts are small and changes
//! are rare beside reads.

use crate::retire::retire;
use arc_swap::ArcSwapOption;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// What something is found by: as good as random already, so that no key can be aimed at a place.
pub(crate) trait Digested: Copy + Eq + Hash {
    /// 64 bits that choose the part. They say nothing of those that are hashed.
    fn spread(&self) -> u64;
}

/// One part.
pub(crate) type Shard<K, V> = HashMap<K, V, BuildHasherDefault<Taken>>;

/// A map in parts.
pub(crate) struct Shards<K, V> {
    /// Nothing where there is no entry.
    shards: Box<[ArcSwapOption<Shard<K, V>>]>,
}

impl<K: Digested, V: Clone> Shards<K, V> {
    pub(crate) fn new(count: usize) -> Self {
        Self { shards: (0..count).map(|_| ArcSwapOption::empty()).collect() }
    }

    /// The part that a key belongs to.
    pub(crate) fn index(&self, key: &K) -> usize {
        ((u128::from(key.spread()) * self.shards.len() as u128) >> 64) as usize
    }

    /// Looks at the value of a key, without a copy of it.
    #[inline]
    pub(crate) fn read<T>(&self, key: &K, look: impl FnOnce(&V) -> T) -> Option<T> {
        let shard = self.shards.get(self.index(key))?.load();
        shard.as_ref()?.get(key).map(look)
    }

    /// Replaces a part; `make` is called again where another thread was faster. `then` is shown what was there before.
    pub(crate) fn replace(
        &self,
        index: usize,
        mut make: impl FnMut(Option<&Shard<K, V>>) -> Shard<K, V>,
        then: impl FnOnce(Option<&Shard<K, V>>),
    ) {
        let Some(shard) = self.shards.get(index) else { return };
        let old = shard.rcu(|old| {
            let new = make(old.as_deref());
            (!new.is_empty()).then(|| Arc::new(new))
        });
        then(old.as_deref());
        old.into_iter().for_each(retire);
    }

    /// The parts that hold an entry which `is_wanted`.
    pub(crate) fn indexes_with<'a>(&'a self, is_wanted: impl Fn(&V) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
        let holds = move |shard: &ArcSwapOption<Shard<K, V>>| {
            shard.load().iter().flat_map(|shard| shard.values()).any(&is_wanted)
        };
        self.shards.iter().enumerate().filter(move |(_, shard)| holds(shard)).map(|(index, _)| index)
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.load().as_ref().map_or(0, |shard| shard.len())).sum()
    }
}

impl<K, V> fmt::Debug for Shards<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}

/// Takes a key as it is for its hash.
#[derive(Default)]
pub(crate) struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Not used by digests.
        self.0 = bytes.iter().fold(self.0, |state, byte| state.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, part: u64) {
        self.0 = part;
    }

    fn write_u128(&mut self, part: u128) {
        // The lowest byte may say what kind of thing it is, the same for most.
        self.0 = (part >> 8) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    thread_local!(static COMPARISONS: Cell<u32> = const { Cell::new(0) });

    /// Counts how often it is compared.
    #[derive(Clone, Copy)]
    struct Key(u64);

    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Key {}

    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u64(self.0);
        }
    }

    impl Digested for Key {
        fn spread(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_look_compares_a_key_or_two_of_a_full_part() {
        const ENTRIES: u64 = 800;
        let key = |number: u64| Key(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let shards = Shards::new(1);
        shards.replace(0, |_| (0..ENTRIES).map(|number| (key(number), number)).collect(), |_| ());
        COMPARISONS.set(0);
        for number in 0..2 * ENTRIES {
            assert_eq!(shards.read(&key(number), |value| *value), (number < ENTRIES).then_some(number));
        }
        let compared = COMPARISONS.get();
        assert!((ENTRIES..2 * ENTRIES).contains(&compared.into()), "{compared} for {} looks", 2 * ENTRIES);
    }
}
