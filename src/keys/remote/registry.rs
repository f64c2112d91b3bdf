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
pub(super) struct Feeds(HashMap<Key, Vec<Weak<Feed>>>);

impl Feeds {
    pub(super) fn of(&self, origin: &Origin, clock: &Clock) -> Vec<Arc<Feed>> {
        let known = self.0.get(&key(origin, clock));
        known.into_iter().flatten().filter_map(Weak::upgrade).collect()
    }

    /// Adds a feed, unless one is there that reaches the same in the same way. The one that is there now.
    pub(super) fn add(&mut self, feed: &Arc<Feed>) -> Arc<Feed> {
        let known = self.0.entry(key(&feed.remote.origin, &feed.clock)).or_default();
        if let Some(same) = known.iter().filter_map(Weak::upgrade).find(|known| known.remote == feed.remote) {
            return same;
        }
        known.push(Arc::downgrade(feed));
        feed.clone()
    }

    /// Adds this very feed: after a fork a verifier comes with its own.
    pub(super) fn adopt(&mut self, feed: &Arc<Feed>) {
        let known = self.0.entry(key(&feed.remote.origin, &feed.clock)).or_default();
        if !known.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(feed))) {
            known.push(Arc::downgrade(feed));
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Feed>> {
        self.0.values().flatten().filter_map(Weak::upgrade).collect()
    }

    /// Forgets those that nobody uses.
    pub(super) fn sweep(&mut self) {
        self.0.retain(|_, feeds| {
            feeds.retain(|feed| feed.strong_count() > 0);
            !feeds.is_empty()
        });
    }
}
