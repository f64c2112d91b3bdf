//! What requests ask of a key set: whether a refresh is under way, who waits for it, and which key ids were not
//! found.
//!
//! Everything here is one atomic operation after another, for `verify` calls it: no lock, no system call, no
//! allocation. It knows no key and fetches nothing.
//!
//! Refreshes are numbered. A key id that is not found is noted with the number of the last refresh that had begun by
//! then. A set whose refresh has a greater number was fetched after the id came up: where it lacks the key, the provider
//! has none. No clock says so, for two that happen within a second are told apart.

use super::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::limits::{ASK_SECONDS, MISSED_KEY_IDS};

/// Nobody asks.
const IDLE: u8 = 0;
/// A request asks for a refresh, which has not begun.
const ASKED: u8 = 1;
/// A refresh is under way.
const RUNNING: u8 = 2;

/// What comes of asking for a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// A refresh is under way, or will be.
    Coming,
    /// None is: the last minute had one that a request asked for.
    Spent,
    /// None is, and one would be if a request asked.
    Unasked,
    /// The set was fetched after the same was looked for first: the provider has none.
    Absent,
}

/// What a request looks for: a keyed hash of a key id, or nothing that is to be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted(u32);

impl Wanted {
    /// Any key: a signature was bad, and the key may have been replaced under its id.
    pub(super) const ANY: Self = Self(0);

    pub(super) fn key(hash: u64) -> Self {
        Self((hash >> 32) as u32 | 1)
    }
}

/// A refresh that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begun {
    /// Whether a request asked for it.
    pub(super) asked: bool,
    /// From 1 on.
    pub(super) number: u32,
}

/// The state between requests and the refresh of one key set. What a flood writes here is on no line of memory that other
/// requests read.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Demand {
    phase: AtomicU8,
    /// Seconds since 1970 from which a request may ask again.
    ask_from: AtomicI64,
    /// How many refreshes have begun.
    begun: AtomicU32,
    /// How many refreshes have ended.
    rounds: AtomicU64,
    waiting: AtomicU32,
    /// A hash in the upper half, in the lower the number of the last refresh that had begun when it came up.
    missed: [AtomicU64; MISSED_KEY_IDS],
    next_missed: AtomicUsize,
}

impl Demand {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU8::new(IDLE),
            ask_from: AtomicI64::new(0),
            begun: AtomicU32::new(0),
            rounds: AtomicU64::new(0),
            waiting: AtomicU32::new(0),
            missed: std::array::from_fn(|_| AtomicU64::new(0)),
            next_missed: AtomicUsize::new(0),
        }
    }

    /// Asks for a refresh: at most one a minute is granted, whatever comes of it. `fetched`: the number of the refresh
    /// that the set is of which lacks the key, or 0 where that is not to be relied on.
    pub(super) fn ask(&self, wanted: Wanted, fetched: u32, now: i64) -> Reply {
        if self.is_absent(wanted, fetched) {
            return Reply::Absent;
        }
        self.note(wanted);
        if self.is_busy() {
            return Reply::Coming;
        }
        let from = self.ask_from();
        if is_spent(from, now) {
            return Reply::Spent;
        }
        if self.ask_from.compare_exchange(from, now + ASK_SECONDS, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.grant((from, now + ASK_SECONDS));
        }
        Reply::Coming
    }

    /// Where a refresh has begun in between, nobody asked for that one: it may do with what was fetched before. Another is
    /// left to ask for.
    fn grant(&self, (before, spent): (i64, i64)) {
        let outcome = self.phase.compare_exchange(IDLE, ASKED, Ordering::AcqRel, Ordering::Acquire);
        if outcome == Err(RUNNING) {
            let _ = self.ask_from.compare_exchange(spent, before, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// What asking would come to, without doing it.
    pub(super) fn look(&self, wanted: Wanted, fetched: u32, now: i64) -> Reply {
        match self.is_busy() {
            _ if self.is_absent(wanted, fetched) => Reply::Absent,
            true => Reply::Coming,
            false if is_spent(self.ask_from(), now) => Reply::Spent,
            false => Reply::Unasked,
        }
    }

    /// Seconds since 1970 from which a request may ask.
    pub(super) fn ask_from(&self) -> i64 {
        self.ask_from.load(Ordering::Acquire)
    }

    /// Whether a refresh is under way or asked for.
    pub(super) fn is_busy(&self) -> bool {
        self.phase.load(Ordering::Acquire) != IDLE
    }

    pub(super) fn is_running(&self) -> bool {
        self.phase.load(Ordering::Acquire) == RUNNING
    }

    pub(super) fn is_asked(&self) -> bool {
        self.phase.load(Ordering::Acquire) == ASKED
    }

    /// A refresh begins, and has fetched nothing yet; `None` where one is under way already.
    pub(super) fn begin(&self) -> Option<Begun> {
        let before = self.phase.swap(RUNNING, Ordering::AcqRel);
        let number = || self.begun.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        (before != RUNNING).then(|| Begun { asked: before == ASKED, number: number() })
    }

    /// The refresh has ended, and what it brought is published.
    pub(super) fn end(&self) {
        self.phase.store(IDLE, Ordering::Release);
        self.rounds.fetch_add(1, Ordering::AcqRel);
    }

    /// How many refreshes have ended: who waits for one looks whether this changes.
    pub(super) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Acquire)
    }

    /// How many requests wait.
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Acquire)
    }

    /// Lets a request wait, where less than `most` do. It says by `leave` that it has gone.
    pub(super) fn enter(&self, most: u32) -> bool {
        let room = |waiting| (waiting < most).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok()
    }

    pub(super) fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    /// Forgets who waits and what runs: after a fork, those threads are another process's.
    pub(super) fn forget(&self) {
        self.waiting.store(0, Ordering::Release);
        self.phase.store(IDLE, Ordering::Release);
    }

    fn is_absent(&self, wanted: Wanted, fetched: u32) -> bool {
        self.noted(wanted).any(|number| number < fetched)
    }

    /// Under which numbers it is noted.
    fn noted(&self, wanted: Wanted) -> impl Iterator<Item = u32> {
        let slots = self.missed.iter().map(|slot| slot.load(Ordering::Acquire));
        slots.filter(move |slot| wanted != Wanted::ANY && (slot >> 32) as u32 == wanted.0).map(|slot| slot as u32)
    }

    /// Notes what was not found, where it is new, in the place of what was noted longest ago.
    fn note(&self, wanted: Wanted) {
        if wanted == Wanted::ANY || self.noted(wanted).next().is_some() {
            return;
        }
        // Nothing is added, but who adds reads the last number, and a refresh that gets a greater one has seen this.
        let number = self.begun.fetch_add(0, Ordering::AcqRel);
        let at = self.next_missed.fetch_add(1, Ordering::Relaxed) % MISSED_KEY_IDS;
        if let Some(slot) = self.missed.get(at) {
            slot.store(u64::from(wanted.0) << 32 | u64::from(number), Ordering::Release);
        }
    }
}

/// Whether no request may ask before `from`. A clock that was set back must not make that last.
fn is_spent(from: i64, now: i64) -> bool {
    now < from && from - now <= ASK_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn key(number: u64) -> Wanted {
        Wanted::key(number << 32)
    }

    /// A refresh, and its number.
    fn round(demand: &Demand) -> u32 {
        let begun = demand.begin();
        assert!(begun.is_some() && demand.begin().is_none());
        demand.end();
        begun.map_or(0, |begun| begun.number)
    }

    #[test]
    fn a_minute_has_one_refresh_that_requests_ask_for() {
        let demand = Demand::new();
        assert_eq!(demand.ask(key(2), 0, NOW), Reply::Coming);
        assert!(demand.is_asked());
        assert_eq!(demand.ask(key(4), 0, NOW), Reply::Coming, "it waits for the same refresh");
        assert_eq!((round(&demand), demand.rounds(), demand.ask_from()), (1, 1, NOW + 60));
        for (now, reply) in [(NOW, Reply::Spent), (NOW + 59, Reply::Spent), (NOW + 60, Reply::Coming)] {
            assert_eq!(demand.ask(key(6), 1, now), reply);
        }
    }

    #[test]
    fn what_a_later_refresh_did_not_bring_is_absent() {
        let demand = Demand::new();
        demand.ask(key(2), 0, NOW);
        let first = round(&demand);
        assert_eq!(demand.ask(key(2), first, NOW), Reply::Absent);
        assert_eq!(demand.look(key(2), first, NOW), Reply::Absent);
        assert_eq!(demand.ask(key(4), first, NOW), Reply::Spent, "it came up after the fetch");
        assert_eq!(demand.ask(key(4), round(&demand), NOW), Reply::Absent, "whoever asked for this one");
        assert_eq!(demand.ask(key(2), 0, NOW + 60), Reply::Coming, "the set is not to be relied on");
        assert_eq!(demand.ask(Wanted::ANY, u32::MAX, NOW + 60), Reply::Coming, "a bad signature is not noted");
    }

    #[test]
    fn what_comes_up_during_a_refresh_is_not_absent_by_it() {
        let demand = Demand::new();
        let number = demand.begin().map_or(0, |begun| begun.number);
        assert_eq!(demand.ask(key(2), 0, NOW), Reply::Coming);
        demand.end();
        assert_eq!(demand.look(key(2), number, NOW), Reply::Unasked);
        assert_eq!(demand.ask(key(2), number, NOW), Reply::Coming, "the budget is still there");
        assert_eq!(demand.ask(key(2), round(&demand), NOW), Reply::Absent);
    }

    #[test]
    fn what_is_crowded_out_is_not_absent() {
        let demand = Demand::new();
        demand.ask(key(2), 0, NOW);
        let number = round(&demand);
        for other in 1..=MISSED_KEY_IDS as u64 {
            assert_eq!(demand.ask(key(2), number, NOW), Reply::Absent);
            demand.ask(key(2 + 2 * other), number, NOW);
        }
        assert_eq!(demand.ask(key(2), number, NOW), Reply::Spent);
    }

    #[test]
    fn a_clock_that_is_set_back_frees_the_budget() {
        let demand = Demand::new();
        demand.ask(key(2), 0, NOW);
        let number = round(&demand);
        assert_eq!(demand.ask(key(4), number, NOW - 86_400), Reply::Coming);
    }

    #[test]
    fn only_so_many_wait() {
        let demand = Demand::new();
        assert!(!demand.enter(0));
        assert!(demand.enter(2) && demand.enter(2));
        assert!(!demand.enter(2) && !demand.enter(1) && demand.enter(3), "each by its own configuration");
        demand.leave();
        demand.leave();
        assert!(demand.enter(2));
        demand.forget();
        assert_eq!(demand.waiting(), 0);
    }
}
