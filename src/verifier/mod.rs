//! Joins keys, policy and clock: `open`, `verify`, `resolve`, `reload`.

mod care;
mod load;
mod note;
mod resolve;
mod revoke;
mod watch;

pub use note::Note;

use crate::basic::Directory;
use crate::clock::Clock;
use crate::code::Code;
use crate::config::Config;
use crate::decide::{self, Manner, NoTrace, State, Trace};
use crate::keys::{Asking, Lease, Patience};
use crate::observe::{Health, Metrics, VerdictCounts};
use crate::policy::{Api, ConfigError};
use crate::request::Request;
use crate::verdict::Verdict;
use arc_swap::{ArcSwap, ArcSwapOption};
use care::Care;
use load::{Loaded, load};
use std::fmt;
use std::sync::{Arc, Weak};
use watch::Watched;

/// Verifies requests against a configuration. Share one among any number of threads.
///
/// Keys that its configuration names by an address are fetched and refreshed by one background thread of the
/// process. The thread starts with the first request, or by [`Verifier::start`], in each process anew: a verifier
/// that was opened before a fork serves in the parent and in the child. It ends with the last verifier.
pub struct Verifier {
    inner: Arc<Inner>,
}

/// What the background thread knows of a verifier, too.
struct Inner {
    itself: Weak<Inner>,
    current: ArcSwap<Current>,
    clock: Clock,
    metrics: Metrics,
    /// The care of the process that it serves in.
    lease: ArcSwapOption<Lease>,
    threads: bool,
}

/// What requests are verified with, published as a whole.
#[derive(Clone)]
struct Current {
    state: Arc<State>,
    counts: Arc<VerdictCounts>,
    care: Care,
    watched: Watched,
}

impl Verifier {
    /// Reads a configuration. Keys in it and in files are loaded, and those that were fetched before are taken from
    /// its `state_dir`. It reads files and may block; it fetches nothing and starts nothing.
    ///
    /// # Errors
    /// A code of the block 7000, with the path of the field that is wrong.
    pub fn open(config: &Config) -> Result<Self, ConfigError> {
        Self::open_with_clock(config, Clock::System)
    }

    /// Like [`Verifier::open`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Verifier::open`].
    pub fn open_with_clock(config: &Config, clock: Clock) -> Result<Self, ConfigError> {
        let current = Current::new(config, &clock, None)?;
        let inner = |itself: &Weak<Inner>| Inner {
            itself: itself.clone(),
            current: ArcSwap::from_pointee(current),
            clock,
            metrics: Metrics::default(),
            lease: ArcSwapOption::empty(),
            threads: config.may_start_threads(),
        };
        Ok(Self { inner: Arc::new_cyclic(inner) })
    }

    /// Reads a configuration as `open` does, and tells what in it is worth knowing.
    ///
    /// # Errors
    /// As [`Verifier::open`].
    pub fn check(config: &Config) -> Result<Vec<Note>, ConfigError> {
        load(config, &Clock::System, None).map(|loaded| loaded.notes)
    }

    /// Replaces the configuration: all of it, or on an error nothing of it. Calls of `verify` that
    /// are running finish with the old one. Keys that are still wanted are kept, not fetched again. It reads files
    /// and may block.
    ///
    /// # Errors
    /// As [`Verifier::open`]; the old configuration goes on serving.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        self.inner.reload(config)
    }

    /// Verifies one request. Never blocks.
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// use doorward::{Code, Request, Verifier};
    /// let verifier = Verifier::open(&config)?;
    /// let verdict = verifier.verify(&Request::new("reports").authorization(b"Bearer eyJ..."));
    /// assert_eq!(verdict.code(), Code::ApiDisabled);
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub fn verify(&self, request: &Request<'_>) -> Verdict {
        let mut verdict = Verdict::new();
        self.verify_into(request, &mut verdict);
        verdict
    }

    /// Verifies one request into a verdict that is reused. Never blocks, and allocates nothing
    /// once the verdict's buffers have grown.
    pub fn verify_into(&self, request: &Request<'_>, verdict: &mut Verdict) -> Code {
        let current = self.inner.attended();
        let patience = Patience::WhereRoom(current.state.policy.settings.max_waiting);
        let manner = self.inner.manner(patience);
        let (code, api) = current.decide(request, manner, verdict, &mut NoTrace);
        current.counts.count(api, code, verdict.place());
        code
    }

    /// Whether the configuration has an API of this name, switched on or off: a host whose own configuration names one
    /// tells a mistake before requests come.
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// let verifier = doorward::Verifier::open(&config)?;
    /// assert!(verifier.has_api("reports") && !verifier.has_api("report"));
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub fn has_api(&self, name: &str) -> bool {
        self.inner.current.load().state.policy.api(name).is_some()
    }

    /// What is known of each issuer's keys, and of the denylist. Allocates; for monitoring.
    pub fn health(&self) -> Health {
        let current = self.inner.current.load();
        Health::of(&current.state, self.inner.clock.now())
    }

    /// Every counter, in the text format of Prometheus (version 0.0.4). Allocates; for monitoring.
    pub fn metrics(&self) -> String {
        let current = self.inner.current.load();
        self.inner.metrics.text(&current.counts, &self.health(), &current.state.denylist)
    }

    /// Decides as `verify` does, but never "pending", and asks for nothing. It counts nothing but that a password was not
    /// checked: what is remembered must not be guessed at by it.
    pub(crate) fn verify_traced(&self, request: &Request<'_>, verdict: &mut Verdict, trace: &mut impl Trace) -> Code {
        let manner = self.inner.manner(Patience::None);
        self.inner.attended().decide(request, manner, verdict, trace).0
    }
}

impl Inner {
    /// Of who may not block.
    fn manner(&self, patience: Patience) -> Manner<'_> {
        Manner { asking: Asking { now: self.clock.now(), patience }, clock: &self.clock, resolving: None }
    }

    fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let before = self.current.load_full();
        let outcome = Current::new(config, &self.clock, Some(&before));
        if let Ok(new) = &outcome {
            // Directories of the same label share what they know of accounts.
            self.lift(&new.state.denylist.new_unlocks(&before.state.denylist));
        }
        drop(before);
        self.metrics.count_reload(outcome.is_ok());
        self.publish(outcome?);
        Ok(())
    }
}

impl Current {
    /// `before`: what served until now, where something did. It leaves its counters and what was revoked.
    fn new(config: &Config, clock: &Clock, before: Option<&Self>) -> Result<Self, ConfigError> {
        let Loaded { state, feeds, files, .. } = load(config, clock, before.map(|before| &*before.state))?;
        let watched = Watched::new(state.policy.settings.watch, config, files);
        let counts = VerdictCounts::new(state.policy.apis.values(), before.map(|before| &*before.counts));
        let is_tended = state.directories.iter().any(Directory::is_tended);
        let care = Care::needed(feeds, watched.is_on() || state.denylist.file().is_some() || is_tended);
        Ok(Self { state: Arc::new(state), counts: Arc::new(counts), care, watched })
    }

    /// Decides about a request, and tells which API it is for.
    fn decide(
        &self,
        request: &Request<'_>,
        manner: Manner<'_>,
        verdict: &mut Verdict,
        trace: &mut impl Trace,
    ) -> (Code, Option<&Api>) {
        let api = decide::api(&self.state.policy, request);
        verdict.fill(api.ok(), |scratch| decide::decide(&self.state, api, request, manner, scratch, trace));
        (verdict.code(), api.ok())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}
