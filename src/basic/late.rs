//! Checks over a network, on threads of the library: an answer that comes after the request has ended is still taken.
//!
//! A directory counts a wrong password though nobody waits for its answer any more. So the check goes on for a while, and
//! what came of it settles what was reserved.

use super::asked::Asked;
use super::{Answer, Check, Login, OwnLogin, Until};
use crate::birth::PerProcess;
use crate::limits;
use crate::signals::without_signals;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Linux shows 15 characters.
const THREAD: &str = "doorward-ask";

/// The checks of one directory that run on threads, in each process anew.
#[derive(Debug)]
pub(super) struct Late {
    threads: PerProcess<Threads>,
}

#[derive(Debug, Default)]
struct Threads {
    running: Mutex<u32>,
    ended: Condvar,
    /// Those that nobody waits for.
    late: AtomicU32,
}

/// Where a thread leaves its answer.
#[derive(Debug, Default)]
struct Slot {
    stage: Mutex<Stage>,
    told: Condvar,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Running,
    /// Without a value: the check panicked.
    Told(Option<Box<(Asked, Answer)>>),
    /// Nobody waits for it.
    Abandoned,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Late {
    pub(super) fn new() -> Self {
        Self { threads: PerProcess::new(Threads::default()) }
    }

    /// Has a password checked, and waits until `end` at most. `None` if no answer came: then it is settled later.
    pub(super) fn check(
        &self,
        check: &Arc<dyn Check>,
        login: &Login<'_>,
        asked: Asked,
        end: Instant,
    ) -> Option<(Asked, Answer)> {
        let threads = self.threads.get(Threads::default);
        let (slot, given) = (Arc::new(Slot::default()), Arc::new(Mutex::new(Some(asked))));
        let answer_end = if threads.late.load(Ordering::Relaxed) < limits::LATE_ANSWERS {
            end + Duration::from_secs(limits::LATE_ANSWER_SECONDS)
        } else {
            end
        };
        let work = {
            let (slot, given, check, login) = (slot.clone(), given.clone(), check.clone(), OwnLogin::of(login));
            let running = Running::new(&threads, &slot);
            move || {
                let _running = running;
                let Some(mut asked) = lock(&given).take() else { return };
                let teller = Teller(&slot);
                let answer = check.check(&login.login(), &mut asked, Until { end, answer: answer_end });
                teller.tell(asked, answer);
            }
        };
        let thread = thread::Builder::new().name(THREAD.to_owned());
        if without_signals(|| thread.spawn(work)).is_err() {
            let mut asked = lock(&given).take()?;
            let answer = check.check(login, &mut asked, Until { end, answer: end });
            return Some((asked, answer));
        }
        slot.wait(end, &threads)
    }

    /// Ends every check that runs, and waits for its thread.
    pub(super) fn close(&self, check: &dyn Check) {
        let close = |threads: &Threads| {
            let mut running = lock(&threads.running);
            if *running > 0 {
                check.cancel();
            }
            while *running > 0 {
                running = threads.ended.wait(running).unwrap_or_else(PoisonError::into_inner);
            }
        };
        self.threads.read(close);
    }
}

impl Slot {
    fn wait(&self, end: Instant, threads: &Threads) -> Option<(Asked, Answer)> {
        let left = end.saturating_duration_since(Instant::now());
        let is_running = |stage: &mut Stage| matches!(stage, Stage::Running);
        let waited = self.told.wait_timeout_while(lock(&self.stage), left, is_running);
        let mut stage = waited.unwrap_or_else(PoisonError::into_inner).0;
        if let Stage::Told(told) = &mut *stage {
            return told.take().map(|told| *told);
        }
        *stage = Stage::Abandoned;
        threads.late.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// Tells that the check has ended, also if it panics.
struct Teller<'s>(&'s Slot);

impl Teller<'_> {
    fn tell(self, asked: Asked, answer: Answer) {
        let mut stage = lock(&self.0.stage);
        if matches!(*stage, Stage::Abandoned) {
            drop(stage);
            asked.settle(&answer);
        } else {
            *stage = Stage::Told(Some(Box::new((asked, answer))));
        }
    }
}

impl Drop for Teller<'_> {
    fn drop(&mut self) {
        let mut stage = lock(&self.0.stage);
        if matches!(*stage, Stage::Running) {
            *stage = Stage::Told(None);
        }
        self.0.told.notify_all();
    }
}

/// Counts a thread, from before it starts until it has nothing more of ours.
struct Running {
    threads: Arc<Threads>,
    slot: Arc<Slot>,
}

impl Running {
    fn new(threads: &Arc<Threads>, slot: &Arc<Slot>) -> Self {
        *lock(&threads.running) += 1;
        Self { threads: threads.clone(), slot: slot.clone() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(*lock(&self.slot.stage), Stage::Abandoned) {
            self.threads.late.fetch_sub(1, Ordering::Relaxed);
        }
        *lock(&self.threads.running) -= 1;
        self.threads.ended.notify_all();
    }
}
