//! The file itself: how it is read, and what was seen of it at the last look.

use crate::limits;
use crate::mark::Mark;
use crate::secret::Secret;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// What was seen at a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    mark: Mark,
    /// Since when it has had this mark.
    pub(super) since: Instant,
    pub(super) found: Found,
}

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// What is held. The mark is so young that another change may not show in it.
    Fresh,
    /// What is held, as long as the mark is the same.
    Settled,
    /// It ends within a line, as if somebody were writing it.
    Unfinished,
    Unreadable,
}

impl Look {
    /// Looks at a file, before it is read.
    pub(super) fn at(path: &Path) -> Self {
        Self { mark: Mark::of(path), since: Instant::now(), found: Found::Fresh }
    }

    /// Looks again; nothing where there is nothing to read.
    pub(super) fn again(self, path: &Path) -> Option<Self> {
        self.then(Self::at(path))
    }

    /// What the next look comes to, after this one.
    pub(super) fn then(self, next: Self) -> Option<Self> {
        if next.mark != self.mark {
            return Some(next);
        }
        let tick = Duration::from_secs(limits::HTPASSWD_TICK_SECONDS);
        let found = if next.since.saturating_duration_since(self.since) < tick { Found::Fresh } else { Found::Settled };
        (self.found != Found::Settled).then_some(Self { found, ..self })
    }

    pub(super) fn finding(self, found: Found) -> Self {
        Self { found, ..self }
    }

    /// Whether the look before found the same in the same file.
    pub(super) fn repeats(self, before: Self) -> bool {
        (self.mark, self.found) == (before.mark, before.found)
    }
}

/// The error is one sentence.
pub(super) fn read(path: &Path) -> Result<Secret, String> {
    let size = size(path).map_err(|error| error.to_string())?;
    if size > limits::HTPASSWD_BYTES as u64 {
        return Err("the file has more than 16 MiB".to_owned());
    }
    let text = Secret::read(path, limits::HTPASSWD_BYTES).map_err(|error| error.to_string())?;
    // It may have grown.
    if text.expose().len() > limits::HTPASSWD_BYTES {
        Err("the file has more than 16 MiB".to_owned())
    } else {
        Ok(text)
    }
}

/// To open a pipe would wait for its other end.
fn size(path: &Path) -> io::Result<u64> {
    let data = fs::metadata(path)?;
    if data.is_file() { Ok(data.len()) } else { Err(io::Error::other("it is not a file")) }
}
