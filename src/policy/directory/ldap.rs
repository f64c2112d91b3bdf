//! A directory that speaks LDAP.

use super::Result;
use crate::basic::ldap::Settings;
use schemars::JsonSchema;
use serde::Deserialize;

/// A directory that speaks LDAP.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LdapDocument {}

impl LdapDocument {
    pub(super) fn domain(&self) -> Option<&str> {
        None
    }

    pub(super) fn realms(&self) -> &[String] {
        &[]
    }
}

pub(super) fn compile(_: &str, _: &LdapDocument, _: &std::path::Path) -> Result<Settings> {
    Ok(Settings { files: Vec::new() })
}
