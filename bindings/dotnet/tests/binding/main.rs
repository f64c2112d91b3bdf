//! The .NET binding: what is made for it, its own tests on each runtime, and the hosts that use it.

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
