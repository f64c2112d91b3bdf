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
    /// nothing more to refresh; `None` where there is nothing at all. It may block for as long as fetches take.
    ///
    /// For hosts that allow [no thread](Config::without_thread): call it every second, or when it says.
    pub fn poll(&self) -> Option<Duration> {
        let care = self.inner.attended().care.clone();
        self.inner.look_at_files();
        Process::current().poll(&care.feeds).map(|idle| Duration::from_millis(idle.unsigned_abs()))
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
        self.attend(&current);
        self.current.load()
    }

    #[cold]
    fn attend(&self, current: &Current) {
        let lease = Process::current().lease(&current.care.feeds, self.itself.clone(), self.threads);
        self.lease.store(Some(Arc::new(lease)));
        self.current.rcu(|current| Current { care: current.care.given_here(), ..(**current).clone() });
    }

    /// Publishes what was loaded. Feeds that both have go on as they are.
    pub(super) fn publish(&self, mut new: Current) {
        let old = self.current.load_full();
        if old.care.is_given() && !matches!(new.care.state, CareState::Needless) && self.lease.load().is_some() {
            Process::current().add(&new.care.feeds, self.threads);
            new.care = new.care.given_here();
        }
        let needless = matches!(new.care.state, CareState::Needless);
        self.current.store(Arc::new(new));
        if needless {
            self.lease.store(None);
        }
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
