//! Which feeds are in use, so that verifiers share them.

use super::Origin;
use super::feed::Feed;
use crate::clock::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

type Key = (Origin, Clock);

fn key(origin: &Origin, clock: &Clock) -> Key {
    (origin.clone(), clock.clone())
}

/// The feeds in use, by address and clock. Those of one address differ in how they reach it.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    by_key: HashMap<Key, Vec<Weak<Feed>>>,
    /// As many keys as are too many, unless most of them are in use.
    many: usize,
}

impl Feeds {
    pub(super) fn of(&self, origin: &Origin, clock: &Clock) -> Vec<Arc<Feed>> {
        let known = self.by_key.get(&key(origin, clock));
        known.into_iter().flatten().filter_map(Weak::upgrade).collect()
    }

    /// Adds a feed, unless one is there that reaches the same in the same way. The one that is there now.
    pub(super) fn add(&mut self, feed: &Arc<Feed>) -> Arc<Feed> {
        // A verifier that is opened and never used is not taken into care, which would sweep.
        if self.by_key.len() >= self.many {
            self.sweep();
            self.many = (2 * self.by_key.len()).max(16);
        }
        let known = self.by_key.entry(key(&feed.remote.origin, &feed.clock)).or_default();
        known.retain(|feed| feed.strong_count() > 0);
        if let Some(same) = known.iter().filter_map(Weak::upgrade).find(|known| known.remote == feed.remote) {
            return same;
        }
        known.push(Arc::downgrade(feed));
        feed.clone()
    }

    /// Adds this very feed: after a fork a verifier comes with its own.
    pub(super) fn adopt(&mut self, feed: &Arc<Feed>) {
        let known = self.by_key.entry(key(&feed.remote.origin, &feed.clock)).or_default();
        if !known.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(feed))) {
            known.push(Arc::downgrade(feed));
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Feed>> {
        self.by_key.values().flatten().filter_map(Weak::upgrade).collect()
    }

    /// Forgets those that nobody uses.
    pub(super) fn sweep(&mut self) {
        self.by_key.retain(|_, feeds| {
            feeds.retain(|feed| feed.strong_count() > 0);
            !feeds.is_empty()
        });
    }
}
