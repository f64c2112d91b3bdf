//! `doorward check --online`: whether the keys of each issuer can be fetched, and what to change where they can't.

use crate::console::{BAD, FAINT, GOOD, Output, PLAIN, STRONG, column, harmless, paint};
use crate::keys::fetched::{self, is_fetched, number_of_keys, trouble};
use crate::keys::{skipped_json, skipped_line};
use crate::{Failure, input};
use doorward::{Config, Health, IssuerHealth, Verifier};
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
struct Finding<'a> {
    issuer: &'a IssuerHealth,
    /// Whether the keys are found by discovery.
    has_oidc: bool,
    wrong: Option<Wrong>,
}

/// Fetches the keys of a good configuration. Snapshots are left alone: only what comes now counts.
pub(crate) fn fetch(document: &Value, path: &Path, wait: Duration) -> Result<Health, Failure> {
    let mut document = document.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.remove("state_dir");
    }
    let config = Config::from_json(document.to_string()).relative_to(input::folder(path));
    Ok(fetched::fetch(&Verifier::open(&config)?, wait))
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
    fetched.map(|issuer| Finding::new(issuer, document["issuers"][&issuer.name]["oidc"].is_string()))
}

impl<'a> Finding<'a> {
    fn new(issuer: &'a IssuerHealth, has_oidc: bool) -> Self {
        let wrong = trouble(issuer).map(|what| {
            let part = part(&what, issuer);
            Wrong { part, advice: advice(&what, part, &issuer.name, has_oidc), what }
        });
        Self { issuer, has_oidc, wrong }
    }

    /// How far it came, and where it ended.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let failed = self.wrong.as_ref().map(|wrong| wrong.part);
        if self.has_oidc && failed.is_none_or(|part| part == Part::KeySet) {
            lines.push(("issuer", format!("{}, as the discovery document says", self.issuer.issuer)));
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

/// The address is that of the discovery document, until that has named the key set.
fn part(what: &str, issuer: &IssuerHealth) -> Part {
    let address = issuer.address.as_deref().unwrap_or_default();
    if what.contains("is of the issuer") || what.contains("is of another issuer") {
        Part::Issuer
    } else if address.ends_with("/.well-known/openid-configuration") {
        Part::Discovery
    } else {
        Part::KeySet
    }
}

/// What to change, by the words of the fault; those of a fetch end with its kind in brackets.
fn advice(what: &str, part: Part, name: &str, has_oidc: bool) -> String {
    let at = format!("issuers.{name}");
    let field = if has_oidc { format!("{at}.oidc") } else { format!("{at}.jwks_url") };
    let kind = what.strip_suffix(')').and_then(|what| what.rsplit_once(" (")).map_or("", |(_, kind)| kind);
    if part == Part::Issuer {
        advice_on_issuer(what, &at, &field)
    } else if let Some(advice) = advice_on_connection(what, kind, &at) {
        advice
    } else if part == Part::KeySet && has_oidc && !kind.is_empty() {
        "The discovery document names this address: tell the provider.".to_owned()
    } else {
        match kind {
            "redirect" => format!("Write the address that it redirects to into {field}."),
            "status" | "content" | "too_large" => {
                format!("Correct {field}: open the address in a browser, it has to answer with JSON.")
            }
            _ => advice_on_content(what, &at, &field),
        }
    }
}

fn advice_on_issuer(what: &str, at: &str, field: &str) -> String {
    if what.contains("only the slash") {
        format!("Write {at}.issuer exactly as the discovery document has it, for tokens carry that value.")
    } else {
        format!("Correct {field}. Where it is the right provider, write {at}.issuer as its document has it.")
    }
}

/// What to change where the server was not reached, or is not trusted.
fn advice_on_connection(what: &str, kind: &str, at: &str) -> Option<String> {
    let (look, change) = match kind {
        "name" => ("the address is right, and this machine finds its host", ""),
        "connect" => ("host and port of the address are right and reachable", ""),
        "timeout" => ("the host is reachable", "; a slow one needs a longer timeout"),
        "tls" if what.contains("ca_file") => {
            return Some(format!(
                "Where an authority of your own made the certificate, set {at}.ca_file to its certificates."
            ));
        }
        "tls" => {
            return Some("Correct the address, or tell the provider what is wrong with its certificate.".to_owned());
        }
        _ => return None,
    };
    Some(format!("See whether {look}. Behind a proxy, set {at}.proxy{change}."))
}

/// What to change where a document came and is not good.
fn advice_on_content(what: &str, at: &str, field: &str) -> String {
    if what.contains("jwks_hosts") {
        format!("Where that host belongs to the provider, add it to {at}.jwks_hosts.")
    } else if what.contains("for an algorithm of the issuer") {
        format!("Write the algorithms that the provider signs with into {at}.algorithms.")
    } else if what == "no answer yet" {
        "Wait longer, with --wait 30s.".to_owned()
    } else {
        format!("Correct {field}, or tell the provider what is wrong with its document.")
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, advice};

    #[test]
    fn advice_names_the_field_to_change() {
        let cases = [
            ("the host refuses the connection (connect)", Part::KeySet, false, "issuers.a.proxy"),
            ("the server answers 404 (status)", Part::KeySet, false, "Correct issuers.a.jwks_url"),
            ("the server answers 404 (status)", Part::Discovery, true, "Correct issuers.a.oidc"),
            ("the server answers 404 (status)", Part::KeySet, true, "tell the provider"),
            ("by an authority that is not trusted; see ca_file (tls)", Part::Discovery, true, "issuers.a.ca_file"),
            ("the server's certificate has expired (tls)", Part::Discovery, true, "tell the provider"),
            ("no whole answer in time (timeout)", Part::KeySet, false, "longer timeout"),
            (
                "the jwks_uri is on another host, x; if it belongs there, add it to jwks_hosts",
                Part::Discovery,
                true,
                "issuers.a.jwks_hosts",
            ),
            ("the discovery document is of another issuer, x", Part::Issuer, true, "issuers.a.issuer"),
            (
                "the key set has 2 keys, and none for an algorithm of the issuer",
                Part::KeySet,
                true,
                "issuers.a.algorithms",
            ),
            ("no answer yet", Part::KeySet, false, "--wait"),
            ("the key set has no usable key: it holds no key", Part::KeySet, false, "issuers.a.jwks_url"),
        ];
        for (what, part, has_oidc, expected) in cases {
            let advice = advice(what, part, "a", has_oidc);
            assert!(advice.contains(expected), "{what}: {advice}");
        }
    }
}
