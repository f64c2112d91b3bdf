//! Decides inside the host's own process, in microseconds, whether a request may come in, and as whom.
//!
//! A [`Verifier`] is opened from a [`Config`], and answers a [`Request`] with a [`Verdict`]:
//! accepted with an [`Identity`], or denied with a [`Denial`] that says which status and which
//! challenge to send.
//!
//! It does no network and no file access when it verifies. It does not issue tokens, and does not
//! read requests off a wire: the host does.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking"))]

mod basic;
mod birth;
mod clock;
mod code;
mod config;
mod crypto;
mod decide;
mod denylist;
pub mod entra;
mod explain;
mod http;
#[doc(hidden)]
pub mod internal;
mod keys;
pub mod limits;
mod mark;
mod observe;
mod parse;
mod policy;
mod request;
mod retire;
mod secret;
mod shards;
mod signals;
mod verdict;
mod verifier;

pub use basic::windows::{LogonType, LogonUser, WindowsAccount, WindowsLogon, provide_logon_user};
pub use clock::Clock;
pub use code::{BearerError, Block, Code};
pub use config::Config;
pub use crypto::Algorithm;
pub use denylist::RevocationError;
pub use explain::{Explanation, StepOutcome, StepReport};
pub use keys::{AccessCheck, FailureKind, RefreshFailure, RefreshStep, provide_access_check};
pub use observe::{
    DenylistFailure, DenylistHealth, DirectoryChecks, DirectoryFailure, DirectoryHealth, Health, IssuerHealth,
    KeysFrom, Refreshes, SkippedKey,
};
pub use policy::ConfigError;
pub use request::Request;
pub use verdict::{ClaimValue, Decision, Denial, Identity, Method, Verdict};
pub use verifier::{Note, Verifier};

/// Makes a hash of a password for a file of passwords (`htpasswd`): Argon2id with 19 MiB, two passes and one lane, in the
/// form of the password hashing competition. `None` where the system gives no random bytes.
///
/// ```
/// assert!(doorward::hash_password("correct horse").unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// ```
pub fn hash_password(password: &str) -> Option<String> {
    crypto::password::hash(password)
}

/// The kind of a password hash as a file of passwords has it, such as "argon2id" or "bcrypt"; `None` where it is of no kind
/// that is known, malformed, or too costly. What begins like no hash is "plain text". Further fields after a colon are no part of
/// it.
///
/// ```
/// let hash = doorward::hash_password("correct horse").unwrap();
/// assert_eq!(doorward::password_hash_kind(&hash), Some("argon2id"));
/// assert_eq!(doorward::password_hash_kind("$9$unknown"), None);
/// ```
pub fn password_hash_kind(hash: &str) -> Option<&'static str> {
    crypto::password::PasswordHash::read(hash, true).ok().map(|hash| hash.kind())
}

/// The JSON Schema (draft 2020-12) of the configuration, made from the types that read it.
pub fn configuration_schema() -> String {
    policy::schema()
}
