//! What a process has once, however many verifiers: the feeds in use, and the thread that refreshes them.
//!
//! A fork copies neither threads nor the state of locks, so a child makes all of this anew. What it inherited is
//! left alone: a lock of its parent may be held for ever.

use super::Remote;
use super::feed::{Feed, From};
use super::refresher::{self, Refresher, Work};
use super::registry::Feeds;
use crate::birth::Birth;
use crate::clock::Clock;
use crate::http::Client;
use crate::limits::LOOK_MILLISECONDS;
use crate::signals::without_signals;
use arc_swap::ArcSwapOption;
use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};
use tracing::{debug, error};

/// The names of the background threads; Linux shows 15 characters.
const THREAD: &str = "doorward-keys";
const WATCHER: &str = "doorward-files";

/// The longest that the thread sleeps: a request that asked for a refresh can't wake it.
const TICK: Duration = Duration::from_secs(1);

/// The shortest that it sleeps, where work is somebody else's just then.
const PAUSE: Duration = Duration::from_millis(20);

static CURRENT: ArcSwapOption<Process> = ArcSwapOption::const_empty();

/// Something that is looked after again and again, on a thread that no fetch holds up.
pub(crate) trait Tend: Send + Sync {
    /// May block.
    fn tend(&self);
}

/// The state of this process.
#[derive(Debug)]
pub(crate) struct Process {
    /// That of the parent. It is kept, and known to who looks for leaks: to drop it would touch threads that this process
    /// does not have.
    _inherited: Option<ManuallyDrop<Arc<Process>>>,
    birth: Birth,
    house: Mutex<House>,
    /// Rung for the thread: there is work, or it shall end.
    bell: Condvar,
    /// Rung for requests: a refresh has ended.
    ended: Condvar,
    refresher: Refresher,
    panics: AtomicU64,
    /// See [`Process::turn`].
    turn: Mutex<()>,
    /// Requests that wait, for whatever feed.
    waiting: AtomicU32,
}

#[derive(Default)]
struct House {
    feeds: Feeds,
    tended: Vec<Weak<dyn Tend>>,
    leases: usize,
    /// Refreshes keys.
    worker: Option<Worker>,
    /// Looks at files.
    watcher: Option<Worker>,
    rung: bool,
}

struct Worker {
    handle: JoinHandle<()>,
    client: Arc<Client>,
    stopped: Arc<AtomicBool>,
}

/// Threads that could not be started, by their names. The host's log may call the library: it is told where no lock is
/// held.
#[must_use]
#[derive(Debug, Default)]
pub(crate) struct Unstarted(Vec<(&'static str, io::Error)>);

/// A verifier's right to have its feeds refreshed. With the last one of a process the thread ends.
#[derive(Debug)]
pub(crate) struct Lease {
    process: Arc<Process>,
    by_thread: bool,
}

impl Process {
    /// The state of the process that asks.
    pub(crate) fn current() -> Arc<Self> {
        loop {
            let found = CURRENT.load();
            if let Some(process) = found.as_ref().filter(|process| process.birth.is_here()) {
                return process.clone();
            }
            let inherited = found.as_ref().cloned().map(ManuallyDrop::new);
            let new = Arc::new(Self { _inherited: inherited, ..Self::new() });
            CURRENT.compare_and_swap(&*found, Some(new));
        }
    }

    fn new() -> Self {
        Self {
            _inherited: None,
            birth: Birth::here(),
            house: Mutex::default(),
            bell: Condvar::new(),
            ended: Condvar::new(),
            refresher: Refresher::default(),
            panics: AtomicU64::new(0),
            turn: Mutex::default(),
            waiting: AtomicU32::new(0),
        }
    }

    fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The feed of an address, shared by all verifiers that reach it in the same way. A new one takes the keys of one
    /// that reaches it in another way, or what is on disk. Reads files.
    pub(crate) fn feed(&self, remote: &Remote, clock: &Clock) -> Arc<Feed> {
        let known = self.house().feeds.of(&remote.origin, clock);
        if let Some(feed) = known.iter().find(|feed| feed.remote == *remote) {
            return feed.clone();
        }
        let feed = Arc::new(Feed::new(remote.clone(), clock.clone()));
        // A reload that changes how long a fetch may take, or the like, must not lose keys.
        let trusted = |old: &&Arc<Feed>| old.remote.transport.trust == remote.transport.trust;
        match known.iter().filter(trusted).find(|old| old.held().from != From::Nowhere) {
            Some(old) => feed.take_over(old),
            None => refresher::restore(&feed),
        }
        // Another thread may have been faster.
        self.house().feeds.add(&feed)
    }

    /// Takes feeds and a verifier into care. Threads start where there is none for them. A host that drives its verifier
    /// itself (`by_thread` is false) gets the lease only.
    pub(crate) fn lease(
        self: &Arc<Self>,
        feeds: &[Arc<Feed>],
        tended: Option<Weak<dyn Tend>>,
        by_thread: bool,
    ) -> (Lease, Unstarted) {
        let mut house = self.house();
        self.take_in(&mut house, feeds, tended, by_thread);
        let mut unstarted = Unstarted::default();
        if by_thread {
            house.leases += 1;
            unstarted = self.rouse(&mut house);
        }
        (Lease { process: self.clone(), by_thread }, unstarted)
    }

    /// Takes the feeds and files of a new configuration into care.
    pub(crate) fn add(
        self: &Arc<Self>,
        feeds: &[Arc<Feed>],
        tended: Option<Weak<dyn Tend>>,
        by_thread: bool,
    ) -> Unstarted {
        let mut house = self.house();
        self.take_in(&mut house, feeds, tended, by_thread);
        self.rouse(&mut house)
    }

    fn take_in(&self, house: &mut House, feeds: &[Arc<Feed>], tended: Option<Weak<dyn Tend>>, by_thread: bool) {
        house.tended.retain(|known| known.strong_count() > 0);
        if let Some(tended) = tended.filter(|_| by_thread) {
            house.tended.retain(|known| !Weak::ptr_eq(known, &tended));
            house.tended.push(tended);
        }
        house.feeds.sweep();
        for feed in feeds {
            feed.start_in(std::ptr::from_ref(self).addr(), by_thread);
            house.feeds.adopt(feed);
        }
        self.refresher.forget_all_but(&house.feeds.all());
    }

    /// Wakes the threads; starts one that could not be started before.
    fn wake(self: &Arc<Self>) {
        let unstarted = self.rouse(&mut self.house());
        unstarted.tell();
    }

    fn rouse(self: &Arc<Self>, house: &mut House) -> Unstarted {
        let mut unstarted = Unstarted::default();
        if house.leases > 0 && house.worker.is_none() && house.feeds.all().iter().any(|feed| feed.is_by_thread()) {
            house.worker = unstarted.note(THREAD, self.start(THREAD, Self::refresh_until));
        }
        if house.leases > 0 && house.watcher.is_none() && !house.tended.is_empty() {
            let watcher = self.start(WATCHER, |process, _, stopped| process.watch_until(stopped));
            house.watcher = unstarted.note(WATCHER, watcher);
        }
        house.rung = true;
        self.bell.notify_all();
        unstarted
    }

    /// Held by who publishes another configuration, or takes one into care: one of them at a time.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one more request of the process wait, where less than `most` do. It says by `leave` that it has gone.
    pub(super) fn enter(&self, most: u32) -> bool {
        let room = |waiting| (waiting < most).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok()
    }

    pub(super) fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    fn has_thread(&self) -> bool {
        self.house().worker.is_some()
    }

    /// How many panics were caught on the thread.
    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Does what is due of these feeds, on the caller's thread. Blocks as long as fetches take, or until `end`.
    /// Milliseconds until more is due; nothing where there is nothing to refresh.
    pub(crate) fn poll(&self, feeds: &[Arc<Feed>], end: Option<Instant>) -> Option<i64> {
        self.refresh(feeds, &Client::of_host(end), &|| end.is_none_or(|end| Instant::now() < end))
    }

    /// Waits until a refresh of the feed has ended after `rounds` of them, or until `end`; where no thread does the
    /// work, does it itself.
    pub(crate) fn wait(self: &Arc<Self>, feed: &Arc<Feed>, rounds: u64, end: Instant) {
        self.wake();
        while feed.demand.rounds() == rounds {
            let by_thread = feed.is_by_thread() && self.has_thread();
            let idle = if by_thread { None } else { self.poll(std::slice::from_ref(feed), Some(end)) };
            let house = self.house();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            if feed.demand.rounds() == rounds {
                drop(self.ended.wait_timeout(house, left.min(pause(idle))).unwrap_or_else(PoisonError::into_inner));
            }
        }
    }

    /// Waits until each of the feeds has keys, or until `end`. Whether they have.
    pub(crate) fn wait_for_keys(self: &Arc<Self>, feeds: &[Arc<Feed>], end: Instant) -> bool {
        let lacking = || feeds.iter().find(|feed| feed.held().from == From::Nowhere);
        while let Some(feed) = lacking() {
            if Instant::now() >= end {
                return false;
            }
            self.wait(feed, feed.demand.rounds(), end);
        }
        true
    }

    fn start(self: &Arc<Self>, name: &str, work: fn(&Self, &Client, &AtomicBool)) -> io::Result<Worker> {
        let (client, stopped) = (Arc::new(Client::of_thread()), Arc::new(AtomicBool::new(false)));
        let (process, of_thread, stop) = (self.clone(), client.clone(), stopped.clone());
        let thread = thread::Builder::new().name(name.to_owned());
        let handle = without_signals(|| thread.spawn(move || work(&process, &of_thread, &stop)))?;
        Ok(Worker { handle, client, stopped })
    }

    /// What the thread for keys does.
    fn refresh_until(&self, client: &Client, stopped: &AtomicBool) {
        let goes_on = || !stopped.load(Ordering::Acquire);
        while goes_on() {
            let idle = self.refresh(&self.feeds(), client, &goes_on);
            let mut house = self.house();
            if !house.rung && goes_on() {
                house = self.bell.wait_timeout(house, pause(idle)).unwrap_or_else(PoisonError::into_inner).0;
            }
            house.rung = false;
        }
        self.ended.notify_all();
    }

    /// What the thread for files does.
    fn watch_until(&self, stopped: &AtomicBool) {
        let goes_on = || !stopped.load(Ordering::Acquire);
        while goes_on() {
            self.tend(&goes_on);
            thread::park_timeout(Duration::from_millis(LOOK_MILLISECONDS));
        }
    }

    /// What the thread refreshes.
    fn feeds(&self) -> Vec<Arc<Feed>> {
        let mut feeds = self.house().feeds.all();
        feeds.retain(|feed| feed.is_by_thread());
        feeds
    }

    /// Looks after each verifier. It is held no longer than that, so that it can be closed.
    fn tend(&self, goes_on: &dyn Fn() -> bool) {
        let tended = self.house().tended.clone();
        for verifier in tended.iter().filter(|_| goes_on()).filter_map(Weak::upgrade) {
            let panicked = catch_unwind(AssertUnwindSafe(|| verifier.tend())).is_err();
            self.panics.fetch_add(u64::from(panicked), Ordering::Relaxed);
        }
    }

    fn refresh(&self, feeds: &[Arc<Feed>], client: &Client, goes_on: &dyn Fn() -> bool) -> Option<i64> {
        let ended = || {
            // Who waits looks at the rounds under this lock.
            drop(self.house());
            self.ended.notify_all();
        };
        let Work { panics, idle } = self.refresher.work(feeds, client, goes_on, &ended);
        self.panics.fetch_add(panics, Ordering::Relaxed);
        idle
    }
}

impl Unstarted {
    fn note(&mut self, name: &'static str, started: io::Result<Worker>) -> Option<Worker> {
        started.map_err(|error| self.0.push((name, error))).ok()
    }

    /// Tells the host's log, which may call the library or panic: call it last, and where no lock is held.
    pub(crate) fn tell(self) {
        for (name, error) in self.0 {
            error!(target: "doorward", %error, name, "a background thread can't be started; its work is done in resolve and poll only");
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.by_thread || !self.process.birth.is_here() {
            return;
        }
        let workers = {
            let mut house = self.process.house();
            house.leases = house.leases.saturating_sub(1);
            if house.leases == 0 { [house.worker.take(), house.watcher.take()] } else { [None, None] }
        };
        for worker in workers.into_iter().flatten() {
            worker.stop(&self.process);
        }
    }
}

impl Worker {
    /// Ends the thread, in the midst of a fetch too, and waits for it.
    fn stop(self, process: &Arc<Process>) {
        self.stopped.store(true, Ordering::Release);
        self.client.cancel();
        process.wake();
        self.handle.thread().unpark();
        // The last verifier may be dropped by the thread itself, which looked after it just then.
        let itself: ThreadId = thread::current().id();
        if self.handle.thread().id() != itself && self.handle.join().is_err() {
            debug!(target: "doorward", "the background thread had panicked");
        }
    }
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House").field("feeds", &self.feeds).field("leases", &self.leases).finish_non_exhaustive()
    }
}

/// How long to sleep, where so many milliseconds are left until more is due.
fn pause(idle: Option<i64>) -> Duration {
    idle.map_or(TICK, |idle| Duration::from_millis(idle.unsigned_abs()).clamp(PAUSE, TICK))
}
