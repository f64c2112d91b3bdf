//! What is known of the directories that check passwords.

use crate::basic::Directory;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// A directory. Times are seconds since 1970; counts are since the configuration was read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DirectoryHealth {
    /// The label of its user manager.
    pub label: String,
    /// Its kind, as the configuration calls it: "htpasswd", "ldap", "entra_password" or "windows".
    pub kind: &'static str,
    /// When it last gave an answer.
    pub answered_at: Option<i64>,
    /// Why it gave none, where that is what came last.
    pub failure: Option<DirectoryFailure>,
    /// Credentials that are remembered as proved.
    pub proved_credentials: usize,
    /// Checks that run.
    pub running: u32,
    /// Requests that wait for their turn.
    pub waiting: u32,
    /// What came of requests that asked it.
    pub checks: DirectoryChecks,
}

/// Why a directory could not be asked, or gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryFailure {
    /// When, in seconds since 1970.
    pub at: i64,
    /// Why, in plain words.
    pub message: String,
}

/// What came of requests that asked a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryChecks {
    /// The password was right.
    pub proved: u64,
    /// It was wrong, or the account may not come in.
    pub refused: u64,
    /// The directory gave no answer.
    pub unavailable: u64,
    /// They got the answer to another request with the same credentials.
    pub shared: u64,
    /// Too many were there before.
    pub busy: u64,
    /// The user had failed too often.
    pub limited: u64,
}

impl DirectoryChecks {
    /// Each outcome by its name, as in metrics and JSON.
    pub(super) fn named(&self) -> [(&'static str, u64); 6] {
        [
            ("proved", self.proved),
            ("refused", self.refused),
            ("unavailable", self.unavailable),
            ("shared", self.shared),
            ("busy", self.busy),
            ("limited", self.limited),
        ]
    }
}

impl DirectoryHealth {
    pub(super) fn of(directory: &Directory) -> Self {
        let counts = &directory.counts;
        let (proved_credentials, running, waiting) = directory.load();
        let failure = counts.failure.load();
        let failure =
            failure.as_ref().map(|failure| DirectoryFailure { at: failure.at, message: failure.message.clone() });
        let answered_at = Some(counts.answered_at.load(Ordering::Relaxed)).filter(|at| *at > 0);
        let [proved, refused, unavailable, shared, busy, limited] =
            [&counts.proved, &counts.refused, &counts.unavailable, &counts.shared, &counts.busy, &counts.limited]
                .map(|count| count.load(Ordering::Relaxed));
        Self {
            label: directory.label.clone(),
            kind: directory.kind,
            answered_at,
            failure,
            proved_credentials,
            running,
            waiting,
            checks: DirectoryChecks { proved, refused, unavailable, shared, busy, limited },
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let failure = |failure: &DirectoryFailure| json!({ "at": failure.at, "message": failure.message });
        let checks = self.checks.named().map(|(name, count)| (name.to_owned(), Value::from(count)));
        json!({
            "label": self.label,
            "kind": self.kind,
            "answered_at": self.answered_at,
            "failure": self.failure.as_ref().map(failure),
            "proved_credentials": self.proved_credentials,
            "running": self.running,
            "waiting": self.waiting,
            "checks": Value::Object(checks.into_iter().collect()),
        })
    }
}
