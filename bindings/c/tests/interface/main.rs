//! The C interface: its header, the library that is built, the programs and hosts that use it.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod header;

#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod coreclr;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
mod install;
#[cfg(target_os = "linux")]
mod nginx;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod windows;
