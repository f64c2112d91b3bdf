//! The keys that issuers sign with: where they come from, and immutable sets of them.
//!
//! A set belongs to one issuer. Nothing here looks at a token.

mod set;
mod source;

pub(crate) use set::{KeySet, Skipped};
pub(crate) use source::Source;
