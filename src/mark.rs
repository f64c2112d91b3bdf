//! What shows that a file changed.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// When a file was modified, its length, and on Unix its number, which another file of the same name does not have;
/// nothing where there is no such file.
///
/// Taken before the file is read: a change in between is then seen as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(Option<(SystemTime, u64, u64)>);

impl Mark {
    pub(crate) fn of(path: &Path) -> Self {
        let data = fs::metadata(path).ok();
        Self(data.and_then(|data| Some((data.modified().ok()?, data.len(), number(&data)))))
    }
}

#[cfg(unix)]
fn number(data: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}
