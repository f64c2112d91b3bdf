//! TODO

use super::{Opening, Refused};
use crate::code::Code;

/// How it is configured.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) file: std::path::PathBuf,
    /// Whether passwords in the clear, {SHA} and MD5 are taken.
    pub(crate) danger_weak_hashes: bool,
}

pub(super) fn open(_: &Settings) -> Result<Opening, Refused> {
    Err((Code::FieldInvalid, "not there yet".to_owned()))
}
