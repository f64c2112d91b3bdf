//! The accounts of a directory, by the names that lead to them.
//!
//! A name that is known leads to its record as long as anything of it counts. Names that were never authenticated have a room
//! of their own, which is bounded; those that the directory does not have make room in it.

use super::account::Account;
use super::digest::Digest;
use super::record::Terms;
use crate::birth::PerProcess;
use crate::clock::Moment;
use crate::crypto::Keyed;
use crate::limits;
use crate::shards::{Shard, Shards};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Accounts, by keyed digests of names and identifiers.
#[derive(Debug)]
pub(super) struct Accounts {
    names: Shards<Digest, Arc<Account>>,
    pub(super) key: Keyed,
    room: Room,
    /// One join at a time, so that no two are parts of each other.
    joins: PerProcess<Mutex<()>>,
    generation: PerProcess<u32>,
    generations: AtomicU32,
}

/// Names in one part.
#[derive(Debug, Clone, Copy)]
struct Room {
    strangers: usize,
    known: usize,
}

/// There is no room for a name that was never authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Accounts {
    /// `None` if the system gives no random bytes.
    pub(super) fn new() -> Option<Self> {
        Self::with_room(limits::STRANGERS, limits::KNOWN_NAMES)
    }

    /// In parts of some two hundred: that many are copied for a change.
    pub(super) fn with_room(strangers: usize, known: usize) -> Option<Self> {
        let parts = (strangers + known).div_ceil(200);
        // Digests are spread by chance: a part has some more than others, but hardly ever a third more.
        let of_part = |names: usize| (names / parts).max(1) * 4 / 3;
        Some(Self {
            names: Shards::new(parts),
            key: Keyed::new()?,
            room: Room { strangers: of_part(strangers), known: of_part(known) },
            joins: PerProcess::new(Mutex::default()),
            generation: PerProcess::new(0),
            generations: AtomicU32::new(0),
        })
    }

    /// Which process it is, counted by forks. Takes no lock.
    pub(super) fn generation(&self) -> u32 {
        let next = || self.generations.load(Ordering::Relaxed).wrapping_add(1);
        self.generation.read(|generation| *generation).unwrap_or_else(next)
    }

    /// As [`Accounts::generation`], from where something is going to be counted.
    pub(super) fn enter(&self) -> u32 {
        *self.generation.get(|| self.generations.fetch_add(1, Ordering::Relaxed).wrapping_add(1))
    }

    /// Takes no lock.
    pub(super) fn find(&self, name: &Digest) -> Option<Arc<Account>> {
        self.names.read(name, Arc::clone).filter(|account| !account.is_gone())
    }

    /// The account that a name leads to, or a new one.
    pub(super) fn find_or_make(&self, name: &Digest, terms: &Terms<'_>) -> Result<Arc<Account>, Full> {
        if let Some(known) = self.find(name) {
            return Ok(known);
        }
        let new = Account::new(terms.rules);
        let mut found = Err(Full);
        self.change(name, terms, |room, shard| {
            found = match shard.get(name).filter(|known| !known.is_gone()).cloned() {
                Some(known) => Ok(known),
                None if room.has_place(shard, terms) => {
                    shard.insert(*name, new.clone());
                    Ok(new.clone())
                }
                None => Err(Full),
            };
        });
        found
    }

    /// Lets a name lead to an account that was authenticated, or that the directory itself has named.
    fn lead(&self, name: &Digest, account: &Arc<Account>, terms: &Terms<'_>) {
        if self.find(name).is_some_and(|found| Arc::ptr_eq(&found, account)) {
            return;
        }
        self.change(name, terms, |room, shard| {
            shard.insert(*name, account.clone());
            room.end_the_oldest(shard, terms.moment);
        });
    }

    /// The account that the directory itself names, to which a name leads from now on: what was counted for the name goes
    /// on there. One that `is_proved` needs no place among strangers.
    pub(super) fn identify(
        &self,
        name: &Digest,
        identifier: &Digest,
        is_proved: bool,
        terms: &Terms<'_>,
    ) -> Result<Arc<Account>, Full> {
        let joins = self.joins.get(Mutex::default);
        let _turn = joins.lock().unwrap_or_else(PoisonError::into_inner);
        let named = self.find(name).map(|named| named.current());
        let account = match (self.find(identifier), &named) {
            (Some(known), _) => known.current(),
            (None, Some(named)) if named.identify(*identifier) => named.clone(),
            (None, _) if is_proved => Account::new(terms.rules),
            (None, _) => self.find_or_make(identifier, terms)?.current(),
        };
        account.identify(*identifier);
        let mut before = named.filter(|named| !Arc::ptr_eq(named, &account));
        if let Some(same) = before.take_if(|named| named.identify(*identifier)) {
            same.join(&account, terms);
        }
        if let Some(other) = &before {
            account.copy_failures(other, terms);
        }
        [identifier, name].into_iter().for_each(|way| self.lead(way, &account, terms));
        // The name led to another account, which keeps what it has. But guesses by that name are not counted there any more:
        // nothing that is remembered of it may answer them.
        if let Some(other) = before {
            other.end_proofs();
        }
        Ok(account)
    }

    /// Whether a name leads to an account. Takes no lock.
    pub(super) fn leads(&self, name: &Digest, account: &Arc<Account>) -> bool {
        self.find(name).is_some_and(|found| Arc::ptr_eq(&found.current(), account))
    }

    fn change(&self, name: &Digest, terms: &Terms<'_>, mut change: impl FnMut(Room, &mut Shard<Digest, Arc<Account>>)) {
        let make = |old: Option<&Shard<Digest, Arc<Account>>>| {
            let mut new = old.cloned().unwrap_or_default();
            new.retain(|_, account| !account.leaves_if_idle(terms));
            change(self.room, &mut new);
            new
        };
        self.names.replace(self.names.index(name), make, |_| ());
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}

impl Room {
    /// Whether another name has a place; one that the directory does not have leaves it.
    fn has_place(self, shard: &mut Shard<Digest, Arc<Account>>, terms: &Terms<'_>) -> bool {
        let strangers = shard.values().filter(|account| account.is_stranger(terms.moment)).count();
        if strangers < self.strangers {
            return true;
        }
        let missing = shard.iter().filter_map(|(name, account)| Some((account.missing_since(terms)?, *name)));
        let Some((_, oldest)) = missing.min_by_key(|(since, _)| *since) else { return false };
        let leaves = shard.get(&oldest).is_some_and(|account| account.leaves_if_missing(terms));
        if leaves {
            shard.remove(&oldest);
        }
        leaves
    }

    /// Beyond the room for those that were authenticated, the oldest must authenticate anew. Its counts stay.
    fn end_the_oldest(self, shard: &Shard<Digest, Arc<Account>>, moment: Moment) {
        let known = || shard.values().filter_map(|account| Some((account.known_since(moment)?, account)));
        if known().count() > self.known
            && let Some((_, oldest)) = known().min_by_key(|(since, _)| *since)
        {
            oldest.forget();
        }
    }
}
