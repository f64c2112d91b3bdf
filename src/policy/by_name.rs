//! What a configuration names, found by the name. Tests count how often it is looked at.

use std::borrow::Borrow;
use std::collections::BTreeMap;

/// Values by their names, in order.
#[derive(Debug)]
pub(super) struct ByName<K, V>(BTreeMap<K, V>);

impl<K: Ord, V> FromIterator<(K, V)> for ByName<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<K: Ord + Borrow<str>, V> ByName<K, V> {
    /// Looks at one value.
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        look();
        self.0.get(name)
    }

    /// Looks at each name and value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().inspect(|_| look())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(not(test))]
const fn look() {}

#[cfg(test)]
thread_local!(static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) });

#[cfg(test)]
fn look() {
    LOOKS.set(LOOKS.get() + 1);
}

/// How many looks this thread has taken so far.
#[cfg(test)]
pub(super) fn looks() -> u64 {
    LOOKS.get()
}
