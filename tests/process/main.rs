//! What a process notices of the library: its threads, signals, forks and system calls; and what a decision allocates.
//!
//! Each scenario runs in a process of its own, started anew from this program. It reads /proc, so it is for Linux.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(target_os = "linux")]
mod allocations;
#[cfg(target_os = "linux")]
mod flood;
#[cfg(target_os = "linux")]
mod fork;
#[cfg(target_os = "linux")]
mod grown;
#[cfg(target_os = "linux")]
mod instructions;
#[cfg(target_os = "linux")]
mod many;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod panics;
#[cfg(target_os = "linux")]
mod scenarios;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod tenants;
#[cfg(target_os = "linux")]
mod threads;

#[cfg(target_os = "linux")]
fn main() {
    scenarios::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("test result: ok. skipped, for it reads /proc");
}
