//! What an operator should know of a configuration that is good.

use std::fmt;

/// Something in a configuration that is allowed, and that the operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub(super) path: String,
    pub(super) message: String,
}

impl Note {
    /// The path of the field.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What to know, in plain words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}
