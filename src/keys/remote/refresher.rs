//! Does the refreshes that are due, one after the other.
//!
//! A refresh brings keys that are published, or changes nothing but what is told of it.

use super::feed::{Feed, From, Report};
use super::snapshot::{self, Snapshot};
use super::{Origin, Remote, discovery, schedule};
use crate::clock::Clock;
use crate::crypto;
use crate::keys::http::{Address, Answer, Client, Transport, Validators};
use crate::keys::local::parse_set;
use crate::keys::set::{KeySet, Skipped};
use crate::limits::REFRESH_SECONDS_MIN;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
}

#[derive(Debug, Clone)]
struct Keys {
    set: Arc<KeySet>,
    skipped: Arc<[Skipped]>,
    sum: [u8; 32],
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

impl Refresher {
    /// Refreshes each feed that is due or asked for, the latter first. `goes_on` is asked before each; `ended` is
    /// told after each.
    pub(super) fn work(
        &self,
        feeds: &[Arc<Feed>],
        client: &Client,
        goes_on: &dyn Fn() -> bool,
        ended: &dyn Fn(),
    ) -> Work {
        let mut work = Work::default();
        let mut due: Vec<&Arc<Feed>> = feeds.iter().filter(|feed| feed.is_due()).collect();
        due.sort_by_key(|feed| !feed.demand.is_asked());
        for feed in due {
            if !goes_on() {
                return work;
            }
            work.panics += u64::from(self.round(feed, client));
            ended();
        }
        let idle = feeds.iter().map(|feed| feed.report().next_at - feed.clock.now_millis()).min();
        work.idle = idle.map(|idle| idle.max(0));
        work
    }

    /// A panic of what is called here, such as a host's log, must not end the thread, nor leave requests waiting.
    /// Whether there was one.
    fn round(&self, feed: &Arc<Feed>, client: &Client) -> bool {
        let asked = feed.demand.is_asked();
        let before = feed.held().keys.clone();
        if !feed.demand.begin() {
            return false;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| self.refresh(feed, asked, client)));
        let panicked = outcome.is_err();
        let outcome = outcome.unwrap_or_else(|_| Err("the refresh panicked: please report it".to_owned()));
        let heard = outcome.is_ok();
        plan_next(feed, outcome);
        let same = heard && Arc::ptr_eq(&before, &feed.held().keys);
        feed.demand.end(same, feed.clock.now());
        panicked
    }

    fn refresh(&self, feed: &Arc<Feed>, asked: bool, client: &Client) -> Result<Brought, String> {
        let outcome = self.bring(feed, asked, client);
        if let Err(why) = &outcome {
            let from = feed.remote.origin.address();
            warn!(target: "doorward", %from, why, keys = feed.held().keys.len(), "keys could not be refreshed; the old ones serve on");
        }
        outcome
    }

    fn bring(&self, feed: &Arc<Feed>, asked: bool, client: &Client) -> Result<Brought, String> {
        let remote = &feed.remote;
        let address = match &remote.origin {
            Origin::KeySet(address) => address.clone(),
            Origin::Discovery { document, issuer, hosts } => {
                let place = Place::new(document, feed);
                let fetched = self.document(&place, false, client, feed)?;
                discovery::key_set_address(&fetched.body, document, issuer, hosts)?
            }
        };
        // Told before it is fetched, so that a failure stands beside the address that it is of.
        feed.set_report(Report { address: Some(address.to_string()), ..(*feed.report()).clone() });
        let fetched = self.document(&Place::new(&address, feed), asked, client, feed)?;
        let keys = fetched.keys.ok_or("the key set could not be read")?;
        let before = feed.held().keys.clone();
        let changed = feed.publish(keys.set.clone(), keys.skipped.clone(), From::Network, feed.clock.now());
        if changed {
            tell_change(&address, &before, &keys);
        }
        Ok(Brought { changed, max_age: fetched.max_age })
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
    fn document(&self, place: &Place, news: bool, client: &Client, feed: &Feed) -> Result<Document, String> {
        let now = feed.clock.now_millis();
        let known = self.documents().get(place).cloned();
        let recent =
            known.as_ref().filter(|known| !news && (0..REFRESH_SECONDS_MIN * 1000).contains(&(now - known.fetched)));
        if let Some(recent) = recent {
            return Ok(recent.clone());
        }
        let validators = known.as_ref().map(|known| known.validators.clone()).unwrap_or_default();
        let fetched = client.fetch(&place.address, &validators, &place.transport);
        let answer = fetched.map_err(|fault| format!("{} ({})", fault.what, fault.kind.name()))?;
        let is_key_set =
            !matches!(&feed.remote.origin, Origin::Discovery { document, .. } if *document == place.address);
        let document = join(answer, known.as_ref(), is_key_set, now)?;
        self.documents().insert(place.clone(), document.clone());
        if let Some(folder) = &place.state_dir {
            keep(folder, &place.address, &document, feed);
        }
        Ok(document)
    }
}

impl Place {
    fn new(address: &Address, feed: &Feed) -> Self {
        let Remote { transport, state_dir, .. } = feed.remote.clone();
        Self { address: address.clone(), transport, state_dir, clock: feed.clock.clone() }
    }
}

/// An answer, with what was known before. A key set that is byte for byte the old one stays the same set.
fn join(answer: Answer, known: Option<&Document>, is_key_set: bool, now: i64) -> Result<Document, String> {
    let Answer { body, validators, max_age } = answer;
    let Some(body) = body else {
        let known = known.ok_or("the server says that nothing changed, though nothing was known")?;
        return Ok(Document { max_age, fetched: now, ..known.clone() });
    };
    let before = known.and_then(|known| known.keys.clone());
    let keys = if is_key_set { Some(read_keys(&body, before)?) } else { None };
    Ok(Document { body: body.into(), keys, validators, max_age, fetched: now })
}

fn read_keys(body: &[u8], before: Option<Keys>) -> Result<Keys, String> {
    let sum = crypto::sha256(body);
    if let Some(before) = before.filter(|before| before.sum == sum) {
        return Ok(before);
    }
    let judged = parse_set(body).map_err(|fault| fault.what)?;
    let (set, skipped) = KeySet::prepare_published(judged);
    if set.is_empty() {
        let first = skipped.first().map_or("it holds no key", |skipped| skipped.why);
        return Err(format!("the key set has no usable key: {first}"));
    }
    Ok(Keys { set: Arc::new(set), skipped: skipped.into(), sum })
}

/// Writes down what came of a refresh, and when the next one is due.
fn plan_next(feed: &Feed, outcome: Result<Brought, String>) {
    let (now, random, old) = (feed.clock.now_millis(), fastrand::f64(), (*feed.report()).clone());
    let report = match outcome {
        Ok(Brought { changed, max_age }) => {
            let counter = if changed { &feed.tally.changed } else { &feed.tally.unchanged };
            counter.fetch_add(1, Ordering::Relaxed);
            let next_at = schedule::after_success(now, max_age, feed.remote.max_key_age, random);
            Report { failure: None, succeeded_at: Some(now / 1000), next_at, failures: 0, ..old }
        }
        Err(why) => {
            feed.tally.failed.fetch_add(1, Ordering::Relaxed);
            let failures = old.failures.saturating_add(1);
            let next_at = schedule::after_failure(now, failures, random);
            Report { failure: Some((now / 1000, why)), next_at, failures, ..old }
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

/// Writes a document to disk. That it can't is counted and told, and changes nothing else.
fn keep(folder: &Path, address: &Address, document: &Document, feed: &Feed) {
    let snapshot = Snapshot { body: document.body.to_vec(), checked_at: document.fetched / 1000 };
    if let Err(error) = snapshot::write(folder, address, &snapshot) {
        feed.tally.unwritten.fetch_add(1, Ordering::Relaxed);
        warn!(target: "doorward", %address, %error, "a snapshot could not be written");
    }
}

/// Publishes what is on disk, as long as it is not too old. Reads files.
pub(super) fn restore(feed: &Feed) {
    let Some(folder) = &feed.remote.state_dir else { return };
    let address = match &feed.remote.origin {
        Origin::KeySet(address) => Some(address.clone()),
        Origin::Discovery { document, issuer, hosts } => restored(folder, document, feed)
            .and_then(|snapshot| discovery::key_set_address(&snapshot.body, document, issuer, hosts).ok()),
    };
    let Some(address) = address else { return };
    let Some(snapshot) = restored(folder, &address, feed) else { return };
    match read_keys(&snapshot.body, None) {
        Ok(Keys { set, skipped, .. }) => {
            feed.publish(set, skipped, From::Snapshot, snapshot.checked_at);
            feed.set_report(Report { address: Some(address.to_string()), ..Report::default() });
            info!(target: "doorward", from = %address, "keys are taken from a snapshot");
        }
        Err(why) => warn!(target: "doorward", from = %address, why, "a snapshot is ignored"),
    }
}

fn restored(folder: &Path, address: &Address, feed: &Feed) -> Option<Snapshot> {
    let now = feed.clock.now();
    let young = |snapshot: &Snapshot| (0..=feed.remote.max_key_age).contains(&(now - snapshot.checked_at));
    let why = match snapshot::read(folder, address) {
        Ok(None) => return None,
        Ok(Some(snapshot)) if young(&snapshot) => return Some(snapshot),
        Ok(Some(_)) => "it is older than max_key_age, or from the future".to_owned(),
        Err(why) => why,
    };
    warn!(target: "doorward", from = %address, why, "a snapshot is ignored");
    None
}
