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
use std::thread::{self, JoinHandle};
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
    /// Those that run, and those that have ended since another one began.
    handles: Mutex<Vec<JoinHandle<()>>>,
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
            let counted = Counted { threads: threads.clone(), slot: slot.clone() };
            move || {
                let _counted = counted;
                let Some(mut asked) = lock(&given).take() else { return };
                let teller = Teller(&slot);
                let answer = check.check(&login.login(), &mut asked, Until { end, answer: answer_end });
                teller.tell(asked, answer);
            }
        };
        let thread = thread::Builder::new().name(THREAD.to_owned());
        match without_signals(|| thread.spawn(work)) {
            Ok(handle) => threads.keep(handle),
            Err(_) => {
                let mut asked = lock(&given).take()?;
                let answer = check.check(login, &mut asked, Until { end, answer: end });
                return Some((asked, answer));
            }
        }
        slot.wait(end, &threads)
    }

    /// Ends every check that runs, and waits for its thread.
    pub(super) fn close(&self, check: &dyn Check) {
        let close = |threads: &Threads| {
            let handles = std::mem::take(&mut *lock(&threads.handles));
            if handles.iter().any(|handle| !handle.is_finished()) {
                check.cancel();
            }
            handles.into_iter().for_each(join);
        };
        self.threads.read(close);
    }
}

/// A panic is the caller's no more: it was told.
fn join(handle: JoinHandle<()>) {
    let _ = handle.join();
}

impl Threads {
    fn keep(&self, handle: JoinHandle<()>) {
        let mut handles = lock(&self.handles);
        let ended: Vec<_> = handles.extract_if(.., |handle| handle.is_finished()).collect();
        handles.push(handle);
        drop(handles);
        ended.into_iter().for_each(join);
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

/// Lives as long as the work of a thread: at its end nobody waits any more, if somebody was late.
struct Counted {
    threads: Arc<Threads>,
    slot: Arc<Slot>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if matches!(*lock(&self.slot.stage), Stage::Abandoned) {
            self.threads.late.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
