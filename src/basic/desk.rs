//! Who asks a directory: one request for each credential, a few at a time, and a bounded number that wait.
//!
//! Who was authenticated lately has room of their own, so that made-up names delay nobody.

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

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// A user of an account that was authenticated lately.
    Known,
    Stranger,
}

/// The desk of one process: what waits in another one is not waited for after a fork.
#[derive(Debug, Default)]
struct Room {
    state: Mutex<State>,
    /// Rung for each lane.
    freed: [Condvar; 2],
    /// As in `state`, to be read without its lock.
    loads: [Load<AtomicU32>; 2],
}

#[derive(Debug, Default)]
struct State {
    flights: HashMap<Digest, Arc<Flight>>,
    loads: [Load<u32>; 2],
}

/// Checks of a lane that run, and that wait for their turn.
#[derive(Debug, Clone, Copy, Default)]
struct Load<T> {
    running: T,
    queued: T,
}

/// A check that is under way.
#[derive(Debug, Default)]
struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
    followers: AtomicU32,
}

impl Lane {
    /// Its place in a pair.
    fn of<T>(self, pair: &[T; 2]) -> &T {
        let [known, stranger] = pair;
        if self == Self::Known { known } else { stranger }
    }

    fn of_mut<T>(self, pair: &mut [T; 2]) -> &mut T {
        let [known, stranger] = pair;
        if self == Self::Known { known } else { stranger }
    }
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no lock.
    fn loads(&self) -> [Load<u32>; 2] {
        self.loads.each_ref().map(|load| Load {
            running: load.running.load(Ordering::Relaxed),
            queued: load.queued.load(Ordering::Relaxed),
        })
    }

    fn note(&self, state: &State) {
        for (shown, load) in self.loads.iter().zip(&state.loads) {
            shown.running.store(load.running, Ordering::Relaxed);
            shown.queued.store(load.queued, Ordering::Relaxed);
        }
    }
}

impl Desk {
    pub(super) fn new(rules: &Rules) -> Self {
        let Rules { max_concurrent, max_waiting, .. } = *rules;
        Self { room: PerProcess::new(Room::default()), max_concurrent, max_waiting }
    }

    /// Whether there is room for another credential. Takes no lock.
    pub(super) fn has_room(&self, lane: Lane) -> bool {
        let loads = self.loads();
        self.may_run(&loads, lane) || self.may_wait(&loads, lane)
    }

    /// Checks that run, and that wait for their turn.
    pub(super) fn load(&self) -> (u32, u32) {
        let [known, stranger] = self.loads();
        (known.running + stranger.running, known.queued + stranger.queued)
    }

    fn loads(&self) -> [Load<u32>; 2] {
        self.room.read(Room::loads).unwrap_or_default()
    }

    /// Strangers leave a quarter of the checks, and every turn that somebody known waits for.
    fn may_run(&self, loads: &[Load<u32>; 2], lane: Lane) -> bool {
        let [known, stranger] = loads;
        let kept = if self.max_concurrent > 1 { self.max_concurrent.div_ceil(4) } else { 0 };
        let is_free = known.running + stranger.running < self.max_concurrent;
        is_free && (lane == Lane::Known || (stranger.running < self.max_concurrent - kept && known.queued == 0))
    }

    fn may_wait(&self, loads: &[Load<u32>; 2], lane: Lane) -> bool {
        lane.of(loads).queued < self.max_waiting
    }

    /// Requests that wait for the answer to a check of another one.
    #[cfg(test)]
    pub(super) fn followers(&self) -> u32 {
        let count = |flight: &Arc<Flight>| flight.followers.load(Ordering::Relaxed);
        self.room.read(|room| room.lock().flights.values().map(count).sum()).unwrap_or_default()
    }

    /// Has `check` called, here or by another thread that has the same credential, and tells what came of it. Before that,
    /// `reserve` may refuse; it is given back to `check` as `Err` if there is no turn in time. Blocks, at most until `end` if
    /// `check` does.
    pub(super) fn ask<R>(
        &self,
        (digest, lane): (Digest, Lane),
        end: Instant,
        reserve: impl FnOnce() -> Result<R, Outcome>,
        check: impl FnOnce(Result<R, R>) -> Outcome,
    ) -> Outcome {
        let room = self.room.get(Room::default);
        let mut state = room.lock();
        if let Some(flight) = state.flights.get(&digest).cloned() {
            drop(state);
            return flight.follow(end);
        }
        if !self.may_run(&state.loads, lane) && !self.may_wait(&state.loads, lane) {
            return Outcome::Busy;
        }
        let flight = Arc::new(Flight::default());
        state.flights.insert(digest, flight.clone());
        drop(state);
        let mut lead = Lead { room: &room, flight: &flight, digest, lane, runs: false, outcome: Outcome::UNAVAILABLE };
        lead.outcome = match reserve() {
            Ok(reserved) => {
                lead.runs = self.take_turn(&room, lane, end);
                check(if lead.runs { Ok(reserved) } else { Err(reserved) })
            }
            Err(outcome) => outcome,
        };
        lead.outcome.clone()
    }

    /// Waits until fewer checks run than may. Whether it came to that.
    fn take_turn(&self, room: &Room, lane: Lane, end: Instant) -> bool {
        let mut state = room.lock();
        if !self.may_run(&state.loads, lane) && !self.may_wait(&state.loads, lane) {
            return false;
        }
        lane.of_mut(&mut state.loads).queued += 1;
        room.note(&state);
        while !self.may_run(&without(state.loads, lane), lane) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = lane.of(&room.freed).wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let runs = self.may_run(&without(state.loads, lane), lane);
        let load = lane.of_mut(&mut state.loads);
        load.queued -= 1;
        load.running += u32::from(runs);
        room.note(&state);
        runs
    }
}

/// As the one that waits sees it, who is not in its own way.
fn without(mut loads: [Load<u32>; 2], lane: Lane) -> [Load<u32>; 2] {
    let load = lane.of_mut(&mut loads);
    load.queued = load.queued.saturating_sub(1);
    loads
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
        outcome.unwrap_or(Outcome::UNAVAILABLE)
    }
}

/// Who asks for others, too. They are told the outcome in any case, also if the check panics.
struct Lead<'r> {
    room: &'r Room,
    flight: &'r Flight,
    digest: Digest,
    lane: Lane,
    runs: bool,
    outcome: Outcome,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut state = self.room.lock();
        state.flights.remove(&self.digest);
        self.lane.of_mut(&mut state.loads).running -= u32::from(self.runs);
        self.room.note(&state);
        drop(state);
        // Whoever of the lane that may run now waits: one of each is told.
        self.room.freed.iter().for_each(Condvar::notify_one);
        *self.flight.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.outcome.clone());
        self.flight.landed.notify_all();
    }
}
