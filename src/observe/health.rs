//! What is known of each issuer's keys, and of what goes with them.

use super::denylist::DenylistHealth;
use super::directories::DirectoryHealth;
use crate::decide::State;
use crate::keys::{Feed, From, IssuerKeys, KeySet, RefreshFailure, Skipped};
use crate::policy::Issuer;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// The health of a verifier at one moment.
///
/// ```
/// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
/// let health = doorward::Verifier::open(&config)?.health();
/// assert!(health.is_ready() && health.issuers().is_empty());
/// # Ok::<(), doorward::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Health {
    issuers: Vec<IssuerHealth>,
    denylist: Option<DenylistHealth>,
    directories: Vec<DirectoryHealth>,
}

/// Where the keys that serve came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeysFrom {
    /// The configuration, or a file that it names.
    Configuration,
    /// The address of the key set.
    Network,
    /// The disk, where an earlier process left them.
    Snapshot,
    /// There are none yet.
    Nowhere,
}

impl KeysFrom {
    /// The name in lower case, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Network => "network",
            Self::Snapshot => "snapshot",
            Self::Nowhere => "nowhere",
        }
    }
}

/// A key of a published set that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in the set.
    pub index: usize,
    /// Its id.
    pub key_id: Option<String>,
    /// Why, in one clause.
    pub why: &'static str,
}

/// The keys of one issuer. Times are seconds since 1970.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IssuerHealth {
    /// Its name in the configuration.
    pub name: String,
    /// The value of `iss`.
    pub issuer: String,
    /// The address that the keys are fetched from, as far as it is known.
    pub address: Option<String>,
    /// Where the keys came from.
    pub from: KeysFrom,
    /// How many keys serve.
    pub keys: usize,
    /// Their ids and algorithms; a key that serves several algorithms stands here for each.
    pub key_ids: Vec<(Option<String>, &'static str)>,
    /// The keys of the set that do not serve.
    pub skipped: Vec<SkippedKey>,
    /// The ids of keys that name the issuer which they sign for, with that issuer, as those of Entra ID do.
    pub key_issuers: Vec<(Option<String>, String)>,
    /// The cloud that the discovery document names (`cloud_instance_name`, of Entra ID).
    pub cloud: Option<String>,
    /// Seconds that the provider's clock was ahead of ours when it last sent its keys, as its `Date` says.
    pub clock_difference: Option<i64>,
    /// Whether they may serve: they were loaded, are not too old, and one is for an algorithm of the issuer.
    pub is_usable: bool,
    /// Seconds since the provider last confirmed them.
    pub age: Option<i64>,
    /// When they last changed.
    pub changed_at: Option<i64>,
    /// When a refresh last succeeded in this process.
    pub succeeded_at: Option<i64>,
    /// The last refresh, where it failed.
    pub failure: Option<RefreshFailure>,
    /// When they are refreshed next.
    pub next_refresh_at: Option<i64>,
    /// Requests that wait for them.
    pub waiting: u32,
    /// Refreshes that brought other keys, the same keys, or nothing; and snapshots that could not be written.
    pub refreshes: Refreshes,
}

/// How refreshes ended, since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refreshes {
    /// They brought other keys.
    pub changed: u64,
    /// They brought the same keys.
    pub unchanged: u64,
    /// They failed.
    pub failed: u64,
    /// Snapshots that could not be written.
    pub unwritten: u64,
}

impl Health {
    pub(crate) fn of(state: &State, now: i64) -> Self {
        let one = |(issuer, keys): (&Issuer, &IssuerKeys)| match keys {
            IssuerKeys::Fixed(set) => IssuerHealth::of_set(issuer, set, KeysFrom::Configuration),
            IssuerKeys::Fetched(feed) => IssuerHealth::of_feed(issuer, feed, now),
        };
        let State { policy, keys, denylist, directories } = state;
        let denylist = denylist.file().map(|file| DenylistHealth::of(file, now));
        let directories = directories.iter().map(DirectoryHealth::of).collect();
        Self { issuers: policy.issuers.iter().zip(keys).map(one).collect(), denylist, directories }
    }

    /// Each issuer, by name.
    pub fn issuers(&self) -> &[IssuerHealth] {
        &self.issuers
    }

    /// The file of the denylist, where the configuration names one.
    pub fn denylist(&self) -> Option<&DenylistHealth> {
        self.denylist.as_ref()
    }

    /// Each directory that checks passwords, by the label of its user manager.
    pub fn directories(&self) -> &[DirectoryHealth] {
        &self.directories
    }

    /// Whether each issuer has keys that may serve.
    pub fn is_ready(&self) -> bool {
        self.issuers.iter().all(|issuer| issuer.is_usable)
    }

    /// One JSON object: `ready`, `issuers` with the fields of [`IssuerHealth`], `denylist` with those of
    /// [`DenylistHealth`], or null, and `directories` with those of [`DirectoryHealth`].
    pub fn to_json(&self) -> String {
        let issuers: Vec<Value> = self.issuers.iter().map(IssuerHealth::to_json).collect();
        let denylist = self.denylist.as_ref().map(DenylistHealth::to_json);
        let directories: Vec<Value> = self.directories.iter().map(DirectoryHealth::to_json).collect();
        json!({ "ready": self.is_ready(), "issuers": issuers, "denylist": denylist, "directories": directories })
            .to_string()
    }
}

impl IssuerHealth {
    fn of_set(issuer: &Issuer, set: &KeySet, from: KeysFrom) -> Self {
        Self {
            name: issuer.shown_name.clone(),
            issuer: issuer.issuer.clone(),
            address: None,
            from,
            keys: set.len(),
            key_ids: set.entries().map(|(id, algorithm)| (id.map(str::to_owned), algorithm.name())).collect(),
            skipped: Vec::new(),
            key_issuers: key_issuers(set),
            cloud: None,
            clock_difference: None,
            is_usable: true,
            age: None,
            changed_at: None,
            succeeded_at: None,
            failure: None,
            next_refresh_at: None,
            waiting: 0,
            refreshes: Refreshes::default(),
        }
    }

    fn of_feed(issuer: &Issuer, feed: &Feed, now: i64) -> Self {
        let (held, report) = (feed.held(), feed.report());
        let from = match held.from {
            From::Nowhere => KeysFrom::Nowhere,
            From::Snapshot => KeysFrom::Snapshot,
            From::Network => KeysFrom::Network,
        };
        let known = |value: i64| (held.from != From::Nowhere).then_some(value);
        let age = known(now - held.checked_at);
        let of_issuer = |(_, algorithm): &(Option<String>, &str)| {
            issuer.algorithms.iter().any(|allowed| allowed.name() == *algorithm)
        };
        let mut health = Self::of_set(issuer, &held.keys, from);
        health.key_ids.retain(of_issuer);
        Self {
            address: Some(report.address.clone().unwrap_or_else(|| feed.remote().origin.address().to_string())),
            skipped: held.skipped.iter().map(skipped).collect(),
            cloud: held.cloud.as_deref().map(str::to_owned),
            clock_difference: report.clock_difference,
            is_usable: age.is_some_and(|age| age.abs() <= feed.remote().max_key_age) && !health.key_ids.is_empty(),
            age,
            changed_at: known(held.changed_at),
            succeeded_at: report.succeeded_at,
            failure: report.failure.clone(),
            next_refresh_at: (report.next_at > 0).then_some(report.next_at / 1000),
            waiting: feed.waiting(),
            refreshes: refreshes(feed),
            ..health
        }
    }

    fn to_json(&self) -> Value {
        let key = |(id, algorithm): &(Option<String>, &str)| json!({ "key_id": id, "algorithm": algorithm });
        let key_issuer = |(id, issuer): &(Option<String>, String)| json!({ "key_id": id, "issuer": issuer });
        let skipped = |key: &SkippedKey| json!({ "index": key.index, "key_id": key.key_id, "why": key.why });
        json!({
            "name": self.name,
            "issuer": self.issuer,
            "address": self.address,
            "from": self.from.name(),
            "usable": self.is_usable,
            "keys": self.keys,
            "key_ids": self.key_ids.iter().map(key).collect::<Vec<_>>(),
            "skipped": self.skipped.iter().map(skipped).collect::<Vec<_>>(),
            "key_issuers": self.key_issuers.iter().map(key_issuer).collect::<Vec<_>>(),
            "cloud": self.cloud,
            "clock_difference_seconds": self.clock_difference,
            "age_seconds": self.age,
            "changed_at": self.changed_at,
            "succeeded_at": self.succeeded_at,
            "failure": self.failure.as_ref().map(failure),
            "next_refresh_at": self.next_refresh_at,
            "waiting": self.waiting,
            "refreshes": {
                "changed": self.refreshes.changed,
                "unchanged": self.refreshes.unchanged,
                "failed": self.refreshes.failed,
                "unwritten": self.refreshes.unwritten,
            },
        })
    }
}

/// Each key once, however many algorithms it serves.
fn key_issuers(set: &KeySet) -> Vec<(Option<String>, String)> {
    let mut issuers: Vec<_> = set.issuers().map(|(id, issuer)| (id.map(str::to_owned), issuer.to_owned())).collect();
    issuers.dedup();
    issuers
}

fn skipped(Skipped { index, id, why }: &Skipped) -> SkippedKey {
    SkippedKey { index: *index, key_id: id.clone(), why }
}

fn failure(failure: &RefreshFailure) -> Value {
    json!({
        "at": failure.at, "step": failure.step.name(), "kind": failure.kind.name(), "message": failure.message,
    })
}

fn refreshes(feed: &Feed) -> Refreshes {
    let tally = feed.tally();
    let [changed, unchanged, failed, unwritten] =
        [&tally.changed, &tally.unchanged, &tally.failed, &tally.unwritten].map(|count| count.load(Ordering::Relaxed));
    Refreshes { changed, unchanged, failed, unwritten }
}
