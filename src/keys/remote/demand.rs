//! What requests ask of a key set: whether a refresh is under way, who waits for it, and which key ids were
//! looked for in vain.
//!
//! Everything here is one atomic operation after another, for `verify` calls it: no lock, no system call, no
//! allocation. It knows no key and fetches nothing.

use super::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::limits::{ABSENT_KEY_IDS, ABSENT_SECONDS, ASK_SECONDS, WAITING_REQUESTS};

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
    /// The last minute had a refresh that a request asked for.
    Spent,
    /// The same was looked for in vain, and the set has not changed since.
    Absent,
}

/// What a request looks for: a keyed hash of a key id, or nothing that is to be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted(u32);

impl Wanted {
    /// Any key: a signature was bad, and the key may have been replaced under its id.
    pub(super) const ANY: Self = Self(0);

    pub(super) fn key(hash: u64) -> Self {
        Self((hash >> 32) as u32 | 1)
    }
}

/// The state between requests and the refresh of one key set.
#[derive(Debug)]
pub(super) struct Demand {
    phase: AtomicU8,
    /// Seconds since 1970 from which a request may ask again.
    ask_from: AtomicI64,
    /// What the last asking request wants.
    wanted: AtomicU32,
    /// How many refreshes have ended.
    rounds: AtomicU64,
    waiting: AtomicU32,
    /// A hash in the upper half, the second in which it is forgotten in the lower.
    absent: [AtomicU64; ABSENT_KEY_IDS],
    next_absent: AtomicUsize,
}

impl Demand {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU8::new(IDLE),
            ask_from: AtomicI64::new(0),
            wanted: AtomicU32::new(0),
            rounds: AtomicU64::new(0),
            waiting: AtomicU32::new(0),
            absent: std::array::from_fn(|_| AtomicU64::new(0)),
            next_absent: AtomicUsize::new(0),
        }
    }

    /// Asks for a refresh: at most one a minute is granted, whatever comes of it.
    pub(super) fn ask(&self, wanted: Wanted, now: i64) -> Reply {
        if self.is_absent(wanted, now) {
            return Reply::Absent;
        }
        if self.is_busy() {
            return Reply::Coming;
        }
        let from = self.ask_from.load(Ordering::Acquire);
        // A clock that was set back must not make the budget last.
        if now < from && from - now <= ASK_SECONDS {
            return Reply::Spent;
        }
        if self.ask_from.compare_exchange(from, now + ASK_SECONDS, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.wanted.store(wanted.0, Ordering::Release);
            // Where a refresh has begun in between, it is the one that was asked for.
            let _ = self.phase.compare_exchange(IDLE, ASKED, Ordering::AcqRel, Ordering::Acquire);
        }
        Reply::Coming
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

    /// A refresh begins. Whether it was asked for; `None` where one is under way already.
    pub(super) fn begin(&self) -> Option<bool> {
        match self.phase.swap(RUNNING, Ordering::AcqRel) {
            RUNNING => None,
            before => Some(before == ASKED),
        }
    }

    /// The refresh has ended, and what it brought is published. `same`: it brought the very set that was there.
    pub(super) fn end(&self, same: bool, now: i64) {
        let wanted = self.wanted.swap(0, Ordering::AcqRel);
        if same && wanted != 0 {
            self.remember(wanted, now);
        }
        self.phase.store(IDLE, Ordering::Release);
        self.rounds.fetch_add(1, Ordering::AcqRel);
    }

    /// How many refreshes have ended: who waits for one looks whether this changes.
    pub(super) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Acquire)
    }

    /// Whether one more request may wait.
    pub(super) fn has_room(&self) -> bool {
        self.waiting() < WAITING_REQUESTS
    }

    /// How many requests wait.
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Acquire)
    }

    /// Lets a request wait, where there is room. It says by `leave` that it has gone.
    pub(super) fn enter(&self) -> bool {
        let room = |waiting| (waiting < WAITING_REQUESTS).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok()
    }

    pub(super) fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    /// Forgets who waits and what runs: after a fork, those threads are another process's.
    pub(super) fn forget(&self) {
        self.waiting.store(0, Ordering::Release);
        self.wanted.store(0, Ordering::Release);
        self.phase.store(IDLE, Ordering::Release);
    }

    fn is_absent(&self, wanted: Wanted, now: i64) -> bool {
        let remembered = |slot: &AtomicU64| {
            let slot = slot.load(Ordering::Acquire);
            let left = i64::from(slot as u32) - now;
            (slot >> 32) as u32 == wanted.0 && (1..=ABSENT_SECONDS).contains(&left)
        };
        wanted != Wanted::ANY && self.absent.iter().any(remembered)
    }

    fn remember(&self, wanted: u32, now: i64) {
        let forgotten = u32::try_from(now + ABSENT_SECONDS).unwrap_or(u32::MAX);
        let at = self.next_absent.fetch_add(1, Ordering::Relaxed) % ABSENT_KEY_IDS;
        if let Some(slot) = self.absent.get(at) {
            slot.store(u64::from(wanted) << 32 | u64::from(forgotten), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn key(number: u64) -> Wanted {
        Wanted::key(number << 32)
    }

    fn round(demand: &Demand, same: bool, now: i64) {
        assert!(demand.begin().is_some() && demand.begin().is_none());
        demand.end(same, now);
    }

    #[test]
    fn a_minute_has_one_refresh_that_requests_ask_for() {
        let demand = Demand::new();
        assert_eq!(demand.ask(key(2), NOW), Reply::Coming);
        assert!(demand.is_asked());
        assert_eq!(demand.ask(key(4), NOW), Reply::Coming, "it waits for the same refresh");
        round(&demand, false, NOW);
        assert_eq!(demand.rounds(), 1);
        for (now, reply) in [(NOW, Reply::Spent), (NOW + 59, Reply::Spent), (NOW + 60, Reply::Coming)] {
            assert_eq!(demand.ask(key(6), now), reply);
        }
    }

    #[test]
    fn what_was_looked_for_in_vain_is_remembered_for_a_while() {
        let demand = Demand::new();
        demand.ask(key(2), NOW);
        round(&demand, true, NOW);
        for (now, reply) in [(NOW + 60, Reply::Absent), (NOW + 299, Reply::Absent), (NOW + 300, Reply::Coming)] {
            assert_eq!(demand.ask(key(2), now), reply, "{now}");
        }
    }

    #[test]
    fn a_refresh_that_nobody_asked_for_says_nothing_of_absent_keys() {
        let demand = Demand::new();
        round(&demand, true, NOW);
        assert_eq!(demand.ask(key(2), NOW), Reply::Coming);
        round(&demand, false, NOW);
        assert_eq!(demand.ask(key(2), NOW + 60), Reply::Coming, "the set has changed");
        round(&demand, true, NOW + 60);
        assert_eq!(demand.ask(Wanted::ANY, NOW + 120), Reply::Coming);
        round(&demand, true, NOW + 120);
        assert_eq!(demand.ask(Wanted::ANY, NOW + 180), Reply::Coming, "a bad signature is not remembered");
    }

    #[test]
    fn a_clock_that_is_set_back_frees_the_budget() {
        let demand = Demand::new();
        demand.ask(key(2), NOW);
        round(&demand, true, NOW);
        assert_eq!(demand.ask(key(4), NOW - 86_400), Reply::Coming);
        assert_eq!(demand.ask(key(2), NOW - 86_400), Reply::Coming);
    }

    #[test]
    fn only_so_many_wait() {
        let demand = Demand::new();
        for _ in 0..WAITING_REQUESTS {
            assert!(demand.has_room() && demand.enter());
        }
        assert!(!demand.has_room() && !demand.enter());
        demand.leave();
        assert!(demand.has_room() && demand.enter());
        demand.forget();
        assert!(demand.has_room());
    }
}
