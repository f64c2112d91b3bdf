//! TODO

use super::{Opening, Refused};
use crate::code::Code;

/// How it is configured.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The files that it names.
    pub(crate) files: Vec<std::path::PathBuf>,
}

pub(super) fn open(_: &Settings) -> Result<Opening, Refused> {
    Err((Code::FieldInvalid, "not there yet".to_owned()))
}
