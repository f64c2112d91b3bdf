//! What the tests of all packages share: keys and tokens, configurations, the cases and the doors they go through, servers
//! that a test tells to misbehave, and real ones.
//!
//! It is not published, and fails by panicking. `CASES.md` tells how a case is written.
#![allow(missing_docs, reason = "it is for tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::new_without_default, reason = "a new server or folder is nothing that a type has by default")]

pub mod c;
pub mod cases;
pub mod clouds;
mod configurations;
#[cfg(unix)]
pub mod directory;
pub mod doors;
pub mod fetched;
pub mod hosts;
pub mod keys;
pub mod passwords;
mod patience;
mod places;
pub mod provider;
pub mod server;
mod tokens;

pub use configurations::*;
pub use doorward_testkey::TestKey;
pub use patience::*;
pub use places::*;
pub use tokens::*;

/// The time that the tests live in: 2023-11-14T22:13:20Z.
pub const NOW: i64 = 1_700_000_000;

/// The issuer, audience and key id of [`configuration`].
pub const ISSUER: &str = "https://issuer.example/";
pub const AUDIENCE: &str = "https://api.k2.com/";
pub const KEY_ID: &str = "key-1";
