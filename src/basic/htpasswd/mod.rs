//! Users and password hashes in a file, as Apache and nginx have it: `user:hash` on each line.
//!
//! The file is looked at again and again. A line that is wrong keeps its own user out and nobody else.

mod file;
mod users;

use super::{Answer, Asked, Check, Found as Known, Login, Opening, Person, Refusal, Refused, Until, Within};
use crate::code::Code;
use crate::crypto::sha256;
use crate::limits;
use arc_swap::ArcSwap;
use file::{Found, Look, read};
use std::borrow::Cow;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use tracing::{error, info, warn};
use users::Users;

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
}

/// What is held of a file.
#[derive(Debug, Clone)]
struct Held {
    users: Arc<Users>,
    /// Of the text that they stand in.
    digest: [u8; 32],
    look: Look,
}

impl Held {
    fn of(text: &[u8], takes_weak: bool, look: Look) -> Self {
        Self { users: Arc::new(Users::read(text, takes_weak)), digest: sha256(text), look }
    }
}

pub(super) fn open(settings: &Settings) -> Result<Opening, Refused> {
    let directory = Htpasswd::open(settings)?;
    let notes = directory.held.load().users.notes.clone();
    Ok(Opening { directory: Arc::new(directory), notes })
}

/// To compute a hash takes a core: half of them are left to requests.
pub(super) fn concurrent() -> u32 {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    u32::try_from(cores / 2).unwrap_or(u32::MAX).clamp(1, limits::PASSWORD_CHECKS)
}

impl Check for Htpasswd {
    fn check(&self, login: &Login<'_>, _: &mut Asked, _: Until) -> Answer {
        let users = self.held.load().users.clone();
        let name = full_name(login);
        let (known, stand_in) = (users.find(&name), users.stand_in(&name));
        // Somebody who is not in the file costs as much as somebody who is: no time tells.
        let matches = known.or(stand_in).is_some_and(|hash| black_box(hash.matches(login.password)));
        match known {
            Some(_) if matches => Answer::Proved(Person { user: name.into_owned(), ..Person::default() }),
            Some(_) => Answer::Refused(Refusal::REJECTED),
            None => Answer::Missing(Refusal::REJECTED),
        }
    }

    fn find<'a>(&'a self, login: &Login<'a>) -> Known<'a> {
        let name = full_name(login);
        match self.held.load().users.mark(&name) {
            Some(mark) => Known::Account(name, mark),
            None => Known::Missing,
        }
    }

    fn tend(&self) -> bool {
        let held = self.held.load_full();
        let Some(look) = held.look.again(&self.path) else { return false };
        match read(&self.path) {
            Ok(text) => self.take(text.expose(), &held, look),
            Err(what) => {
                self.keep(&held, look.finding(Found::Unreadable), &what);
                false
            }
        }
    }

    fn is_tended(&self) -> bool {
        true
    }
}

impl Htpasswd {
    fn open(settings: &Settings) -> Result<Self, Refused> {
        let (path, takes_weak) = (settings.file.clone(), settings.danger_weak_hashes);
        let look = Look::at(&path);
        let text = read(&path).map_err(|what| (Code::FileUnreadable, what))?;
        let held = ArcSwap::from_pointee(Held::of(text.expose(), takes_weak, look));
        Ok(Self { path, takes_weak, held })
    }

    /// Takes a text, where it is another one and nobody seems to be writing it. Whether it did.
    fn take(&self, text: &[u8], before: &Held, look: Look) -> bool {
        if sha256(text) == before.digest {
            self.held.store(Arc::new(Held { look, ..before.clone() }));
            return false;
        }
        let unfinished = look.finding(Found::Unfinished);
        if !text.ends_with(b"\n") && !unfinished.repeats(before.look) {
            self.held.store(Arc::new(Held { look: unfinished, ..before.clone() }));
            return false;
        }
        let held = Arc::new(Held::of(text, self.takes_weak, look));
        self.held.store(held.clone());
        self.tell(&held.users);
        true
    }

    /// The users from before stay, and the file is read again and again.
    fn keep(&self, before: &Held, look: Look, what: &str) {
        self.held.store(Arc::new(Held { look, ..before.clone() }));
        if !look.repeats(before.look) {
            error!(target: "doorward", file = %self.path.display(), what, "the file of passwords can't be read; its users from before stay");
        }
    }

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
