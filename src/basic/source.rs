//! Which directory checks the passwords of a user manager.

use super::{Check, entra_password, htpasswd, ldap, windows};
use crate::code::Code;
use std::path::PathBuf;
use std::sync::Arc;

/// A directory as the configuration has it.
#[derive(Debug)]
pub(crate) enum Source {
    Htpasswd(htpasswd::Settings),
    Ldap(Arc<ldap::Settings>),
    EntraPassword(Box<entra_password::Settings>),
    Windows(windows::Settings),
}

/// A directory that was opened, and what is worth knowing about it.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) directory: Arc<dyn Check>,
    /// What an operator should know, each with its place below the field of the directory, such as ": line 3".
    pub(crate) notes: Vec<String>,
}

/// Why a directory can't be opened: a code of the block 7000, and one sentence.
pub(crate) type Refused = (Code, String);

impl Source {
    /// The name of the kind, as the configuration has it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Htpasswd(_) => "htpasswd",
            Self::Ldap(_) => "ldap",
            Self::EntraPassword(_) => "entra_password",
            Self::Windows(_) => "windows",
        }
    }

    /// How many passwords are checked at the same time, where nothing is said. To compute a hash takes a core.
    pub(crate) fn concurrent(&self) -> u32 {
        match self {
            Self::Htpasswd(_) => htpasswd::concurrent(),
            Self::Ldap(_) | Self::EntraPassword(_) | Self::Windows(_) => 8,
        }
    }

    /// Reads files; asks nobody.
    pub(crate) fn open(&self) -> Result<Opening, Refused> {
        match self {
            Self::Htpasswd(settings) => htpasswd::open(settings),
            Self::Ldap(settings) => ldap::open(settings),
            Self::EntraPassword(settings) => entra_password::open(settings),
            Self::Windows(settings) => windows::open(settings),
        }
    }

    /// The files that it is made of, whose change is a change of the configuration.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Htpasswd(_) | Self::Windows(_) => Vec::new(),
            Self::Ldap(settings) => settings.files.clone(),
            Self::EntraPassword(settings) => settings.files.clone(),
        }
    }
}
