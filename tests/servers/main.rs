//! Real servers, written by others: OpenLDAP and Samba, an OpenID provider on Node, and hosts that serve paths. Without them
//! it is said what was skipped.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(unix)]
mod ldap;
#[cfg(unix)]
mod paths;
mod provider;
