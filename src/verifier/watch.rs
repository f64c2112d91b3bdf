//! Watches the files of a configuration, and reads it again when one changes.

use super::{Current, Inner};
use crate::config::Config;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tracing::{error, info};

/// The files of a configuration, as they were seen last. Nothing, where they are not watched.
#[derive(Debug, Clone)]
pub(super) struct Watched(Option<Arc<Files>>);

#[derive(Debug, Clone)]
struct Files {
    configuration: PathBuf,
    /// It, and those that it names.
    all: Vec<PathBuf>,
    seen: Vec<Mark>,
}

/// What shows that a file changed: when it was modified, and its length. Nothing where there is no such file.
type Mark = Option<(SystemTime, u64)>;

impl Watched {
    /// `read_from`: when reading began.
    pub(super) fn new(on: bool, configuration: Option<&Path>, all: Vec<PathBuf>, read_from: SystemTime) -> Self {
        let Some(configuration) = configuration.filter(|_| on) else { return Self(None) };
        // A file that was modified since then may have been read as it was before: it counts as changed.
        let seen = marks(&all).into_iter().map(|mark| mark.filter(|(modified, _)| *modified < read_from)).collect();
        Self(Some(Arc::new(Files { configuration: configuration.to_owned(), all, seen })))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }
}

fn marks(files: &[PathBuf]) -> Vec<Mark> {
    let mark = |file: &PathBuf| {
        let data = fs::metadata(file).ok()?;
        Some((data.modified().ok()?, data.len()))
    };
    files.iter().map(mark).collect()
}

impl Inner {
    /// Reads the configuration again where one of its files has changed.
    pub(super) fn look_at_files(&self) {
        let Some(files) = self.current.load().watched.0.clone() else { return };
        let seen = marks(&files.all);
        if seen == files.seen {
            return;
        }
        match Config::from_file(&files.configuration).and_then(|config| self.reload(&config)) {
            Ok(()) => {
                info!(target: "doorward", file = %files.configuration.display(), "the configuration was read again")
            }
            Err(error) => {
                error!(target: "doorward", file = %files.configuration.display(), %error, "the configuration has changed and is wrong; the old one serves on");
                self.note_seen(&files, seen);
            }
        }
    }

    /// What is wrong is told once, not at every look.
    fn note_seen(&self, files: &Files, seen: Vec<Mark>) {
        let watched = Watched(Some(Arc::new(Files { seen, ..files.clone() })));
        self.current.rcu(|current| Current { watched: watched.clone(), ..(**current).clone() });
    }
}
