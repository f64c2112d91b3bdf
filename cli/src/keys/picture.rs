//! The keys of every issuer at one moment: as a table, and as JSON.

use super::fetched::trouble;
use super::row::{Row, rows};
use crate::console::{BAD, CAUTION, FAINT, Output, PLAIN, STRONG, column, harmless, paint};
use crate::grid::{self, Cell};
use doorward::{Clock, Config, Health, IssuerHealth, Note, SkippedKey, Verifier};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::io;

const TITLES: [&str; 8] = ["issuer", "key id", "type", "algorithms", "use", "source", "age", "next refresh"];

/// A key that serves is for signatures. What its set says is for something else stands below the table.
const USE: &str = "sig";

/// What the keys are.
pub(super) struct Picture {
    pub(super) health: Health,
    pub(super) config: Config,
    /// Whether keys were fetched for it: then an issuer that has none of them is in trouble.
    pub(super) fetched: bool,
}

impl Picture {
    /// Whether each issuer has keys that were fetched just now.
    pub(super) fn is_good(&self) -> bool {
        self.health.issuers().iter().all(|issuer| self.trouble(issuer).is_none())
    }

    /// What changes only when something happens: all but ages.
    pub(super) fn marks(&self) -> Vec<Value> {
        self.health.issuers().iter().map(|issuer| self.mark(issuer)).collect()
    }

    fn mark(&self, issuer: &IssuerHealth) -> Value {
        json!({
            "name": issuer.name, "issuer": issuer.issuer, "address": issuer.address,
            "from": issuer.from.name(), "usable": issuer.is_usable,
            "keys": rows(issuer).iter().map(Row::to_json).collect::<Vec<_>>(),
            "skipped": issuer.skipped.iter().map(skipped_json).collect::<Vec<_>>(),
            "failure": self.trouble(issuer), "next_refresh_at": issuer.next_refresh_at,
        })
    }

    fn trouble(&self, issuer: &IssuerHealth) -> Option<String> {
        if self.fetched { trouble(issuer) } else { None }
    }

    pub(super) fn to_json(&self) -> Value {
        let with_age = |issuer: &IssuerHealth| {
            let mut object = self.mark(issuer);
            object["age_seconds"] = json!(issuer.age);
            object
        };
        let issuers: Vec<_> = self.health.issuers().iter().map(with_age).collect();
        let note = |note: &Note| json!({ "path": note.path(), "message": note.message() });
        let notes: Vec<_> = self.notes().iter().map(note).collect();
        let mut object = json!({ "issuers": issuers, "notes": notes });
        if self.fetched {
            object["ok"] = json!(self.is_good());
        }
        object
    }

    pub(super) fn print(&self, output: &mut Output) -> io::Result<()> {
        let now = Clock::System.now();
        let rows: Vec<_> = self.health.issuers().iter().flat_map(|issuer| table_rows(issuer, now)).collect();
        grid::print(TITLES, &rows, output)?;
        self.print_skipped(output)?;
        let failures = self.health.issuers().iter().filter_map(|issuer| Some((&*issuer.name, self.trouble(issuer)?)));
        named("not fetched", BAD, failures.collect(), output)
    }

    fn print_skipped(&self, output: &mut Output) -> io::Result<()> {
        let skipped = |issuer: &'_ IssuerHealth| issuer.skipped.iter().map(skipped_line).collect::<Vec<_>>();
        let issuers = self.health.issuers().iter();
        let lines = issuers.flat_map(|issuer| skipped(issuer).into_iter().map(|line| (&*issuer.name, line)));
        let notes = self.notes();
        let notes = notes.iter().map(|note| (note.path(), note.message().to_owned()));
        named("not used", CAUTION, lines.chain(notes).collect(), output)
    }

    /// Keys of the configuration that are not used: only `check` tells of them.
    fn notes(&self) -> Vec<Note> {
        // The configuration was opened before, so it is good, unless a file has changed since.
        let mut notes = Verifier::check(&self.config).unwrap_or_default();
        notes.retain(|note| note.path().ends_with(']') && note.path().contains(".keys["));
        notes
    }
}

/// How long something is, in words.
pub(crate) fn span(seconds: i64) -> String {
    format!("{:#}", SignedDuration::from_secs(seconds))
}

fn table_rows(issuer: &IssuerHealth, now: i64) -> Vec<[Cell; 8]> {
    let age = issuer.age.map(span).unwrap_or_default();
    let next = issuer
        .next_refresh_at
        .map(|next| if next > now { format!("in {}", span(next - now)) } else { "due".to_owned() });
    let row = |id: &str, kind: &str, algorithms: String, purpose: &str| {
        let from = if issuer.is_usable { PLAIN } else { BAD };
        let next = next.as_deref().unwrap_or_default();
        let styled = [(STRONG, &*issuer.name), (PLAIN, id), (PLAIN, kind), (PLAIN, &algorithms), (PLAIN, purpose)];
        let [name, id, kind, algorithms, purpose] = styled.map(|(style, text)| (style, text.to_owned()));
        let source = (from, issuer.from.name().to_owned());
        [name, id, kind, algorithms, purpose, source, (PLAIN, age.clone()), (FAINT, next.to_owned())]
    };
    let keys = rows(issuer);
    if keys.is_empty() {
        return vec![row("", "", String::new(), "")];
    }
    keys.iter().map(|key| row(key.id.unwrap_or("(none)"), key.kind, key.algorithms.join(", "), USE)).collect()
}

/// A key that is not used, and why.
pub(crate) fn skipped_line(key: &SkippedKey) -> String {
    let id = key.key_id.as_ref().map_or(String::new(), |id| format!(" (kid {id:?})"));
    format!("keys[{}]{id}: {}", key.index, key.why)
}

pub(crate) fn skipped_json(key: &SkippedKey) -> Value {
    json!({ "index": key.index, "key_id": key.key_id, "why": key.why })
}

/// A title, and below it lines with the name of what they are about.
fn named(title: &str, style: anstyle::Style, lines: Vec<(&str, String)>, output: &mut Output) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    output.line(format_args!("\n{}", paint(style, title)))?;
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(40);
    lines.iter().try_for_each(|(name, text)| {
        output.wrapped(&format!("  {}  ", column(STRONG, &harmless(name), width)), width + 4, PLAIN, text)
    })
}
