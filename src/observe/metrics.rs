//! Counters, and their text for Prometheus.

use super::denylist;
use super::directories::DirectoryHealth;
use super::health::{Health, IssuerHealth};
use crate::code::Code;
use crate::denylist::Denylist;
use crate::keys::Process;
use crate::policy::Api;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the histogram's buckets, in milliseconds.
const BUCKETS: [u64; 10] = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

/// The counters of a verifier, beside those of verdicts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    resolves: Histogram,
    reloads: AtomicU64,
    reloads_failed: AtomicU64,
}

/// The verdicts about one API, by code.
#[derive(Debug)]
struct Row {
    api: String,
    /// Several times: threads that add to one place wait for each other.
    shares: Box<[Share; SHARES]>,
}

const SHARES: usize = 8;

/// A counter for each code, in the order of [`Code::ALL`]. It has lines of the processor's cache to itself.
#[derive(Debug)]
#[repr(align(64))]
struct Share([AtomicU64; Code::ALL.len()]);

/// The verdicts about each API of a policy.
#[derive(Debug)]
pub(crate) struct VerdictCounts {
    /// In the order of the policy's APIs; the last one is for names that are none.
    rows: Vec<Arc<Row>>,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    microseconds: AtomicU64,
}

impl VerdictCounts {
    /// Rows for these APIs. One of a name that was there before goes on counting.
    pub(crate) fn new<'p>(apis: impl Iterator<Item = &'p Api>, before: Option<&Self>) -> Self {
        let known: HashMap<&str, &Arc<Row>> =
            before.iter().flat_map(|before| &before.rows).map(|row| (row.api.as_str(), row)).collect();
        let row = |api: &str| known.get(api).map_or_else(|| Arc::new(Row::new(api)), |row| (*row).clone());
        let mut apis: Vec<&Api> = apis.collect();
        apis.sort_by_key(|api| api.index);
        Self { rows: apis.iter().map(|api| api.name.as_str()).chain([""]).map(row).collect() }
    }

    /// Counts one verdict. `whose`: what differs from thread to thread.
    #[inline]
    pub(crate) fn count(&self, api: Option<&Api>, code: Code, whose: usize) {
        let row = api.map_or(self.rows.last(), |api| self.rows.get(api.index));
        // The first code is that of who comes in.
        let place =
            if code.is_ok() { Ok(0) } else { Code::ALL.binary_search_by_key(&code.number(), |code| code.number()) };
        if let (Some(row), Ok(place)) = (row, place) {
            row.shares[whose % SHARES].0[place].fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Metrics {
    pub(crate) fn count_resolve(&self, took: Duration) {
        let millis = took.as_millis();
        for (bucket, bound) in self.resolves.buckets.iter().zip(BUCKETS) {
            if millis <= u128::from(bound) {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.resolves.count.fetch_add(1, Ordering::Relaxed);
        self.resolves.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn count_reload(&self, succeeded: bool) {
        if succeeded { &self.reloads } else { &self.reloads_failed }.fetch_add(1, Ordering::Relaxed);
    }

    /// The text format of Prometheus, version 0.0.4.
    pub(crate) fn text(&self, counts: &VerdictCounts, health: &Health, denylist: &Denylist) -> String {
        let mut text = Text::default();
        counts.write(&mut text);
        write_keys(&mut text, health.issuers());
        write_denylist(&mut text, health, denylist);
        write_directories(&mut text, health.directories());
        self.resolves.write(&mut text);
        text.family("doorward_reloads_total", "counter", "Configurations that were read again.");
        text.sample("doorward_reloads_total", &[("outcome", "good")], self.reloads.load(Ordering::Relaxed));
        text.sample("doorward_reloads_total", &[("outcome", "refused")], self.reloads_failed.load(Ordering::Relaxed));
        text.family("doorward_panics_total", "counter", "Panics caught on the background thread of the process.");
        text.sample("doorward_panics_total", &[], Process::current().panics());
        text.0
    }
}

impl Row {
    fn new(api: &str) -> Self {
        Self {
            api: api.to_owned(),
            shares: Box::new([const { Share([const { AtomicU64::new(0) }; Code::ALL.len()]) }; SHARES]),
        }
    }
}

impl VerdictCounts {
    fn write(&self, text: &mut Text) {
        const NAME: &str = "doorward_verdicts_total";
        text.family(NAME, "counter", "Verdicts, by API and code. Of a request that was pending, both are counted.");
        for row in &self.rows {
            for (place, code) in Code::ALL.iter().enumerate() {
                let count: u64 = row.shares.iter().map(|share| share.0[place].load(Ordering::Relaxed)).sum();
                if count > 0 {
                    let number = code.number().to_string();
                    text.sample(NAME, &[("api", &row.api), ("code", &number), ("name", code.name())], count);
                }
            }
        }
    }
}

type Gauge = (&'static str, &'static str, fn(&IssuerHealth) -> Option<i64>);

const GAUGES: [Gauge; 6] = [
    ("doorward_keys", "Keys that serve.", |issuer| i64::try_from(issuer.keys).ok()),
    ("doorward_keys_skipped", "Keys of the set that do not serve.", |issuer| i64::try_from(issuer.skipped.len()).ok()),
    ("doorward_keys_usable", "1 where there are keys that may serve.", |issuer| Some(i64::from(issuer.is_usable))),
    ("doorward_keys_age_seconds", "Time since the provider last confirmed the keys.", |issuer| issuer.age),
    ("doorward_keys_next_refresh_timestamp_seconds", "When the keys are refreshed next.", |issuer| {
        issuer.next_refresh_at
    }),
    ("doorward_waiting_requests", "Requests that wait for keys.", |issuer| Some(i64::from(issuer.waiting))),
];

fn write_keys(text: &mut Text, issuers: &[IssuerHealth]) {
    for (name, help, value) in GAUGES {
        text.family(name, "gauge", help);
        for issuer in issuers {
            if let Some(value) = value(issuer) {
                text.sample(name, &[("issuer", &issuer.name)], value);
            }
        }
    }
    let fetched = || issuers.iter().filter(|issuer| issuer.address.is_some());
    text.family("doorward_key_refreshes_total", "counter", "Refreshes of keys, by what came of them.");
    for issuer in fetched() {
        let refreshes = issuer.refreshes;
        let outcomes =
            [("changed", refreshes.changed), ("unchanged", refreshes.unchanged), ("failed", refreshes.failed)];
        for (outcome, count) in outcomes {
            let labels = [("issuer", issuer.name.as_str()), ("outcome", outcome)];
            text.sample("doorward_key_refreshes_total", &labels, count);
        }
    }
    text.family("doorward_snapshot_failures_total", "counter", "Snapshots that could not be written.");
    for issuer in fetched() {
        text.sample("doorward_snapshot_failures_total", &[("issuer", &issuer.name)], issuer.refreshes.unwritten);
    }
}

fn write_denylist(text: &mut Text, health: &Health, denylist: &Denylist) {
    text.family("doorward_denylist_entries", "gauge", "Entries of the denylist, by kind and by where they came from.");
    for (labels, count) in denylist::entries(denylist) {
        text.sample("doorward_denylist_entries", &labels, count);
    }
    let Some(file) = health.denylist() else { return };
    text.family("doorward_denylist_file_refused", "gauge", "1 where the denylist's file changed and was refused.");
    text.sample("doorward_denylist_file_refused", &[], u8::from(file.failure.is_some()));
    text.family("doorward_denylist_file_age_seconds", "gauge", "Time since the denylist's file was as it is held.");
    text.sample("doorward_denylist_file_age_seconds", &[], file.age);
}

type DirectoryGauge = (&'static str, &'static str, fn(&DirectoryHealth) -> u64);

const DIRECTORY_GAUGES: [DirectoryGauge; 4] = [
    ("doorward_directory_failing", "1 where the directory gave no answer when it was last asked.", |directory| {
        u64::from(directory.failure.is_some())
    }),
    ("doorward_proved_credentials", "Credentials that are remembered as proved.", |directory| {
        directory.proved_credentials as u64
    }),
    ("doorward_password_checks_running", "Passwords that are being checked.", |directory| directory.running.into()),
    ("doorward_password_checks_waiting", "Requests that wait for a password to be checked.", |directory| {
        directory.waiting.into()
    }),
];

fn write_directories(text: &mut Text, directories: &[DirectoryHealth]) {
    for (name, help, value) in DIRECTORY_GAUGES {
        text.family(name, "gauge", help);
        directories.iter().for_each(|directory| text.sample(name, &[("label", &directory.label)], value(directory)));
    }
    const NAME: &str = "doorward_password_checks_total";
    text.family(NAME, "counter", "Requests that asked a directory about a password, by what came of them.");
    for directory in directories {
        for (outcome, count) in directory.checks.named() {
            let labels = [("label", directory.label.as_str()), ("kind", directory.kind), ("outcome", outcome)];
            text.sample(NAME, &labels, count);
        }
    }
}

impl Histogram {
    fn write(&self, text: &mut Text) {
        const NAME: &str = "doorward_resolve_seconds";
        text.family(NAME, "histogram", "How long resolve took.");
        for (bucket, bound) in self.buckets.iter().zip(BUCKETS) {
            let bound = (bound as f64 / 1000.0).to_string();
            text.sample("doorward_resolve_seconds_bucket", &[("le", &bound)], bucket.load(Ordering::Relaxed));
        }
        let count = self.count.load(Ordering::Relaxed);
        text.sample("doorward_resolve_seconds_bucket", &[("le", "+Inf")], count);
        text.sample("doorward_resolve_seconds_sum", &[], self.microseconds.load(Ordering::Relaxed) as f64 / 1e6);
        text.sample("doorward_resolve_seconds_count", &[], count);
    }
}

/// The text, family by family. Writing into a String does not fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_count_in_places_of_their_own() {
        let row = Arc::new(Row::new("api"));
        let counts = VerdictCounts { rows: vec![row.clone()] };
        for code in [Code::Ok, Code::CredentialsMissing, Code::SignatureInvalid] {
            (0..2 * SHARES).for_each(|whose| counts.count(None, code, whose));
            let place = Code::ALL.iter().position(|known| *known == code).unwrap();
            let words: Vec<_> = row.shares.iter().map(|share| &share.0[place]).collect();
            assert!(words.iter().all(|word| word.load(Ordering::Relaxed) == 2), "{code:?}");
            let lines: std::collections::HashSet<_> =
                words.iter().map(|word| std::ptr::from_ref(*word).addr() / 64).collect();
            assert_eq!(lines.len(), SHARES, "{code:?}: no two share a line of the cache");
        }
        assert_eq!(std::mem::align_of::<Share>(), 64);
    }
}
