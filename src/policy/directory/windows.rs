//! Accounts that the Windows server knows.

use super::Result;
use crate::basic::windows::{LogonType, Settings};
use crate::policy::form::{given, word};
use crate::policy::text::check_text;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Accounts that the Windows server knows, of its domain or its own. Only Windows can ask for them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowsDocument {
    /// What stands before the backslash of its users' names, such as "CONTOSO"; "." for the server's own accounts. Names
    /// without a domain are of it.
    pub(crate) domain: String,
    /// What stands after the @ of its users' names, such as "contoso.example". Default: nothing.
    #[serde(default, deserialize_with = "given")]
    pub(crate) realms: Option<Vec<String>>,
    /// The right to log on that an account needs: "network" or "interactive". Default: "network".
    #[serde(default)]
    pub(crate) logon: LogonDocument,
}

/// The right to log on that an account needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum LogonDocument {
    /// "Access this computer from the network".
    #[default]
    Network,
    /// "Allow log on locally".
    Interactive,
}

impl<'de> Deserialize<'de> for LogonDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        word(deserializer, &["network", "interactive"], &[Self::Network, Self::Interactive])
    }
}

impl WindowsDocument {
    pub(super) fn domain(&self) -> Option<&str> {
        Some(self.domain.as_str())
    }

    pub(super) fn realms(&self) -> &[String] {
        self.realms.as_deref().unwrap_or_default()
    }
}

pub(super) fn compile(path: &str, document: &WindowsDocument) -> Result<Settings> {
    check_text(&format!("{path}.domain"), &document.domain)?;
    let logon = match document.logon {
        LogonDocument::Network => LogonType::Network,
        LogonDocument::Interactive => LogonType::Interactive,
    };
    Ok(Settings { domain: document.domain.clone(), has_realms: !document.realms().is_empty(), logon })
}
