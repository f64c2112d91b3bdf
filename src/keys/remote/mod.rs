//! Keys that are fetched from their issuer, and look after themselves.
//!
//! A [`Feed`] is what requests see: the keys that serve, and whether better ones are coming. One thread in a
//! process refreshes all feeds ([`Process`]). Requests never wait for the network.

mod atomic;
mod demand;
mod discovery;
mod feed;
mod owner;
mod process;
mod refresher;
mod registry;
mod schedule;
mod snapshot;

pub(crate) use feed::{Asking, Feed, From, Held, Missing, Patience};
pub(crate) use owner::check_folder;
pub use owner::{AccessCheck, provide_access_check};
pub(crate) use process::{Lease, Process, Tend, Unstarted};

use crate::http::{Address, Transport};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Where keys are fetched from, how, and what is kept of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Remote {
    pub(crate) origin: Origin,
    pub(crate) transport: Transport,
    /// The folder for snapshots.
    pub(crate) state_dir: Option<PathBuf>,
    /// Seconds that keys serve after the provider last confirmed them.
    pub(crate) max_key_age: i64,
}

/// The address that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// A key set.
    KeySet(Address),
    /// A discovery document, which names the key set.
    Discovery {
        document: Address,
        /// The issuer that it has to be of.
        issuer: String,
        /// The hosts that it may name, beside its own.
        hosts: Vec<String>,
    },
}

impl Origin {
    pub(crate) fn address(&self) -> &Address {
        match self {
            Self::KeySet(address) => address,
            Self::Discovery { document, .. } => document,
        }
    }
}

/// A request that waits for a feed, one of a bounded number.
pub(crate) struct Waiter<'f> {
    feed: &'f Arc<Feed>,
    process: Arc<Process>,
}

impl<'f> Waiter<'f> {
    /// `None` where there is no room: where so many wait for the feed, or so many for any feed of the process.
    pub(crate) fn enter(feed: &'f Arc<Feed>, most: u32, most_of_process: u32) -> Option<Self> {
        let process = Process::current();
        if !process.enter(most_of_process) {
            return None;
        }
        if !feed.demand.enter(most) {
            process.leave();
            return None;
        }
        Some(Self { feed, process })
    }

    /// How many refreshes have ended, to be told before the request is looked at again.
    pub(crate) fn rounds(&self) -> u64 {
        self.feed.demand.rounds()
    }

    /// Waits for the next refresh to end, or until `end`.
    pub(crate) fn wait(&self, rounds: u64, end: Instant) {
        self.process.wait(self.feed, rounds, end);
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.feed.demand.leave();
        self.process.leave();
    }
}
