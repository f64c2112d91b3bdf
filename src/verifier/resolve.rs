//! Finishes what is pending, on a thread that may block.

use super::Verifier;
use crate::code::Code;
use crate::decide::{self, Manner, NoTrace, Resolving, Step, Trace};
use crate::keys::{Feed, Patience, Waiter};
use crate::request::Request;
use crate::verdict::Verdict;
use arc_swap::Guard;
use std::sync::Arc;
use std::time::Instant;

impl Verifier {
    /// Finishes a pending request: waits for the refresh of keys that may bring its key, or has a directory check its
    /// password, and verifies again. Blocks
    /// for at most the configuration's `resolve_timeout` (2 s). The verdict is never "pending".
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// # let verifier = doorward::Verifier::open(&config)?;
    /// use doorward::{Code, Request};
    /// let request = Request::new("reports").authorization(b"Bearer eyJ...");
    /// let mut verdict = verifier.verify(&request);
    /// if verdict.code() == Code::Pending {
    ///     // A server does this on a thread that may block.
    ///     verifier.resolve_into(&request, &mut verdict);
    /// }
    /// assert_ne!(verdict.code(), Code::Pending);
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub fn resolve(&self, request: &Request<'_>) -> Verdict {
        let mut verdict = Verdict::new();
        self.resolve_into(request, &mut verdict);
        verdict
    }

    /// As [`Verifier::resolve`], into a verdict that is reused.
    pub fn resolve_into(&self, request: &Request<'_>, verdict: &mut Verdict) -> Code {
        let start = Instant::now();
        let end = start + self.inner.current.load().state.policy.settings.resolve_timeout;
        let mut code = self.decide_until(end, request, verdict);
        if code == Code::Pending {
            code = self.verify_traced(request, verdict, &mut NoTrace);
        }
        self.inner.metrics.count_resolve(start.elapsed());
        let current = self.inner.current.load();
        current.counts.count(decide::api(&current.state.policy, request).ok(), code, verdict.place());
        code
    }

    /// Decides once, and asks a directory where there is a password to check.
    fn decide_blocking(
        &self,
        request: &Request<'_>,
        verdict: &mut Verdict,
        (patience, end): (Patience, Instant),
        trace: &mut impl Trace,
    ) -> Code {
        let resolving = Some(Resolving { end, threads: self.inner.threads });
        let manner = Manner { resolving, ..self.inner.manner(patience) };
        // A reload need not wait for a directory.
        let current = Guard::into_inner(self.inner.attended());
        current.decide(request, manner, verdict, trace).0
    }

    /// How many requests may wait: for one key set, and in the process.
    fn room(&self) -> (u32, u32) {
        let settings = &self.inner.current.load().state.policy.settings;
        (settings.max_waiting, settings.max_waiting_of_process)
    }

    /// Decides anew after each refresh, until the verdict is not pending, there is no room to wait, or time is up.
    fn decide_until(&self, end: Instant, request: &Request<'_>, verdict: &mut Verdict) -> Code {
        let mut awaited = Awaited::default();
        let (most, most_of_process) = self.room();
        let code = self.decide_blocking(request, verdict, (Patience::WhereRoom(most), end), &mut awaited);
        let Some(feed) = awaited.0.filter(|_| code == Code::Pending) else { return code };
        let Some(waiter) = Waiter::enter(&feed, most, most_of_process) else { return code };
        loop {
            let rounds = waiter.rounds();
            let code = self.decide_blocking(request, verdict, (Patience::Waiting, end), &mut NoTrace);
            if code != Code::Pending || Instant::now() >= end {
                return code;
            }
            waiter.wait(rounds, end);
        }
    }
}

/// Remembers whose keys a decision looked at.
#[derive(Default)]
struct Awaited(Option<Arc<Feed>>);

impl Trace for Awaited {
    fn enter(&mut self, step: Step<'_>) {
        if let Step::Key { keys, .. } = step {
            self.0 = keys.feed().cloned();
        }
    }
}
