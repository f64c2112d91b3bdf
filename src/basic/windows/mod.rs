//! TODO

use super::{Opening, Refused};
use crate::code::Code;

/// How it is configured.
#[derive(Debug)]
pub(crate) struct Settings {}

pub(super) fn open(_: &Settings) -> Result<Opening, Refused> {
    Err((Code::FieldInvalid, "not there yet".to_owned()))
}
