//! Properties: what holds for any input, tried on generated ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/cases/mod.rs"]
mod cases;
#[path = "properties/changes.rs"]
mod changes;
#[path = "support/clouds/mod.rs"]
mod clouds;
#[path = "support/fetched.rs"]
mod fetched;
#[path = "properties/hosts.rs"]
mod hosts;
#[path = "support/keys.rs"]
mod keys;
#[path = "properties/parsers.rs"]
mod parsers;
#[path = "properties/paths.rs"]
mod paths;
#[path = "support/server/mod.rs"]
mod server;
mod support;
#[path = "properties/tenants.rs"]
mod tenants;
#[path = "properties/widening.rs"]
mod widening;
