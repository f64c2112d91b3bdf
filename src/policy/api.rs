//! The rules of one API.

use super::check::Expected;
use super::claim_rule::ClaimRule;
use std::fmt;

/// An API, compiled.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) name: String,
    pub(crate) realm: String,
    pub(crate) enabled: bool,
    pub(crate) accepts_bearer: bool,
    pub(crate) accepts_basic: bool,
    /// Indices of the issuers whose tokens are accepted, sorted.
    pub(crate) issuers: Vec<usize>,
    pub(crate) scopes: Required,
    pub(crate) roles: Required,
    /// `None`: any client.
    pub(crate) clients: Option<Vec<String>>,
    pub(crate) claims: Vec<ClaimRule>,
    pub(crate) administrators: Vec<String>,
}

/// Values that a token needs.
#[derive(Debug)]
pub(crate) struct Required {
    pub(crate) values: Vec<String>,
    /// Whether one of them is enough.
    pub(crate) any: bool,
}

impl Required {
    /// What was required, for the log.
    pub(crate) fn expected(&self) -> Expected<'_> {
        if self.any { Expected::OneOf(&self.values) } else { Expected::AllOf(&self.values) }
    }

    /// Whether `values`, which can be read again and again, hold what is required.
    pub(crate) fn is_met_by<'a, I: Iterator<Item = &'a str>>(&self, values: impl Fn() -> I) -> bool {
        let held = |required: &String| values().any(|value| value == required);
        if self.any && !self.values.is_empty() { self.values.iter().any(held) } else { self.values.iter().all(held) }
    }
}

impl fmt::Display for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.values.is_empty() { f.write_str("none needed") } else { self.expected().fmt(f) }
    }
}
