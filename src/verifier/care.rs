//! Who refreshes the keys of a verifier: the background thread of the process that it serves in, or the host.

use super::{Current, Inner, Verifier};
use crate::config::Config;
use crate::keys::{Birth, Feed, Process, Tend};
use crate::policy::ConfigError;
use arc_swap::Guard;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether what has to be refreshed is.
#[derive(Debug, Clone)]
pub(super) struct Care {
    feeds: Arc<[Arc<Feed>]>,
    state: CareState,
}

#[derive(Debug, Clone)]
enum CareState {
    /// There is nothing to refresh.
    Needless,
    /// Nobody does it yet.
    Missing,
    /// It is done in this process; after a fork, nobody does it in the child.
    In(Birth),
}

impl Care {
    pub(super) fn needed(feeds: Vec<Arc<Feed>>, watches: bool) -> Self {
        let needless = feeds.is_empty() && !watches;
        Self { feeds: feeds.into(), state: if needless { CareState::Needless } else { CareState::Missing } }
    }

    #[inline]
    fn is_given(&self) -> bool {
        match &self.state {
            CareState::Needless => true,
            CareState::Missing => false,
            CareState::In(birth) => birth.is_here(),
        }
    }

    fn given_here(&self) -> Self {
        Self { feeds: self.feeds.clone(), state: CareState::In(Birth::here()) }
    }
}

impl Verifier {
    /// Reads a configuration, starts to fetch, and waits until each issuer has keys, at most for `timeout`. It also
    /// opens where they don't come: [`Verifier::health`] tells, and they are fetched as soon as they can be.
    ///
    /// # Errors
    /// As [`Verifier::open`].
    pub fn open_and_wait(config: &Config, timeout: Duration) -> Result<Self, ConfigError> {
        let verifier = Self::open(config)?;
        verifier.wait_for_keys(timeout);
        Ok(verifier)
    }

    /// Waits until each issuer has keys, at most for `timeout`. Whether they have.
    pub fn wait_for_keys(&self, timeout: Duration) -> bool {
        let current = self.inner.attended();
        let now = Instant::now();
        let end = now.checked_add(timeout).unwrap_or(now + Duration::from_secs(60 * 60));
        Process::current().wait_for_keys(&current.care.feeds, end)
    }

    /// Starts to refresh keys in this process, as the first request would. It starts a thread, unless the
    /// configuration was opened [without one](Config::without_thread), or there is nothing to refresh.
    pub fn start(&self) {
        self.inner.attended();
    }

    /// Does the refreshes that are due, on the caller's thread, looks at watched files, and returns how long there is
    /// nothing more to do; `None` where there is nothing at all. It may block for as long as fetches take.
    ///
    /// For hosts that allow [no thread](Config::without_thread): call it every second, or when it says.
    pub fn poll(&self) -> Option<Duration> {
        self.inner.attended();
        self.inner.look_at_files();
        let (feeds, watches) = {
            let current = self.inner.current.load();
            (current.care.feeds.clone(), current.watched.is_on())
        };
        let idle = Process::current().poll(&feeds, None).map(|idle| Duration::from_millis(idle.unsigned_abs()));
        let look = watches.then_some(Duration::from_secs(1));
        idle.into_iter().chain(look).min()
    }
}

impl Inner {
    /// What requests are verified with, after care was taken of it.
    #[inline]
    pub(super) fn attended(&self) -> Guard<Arc<Current>> {
        let current = self.current.load();
        if current.care.is_given() {
            return current;
        }
        self.attend();
        self.current.load()
    }

    #[cold]
    fn attend(&self) {
        let process = Process::current();
        let turn = process.turn();
        let current = self.current.load_full();
        if current.care.is_given() {
            return;
        }
        let lease = process.lease(&current.care.feeds, self.itself.clone(), self.threads);
        let before = self.lease.swap(Some(Arc::new(lease)));
        self.current.rcu(|current| Current { care: current.care.given_here(), ..(**current).clone() });
        drop(turn);
        drop(before);
    }

    /// Publishes what was loaded. Feeds that both have go on as they are.
    pub(super) fn publish(&self, mut new: Current) {
        let process = Process::current();
        let turn = process.turn();
        let mut ended = None;
        if matches!(new.care.state, CareState::Needless) {
            ended = self.lease.swap(None);
        } else if self.current.load().care.is_given() && self.lease.load().is_some() {
            process.add(&new.care.feeds, self.threads);
            new.care = new.care.given_here();
        }
        let old = self.current.swap(Arc::new(new));
        drop(turn);
        // The last lease waits for the thread, which may wait for its turn.
        drop(ended);
        retire(old);
    }
}

/// Frees what is not current any more, here rather than in a `verify` that still looks at it: those take microseconds.
fn retire(old: Arc<Current>) {
    let end = Instant::now() + Duration::from_millis(100);
    while Arc::strong_count(&old) > 1 && Instant::now() < end {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// The background thread may hold the rest of it for a moment longer; the lease ends here.
impl Drop for Verifier {
    fn drop(&mut self) {
        self.inner.lease.store(None);
    }
}

impl Tend for Inner {
    fn tend(&self) {
        self.look_at_files();
    }
}
