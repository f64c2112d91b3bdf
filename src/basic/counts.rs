//! What came of asking a directory, counted.

use super::directory::Outcome;
use arc_swap::ArcSwapOption;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tracing::{info, warn};

/// Counters of one directory.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) proved: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    /// Requests that were turned away without a check.
    pub(crate) busy: AtomicU64,
    pub(crate) limited: AtomicU64,
    /// Requests that got the answer to another one, or one that was remembered.
    pub(crate) shared: AtomicU64,
    /// When the directory last gave an answer, in seconds since 1970; 0 for never.
    pub(crate) answered_at: AtomicI64,
    /// Why it last gave none.
    pub(crate) failure: ArcSwapOption<Silence>,
}

/// Why a directory could not be asked, or gave no answer.
#[derive(Debug)]
pub(crate) struct Silence {
    /// In seconds since 1970.
    pub(crate) at: i64,
    /// In plain words.
    pub(crate) message: String,
}

impl Counts {
    /// `asked`: whether the directory was asked for this very request.
    pub(super) fn count(&self, outcome: &Outcome, asked: bool) {
        let counter = match outcome {
            Outcome::Busy => &self.busy,
            Outcome::Limited(_) => &self.limited,
            _ if !asked => &self.shared,
            Outcome::Proved(_) => &self.proved,
            Outcome::Refused(_) => &self.refused,
            Outcome::Unavailable(_) => &self.unavailable,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The directory gave an answer. Told in the log where it gave none before.
    pub(super) fn answered(&self, label: &str, now: i64) {
        self.answered_at.store(now, Ordering::Relaxed);
        if self.failure.load().is_some() && self.failure.swap(None).is_some() {
            info!(target: "doorward", label, "the directory answers again");
        }
    }

    /// It gave none. The log is told the first time.
    pub(super) fn failed(&self, label: &str, message: String, now: i64) {
        let silence = Arc::new(Silence { at: now, message });
        if self.failure.swap(Some(silence.clone())).is_none() {
            warn!(target: "doorward", label, message = %silence.message, "the directory gives no answer");
        }
    }
}
