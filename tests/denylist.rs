//! What was revoked: every kind, from calls and from the file, to its end.
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "denylist/calls.rs"]
mod calls;
#[path = "denylist/challenge.rs"]
mod challenge;
#[path = "denylist/file.rs"]
mod file;
#[path = "denylist/kinds.rs"]
mod kinds;
#[path = "denylist/lines.rs"]
mod lines;
#[path = "denylist/many.rs"]
mod many;
#[path = "denylist/told.rs"]
mod told;
#[path = "denylist/world.rs"]
mod world;
