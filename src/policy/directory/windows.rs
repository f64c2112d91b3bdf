//! Accounts that the Windows server knows.

use super::Result;
use crate::basic::windows::Settings;
use schemars::JsonSchema;
use serde::Deserialize;

/// Accounts that the Windows server knows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowsDocument {}

impl WindowsDocument {
    pub(super) fn domain(&self) -> Option<&str> {
        None
    }

    pub(super) fn realms(&self) -> &[String] {
        &[]
    }
}

pub(super) fn compile(_: &str, _: &WindowsDocument) -> Result<Settings> {
    Ok(Settings {})
}
