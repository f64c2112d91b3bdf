//! Joins keys, policy and clock: `open`, `verify`, `reload`.

use crate::clock::Clock;
use crate::code::Code;
use crate::config::Config;
use crate::decide::{self, NoTrace, State, Trace};
use crate::keys::Skipped;
use crate::policy::{self, Compiled, ConfigError};
use crate::request::Request;
use crate::verdict::Verdict;
use arc_swap::ArcSwap;
use std::fmt;
use std::sync::Arc;

/// Verifies requests against a configuration. Share one among any number of threads.
pub struct Verifier {
    state: ArcSwap<State>,
    clock: Clock,
}

/// Something in a configuration that is allowed, and that the operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    path: String,
    message: String,
}

impl Note {
    /// The path of the field.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What to know, in plain words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl Verifier {
    /// Reads a configuration and loads its keys. It reads files and may block; it starts nothing.
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
        let (state, _) = load(config)?;
        Ok(Self { state: ArcSwap::from_pointee(state), clock })
    }

    /// Reads a configuration as `open` does, and tells what in it is worth knowing.
    ///
    /// # Errors
    /// As [`Verifier::open`].
    pub fn check(config: &Config) -> Result<Vec<Note>, ConfigError> {
        load(config).map(|(_, notes)| notes)
    }

    /// Replaces the configuration: all of it, or on an error nothing of it. Calls of `verify` that
    /// are running finish with the old one. It reads files and may block.
    ///
    /// # Errors
    /// As [`Verifier::open`]; the old configuration goes on serving.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let (state, _) = load(config)?;
        self.state.store(Arc::new(state));
        Ok(())
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
        self.verify_traced(request, verdict, &mut NoTrace)
    }

    pub(crate) fn verify_traced(&self, request: &Request<'_>, verdict: &mut Verdict, trace: &mut impl Trace) -> Code {
        let state = self.state.load();
        let api = state.policy.api(request.api());
        verdict.fill(api, |scratch| decide::decide(&state, api, request, self.clock.now(), scratch, trace));
        verdict.code()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

fn load(config: &Config) -> Result<(State, Vec<Note>), ConfigError> {
    let document = policy::read(config.text())?;
    let Compiled { policy, sources } = policy::compile(document, config.base())?;
    let mut keys = Vec::with_capacity(sources.len());
    let mut notes = Vec::new();
    for (issuer, (source, path)) in policy.issuers.iter().zip(&sources) {
        let (set, skipped) = source
            .load(issuer.algorithms)
            .map_err(|fault| ConfigError::new(fault.code, format!("{path}{}", fault.place), fault.what))?;
        notes.extend(skipped.into_iter().map(|skipped| skipped_note(path, skipped)));
        keys.push(set);
    }
    notes.extend(policy.apis.values().filter(|api| api.enabled && api.accepts_basic).map(|api| Note {
        path: format!("apis.{}.accept", api.name),
        message: "basic is offered, but no user manager checks passwords: each Basic request is denied".to_owned(),
    }));
    Ok((State { policy, keys }, notes))
}

fn skipped_note(path: &str, Skipped { index, id, why }: Skipped) -> Note {
    let id = id.map_or(String::new(), |id| format!(" (kid {id:?})"));
    Note { path: format!("{path}.keys[{index}]"), message: format!("the key{id} is not used: {why}") }
}
