//! The keys that issuers sign with: where they come from, and immutable sets of them.
//!
//! A set belongs to one issuer, or to issuers that publish at one address. Nothing here looks at a token.

mod failure;
mod issuer;
mod local;
mod remote;
mod set;

pub use failure::{FailureKind, RefreshFailure, RefreshStep};
pub(crate) use issuer::{IssuerKeys, Loaded, Source};
pub(crate) use local::Local;
pub use remote::{AccessCheck, provide_access_check};
pub(crate) use remote::{
    Asking, Feed, From, Lease, Missing, Origin, Patience, Process, Remote, Tend, Unstarted, Waiter, check_folder,
};
pub(crate) use set::{Key, KeySet, Skipped};
