//! The .NET binding: what is made for it, its own tests on each runtime, and the hosts that use it.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod generated;

#[cfg(target_os = "linux")]
mod aspnetcore;
#[cfg(target_os = "linux")]
mod examples;
#[cfg(target_os = "linux")]
mod library;
#[cfg(target_os = "linux")]
mod runtimes;
#[cfg(target_os = "linux")]
mod systemweb;
