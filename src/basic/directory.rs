//! A directory with all that stands before it: what is remembered, who may ask, and how often.

use super::desk::Desk;
use super::digest::Digest;
use super::failures::{Attempt, Failures, Limited};
use super::guesses::Guesses;
use super::memory::{Ends, Memory};
use super::{Answer, Check, Counts, Login, Person, Proof, Refusal, Refused, Rules};
use crate::clock::Clock;
use crate::code::Code;
use crate::crypto::Keyed;
use crate::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where the passwords of a user manager are checked.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) label: String,
    /// As the configuration calls it, such as "ldap".
    pub(crate) kind: &'static str,
    pub(crate) rules: Rules,
    pub(crate) counts: Counts,
    check: Arc<dyn Check>,
    key: Keyed,
    proved: Memory<Proved>,
    refused: Memory<RefusedUntil>,
    /// Counts what made remembered answers void.
    voids: AtomicU64,
    failures: Arc<Failures>,
    desk: Desk,
}

/// A credential that was proved.
#[derive(Debug, Clone)]
struct Proved {
    proof: Arc<Proof>,
    /// From then on it is checked again.
    until: i64,
    /// Those at the user's password.
    guesses: Arc<Guesses>,
}

impl Ends for Proved {
    fn end(&self) -> i64 {
        self.until.saturating_add(limits::RECOGNISED_SECONDS)
    }
}

#[derive(Debug, Clone, Copy)]
struct RefusedUntil {
    refusal: Refusal,
    until: i64,
}

impl Ends for RefusedUntil {
    fn end(&self) -> i64 {
        self.until
    }
}

/// What is remembered of credentials that are not proved, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    Nothing,
    /// They were right once, and have to be checked again.
    Recognised,
    Refused(Refusal),
}

/// What came of asking a directory.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Proved(Arc<Proof>),
    Refused(Refusal),
    /// It could not be asked, or gave no answer in time.
    Unavailable,
    /// Too many ask at once.
    Busy,
    /// The user has failed too often.
    Limited(Limited),
}

impl Directory {
    /// `before`: the directory of that label until now. It leaves the failures that it counted, and nothing else.
    pub(crate) fn new(
        label: String,
        kind: &'static str,
        (check, rules): (Arc<dyn Check>, Rules),
        before: Option<&Self>,
    ) -> Result<Self, Refused> {
        let no_random = || (Code::FieldInvalid, "the system gives no random bytes".to_owned());
        let failures = match before {
            Some(before) => before.failures.clone(),
            None => Arc::new(Failures::new().ok_or_else(no_random)?),
        };
        Ok(Self {
            label,
            kind,
            desk: Desk::new(&rules),
            rules,
            counts: Counts::default(),
            check,
            key: Keyed::new().ok_or_else(no_random)?,
            proved: Memory::new(limits::PROVED_CREDENTIALS),
            refused: Memory::new(limits::REFUSED_CREDENTIALS),
            voids: AtomicU64::new(0),
            failures,
        })
    }

    pub(crate) fn digest(&self, login: &Login<'_>) -> Digest {
        Digest::of_login(&self.key, login)
    }

    /// Looks at the proof of credentials, where they are proved. No lock, no allocation.
    #[inline]
    pub(crate) fn proof<T>(&self, digest: &Digest, now: i64, look: impl FnOnce(&Arc<Proof>) -> T) -> Option<T> {
        let holds = |proved: &Proved| now < proved.until && !proved.guesses.are_too_many();
        let is_fresh = |proved: &Proved| holds(proved).then(|| look(&proved.proof));
        self.proved.read(digest, is_fresh).flatten()
    }

    /// What is known of credentials that have no proof. No lock, no allocation.
    pub(crate) fn doubt(&self, digest: &Digest, now: i64) -> Doubt {
        let refusal = |refused: &RefusedUntil| (now < refused.until).then_some(refused.refusal);
        match self.refused.read(digest, refusal).flatten() {
            Some(refusal) => Doubt::Refused(refusal),
            None if self.is_recognised(digest) => Doubt::Recognised,
            None => Doubt::Nothing,
        }
    }

    /// Whether credentials were proved before, and the user was not guessed at too often since.
    fn is_recognised(&self, digest: &Digest) -> bool {
        self.proved.read(digest, |proved| !proved.guesses.are_too_many()).unwrap_or(false)
    }

    /// Whether asking the directory now would lead to an answer; else the outcome that it would have. No lock.
    pub(crate) fn may_ask(&self, login: &Login<'_>, digest: &Digest, doubt: Doubt, now: i64) -> Result<(), Outcome> {
        if doubt != Doubt::Recognised {
            self.failures.look(login.user, digest, &self.rules, now).map_err(Outcome::Limited)?;
        }
        if self.desk.has_room() { Ok(()) } else { Err(Outcome::Busy) }
    }

    /// Asks the directory, or waits for who asks it about the same credentials. Blocks, until `end` at most. With `anew`, a
    /// proof that is remembered is not enough.
    pub(crate) fn ask(&self, login: &Login<'_>, anew: bool, clock: &Clock, end: Instant) -> Outcome {
        let digest = self.digest(login);
        let mut asked = false;
        let outcome = self.desk.ask(digest, end, || {
            let remembered = if anew { None } else { self.remembered(&digest, clock.now()) };
            asked = remembered.is_none();
            remembered.unwrap_or_else(|| self.check_now(login, digest, clock, end))
        });
        self.counts.count(&outcome, asked);
        outcome
    }

    /// What somebody else may have learnt in the meantime.
    fn remembered(&self, digest: &Digest, now: i64) -> Option<Outcome> {
        let proof = self.proof(digest, now, |proof| Outcome::Proved(proof.clone()));
        proof.or_else(|| match self.doubt(digest, now) {
            Doubt::Refused(refusal) => Some(Outcome::Refused(refusal)),
            Doubt::Nothing | Doubt::Recognised => None,
        })
    }

    fn check_now(&self, login: &Login<'_>, digest: Digest, clock: &Clock, end: Instant) -> Outcome {
        let now = clock.now();
        let is_recognised = self.is_recognised(&digest);
        let attempt = match self.failures.begin((login.user, &digest), is_recognised, &self.rules, now) {
            Ok(attempt) => attempt,
            Err(limited) => return Outcome::Limited(limited),
        };
        let voids = self.voids.load(Ordering::SeqCst);
        let answer = self.check.check(login, end);
        let now = clock.now();
        match answer {
            Answer::Proved(person) => self.proved(person, digest, voids, attempt, now),
            Answer::Refused(refusal) => self.refused(refusal, digest, attempt, now),
            Answer::Unavailable(what) => {
                attempt.void(now);
                self.counts.failed(&self.label, what, now);
                Outcome::Unavailable
            }
        }
    }

    fn proved(&self, person: Person, digest: Digest, voids: u64, attempt: Attempt<'_>, now: i64) -> Outcome {
        let guesses = attempt.guesses.clone();
        attempt.proved(now);
        self.counts.answered(&self.label, now);
        let proof = match Proof::new(person, now) {
            Ok(proof) => Arc::new(proof),
            Err(what) => {
                self.counts.failed(&self.label, what, now);
                return Outcome::Unavailable;
            }
        };
        if !self.rules.remember.is_zero() {
            let until = now.saturating_add(seconds(self.rules.remember));
            self.proved.insert(digest, &Proved { proof: proof.clone(), until, guesses }, now);
            // What was made void while the directory was asked is not remembered.
            if self.voids.load(Ordering::SeqCst) != voids {
                self.proved.remove(&digest, now);
            }
        }
        Outcome::Proved(proof)
    }

    fn refused(&self, refusal: Refusal, digest: Digest, attempt: Attempt<'_>, now: i64) -> Outcome {
        self.counts.answered(&self.label, now);
        // A directory counts wrong passwords. Where an account may not come in for another reason, the password was right.
        match refusal.code {
            Code::BasicRejected | Code::AccountLocked => attempt.failed(now),
            _ => attempt.void(now),
        }
        self.proved.remove(&digest, now);
        if !self.rules.remember_refused.is_zero() {
            let until = now.saturating_add(seconds(self.rules.remember_refused));
            self.refused.insert(digest, &RefusedUntil { refusal, until }, now);
        }
        Outcome::Refused(refusal)
    }

    /// Looks after the directory's own file. May block.
    pub(crate) fn tend(&self) {
        if self.check.tend() {
            self.forget_all();
        }
    }

    pub(crate) fn is_tended(&self) -> bool {
        self.check.is_tended()
    }

    /// Forgets every answer.
    pub(crate) fn forget_all(&self) {
        self.voids.fetch_add(1, Ordering::SeqCst);
        self.proved.remove_all(|_| true);
        self.refused.remove_all(|_| true);
    }

    /// Forgets the proofs of a user, by the name that `is_user` is asked about. How many there were.
    pub(crate) fn forget(&self, is_user: impl Fn(&str) -> bool) -> usize {
        self.voids.fetch_add(1, Ordering::SeqCst);
        self.proved.remove_all(|proved| is_user(proved.proof.user()))
    }

    /// Proofs that are remembered, checks that run, and requests that wait for their turn.
    pub(crate) fn load(&self) -> (usize, u32, u32) {
        let (running, waiting) = self.desk.load();
        (self.proved.len(), running, waiting)
    }
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
