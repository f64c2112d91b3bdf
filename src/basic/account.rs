//! What is known of one account of a directory: how often its passwords failed, and which of them is recognised.
//!
//! Everything that concerns the account reads and changes this one record: what is remembered as proved, the names that
//! lead to it, and each check. A check is reserved before it is made: checks side by side count together.

use super::Rules;
use super::attempt::Attempt;
use super::digest::Digest;
use super::record::{End, Limited, Recognised, Record, Terms, Tried, is_recent};
use super::unchecked::Unchecked;
use crate::clock::Moment;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// An account, as it is known to be one.
#[derive(Debug)]
pub(super) struct Account {
    state: ArcSwap<State>,
    unchecked: Unchecked,
    /// Whether somebody guesses: then it depends on the peer whether what is remembered answers.
    is_guessed_at: AtomicBool,
    /// What was proved under an earlier number has ended.
    age: AtomicU32,
}

#[derive(Debug)]
enum State {
    Own(Record),
    /// It turned out to be another one.
    Joined(Arc<Account>),
    /// It left, for there was nothing to know of it.
    Gone,
}

impl Account {
    pub(super) fn new(rules: &Rules) -> Arc<Self> {
        Arc::new(Self {
            state: ArcSwap::from_pointee(State::Own(Record::default())),
            unchecked: Unchecked::new(rules.max_unchecked),
            is_guessed_at: AtomicBool::new(false),
            age: AtomicU32::new(0),
        })
    }

    /// Under which number something is remembered from now on.
    pub(super) fn age(&self) -> u32 {
        self.age.load(Ordering::Acquire)
    }

    /// Whether what was proved under that number answers. Takes no lock.
    #[inline]
    pub(super) fn answers(&self, age: u32, rules: &Rules, peer: impl FnOnce() -> Option<Digest>) -> bool {
        self.age() == age
            && (!self.is_guessed_at.load(Ordering::Acquire)
                || self.look(|account, record| !account.has_ended(record, rules, peer().as_ref())).unwrap_or(false))
    }

    /// From now on nothing that was proved before answers.
    pub(super) fn end_proofs(&self) {
        self.age.fetch_add(1, Ordering::AcqRel);
    }

    /// Which record it is after all that was joined.
    pub(super) fn current(self: &Arc<Self>) -> Arc<Self> {
        let mut current = self.clone();
        while let Some(other) = current.joined() {
            current = other;
        }
        current
    }

    fn joined(&self) -> Option<Arc<Self>> {
        match &**self.state.load() {
            State::Joined(other) => Some(other.clone()),
            State::Own(_) | State::Gone => None,
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.look(|_, _| ()).is_none()
    }

    /// `None` if it is gone.
    fn look<T>(&self, look: impl FnOnce(&Self, &Record) -> T) -> Option<T> {
        match &**self.state.load() {
            State::Own(record) => Some(look(self, record)),
            State::Joined(other) => other.look(look),
            State::Gone => None,
        }
    }

    /// Changes the record as a whole, or not at all. `None` if it is gone.
    fn change<T>(&self, mut change: impl FnMut(&Self, &mut Record) -> T) -> Option<T> {
        loop {
            let state = self.state.load_full();
            let (told, new) = match &*state {
                State::Own(record) => {
                    let mut record = record.clone();
                    (change(self, &mut record), record)
                }
                State::Joined(other) => return other.change(change),
                State::Gone => return None,
            };
            if self.replace(&state, State::Own(new)) {
                return Some(told);
            }
        }
    }

    fn replace(&self, old: &Arc<State>, new: State) -> bool {
        Arc::ptr_eq(&self.state.compare_and_swap(old, Arc::new(new)), old)
    }

    /// Whether another check may begin. Takes no lock.
    pub(super) fn may_begin(&self, tried: &Tried, terms: &Terms<'_>) -> Result<(), Limited> {
        self.look(|account, record| record.may_begin(account.recognises(record, tried, terms), terms)).unwrap_or(Ok(()))
    }

    /// Reserves a check. `None` if the record is gone: then there is another one, or none.
    pub(super) fn reserve(self: &Arc<Self>, tried: Tried, terms: &Terms<'_>) -> Option<Result<Attempt, Limited>> {
        let reserved = self.change(|account, record| {
            record.begin_anew(terms);
            record.may_begin(account.recognises(record, &tried, terms), terms)?;
            record.running += 1;
            Ok(())
        })?;
        Some(reserved.map(|()| Attempt::new(self.clone(), tried, terms)))
    }

    fn recognises(&self, record: &Record, tried: &Tried, terms: &Terms<'_>) -> bool {
        record.has_accepted(tried, terms.moment) && !self.has_ended(record, terms.rules, tried.peer.as_ref())
    }

    /// Whether a directory accepted a password of it within a day.
    pub(super) fn is_known(&self, moment: Moment) -> bool {
        self.look(|_, record| record.is_known(moment)).unwrap_or(false)
    }

    /// Whether nothing that is remembered answers to a peer any more.
    fn has_ended(&self, record: &Record, rules: &Rules, peer: Option<&Digest>) -> bool {
        self.unchecked_of(record, peer).are_too_many(rules.max_unchecked)
    }

    fn unchecked_of<'a>(&'a self, record: &'a Record, peer: Option<&Digest>) -> &'a Unchecked {
        let known = record.peers.iter().find(|known| Some(&known.address) == peer);
        known.map_or(&self.unchecked, |known| &known.unchecked)
    }

    /// A password ended without a check, or has not come to one yet. The one that was accepted last is no guess.
    pub(super) fn count_unchecked(&self, tried: &Tried, terms: &Terms<'_>) {
        self.look(|account, record| {
            if record.has_accepted(tried, terms.moment) {
                return;
            }
            let unchecked = account.unchecked_of(record, tried.peer.as_ref());
            unchecked.add(&tried.password, terms.moment.wall);
            if unchecked.are_too_many(terms.rules.max_unchecked) {
                account.is_guessed_at.store(true, Ordering::Release);
            }
        });
        if let Some(other) = self.joined() {
            other.count_unchecked(tried, terms);
        }
    }

    /// Notes which account it is. False if it is another one.
    pub(super) fn identify(&self, identifier: Digest) -> bool {
        self.change(|_, record| {
            let is_other = record.identifier.is_some_and(|known| known != identifier);
            if !is_other {
                record.identifier = Some(identifier);
                record.is_missing = false;
            }
            !is_other
        })
        .unwrap_or(false)
    }

    /// A name leads here, as a success has shown; or the directory has told all of them.
    pub(super) fn note_name(&self, name: Digest, has_all: bool) {
        self.change(|_, record| {
            record.has_all_names |= has_all;
            record.add_name(name);
        });
    }

    /// The directory has no such account: it may make room for others.
    pub(super) fn note_missing(&self) {
        self.change(|_, record| record.is_missing = record.identifier.is_none());
    }

    /// Somebody lifts the lock, as of a time in seconds since 1970, or of now. Whether there was something to lift.
    pub(super) fn unlock(&self, at: Option<i64>) -> bool {
        let unlocked = self.change(|account, record| {
            let is_old = |time: i64| at.is_none_or(|at| time <= at);
            let had = record.failures > 0 || account.is_guessed_at.load(Ordering::Acquire);
            if is_old(record.failed_at_wall) {
                (record.failures, record.pause_end) = (0, 0);
            }
            if is_old(account.unchecked.added_at()) {
                account.clear_unchecked(record);
            }
            had
        });
        unlocked.unwrap_or(false)
    }

    fn clear_unchecked(&self, record: &Record) {
        self.unchecked.clear();
        record.peers.iter().for_each(|peer| peer.unchecked.clear());
        self.is_guessed_at.store(false, Ordering::Release);
    }

    /// Ends what is remembered and recognised, and no count.
    pub(super) fn forget(&self) {
        self.change(|_, record| {
            record.recognised = None;
            record.peers.clear();
        });
        self.end_proofs();
    }

    /// Since when it is known, for who has to make room.
    pub(super) fn known_since(&self, moment: Moment) -> Option<i64> {
        self.look(|_, record| {
            record.recognised.filter(|known| is_recent(known.at, moment)).map(|known| known.at.monotonic)
        })
        .flatten()
    }

    /// Whether it takes the room of those that were never authenticated.
    pub(super) fn is_stranger(&self, moment: Moment) -> bool {
        self.look(|_, record| !record.is_known(moment)).unwrap_or(false)
    }

    /// Lets it go if there is nothing to know of it any more. Whether it is gone.
    pub(super) fn leaves_if_idle(&self, terms: &Terms<'_>) -> bool {
        self.leaves_if(|record| record.is_idle(terms))
    }

    /// When a missing account was asked for last, if it may make room.
    pub(super) fn missing_since(&self, terms: &Terms<'_>) -> Option<i64> {
        self.look(|_, record| record.may_make_room(terms).then_some(record.failed_at)).flatten()
    }

    /// Lets go what the directory does not have. Whether it is gone.
    pub(super) fn leaves_if_missing(&self, terms: &Terms<'_>) -> bool {
        self.leaves_if(|record| record.may_make_room(terms))
    }

    fn leaves_if(&self, may_leave: impl Fn(&Record) -> bool) -> bool {
        loop {
            let state = self.state.load_full();
            match &*state {
                State::Gone => return true,
                State::Joined(other) => return other.is_gone(),
                State::Own(record) if !may_leave(record) => return false,
                State::Own(_) => {}
            }
            if self.replace(&state, State::Gone) {
                return true;
            }
        }
    }

    /// Makes this record a part of another one, which counts on for both. Nobody else may join at the same time.
    pub(super) fn join(&self, survivor: &Arc<Self>, terms: &Terms<'_>) {
        let mut added = Record::default();
        loop {
            let state = self.state.load_full();
            let State::Own(record) = &*state else { return };
            if survivor.change(|_, own| own.add(record, &added, terms)).is_none() {
                return;
            }
            survivor.unchecked.add_all(&self.unchecked);
            added = record.clone();
            if self.replace(&state, State::Joined(survivor.clone())) {
                break;
            }
        }
        survivor.unchecked.add_all(&self.unchecked);
        self.end_proofs();
    }

    /// Counts as failures what another account has, that one of its names led to before: nobody knows whose they were.
    pub(super) fn copy_failures(&self, other: &Self, terms: &Terms<'_>) {
        let Some(other) = other.look(|_, record| record.clone()) else { return };
        self.change(|_, own| {
            own.failures = own.failures(terms).max(other.failures(terms));
            own.be_as_late_as(&other);
        });
    }

    /// The check panicked.
    pub(super) fn end_untold(&self, attempt: &Attempt) {
        self.change(|_, record| {
            record.end_check(attempt.generation);
            record.failures = record.failures.saturating_add(1);
            (record.failed_at, record.failed_at_wall) = (attempt.begun.monotonic, attempt.begun.wall);
        });
    }

    pub(super) fn end(&self, attempt: &Attempt, end: End, terms: &Terms<'_>) {
        let is_new = self.change(|account, record| {
            record.end_check(attempt.generation);
            match end {
                End::Proved => account.accept(record, &attempt.tried, terms),
                End::Failed => record.fail(&attempt.tried, terms),
                End::Told | End::Void => false,
            }
        });
        if is_new == Some(true) {
            self.current_end_proofs();
        }
    }

    /// A password of it is right, whose check was reserved elsewhere.
    pub(super) fn prove(&self, tried: &Tried, terms: &Terms<'_>) {
        let is_new = self.change(|account, record| account.accept(record, tried, terms));
        if is_new == Some(true) {
            self.current_end_proofs();
        }
        self.note_checked(tried);
    }

    fn current_end_proofs(&self) {
        match self.joined() {
            Some(other) => other.current_end_proofs(),
            None => self.end_proofs(),
        }
    }

    /// Whether what was proved before has to end: it was proved by another password, or had ended by guesses.
    fn accept(&self, record: &mut Record, tried: &Tried, terms: &Terms<'_>) -> bool {
        let is_other = record.recognised.is_some_and(|known| known.password != tried.password);
        let had_ended = self.is_guessed_at.load(Ordering::Acquire);
        record.recognised = Some(Recognised { password: tried.password, at: terms.moment });
        record.is_missing = false;
        if let Some(address) = tried.peer {
            record.enter(address, terms);
        }
        self.clear_unchecked(record);
        is_other || had_ended
    }

    /// It was checked, so it was not unchecked.
    pub(super) fn note_checked(&self, tried: &Tried) {
        self.look(|account, record| {
            account.unchecked.remove(&tried.password);
            record.peers.iter().for_each(|peer| peer.unchecked.remove(&tried.password));
        });
    }
}
