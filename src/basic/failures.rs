//! Counts wrong passwords by user, so that nobody can have an account locked, or guess for long.
//!
//! A check is reserved before it is made: checks that run side by side count together.

use super::Rules;
use super::digest::Digest;
use super::guesses::Guesses;
use super::memory::{Ends, Memory};
use crate::crypto::Keyed;
use crate::limits;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The failures of each user of a directory.
#[derive(Debug)]
pub(crate) struct Failures {
    users: Memory<User>,
    key: Keyed,
}

/// What is known of one user.
#[derive(Debug, Clone, Default)]
struct User {
    failures: u32,
    /// Checks that run.
    running: u32,
    /// The second before which no check begins.
    pause_end: i64,
    /// When the window ends.
    end: i64,
    /// Until a window has passed without a failure.
    guesses: Arc<Guesses>,
}

impl Ends for User {
    fn end(&self) -> i64 {
        self.end
    }

    /// Names that are made up to fill the room fail once: they don't drive out who failed more often.
    fn worth(&self) -> (u32, i64) {
        (self.failures, self.end)
    }
}

/// A check that was reserved, until its outcome is told.
#[derive(Debug)]
pub(super) struct Attempt<'f> {
    failures: &'f Failures,
    user: Digest,
    /// In seconds.
    window: i64,
    /// Those of the user.
    pub(super) guesses: Arc<Guesses>,
    is_told: bool,
}

/// The user has failed too often: how many seconds until another check, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limited(pub(crate) u32);

impl Failures {
    /// `None` where the system gives no random bytes.
    pub(super) fn new() -> Option<Self> {
        Self::with_room(limits::FAILING_USERS)
    }

    pub(super) fn with_room(users: usize) -> Option<Self> {
        Some(Self { users: Memory::new(users), key: Keyed::new()? })
    }

    /// Whether another check of the user may begin; where none may, it is counted as a guess. Takes no lock.
    pub(super) fn look(&self, user: &str, credentials: &Digest, rules: &Rules, now: i64) -> Result<(), Limited> {
        let look = |user: &User| user.may_begin(rules, now).inspect_err(|_| user.guesses.add(credentials));
        self.users.read(&self.digest(user), look).unwrap_or(Ok(()))
    }

    /// Reserves a check. With `is_recognised` it is not refused: who proved these very credentials before does not guess.
    pub(super) fn begin(
        &self,
        (user, credentials): (&str, &Digest),
        is_recognised: bool,
        rules: &Rules,
        now: i64,
    ) -> Result<Attempt<'_>, Limited> {
        let digest = self.digest(user);
        let window = i64::try_from(rules.failure_window.as_secs()).unwrap_or(i64::MAX);
        let reserve = |known: Option<&User>| {
            let user = known.cloned().unwrap_or(User { end: now.saturating_add(window), ..User::default() });
            match user.may_begin(rules, now) {
                Err(limited) if !is_recognised || user.guesses.are_too_many() => (user, Err(limited)),
                _ => {
                    let guesses = user.guesses.clone();
                    (User { running: user.running.saturating_add(1), ..user }, Ok(guesses))
                }
            }
        };
        let reserved = self.users.update(digest, now, reserve).unwrap_or(Ok(Arc::default()));
        let guesses = reserved.inspect_err(|_| self.guess(&digest, credentials))?;
        Ok(Attempt { failures: self, user: digest, window, guesses, is_told: false })
    }

    fn guess(&self, user: &Digest, credentials: &Digest) {
        self.users.read(user, |user| user.guesses.add(credentials));
    }

    /// How many users are held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    fn digest(&self, user: &str) -> Digest {
        Digest::of_name(&self.key, &canonical(user))
    }

    fn end(&self, digest: Digest, change: impl Fn(User) -> User, now: i64) {
        self.users.update(digest, now, |known| {
            let user = known.cloned().unwrap_or(User { end: now, ..User::default() });
            (change(User { running: user.running.saturating_sub(1), ..user }), ())
        });
    }
}

impl User {
    fn may_begin(&self, rules: &Rules, now: i64) -> Result<(), Limited> {
        let wait = if now > self.end {
            0
        } else if self.failures >= rules.max_failures {
            self.end - now + 1
        } else if self.failures.saturating_add(self.running) >= rules.max_failures {
            1
        } else {
            self.pause_end - now
        };
        if wait > 0 { Err(Limited(u32::try_from(wait).unwrap_or(u32::MAX))) } else { Ok(()) }
    }
}

impl Attempt<'_> {
    /// The password was right.
    pub(super) fn proved(mut self, now: i64) {
        self.tell(|user| User { failures: 0, pause_end: 0, ..user }, now);
    }

    /// The directory counted a failure. From the second on there is a pause until the next check, and each doubles it.
    pub(super) fn failed(mut self, now: i64) {
        let window = self.window;
        let change = |user: User| {
            let failures = user.failures.saturating_add(1);
            let pause = (1_i64 << failures.min(32) >> 2).min(limits::FAILURE_PAUSE_SECONDS);
            // The first one begins the window.
            let end = if failures == 1 { now.saturating_add(window) } else { user.end };
            User { failures, pause_end: now.saturating_add(pause), end, ..user }
        };
        self.tell(change, now);
    }

    /// Nothing is known of the password.
    pub(super) fn void(mut self, now: i64) {
        self.tell(|user| user, now);
    }

    fn tell(&mut self, change: impl Fn(User) -> User, now: i64) {
        self.is_told = true;
        self.failures.end(self.user, change, now);
    }
}

/// A check that panics tells nothing, and runs no more.
impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(|user| user, 0);
        }
    }
}

/// One text for every way to write a name that some directory takes for the same: without case, marks, width and outer
/// space. Names that differ may have it too; they are counted together.
fn canonical(user: &str) -> String {
    let plain = user.nfkd().filter(|character| !is_combining_mark(*character) && !is_invisible(*character));
    let lower = plain.flat_map(char::to_lowercase).collect::<String>();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters of format that some directories leave out.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}
