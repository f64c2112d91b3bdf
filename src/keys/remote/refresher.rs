//! Does the refreshes that are due, one after the other.
//!
//! A refresh brings keys that are published, or changes nothing but what is told of it.

use super::demand::Begun;
use super::discovery::{self, Located};
use super::feed::{Feed, From, Keys, Report};
use super::snapshot::{self, Snapshot, SnapshotPlace};
use super::{Origin, Remote, schedule};
use crate::clock::Clock;
use crate::crypto;
use crate::http::{Address, Answer, Client, Transport, Validators};
use crate::http::{FailureKind, Fault};
use crate::keys::failure::{RefreshFailure, RefreshStep};
use crate::keys::local::parse_set;
use crate::keys::set::{KeySet, Skipped};
use crate::limits::REFRESH_SECONDS_MIN;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::{info, warn};

/// Refreshes feeds. Several threads may do it, each for other feeds.
#[derive(Debug, Default)]
pub(super) struct Refresher {
    /// What was fetched. Locked for a look only, never during a fetch.
    documents: Mutex<HashMap<Place, Document>>,
}

/// What tells documents apart: two issuers with one address share the document, unless they reach it in
/// different ways.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    address: Address,
    transport: Transport,
    state_dir: Option<PathBuf>,
    clock: Clock,
}

/// A document that was fetched.
#[derive(Debug, Clone)]
struct Document {
    body: Arc<[u8]>,
    /// What the body is, where it is a key set.
    keys: Option<Keys>,
    validators: Validators,
    max_age: Option<i64>,
    /// Milliseconds since 1970.
    fetched: i64,
    /// Seconds that the server's clock was ahead of ours then.
    clock_difference: Option<i64>,
}

/// A document with its place, and whether it was fetched just now.
struct Fetched {
    place: Place,
    document: Document,
    is_new: bool,
}

/// A refresh that succeeded.
struct Brought {
    changed: bool,
    max_age: Option<i64>,
}

/// What came of a look at all feeds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    pub(super) panics: u64,
    /// Milliseconds until the next one is due.
    pub(super) idle: Option<i64>,
}

/// A refresh that took longer was not answered as a provider answers.
const SLOW: Duration = Duration::from_millis(500);

impl Refresher {
    /// Refreshes each feed that is due or asked for: those that failed last come last. `goes_on` is asked before each;
    /// `ended` is told after each. It may end early, and is to be called again.
    pub(super) fn work(
        &self,
        feeds: &[Arc<Feed>],
        client: &Client,
        goes_on: &dyn Fn() -> bool,
        ended: &dyn Fn(),
    ) -> Work {
        let mut work = Work::default();
        let mut due: Vec<&Arc<Feed>> = feeds.iter().filter(|feed| feed.is_due()).collect();
        // A provider that does not answer must not hold up those that do.
        due.sort_by_key(|feed| (feed.report().failures > 0, !feed.is_wanted(), feed.report().next_at));
        for feed in due {
            if !goes_on() {
                return work;
            }
            let start = Instant::now();
            if let Some(panicked) = self.round(feed, client) {
                work.panics += u64::from(panicked);
                ended();
            }
            if start.elapsed() > SLOW {
                // Meanwhile others may have become due that come first.
                break;
            }
        }
        let waiting = feeds.iter().filter(|feed| !feed.demand.is_running());
        let idle = waiting.map(|feed| feed.report().next_at - feed.clock.now_millis()).min();
        work.idle = idle.map(|idle| idle.max(0));
        work
    }

    /// A panic of what is called here, such as a host's log, must not end the thread, nor leave requests waiting.
    /// Whether there was one; `None` where somebody else is at it.
    fn round(&self, feed: &Arc<Feed>, client: &Client) -> Option<bool> {
        let begun = feed.demand.begin()?;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.refresh(feed, begun, client)));
        let panicked = outcome.is_err();
        let outcome = outcome.unwrap_or_else(|_| Err(panicked_at(feed.clock.now())));
        let cancelled = outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Cancelled);
        if !cancelled {
            plan_next(feed, outcome);
        }
        feed.demand.end();
        Some(panicked)
    }

    fn refresh(&self, feed: &Arc<Feed>, begun: Begun, client: &Client) -> Result<Brought, RefreshFailure> {
        if feed.held().from == From::Nowhere && feed.report().failures == 0 {
            // A process that was opened by another user may not have been allowed to read it before.
            restore(feed);
        }
        let outcome = self.bring(feed, begun, client);
        let from = feed.remote.origin.address();
        match &outcome {
            Ok(_) if feed.report().failure.is_some() => info!(target: "doorward", %from, "keys are refreshed again"),
            Ok(_) => {}
            Err(RefreshFailure { kind: FailureKind::Cancelled, .. }) => {}
            Err(RefreshFailure { step, kind, message, .. }) => {
                let (step, kind, serving) = (step.name(), kind.name(), feed.held().keys.len());
                warn!(target: "doorward", %from, step, kind, why = message, serving, "keys could not be refreshed");
            }
        }
        outcome
    }

    fn bring(&self, feed: &Arc<Feed>, begun: Begun, client: &Client) -> Result<Brought, RefreshFailure> {
        let failed = |step| move |fault: Fault| RefreshFailure::new(fault, step, feed.clock.now());
        let (Located { address, cloud }, discovered) =
            self.locate(feed, begun.asked, client).map_err(failed(RefreshStep::Discovery))?;
        // Told before it is fetched, so that a failure stands beside the address that it is of.
        feed.set_report(Report { address: Some(address.to_string()), ..(*feed.report()).clone() });
        let (fetched, keys) = self.key_set(&address, feed, begun.asked, client).map_err(failed(RefreshStep::KeySet))?;
        let (before, max_age) = (feed.held().keys.clone(), fetched.document.max_age);
        let clock_difference = fetched.document.clock_difference;
        feed.set_report(Report { clock_difference, ..(*feed.report()).clone() });
        // What was fetched before the refresh began does not show that a key is missing now.
        let is_new = fetched.is_new && discovered.as_ref().is_none_or(|discovered| discovered.is_new);
        let at = (fetched.document.fetched / 1000, is_new.then_some(begun.number));
        let changed = feed.publish(&keys, cloud, From::Network, at);
        // Only what led to keys is kept: a restart must not find less than there was.
        discovered.into_iter().chain([fetched]).for_each(|fetched| self.keep(fetched, feed));
        if changed {
            tell_change(&address, &before, &keys);
        }
        Ok(Brought { changed, max_age })
    }

    /// The address of the key set, with the discovery document that names it.
    fn locate(&self, feed: &Feed, asked: bool, client: &Client) -> Result<(Located, Option<Fetched>), Fault> {
        match &feed.remote.origin {
            Origin::KeySet(address) => Ok((Located { address: address.clone(), cloud: None }, None)),
            Origin::Discovery { document, issuer, hosts } => {
                let fetched = self.document(Place::new(document, feed), asked, client)?;
                let located = discovery::locate(&fetched.document.body, document, issuer, hosts)?;
                Ok((located, Some(fetched)))
            }
        }
    }

    fn key_set(&self, address: &Address, feed: &Feed, asked: bool, client: &Client) -> Result<(Fetched, Keys), Fault> {
        let mut fetched = self.document(Place::new(address, feed), asked, client)?;
        let known = self.documents().get(&fetched.place).and_then(|known| known.keys.clone());
        let before = known.or_else(|| feed.keys());
        let keys = read_keys(&fetched.document.body, before)?;
        fetched.document.keys = Some(keys.clone());
        Ok((fetched, keys))
    }

    fn documents(&self) -> MutexGuard<'_, HashMap<Place, Document>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the documents that no feed is made of.
    pub(super) fn forget_all_but(&self, feeds: &[Arc<Feed>]) {
        let named = |feed: &Arc<Feed>| [Some(feed.remote.origin.address().to_string()), feed.report().address.clone()];
        let named: HashSet<String> = feeds.iter().flat_map(named).flatten().collect();
        self.documents().retain(|place, _| named.contains(&place.address.to_string()));
    }

    /// A document: as it was fetched within the last minute, unless a request asks for news, or fetched now.
    fn document(&self, place: Place, news: bool, client: &Client) -> Result<Fetched, Fault> {
        let now = place.clock.now_millis();
        let known = self.documents().get(&place).cloned();
        let is_recent = |known: &Document| (0..REFRESH_SECONDS_MIN * 1000).contains(&(now - known.fetched));
        if let Some(document) = known.clone().filter(|known| !news && is_recent(known)) {
            return Ok(Fetched { place, document, is_new: false });
        }
        let validators = known.as_ref().map(|known| known.validators.clone()).unwrap_or_default();
        let answer = client.fetch(&place.address, &validators, &place.transport)?;
        let document = Document::new(answer, known, (now, place.clock.now()))?;
        Ok(Fetched { place, document, is_new: true })
    }

    /// Keeps a document that was fetched, in memory and on disk. That the disk can't is counted and told, and changes
    /// nothing else.
    fn keep(&self, Fetched { place, document, is_new }: Fetched, feed: &Feed) {
        if !is_new {
            return;
        }
        if let Some(folder) = &place.state_dir {
            let snapshot = Snapshot { body: document.body.to_vec(), checked_at: document.fetched / 1000 };
            if let Err(error) = snapshot::write(&place_of(folder, &place.address, feed), &snapshot) {
                feed.tally.unwritten.fetch_add(1, Ordering::Relaxed);
                warn!(target: "doorward", address = %place.address, %error, "a snapshot could not be written");
            }
        }
        self.documents().insert(place, document);
    }
}

fn panicked_at(now: i64) -> RefreshFailure {
    let fault = Fault::new(FailureKind::Internal, "the refresh panicked; the log has more, please report it");
    RefreshFailure::new(fault, RefreshStep::KeySet, now)
}

impl Place {
    fn new(address: &Address, feed: &Feed) -> Self {
        let Remote { transport, state_dir, .. } = feed.remote.clone();
        Self { address: address.clone(), transport, state_dir, clock: feed.clock.clone() }
    }
}

impl Document {
    /// An answer, with what was known before where nothing has changed.
    /// It was asked for and answered at these times, in milliseconds and in seconds.
    fn new(answer: Answer, known: Option<Self>, (fetched, answered): (i64, i64)) -> Result<Self, Fault> {
        let Answer { body, validators, max_age, server_time } = answer;
        let clock_difference = server_time.map(|server_time| server_time.saturating_sub(answered));
        let lost =
            || Fault::new(FailureKind::Content, "the server says that nothing changed, though nothing was known");
        match body {
            Some(body) => Ok(Self { body: body.into(), keys: None, validators, max_age, fetched, clock_difference }),
            None => Ok(Self { max_age, fetched, clock_difference, ..known.ok_or_else(lost)? }),
        }
    }
}

/// The keys of a body. Where it is byte for byte the old one, they stay the same set.
fn read_keys(body: &[u8], before: Option<Keys>) -> Result<Keys, Fault> {
    let sum = crypto::sha256(body);
    if let Some(before) = before.filter(|before| before.sum == sum) {
        return Ok(before);
    }
    let judged = parse_set(body).map_err(|fault| Fault::new(FailureKind::Content, fault.what))?;
    let (set, skipped) = KeySet::prepare_published(judged);
    if set.is_empty() {
        let first = skipped.first().map_or("it holds no key", |skipped| skipped.why);
        return Err(Fault::new(FailureKind::Keys, format!("the key set has no usable key: {first}")));
    }
    Ok(Keys { set: Arc::new(set), skipped: skipped.into(), sum })
}

/// Writes down what came of a refresh, and when the next one is due.
fn plan_next(feed: &Feed, outcome: Result<Brought, RefreshFailure>) {
    let (now, random, old) = (feed.clock.now_millis(), fastrand::f64(), (*feed.report()).clone());
    let report = match outcome {
        Ok(Brought { changed, max_age }) => {
            let counter = if changed { &feed.tally.changed } else { &feed.tally.unchanged };
            counter.fetch_add(1, Ordering::Relaxed);
            let next_at = schedule::after_success(now, max_age, feed.remote.max_key_age, random);
            Report { failure: None, succeeded_at: Some(now / 1000), next_at, failures: 0, ..old }
        }
        Err(failure) => {
            feed.tally.failed.fetch_add(1, Ordering::Relaxed);
            let failures = old.failures.saturating_add(1);
            let next_at = schedule::after_failure(now, failures, random);
            Report { failure: Some(failure), next_at, failures, ..old }
        }
    };
    feed.set_report(Report { tried_at: now, ..report });
}

fn tell_change(address: &Address, before: &KeySet, after: &Keys) {
    let ids = |set: &KeySet| set.ids().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (ids(before), ids(&after.set));
    let added: Vec<_> = new.iter().filter(|id| !old.contains(id)).collect();
    let removed: Vec<_> = old.iter().filter(|id| !new.contains(id)).collect();
    info!(target: "doorward", from = %address, keys = after.set.len(), ?added, ?removed, "keys have changed");
    for Skipped { index, id, why } in after.skipped.iter() {
        warn!(target: "doorward", from = %address, index, ?id, why, "a key is not used");
    }
}

/// Publishes what is on disk, as long as it is not too old. Reads files.
pub(super) fn restore(feed: &Feed) {
    let Some(folder) = &feed.remote.state_dir else { return };
    let located = match &feed.remote.origin {
        Origin::KeySet(address) => Some(Located { address: address.clone(), cloud: None }),
        Origin::Discovery { document, issuer, hosts } => restored(folder, document, feed)
            .and_then(|snapshot| discovery::locate(&snapshot.body, document, issuer, hosts).ok()),
    };
    let Some(Located { address, cloud }) = located else { return };
    let Some(snapshot) = restored(folder, &address, feed) else { return };
    match read_keys(&snapshot.body, None) {
        Ok(keys) => {
            feed.publish(&keys, cloud, From::Snapshot, (snapshot.checked_at, None));
            feed.set_report(Report { address: Some(address.to_string()), ..Report::default() });
            info!(target: "doorward", from = %address, "keys are taken from a snapshot");
        }
        Err(Fault { what, .. }) => warn!(target: "doorward", from = %address, why = %what, "a snapshot is ignored"),
    }
}

fn place_of<'p>(folder: &'p Path, address: &'p Address, feed: &'p Feed) -> SnapshotPlace<'p> {
    SnapshotPlace { folder, address, trust: feed.remote.transport.trust.as_ref() }
}

fn restored(folder: &Path, address: &Address, feed: &Feed) -> Option<Snapshot> {
    let now = feed.clock.now();
    let young = |snapshot: &Snapshot| (0..=feed.remote.max_key_age).contains(&(now - snapshot.checked_at));
    let why = match snapshot::read(&place_of(folder, address, feed)) {
        Ok(None) => return None,
        Ok(Some(snapshot)) if young(&snapshot) => return Some(snapshot),
        Ok(Some(_)) => "it is older than max_key_age, or from the future".to_owned(),
        Err(why) => why,
    };
    warn!(target: "doorward", from = %address, why, "a snapshot is ignored");
    None
}
