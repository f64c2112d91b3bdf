//! Who refreshes the keys of a verifier: the background thread of the process that it serves in, or the host.

use super::{Current, Inner, Verifier};
use crate::birth::Birth;
use crate::config::Config;
use crate::keys::{Feed, Process, Tend, Unstarted};
use crate::limits::LOOK_MILLISECONDS;
use crate::policy::ConfigError;
use crate::retire::retire;
use arc_swap::Guard;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Whether what has to be refreshed is.
#[derive(Debug, Clone)]
pub(super) struct Care {
    feeds: Arc<[Arc<Feed>]>,
    /// Whether there are files to look at.
    watches: bool,
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
        let state = if needless { CareState::Needless } else { CareState::Missing };
        Self { feeds: feeds.into(), watches, state }
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
        Self { state: CareState::In(Birth::here()), ..self.clone() }
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

    /// Starts to refresh keys and to look at files in this process, as the first request would, and looks at the file
    /// of the denylist. It starts threads, unless the configuration was opened [without](Config::without_thread), or
    /// there is nothing to do. It may block for as long as that file is read.
    pub fn start(&self) {
        self.inner.attended();
        self.inner.look_at_denylist();
    }

    /// Does the refreshes that are due, on the caller's thread, looks at watched files, and returns how long there is
    /// nothing more to do; `None` where there is nothing at all. It may block for as long as fetches take.
    ///
    /// For hosts that allow [no thread](Config::without_thread): call it when it says, or every second at least.
    pub fn poll(&self) -> Option<Duration> {
        self.inner.attended();
        self.inner.tend();
        let Care { feeds, watches, .. } = self.inner.current.load().care.clone();
        let idle = Process::current().poll(&feeds, None).map(|idle| Duration::from_millis(idle.unsigned_abs()));
        let look = watches.then_some(Duration::from_millis(LOOK_MILLISECONDS));
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
        let (lease, unstarted) = process.lease(&current.care.feeds, self.tended(&current.care), self.threads);
        let before = self.lease.swap(Some(Arc::new(lease)));
        self.current.rcu(|current| Current { care: current.care.given_here(), ..(**current).clone() });
        drop(turn);
        drop(before);
        unstarted.tell();
    }

    /// Who is to be told to look at files, where there are some.
    fn tended(&self, care: &Care) -> Option<Weak<dyn Tend>> {
        care.watches.then(|| self.itself.clone() as Weak<dyn Tend>)
    }

    /// Publishes what was loaded. Feeds that both have go on as they are.
    pub(super) fn publish(&self, mut new: Current) {
        let process = Process::current();
        let turn = process.turn();
        let (mut ended, mut unstarted) = (None, Unstarted::default());
        if matches!(new.care.state, CareState::Needless) {
            ended = self.lease.swap(None);
        } else if self.current.load().care.is_given() && self.lease.load().is_some() {
            unstarted = process.add(&new.care.feeds, self.tended(&new.care), self.threads);
            new.care = new.care.given_here();
        }
        let old = self.current.swap(Arc::new(new));
        drop(turn);
        // The last lease waits for the thread, which may wait for its turn.
        drop(ended);
        retire(old);
        unstarted.tell();
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
        self.look_at_denylist();
        self.look_at_directories();
        self.look_at_files();
    }
}
