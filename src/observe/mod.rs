//! What a host can watch: the health of keys and of the denylist, and counters. Nothing in it is a token, a password or a key.

mod denylist;
mod directories;
mod health;
mod metrics;

pub use denylist::{DenylistFailure, DenylistHealth};
pub use directories::{DirectoryChecks, DirectoryFailure, DirectoryHealth};
pub use health::{Health, IssuerHealth, KeysFrom, Refreshes, SkippedKey};
pub(crate) use metrics::{Metrics, VerdictCounts};
