//! Basic credentials through the verifier: who they are of, what is remembered, and for how long.
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "support/server/mod.rs"]
mod server;

#[path = "support/passwords.rs"]
mod passwords;

#[path = "basic/config.rs"]
mod config;
#[path = "basic/entra.rs"]
mod entra;
#[path = "basic/load.rs"]
mod load;
#[path = "basic/memory.rs"]
mod memory;
#[path = "basic/names.rs"]
mod names;
#[path = "basic/remembered.rs"]
mod remembered;
