//! Properties: what holds for any input, tried on generated ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "properties/changes.rs"]
mod changes;
#[path = "properties/hosts.rs"]
mod hosts;
#[path = "properties/parsers.rs"]
mod parsers;
#[path = "properties/paths.rs"]
mod paths;
mod support;
#[path = "properties/widening.rs"]
mod widening;
