//! `doorward check --online`: whether the keys of each issuer can be fetched, and what to change where they can't.

use crate::console::{BAD, FAINT, GOOD, Output, PLAIN, STRONG, column, harmless, paint};
use crate::keys::fetched::{self, is_answered, is_fetched, number_of_keys, trouble};
use crate::keys::{skipped_json, skipped_line};
use crate::{Failure, input};
use doorward::{Config, FailureKind, Health, IssuerHealth, RefreshFailure, RefreshStep, Verifier};
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Columns of a label.
const LABEL: usize = 9;

/// What went wrong with an issuer.
struct Wrong {
    part: Part,
    /// In one clause.
    what: String,
    advice: String,
}

/// The part of an issuer's keys that is looked at, in the order of fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Discovery,
    Issuer,
    KeySet,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Issuer => "issuer",
            Self::KeySet => "key set",
        }
    }
}

/// What came of looking at one issuer.
pub(crate) struct Finding<'a> {
    issuer: &'a IssuerHealth,
    way: Way,
    wrong: Option<Wrong>,
}

/// How the keys are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By discovery, at the address in `oidc`.
    Oidc,
    /// By the metadata of Entra ID.
    Entra,
    /// At the address in `jwks_url`.
    Address,
}

impl Way {
    /// What a document said of the issuer, where there was one.
    fn confirmed(self, issuer: &str) -> Option<String> {
        match self {
            Self::Oidc => Some(format!("{issuer}, as the discovery document says")),
            Self::Entra => Some(format!("the metadata names {issuer}, or it with the tenant's id")),
            Self::Address => None,
        }
    }
}

/// The name of an issuer in the configuration, and what is written there. Health tells the version behind the name,
/// where an issuer of Entra ID has two.
pub(crate) fn written<'a>(document: &'a Value, shown: &'a str) -> (&'a str, &'a Value) {
    let issuers = &document["issuers"];
    let versions = [" v1.0", " v2.0"].into_iter();
    let plain = || versions.filter_map(|version| shown.strip_suffix(version)).find(|name| issuers[name].is_object());
    let name = if issuers[shown].is_object() { shown } else { plain().unwrap_or(shown) };
    (name, &issuers[name])
}

/// Fetches the keys of a good configuration.
pub(crate) fn fetch(document: &Value, path: &Path, wait: Duration) -> Result<Health, Failure> {
    Ok(fetched::fetch(&open(document, path)?, wait))
}

/// Opens a good configuration. Snapshots are left alone: only what comes now counts.
pub(crate) fn open(document: &Value, path: &Path) -> Result<Verifier, Failure> {
    let mut document = document.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.remove("state_dir");
    }
    let config = Config::from_json(document.to_string()).relative_to(input::folder(path));
    Ok(Verifier::open(&config)?)
}

/// Whether the keys of each issuer came and can be used.
pub(crate) fn is_good(health: &Health) -> bool {
    health.issuers().iter().all(|issuer| trouble(issuer).is_none())
}

pub(crate) fn print(health: &Health, document: &Value, output: &mut Output) -> io::Result<()> {
    output.line(format_args!("\n{}", paint(STRONG, "online")))?;
    let findings: Vec<_> = findings(health, document).collect();
    if findings.is_empty() {
        return output.line(paint(FAINT, "  no issuer has keys that are fetched"));
    }
    let width = findings.iter().map(|finding| finding.issuer.name.chars().count()).max().unwrap_or(0).min(32);
    findings.iter().try_for_each(|finding| finding.print(width, output))
}

pub(crate) fn to_json(health: &Health, document: &Value) -> Vec<Value> {
    findings(health, document).map(|finding| finding.to_json()).collect()
}

fn findings<'a>(health: &'a Health, document: &'a Value) -> impl Iterator<Item = Finding<'a>> {
    let fetched = health.issuers().iter().filter(|issuer| is_fetched(issuer));
    fetched.map(|issuer| Finding::new(issuer, document))
}

impl<'a> Finding<'a> {
    pub(crate) fn new(issuer: &'a IssuerHealth, document: &Value) -> Self {
        let (name, fields) = written(document, &issuer.name);
        let way = match fields {
            _ if fields["entra"].is_object() => Way::Entra,
            _ if fields["oidc"].is_string() => Way::Oidc,
            _ => Way::Address,
        };
        let failure = issuer.failure.as_ref();
        let wrong = trouble(issuer).map(|what| Wrong {
            part: part(failure),
            advice: advice(failure, is_answered(issuer), name, way),
            what,
        });
        Self { issuer, way, wrong }
    }

    /// How far it came, and where it ended.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let failed = self.wrong.as_ref().map(|wrong| wrong.part);
        if failed.is_none_or(|part| part == Part::KeySet) {
            let issuer = &self.issuer.issuer;
            lines.extend(self.way.confirmed(issuer).map(|text| ("issuer", text)));
        }
        if let Some(wrong) = &self.wrong {
            lines.push((wrong.part.name(), wrong.what.clone()));
            lines.push(("address", self.issuer.address.clone().unwrap_or_default()));
        } else {
            lines.push(("key set", self.key_set()));
        }
        lines.extend(self.issuer.skipped.iter().map(|key| ("not used", skipped_line(key))));
        lines.extend(self.wrong.iter().map(|wrong| ("change", wrong.advice.clone())));
        lines
    }

    fn key_set(&self) -> String {
        let address = self.issuer.address.as_deref().unwrap_or_default();
        let ids = self.key_ids();
        let ids = if ids.is_empty() { "without key ids".to_owned() } else { ids.join(", ") };
        format!("{} at {address}: {ids}", number_of_keys(self.issuer.keys))
    }

    /// Each once; they are sorted.
    fn key_ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.issuer.key_ids.iter().filter_map(|(id, _)| id.as_deref()).collect();
        ids.dedup();
        ids
    }

    fn print(&self, width: usize, output: &mut Output) -> io::Result<()> {
        let mark = if self.wrong.is_none() { paint(GOOD, "✓") } else { paint(BAD, "✗") };
        let name = column(STRONG, &harmless(&self.issuer.name), width);
        for (index, (label, text)) in self.lines().iter().enumerate() {
            let before = if index == 0 { format!("  {mark} {name}") } else { " ".repeat(width + 4) };
            let style = if self.wrong.as_ref().is_some_and(|wrong| wrong.part.name() == *label) { BAD } else { PLAIN };
            let head = format!("{before}  {}  ", column(FAINT, label, LABEL));
            output.wrapped(&head, width + LABEL + 8, style, text)?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let wrong = self.wrong.as_ref();
        json!({
            "name": self.issuer.name, "ok": wrong.is_none(), "issuer": self.issuer.issuer,
            "address": self.issuer.address, "keys": self.issuer.keys, "key_ids": self.key_ids(),
            "skipped": self.issuer.skipped.iter().map(skipped_json).collect::<Vec<_>>(),
            "wrong": wrong.map(|wrong| wrong.part.name()), "failure": wrong.map(|wrong| &wrong.what),
            "advice": wrong.map(|wrong| &wrong.advice),
        })
    }
}

/// Where the refresh ended; a set that came and is of no use counts as the key set's.
fn part(failure: Option<&RefreshFailure>) -> Part {
    match failure {
        Some(failure) if failure.kind == FailureKind::Issuer => Part::Issuer,
        Some(failure) if failure.step == RefreshStep::Discovery => Part::Discovery,
        _ => Part::KeySet,
    }
}

/// What to change, for the issuer of this name.
fn advice(failure: Option<&RefreshFailure>, is_answered: bool, name: &str, way: Way) -> String {
    let at = format!("issuers.{name}");
    let field = match way {
        Way::Entra => format!("tenant, cloud or authority in {at}.entra"),
        Way::Oidc => format!("{at}.oidc"),
        Way::Address => format!("{at}.jwks_url"),
    };
    let Some(failure) = failure else {
        return match is_answered {
            true => format!("Write the algorithms that the provider signs with into {at}.algorithms."),
            false => "Wait longer, with --wait 30s.".to_owned(),
        };
    };
    let is_named_by_document = way != Way::Address && failure.step == RefreshStep::KeySet;
    match failure.kind {
        FailureKind::Issuer | FailureKind::Host | FailureKind::Redirect if way == Way::Entra => {
            format!("Correct {field}: this is not the metadata of that cloud.")
        }
        FailureKind::Issuer => advice_on_issuer(&failure.message, &at, &field),
        FailureKind::Host => format!("Where that host belongs to the provider, add it to {at}.jwks_hosts."),
        FailureKind::Tls => advice_on_certificate(&failure.message, &at),
        FailureKind::Name => look(&at, "the address is right, and this machine finds its host", ""),
        FailureKind::Connect => look(&at, "host and port of the address are right and reachable", ""),
        FailureKind::Timeout => look(&at, "the host is reachable", "; a slow one needs a longer timeout"),
        _ if is_named_by_document => {
            "The discovery document names this address: tell the provider what is wrong with it.".to_owned()
        }
        FailureKind::Redirect => format!("Write the address that it redirects to into {field}."),
        FailureKind::Status | FailureKind::Content | FailureKind::TooLarge => {
            format!("Correct {field}: open the address in a browser, it has to answer with JSON.")
        }
        _ => format!("Correct {field}, or tell the provider what is wrong with its document."),
    }
}

fn advice_on_issuer(message: &str, at: &str, field: &str) -> String {
    if message.contains("only the slash") {
        format!("Write {at}.issuer exactly as the discovery document has it, for tokens carry that value.")
    } else {
        format!("Correct {field}. Where it is the right provider, write {at}.issuer as its document has it.")
    }
}

fn advice_on_certificate(message: &str, at: &str) -> String {
    if message.contains("ca_file") {
        format!("Where an authority of your own made the certificate, set {at}.ca_file to its certificates.")
    } else {
        "Correct the address, or tell the provider what is wrong with its certificate.".to_owned()
    }
}

fn look(at: &str, whether: &str, more: &str) -> String {
    format!("See whether {whether}. Behind a proxy, set {at}.proxy{more}.")
}
