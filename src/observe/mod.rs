//! What a host can watch: the health of keys, and counters. Nothing in it is a token, a password or a key.

mod health;
mod metrics;

pub use health::{Health, IssuerHealth, KeysFrom, Refreshes, SkippedKey};
pub(crate) use metrics::{Metrics, VerdictCounts};
