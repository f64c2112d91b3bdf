//! What the fuzz targets check: independent readings of what Doorward reads, and where both have to agree.
//!
//! A reading is written from the documents and RFCs, on other libraries than Doorward's own parsers.

pub mod authorization;
pub mod claims;
pub mod config;
pub mod json;
pub mod key_set;
pub mod mutate;
pub mod token;

use std::sync::OnceLock;

/// Whether the independent readings shall be wrong on purpose: then each target has to fail, or it finds nothing.
pub fn has_bug() -> bool {
    static BUG: OnceLock<bool> = OnceLock::new();
    *BUG.get_or_init(|| std::env::var_os("DOORWARD_FUZZ_BUG").is_some_and(|value| value == "1"))
}

/// The input as people read it, for the message of a find.
pub fn shown(bytes: &[u8]) -> impl std::fmt::Display + '_ {
    bytes.escape_ascii()
}
