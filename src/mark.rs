//! What shows that a file changed.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// When a file was modified, and its length; nothing where there is no such file.
///
/// Taken before the file is read: a change in between is then seen as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(Option<(SystemTime, u64)>);

impl Mark {
    pub(crate) fn of(path: &Path) -> Self {
        let data = fs::metadata(path).ok();
        Self(data.and_then(|data| Some((data.modified().ok()?, data.len()))))
    }
}
