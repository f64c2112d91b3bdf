//! The file of a denylist, as it was read last, and what is known of it since.

use super::line::Reading;
use super::lines::{self, Fault};
use super::list::List;
use super::unlock::{Unlock, Unlocks};
use crate::code::Code;
use crate::limits::{CLOCK_SKEW_SECONDS_MAX, UNLOCKS};
use crate::mark::Mark;
use crate::retire::retire;
use arc_swap::{ArcSwap, Guard};
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tracing::{error, info};

/// A file of entries and unlocks.
#[derive(Debug)]
pub(crate) struct DenyFile {
    path: PathBuf,
    held: ArcSwap<Held>,
    /// When it last was as it is held.
    confirmed_at: AtomicI64,
}

/// What is held of a file.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) list: Arc<List>,
    /// What stood in it when it last stood still. Who writes it in place may be in the midst of it, so what is gone
    /// from it is forgotten only after a look at which it has not changed.
    pub(super) former: Option<Arc<List>>,
    pub(super) unlocks: Arc<Unlocks>,
    /// As it was seen last, read or refused.
    mark: Mark,
    failure: Option<DenyFailure>,
}

/// Why a file could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DenyFailure {
    pub(crate) at: i64,
    pub(crate) message: String,
}

/// Why a file is refused: a code of the block 7000, and one sentence.
pub(crate) type Refused = (Code, String);

impl DenyFile {
    /// Reads a file. `before`: the file of the configuration until now.
    pub(super) fn open(path: &Path, reading: &Reading<'_>, before: Option<&Self>, now: i64) -> Result<Self, Refused> {
        let held = before.filter(|before| before.path == path).is_some_and(|before| before.held.load().list.len() > 0);
        let mark = Mark::of(path);
        let (list, unlocks) = read(path, reading, held, now)?;
        let held = Held { list: Arc::new(list), former: None, unlocks: Arc::new(unlocks), mark, failure: None };
        Ok(Self { path: path.to_owned(), held: ArcSwap::from_pointee(held), confirmed_at: AtomicI64::new(now) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn held(&self) -> Guard<Arc<Held>> {
        self.held.load()
    }

    pub(crate) fn len(&self) -> usize {
        self.held.load().list.len()
    }

    pub(crate) fn failure(&self) -> Option<DenyFailure> {
        self.held.load().failure.clone()
    }

    pub(crate) fn confirmed_at(&self) -> i64 {
        self.confirmed_at.load(Ordering::Relaxed)
    }

    /// Reads it again where it has changed, and has the unlocks followed that are new. One that can't be taken is told
    /// once, and the old entries hold.
    pub(super) fn look(&self, reading: &Reading<'_>, now: i64, lift: impl FnOnce(&[Unlock])) {
        let mark = Mark::of(&self.path);
        let old = self.held.load_full();
        if mark != old.mark {
            let new = changed(&old, mark, read(&self.path, reading, old.list.len() > 0, now), now);
            let unlocks = new.unlocks.beyond(&old.unlocks);
            drop(old);
            self.publish(new.clone());
            lift(&unlocks);
            self.tell(&new);
        } else if old.former.is_some() && old.failure.is_none() {
            let new = Held { former: None, ..(*old).clone() };
            drop(old);
            self.publish(new);
        }
        if self.held.load().failure.is_none() {
            self.confirmed_at.store(now, Ordering::Relaxed);
        }
    }

    fn publish(&self, new: Held) {
        retire(self.held.swap(Arc::new(new)));
    }

    /// Comes last: the host's log may panic.
    fn tell(&self, held: &Held) {
        let (file, entries) = (self.path.display(), held.list.len());
        match &held.failure {
            None => info!(target: "doorward", %file, entries, "the denylist was read again"),
            Some(DenyFailure { message, .. }) => {
                error!(target: "doorward", why = message, entries, "the denylist is refused; the old entries hold");
            }
        }
    }
}

/// What is held after a look at which the file had changed.
fn changed(old: &Held, mark: Mark, read: Result<(List, Unlocks), Refused>, now: i64) -> Held {
    match read {
        Ok((list, unlocks)) => {
            let former = Some(old.former.clone().unwrap_or_else(|| old.list.clone()));
            Held { list: Arc::new(list), former, unlocks: Arc::new(unlocks), mark, failure: None }
        }
        Err((_, message)) => Held { mark, failure: Some(DenyFailure { at: now, message }), ..old.clone() },
    }
}

/// `held`: whether there are entries that would be lost.
fn read(path: &Path, reading: &Reading<'_>, held: bool, now: i64) -> Result<(List, Unlocks), Refused> {
    let file = path.display();
    let refused = |what: String| (Code::DenylistRejected, format!("{what} (file {file})"));
    let outcome = open(path).map_err(Fault::Unreadable).and_then(|(input, len)| {
        let list = List::default();
        let add = |records| list.add(records, now).map_err(|_| Fault::Full);
        let unlocks = lines::read(BufReader::new(input), reading, now - CLOCK_SKEW_SECONDS_MAX, add)?;
        Ok((list, unlocks, len))
    });
    let (list, unlocks, len) = outcome.map_err(|fault| match fault {
        Fault::Unreadable(error) => (Code::FileUnreadable, format!("can't read the file {file}: {error}")),
        Fault::Line(number, what) => refused(format!("line {number}: {what}")),
        Fault::Full => refused("it has more than a million entries".to_owned()),
        Fault::TooManyUnlocks => refused(format!("it has more than {UNLOCKS} unlocks of the last day")),
        Fault::TooLarge => refused("it has more than 256 MiB".to_owned()),
    })?;
    if len == 0 && held {
        return Err(refused("it is empty, and was not before; to forget every entry, leave an empty line".to_owned()));
    }
    Ok((list, unlocks))
}

/// To open a pipe would wait for its other end.
fn open(path: &Path) -> io::Result<(File, u64)> {
    let data = fs::metadata(path)?;
    if !data.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok((File::open(path)?, data.len()))
}
