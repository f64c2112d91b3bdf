//! Cases as data: the rows of `tests/attacks.toml` and `tests/cases/entra.toml`, made into requests and tried.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

pub mod catalogue;
pub mod encodings;
pub mod expand;
pub mod leak;
pub mod mutations;
pub mod request;
pub mod rsa;
pub mod run;
pub mod signatures;
pub mod who;
