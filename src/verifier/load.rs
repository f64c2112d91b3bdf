//! Turns a configuration into what requests are verified with.

use super::Note;
use crate::basic::Directory;
use crate::clock::Clock;
use crate::config::Config;
use crate::decide::State;
use crate::denylist::Denylist;
use crate::entra;
use crate::keys::{self, Feed, IssuerKeys, Local, Skipped, Source};
use crate::mark::Mark;
use crate::policy::{self, Api, Compiled, ConfigError, Issuer, Plan, Policy};
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

/// Reads files; fetches nothing. `before`: what serves until now.
pub(super) fn load(config: &Config, clock: &Clock, before: Option<&State>) -> Result<Loaded, ConfigError> {
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
    notes.extend(path_notes(&policy));
    notes.extend(state_note(&sources));
    let feeds = feeds(&keys);
    let denylist = denylist(&policy, clock, before.map(|before| &before.denylist))?;
    let directories = open_directories(directories, before, &mut notes)?;
    Ok(Loaded { state: State { policy, keys, denylist, directories }, notes, feeds, files })
}

fn denylist(policy: &Policy, clock: &Clock, before: Option<&Denylist>) -> Result<Denylist, ConfigError> {
    Denylist::open(policy.settings.denylist.as_deref(), policy, before, clock.now())
        .map_err(|(code, what)| ConfigError::new(code, "denylist.file", what))
}

/// Opens the directories. Each leaves the failures that it counted to the one of its label.
fn open_directories(
    plans: Vec<Plan>,
    before: Option<&State>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Directory>, ConfigError> {
    let open = |Plan { label, path, source, rules, .. }: Plan| {
        let refused = |(code, what)| ConfigError::new(code, path.clone(), what);
        let opening = source.open().map_err(refused)?;
        notes.extend(opening.notes.into_iter().map(|message| Note { path: path.clone(), message }));
        let before = before.iter().flat_map(|state| &state.directories).find(|directory| directory.label == label);
        Directory::new(label, source.kind(), (opening.directory, rules), before).map_err(refused)
    };
    plans.into_iter().map(open).collect()
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
    let has_directory =
        |api: &&Api| policy.logins.entries().iter().any(|entry| api.user_managers.contains(&entry.label));
    policy.apis.values().filter(|api| api.enabled && api.accepts_basic).filter(move |api| !has_directory(api)).map(
        |api| Note {
            path: format!("apis.{}.accept", api.name),
            message: "basic is offered, but no user manager of the API checks passwords: each Basic request is denied"
                .to_owned(),
        },
    )
}

/// That nothing is kept in `state_dir`, for others could change it. A folder that is not there yet is made later.
fn state_note(sources: &[(Source, String)]) -> Option<Note> {
    let folder = sources.iter().find_map(|(source, _)| match source {
        Source::Remote(remote) => remote.state_dir.as_ref(),
        Source::Local(_) => None,
    })?;
    let refused = keys::check_folder(folder).err().filter(|_| folder.exists())?;
    let message = format!("no keys are kept, and none are taken from there: {refused}");
    Some(Note { path: "state_dir".to_owned(), message })
}

/// Prefixes that begin with another API's: what goes on in their last segment is refused.
fn path_notes(policy: &Policy) -> impl Iterator<Item = Note> {
    policy.paths.nested().into_iter().map(|(outer, inner)| Note {
        path: inner.field(),
        message: format!(
            "it begins with {} of {}. A path that goes on in its last segment, such as {text}x or {text}.json, is refused, for \
             some hosts serve it as {}. If your host serves one as {}, add its prefix there",
            outer.text,
            outer.api,
            inner.api,
            outer.api,
            text = inner.text
        ),
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
