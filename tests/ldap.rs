//! Passwords that directories check over LDAP: real servers, and what hostile or broken ones do.
#![cfg(unix)]
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "ldap/active_directory.rs"]
mod active_directory;
#[path = "ldap/configuration.rs"]
mod configuration;
#[path = "support/directory/mod.rs"]
mod directory;
#[path = "ldap/hostile.rs"]
mod hostile;
#[path = "ldap/openldap.rs"]
mod openldap;
#[path = "ldap/servers.rs"]
mod servers;
#[path = "ldap/verifier.rs"]
mod verifier;
