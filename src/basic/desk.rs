//! Who asks a directory: one request for each credential, a few at a time, and a bounded number that wait.

use super::digest::Digest;
use super::{Rules, directory::Outcome};
use crate::birth::PerProcess;
use crate::limits;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Where requests wait for a directory.
#[derive(Debug)]
pub(super) struct Desk {
    room: PerProcess<Room>,
    max_concurrent: u32,
    max_waiting: u32,
}

/// The desk of one process: what waits in another one is not waited for after a fork.
#[derive(Debug, Default)]
struct Room {
    state: Mutex<State>,
    freed: Condvar,
    /// As in `state`, to be read without its lock.
    running: AtomicU32,
    queued: AtomicU32,
}

#[derive(Debug, Default)]
struct State {
    flights: HashMap<Digest, Arc<Flight>>,
    running: u32,
    queued: u32,
}

/// A check that is under way.
#[derive(Debug, Default)]
struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
    followers: AtomicU32,
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that run, and that wait for their turn. Takes no lock.
    fn load(&self) -> (u32, u32) {
        (self.running.load(Ordering::Relaxed), self.queued.load(Ordering::Relaxed))
    }

    fn note(&self, state: &State) {
        self.running.store(state.running, Ordering::Relaxed);
        self.queued.store(state.queued, Ordering::Relaxed);
    }
}

impl Desk {
    pub(super) fn new(rules: &Rules) -> Self {
        let Rules { max_concurrent, max_waiting, .. } = *rules;
        Self { room: PerProcess::new(Room::default()), max_concurrent, max_waiting }
    }

    /// Whether there is room for another credential. Takes no lock.
    pub(super) fn has_room(&self) -> bool {
        let (running, queued) = self.load();
        running < self.max_concurrent || queued < self.max_waiting
    }

    /// Checks that run, and that wait for their turn.
    pub(super) fn load(&self) -> (u32, u32) {
        self.room.read(Room::load).unwrap_or_default()
    }

    /// Requests that wait for the answer to a check of another one.
    #[cfg(test)]
    pub(super) fn followers(&self) -> u32 {
        let count = |flight: &Arc<Flight>| flight.followers.load(Ordering::Relaxed);
        self.room.read(|room| room.lock().flights.values().map(count).sum()).unwrap_or_default()
    }

    /// Has `check` called, here or by another thread that has the same credential, and tells what came of it. Blocks, at
    /// most until `end` where `check` does.
    pub(super) fn ask(&self, digest: Digest, end: Instant, check: impl FnOnce() -> Outcome) -> Outcome {
        let room = self.room.get(Room::default);
        let mut state = room.lock();
        if let Some(flight) = state.flights.get(&digest).cloned() {
            drop(state);
            return flight.follow(end);
        }
        let is_full = state.running >= self.max_concurrent && state.queued >= self.max_waiting;
        if is_full {
            return Outcome::Busy;
        }
        let flight = Arc::new(Flight::default());
        state.flights.insert(digest, flight.clone());
        let mut lead = Lead { room: &room, flight: &flight, digest, runs: false, outcome: Outcome::Unavailable };
        lead.runs = self.take_turn(&room, state, end);
        lead.outcome = if lead.runs { check() } else { Outcome::Busy };
        lead.outcome.clone()
    }

    /// Waits until fewer checks run than may. Whether it came to that.
    fn take_turn(&self, room: &Room, mut state: MutexGuard<'_, State>, end: Instant) -> bool {
        state.queued += 1;
        room.note(&state);
        while state.running >= self.max_concurrent {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = room.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.queued -= 1;
        let runs = state.running < self.max_concurrent;
        state.running += u32::from(runs);
        room.note(&state);
        runs
    }
}

impl Flight {
    fn follow(&self, end: Instant) -> Outcome {
        if self.followers.fetch_add(1, Ordering::Relaxed) >= limits::PASSWORD_FOLLOWERS {
            self.followers.fetch_sub(1, Ordering::Relaxed);
            return Outcome::Busy;
        }
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let left = end.saturating_duration_since(Instant::now());
        let waited = self.landed.wait_timeout_while(outcome, left, |outcome| outcome.is_none());
        let outcome = waited.unwrap_or_else(PoisonError::into_inner).0.clone();
        self.followers.fetch_sub(1, Ordering::Relaxed);
        outcome.unwrap_or(Outcome::Unavailable)
    }
}

/// Who asks for others, too. They are told the outcome in any case, also where the check panics.
struct Lead<'r> {
    room: &'r Room,
    flight: &'r Flight,
    digest: Digest,
    runs: bool,
    outcome: Outcome,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut state = self.room.lock();
        state.flights.remove(&self.digest);
        state.running -= u32::from(self.runs);
        self.room.note(&state);
        drop(state);
        self.room.freed.notify_one();
        *self.flight.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.outcome.clone());
        self.flight.landed.notify_all();
    }
}
