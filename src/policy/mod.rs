//! What the operator wants: the configuration as written, compiled, and one function for each rule.
//!
//! It holds no key and names no cryptography library; only `compile` says where keys come from. It
//! never sees a token that was not verified, but for its issuer.

pub(crate) mod api;
pub(crate) mod check;
pub(crate) mod claim_rule;
mod compile;
pub(crate) mod document;
mod error;
pub(crate) mod issuer;
mod read;
mod schema;
mod source;
mod text;

pub(crate) use api::Api;
pub(crate) use compile::{Compiled, compile};
pub use error::ConfigError;
pub(crate) use issuer::Issuer;
pub(crate) use read::read;
pub(crate) use schema::schema;
pub(crate) use source::certificate_files;

use std::collections::HashMap;
use std::time::Duration;

/// A compiled configuration, without keys.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) issuers: Vec<Issuer>,
    /// Indices into `issuers`, by the exact value of `iss`.
    pub(crate) by_issuer: HashMap<Box<str>, usize>,
    pub(crate) apis: HashMap<Box<str>, Api>,
    pub(crate) settings: Settings,
}

/// What holds for every issuer and API.
#[derive(Debug)]
pub(crate) struct Settings {
    /// In seconds.
    pub(crate) clock_skew: i64,
    pub(crate) resolve_timeout: Duration,
    /// Whether the files of the configuration are watched.
    pub(crate) watch: bool,
}

impl Policy {
    /// The index and the rules of the issuer whose `iss` is exactly this.
    pub(crate) fn issuer(&self, iss: &str) -> Option<(usize, &Issuer)> {
        let index = *self.by_issuer.get(iss)?;
        Some((index, self.issuers.get(index)?))
    }

    pub(crate) fn api(&self, name: &str) -> Option<&Api> {
        self.apis.get(name)
    }
}
