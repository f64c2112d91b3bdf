//! A tenant of Entra ID that checks passwords.

use super::Result;
use crate::basic::entra_password::Settings;
use schemars::JsonSchema;
use serde::Deserialize;

/// A tenant of Entra ID that checks passwords.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntraPasswordDocument {}

impl EntraPasswordDocument {
    pub(super) fn realms(&self) -> &[String] {
        &[]
    }
}

pub(super) fn compile(_: &str, _: &EntraPasswordDocument, _: &std::path::Path) -> Result<Settings> {
    Ok(Settings { files: Vec::new() })
}
