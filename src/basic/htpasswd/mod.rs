//! Users and password hashes in a file, as Apache and nginx have it: `user:hash` on each line.
//!
//! The file is looked at again and again. A line that is wrong keeps its own user out and nobody else.

mod file;

use super::{Answer, Check, Login, Opening, Person, Reason, Refusal, Refused, Within};
use crate::code::Code;
use crate::crypto::Keyed;
use crate::limits;
use crate::mark::Mark;
use arc_swap::{ArcSwap, ArcSwapOption};
use file::{Users, read};
use std::borrow::Cow;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Instant;
use tracing::{error, info, warn};

/// How it is configured.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) file: PathBuf,
    /// Whether passwords in the clear, {SHA} and MD5 are taken.
    pub(crate) danger_weak_hashes: bool,
}

/// A file of users.
#[derive(Debug)]
struct Htpasswd {
    path: PathBuf,
    takes_weak: bool,
    held: ArcSwap<Held>,
    /// As it was seen when somebody seemed to be writing it.
    unsettled: ArcSwapOption<Mark>,
    key: Keyed,
}

#[derive(Debug)]
struct Held {
    users: Users,
    /// As it was seen last, read or not.
    mark: Mark,
}

pub(super) fn open(settings: &Settings) -> Result<Opening, Refused> {
    let mark = Mark::of(&settings.file);
    let (users, _) = read(&settings.file, settings.danger_weak_hashes).map_err(|what| (Code::FileUnreadable, what))?;
    let key = Keyed::new().ok_or((Code::FieldInvalid, "the system gives no random bytes".to_owned()))?;
    let notes = users.notes.clone();
    let directory = Htpasswd {
        path: settings.file.clone(),
        takes_weak: settings.danger_weak_hashes,
        held: ArcSwap::from_pointee(Held { users, mark }),
        unsettled: ArcSwapOption::empty(),
        key,
    };
    Ok(Opening { directory: Arc::new(directory), notes })
}

/// To compute a hash takes a core: half of them are left to requests.
pub(super) fn concurrent() -> u32 {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    u32::try_from(cores / 2).unwrap_or(u32::MAX).clamp(1, limits::PASSWORD_CHECKS)
}

impl Check for Htpasswd {
    fn check(&self, login: &Login<'_>, _: Instant) -> Answer {
        let held = self.held.load_full();
        let name = full_name(login);
        let (known, stand_in) = (held.users.find(&name), held.users.stand_in(&self.key, &name));
        // Somebody who is not in the file costs as much as somebody who is, always the same one: no time tells.
        let matches = known.or(stand_in).is_some_and(|hash| black_box(hash.matches(login.password)));
        match known {
            Some(_) if matches => Answer::Proved(Person { user: name.into_owned(), ..Person::default() }),
            Some(_) | None => REJECTED,
        }
    }

    fn tend(&self) -> bool {
        let mark = Mark::of(&self.path);
        if mark == self.held.load().mark {
            return false;
        }
        match read(&self.path, self.takes_weak) {
            Ok((_, false)) if self.unsettled.swap(Some(Arc::new(mark))).is_none_or(|before| *before != mark) => false,
            Ok((users, _)) => {
                self.tell(&users);
                self.held.store(Arc::new(Held { users, mark }));
                true
            }
            Err(what) => {
                error!(target: "doorward", file = %self.path.display(), what, "the file of passwords has changed and can't be read; its users from before stay");
                let users = self.held.load().users.clone();
                self.held.store(Arc::new(Held { users, mark }));
                false
            }
        }
    }

    fn is_tended(&self) -> bool {
        true
    }
}

const REJECTED: Answer = Answer::Refused(Refusal { code: Code::BasicRejected, reason: Reason::None });

impl Htpasswd {
    fn tell(&self, users: &Users) {
        let file = self.path.display();
        info!(target: "doorward", %file, users = users.len(), "the file of passwords was read again");
        users.notes.iter().for_each(|note| warn!(target: "doorward", %file, note, "the file of passwords"));
    }
}

/// The name as it stands in a file, which knows nothing of domains and realms.
fn full_name<'a>(login: &Login<'a>) -> Cow<'a, str> {
    match login.within {
        Within::Plain => Cow::Borrowed(login.user),
        Within::Domain(domain) => Cow::Owned(format!("{domain}\\{}", login.user)),
        Within::Realm(realm) => Cow::Owned(format!("{}@{realm}", login.user)),
    }
}

#[cfg(test)]
mod tests;
