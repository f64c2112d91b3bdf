//! The keys of one issuer, loaded once or fetched again and again, behind one door.

use super::local::{Local, SourceFault};
use super::remote::{Asking, Feed, Held, Missing, Process, Remote};
use super::set::{Key, KeySet, Skipped};
use crate::clock::Clock;
use crate::code::Code;
use crate::crypto::{Algorithm, AlgorithmSet};
use arc_swap::Guard;
use std::sync::Arc;

/// Where the keys of an issuer come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Local(Local),
    Remote(Box<Remote>),
}

impl Source {
    /// Loads the keys, or joins those who fetch them. Reads files; fetches nothing.
    pub(crate) fn open(
        &self,
        algorithms: AlgorithmSet,
        clock: &Clock,
    ) -> Result<(IssuerKeys, Vec<Skipped>), SourceFault> {
        match self {
            Self::Local(local) => local.load(algorithms).map(|(set, skipped)| (IssuerKeys::Fixed(set), skipped)),
            Self::Remote(remote) => Ok((IssuerKeys::Fetched(Process::current().feed(remote, clock)), Vec::new())),
        }
    }
}

/// The keys of an issuer.
#[derive(Debug)]
pub(crate) enum IssuerKeys {
    /// Those of the configuration.
    Fixed(KeySet),
    /// Those that its provider publishes.
    Fetched(Arc<Feed>),
}

/// The keys at one moment, which a refresh in between does not change.
pub(crate) enum Loaded<'k> {
    Fixed(&'k KeySet),
    Fetched(&'k Arc<Feed>, Guard<Arc<Held>>),
}

impl IssuerKeys {
    /// The keys as they are now. Never blocks.
    pub(crate) fn load(&self) -> Loaded<'_> {
        match self {
            Self::Fixed(set) => Loaded::Fixed(set),
            Self::Fetched(feed) => Loaded::Fetched(feed, feed.held()),
        }
    }

    pub(crate) fn feed(&self) -> Option<&Arc<Feed>> {
        match self {
            Self::Fixed(_) => None,
            Self::Fetched(feed) => Some(feed),
        }
    }
}

impl Loaded<'_> {
    /// Finds the key of a token, or says why there is none. Never blocks.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm, asking: Asking) -> Result<&Key, Missing> {
        match self {
            Self::Fixed(set) => set.find(id, algorithm).key().map_err(Missing::from),
            Self::Fetched(feed, held) => feed.find(held, id, algorithm, asking),
        }
    }

    /// What to say of a signature that its key did not make.
    pub(crate) fn bad_signature(&self, asking: Asking) -> Missing {
        match self {
            Self::Fixed(_) => Code::SignatureInvalid.into(),
            Self::Fetched(feed, held) => feed.bad_signature(held, asking),
        }
    }

    /// The set, for telling what is in it.
    pub(crate) fn set(&self) -> &KeySet {
        match self {
            Self::Fixed(set) => set,
            Self::Fetched(_, held) => &held.keys,
        }
    }

    /// The cloud that the metadata names, of Entra ID.
    pub(crate) fn cloud(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Fetched(_, held) => held.cloud(),
        }
    }

    /// Who fetches it, if somebody does.
    pub(crate) fn feed(&self) -> Option<&Arc<Feed>> {
        match self {
            Self::Fixed(_) => None,
            Self::Fetched(feed, _) => Some(feed),
        }
    }
}
