//! What is known of the denylist.

use crate::denylist::{DenyFile, Denylist, Kind};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The file of a denylist. Times are seconds since 1970.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DenylistHealth {
    /// The file.
    pub file: PathBuf,
    /// How many of its entries are held.
    pub entries: usize,
    /// Seconds since it last was as it is held. It is looked at twice a second.
    pub age: i64,
    /// Why it was refused when it last changed; the entries from before are held.
    pub failure: Option<DenylistFailure>,
}

/// Why a changed file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DenylistFailure {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What is wrong, with the number of the line.
    pub message: String,
}

impl DenylistHealth {
    pub(super) fn of(file: &DenyFile, now: i64) -> Self {
        let failure = file.failure().map(|failure| DenylistFailure { at: failure.at, message: failure.message });
        Self { file: file.path().to_owned(), entries: file.len(), age: now - file.confirmed_at(), failure }
    }

    pub(super) fn to_json(&self) -> Value {
        let failure = |failure: &DenylistFailure| json!({ "at": failure.at, "message": failure.message });
        json!({
            "file": self.file.display().to_string(),
            "entries": self.entries,
            "age_seconds": self.age,
            "failure": self.failure.as_ref().map(failure),
        })
    }
}

/// A sample: labels and value.
type Sample = (Vec<(&'static str, &'static str)>, usize);

/// How many entries there are, by kind and source.
pub(super) fn entries(denylist: &Denylist) -> Vec<Sample> {
    let samples = |kind: Kind| {
        let (calls, file) = denylist.counts(kind);
        [("calls", calls), ("file", file)].map(|(from, count)| (vec![("kind", kind.name()), ("from", from)], count))
    };
    Kind::ALL.into_iter().flat_map(samples).filter(|(_, count)| *count > 0).collect()
}
