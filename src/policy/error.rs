//! What is wrong with a configuration, and where.

use crate::code::Code;
use std::fmt;

/// A configuration that is refused: the code, the path of the field, and one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    code: Code,
    path: String,
    message: String,
}

impl ConfigError {
    pub(crate) fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into() }
    }

    pub(crate) fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::FieldInvalid, path, message)
    }

    pub(crate) fn missing(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::FieldMissing, path, message)
    }

    /// A code of the block 7000.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The path of the field, such as `apis.workflow-rest.scopes[1]`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, in plain words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{separator}{}", self.path, self.message)
    }
}

impl std::error::Error for ConfigError {}
