//! Turns a configuration into what requests are verified with.

use super::Note;
use crate::clock::Clock;
use crate::config::Config;
use crate::decide::State;
use crate::denylist::Denylist;
use crate::entra;
use crate::keys::{Feed, IssuerKeys, Local, Skipped, Source};
use crate::mark::Mark;
use crate::policy::{self, Compiled, ConfigError, Issuer, Policy};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// A configuration that was found to be good.
pub(super) struct Loaded {
    pub(super) state: State,
    pub(super) notes: Vec<Note>,
    /// What is fetched, each once.
    pub(super) feeds: Vec<Arc<Feed>>,
    /// The files that it was made from, each as it was just before it was read.
    pub(super) files: Vec<(PathBuf, Mark)>,
}

/// Reads files; fetches nothing. `before`: what was revoked until now.
pub(super) fn load(config: &Config, clock: &Clock, before: Option<&Denylist>) -> Result<Loaded, ConfigError> {
    let document = policy::read(config.text())?;
    let named = policy::certificate_files(&document, config.base());
    let mut files: Vec<_> = config.file().cloned().into_iter().chain(named.into_iter().map(marked)).collect();
    let Compiled { policy, sources, directories } = policy::compile(document, config.base())?;
    files.extend(sources.iter().filter_map(file).map(marked));
    let mut keys = Vec::with_capacity(sources.len());
    let mut notes = Vec::new();
    for (issuer, (source, path)) in policy.issuers.iter().zip(&sources) {
        let (opened, skipped) = source
            .open(issuer.algorithms, clock)
            .map_err(|fault| ConfigError::new(fault.code, format!("{path}{}", fault.place), fault.what))?;
        notes.extend(skipped.into_iter().map(|skipped| skipped_note(path, skipped)));
        keys.push(opened);
    }
    files.extend(directories.iter().flat_map(|plan| plan.source.files()).map(marked));
    notes.extend(basic_notes(&policy));
    notes.extend(entra_notes(&policy, &keys));
    let feeds = feeds(&keys);
    let denylist = denylist(&policy, clock, before)?;
    Ok(Loaded { state: State { policy, keys, denylist }, notes, feeds, files })
}

fn denylist(policy: &Policy, clock: &Clock, before: Option<&Denylist>) -> Result<Denylist, ConfigError> {
    let knows = |name: &str| policy.has_issuer_named(name);
    Denylist::open(policy.settings.denylist.as_deref(), &knows, before, clock.now())
        .map_err(|(code, what)| ConfigError::new(code, "denylist.file", what))
}

fn feeds(keys: &[IssuerKeys]) -> Vec<Arc<Feed>> {
    let mut seen = HashSet::new();
    keys.iter().filter_map(IssuerKeys::feed).filter(|feed| seen.insert(Arc::as_ptr(feed))).cloned().collect()
}

fn marked(file: PathBuf) -> (PathBuf, Mark) {
    let mark = Mark::of(&file);
    (file, mark)
}

/// The file of a source.
fn file((source, _): &(Source, String)) -> Option<PathBuf> {
    match source {
        Source::Local(local) => Local::file(local).map(PathBuf::from),
        Source::Remote(_) => None,
    }
}

fn basic_notes(policy: &Policy) -> impl Iterator<Item = Note> {
    policy.apis.values().filter(|api| api.enabled && api.accepts_basic).map(|api| Note {
        path: format!("apis.{}.accept", api.name),
        message: "basic is offered, but no user manager checks passwords: each Basic request is denied".to_owned(),
    })
}

/// Tenants of Entra ID whose keys are fetched as if they were any provider's.
fn entra_notes(policy: &Policy, keys: &[IssuerKeys]) -> impl Iterator<Item = Note> {
    let fetched = policy.issuers.iter().zip(keys).filter(|(_, keys)| keys.feed().is_some()).map(|(issuer, _)| issuer);
    let is_plain = |issuer: &&Issuer| issuer.entra.is_none() && entra::Issuer::parse(&issuer.issuer).is_some();
    fetched.filter(is_plain).map(|issuer| Note {
        path: format!("issuers.{}", issuer.name),
        message: "it is a tenant of Entra ID: only with \"entra\" are its tenant, its keys' issuers, guests and \
                  applications looked at"
            .to_owned(),
    })
}

fn skipped_note(path: &str, Skipped { index, id, why }: Skipped) -> Note {
    let id = id.map_or(String::new(), |id| format!(" (kid {id:?})"));
    Note { path: format!("{path}.keys[{index}]"), message: format!("the key{id} is not used: {why}") }
}
