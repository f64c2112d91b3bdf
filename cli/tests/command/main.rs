//! The command line, as a shell sees it: output, standard input, exit codes.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod basics;
mod command;
mod documents;
mod entra;
mod keys;
mod password;
mod password_file;
mod revoke;
mod unlock;
