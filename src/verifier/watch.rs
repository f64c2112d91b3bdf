//! Watches the files of a configuration, and reads it again when one changes.

use super::{Current, Inner};
use crate::basic::Directory;
use crate::config::Config;
use crate::mark::Mark;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::{error, info};

/// The files of a configuration, as they were seen last. Nothing, where they are not watched.
#[derive(Debug, Clone)]
pub(super) struct Watched(Option<Arc<Files>>);

#[derive(Debug, Clone)]
struct Files {
    configuration: PathBuf,
    /// It, and those that it names.
    all: Vec<(PathBuf, Mark)>,
}

impl Watched {
    /// `all`: each file as it was just before it was read.
    pub(super) fn new(on: bool, config: &Config, all: Vec<(PathBuf, Mark)>) -> Self {
        let configuration = config.file().filter(|_| on).map(|(path, _)| path.clone());
        Self(configuration.map(|configuration| Arc::new(Files { configuration, all })))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }
}

fn seen_now(files: &Files) -> Vec<(PathBuf, Mark)> {
    files.all.iter().map(|(path, _)| (path.clone(), Mark::of(path))).collect()
}

impl Inner {
    /// Reads the denylist again where its file has changed, and lifts the locks that it says.
    pub(super) fn look_at_denylist(&self) {
        let state = self.current.load().state.clone();
        state.denylist.look(&state.policy, self.clock.now(), |unlocks| self.lift(unlocks));
    }

    /// Lets each directory look after its own file.
    pub(super) fn look_at_directories(&self) {
        let state = self.current.load().state.clone();
        state.directories.iter().for_each(Directory::tend);
    }

    /// Reads the configuration again where one of its files has changed.
    pub(super) fn look_at_files(&self) {
        let Some(files) = self.current.load().watched.0.clone() else { return };
        let seen = seen_now(&files);
        if seen == files.all {
            return;
        }
        let read = Config::from_file(&files.configuration).inspect_err(|_| self.metrics.count_reload(false));
        match read.and_then(|config| self.reload(&config)) {
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
    fn note_seen(&self, files: &Files, seen: Vec<(PathBuf, Mark)>) {
        let watched = Watched(Some(Arc::new(Files { all: seen, ..files.clone() })));
        self.current.rcu(|current| Current { watched: watched.clone(), ..(**current).clone() });
    }
}
