//! Everything that needs no program beside Rust and gcc: decisions, explanations, configurations, documents, the house.
//! Servers are threads of this process, on loopback.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod attacks;
mod basic;
mod configuration;
mod denylist;
mod documents;
mod entra;
mod explain;
mod fetching;
mod layers;
mod oracle;
mod paths;
mod properties;
mod readme;
mod smoke;
mod stack;
mod vectors;
mod verdict;
