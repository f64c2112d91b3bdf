//! A directory with all that stands before it: what is remembered, who may ask, and how often.

use super::account::Account;
use super::accounts::Accounts;
use super::asked::{Asked, Context, TurnedAway};
use super::attempt::Attempt;
use super::desk::{Desk, Lane};
use super::digest::Digest;
use super::late::Late;
use super::memory::{Ends, Memory};
use super::name::canonical;
use super::record::{Terms, Tried};
use super::{Answer, Check, Counts, Found, Limited, Login, Person, Proof, Refusal, Refused, Rules, Until};
use crate::clock::{Clock, Moment};
use crate::code::Code;
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
    pub(crate) rules: Arc<Rules>,
    pub(crate) counts: Counts,
    check: Arc<dyn Check>,
    accounts: Arc<Accounts>,
    proved: Memory<Proved>,
    refused: Memory<RefusedUntil>,
    /// Counts what made remembered answers void.
    voids: AtomicU64,
    desk: Desk,
    late: Late,
}

/// A credential that was proved.
#[derive(Debug, Clone)]
struct Proved {
    proof: Arc<Proof>,
    /// From then on it is checked again: as soon as one of both clocks says so.
    until: Moment,
    account: Arc<Account>,
    /// That of the account when it was proved.
    age: u32,
}

impl Ends for Proved {
    fn end(&self) -> i64 {
        self.until.monotonic
    }
}

#[derive(Debug, Clone, Copy)]
struct RefusedUntil {
    refusal: Refusal,
    /// Monotonic.
    until: i64,
}

impl Ends for RefusedUntil {
    fn end(&self) -> i64 {
        self.until
    }
}

/// A user name and a password that a directory is asked about, and from where they come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) login: Login<'a>,
    /// The client's address, if the host tells it.
    pub(crate) peer: Option<&'a [u8]>,
    digest: Digest,
}

/// What is remembered of credentials that are not proved, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    Nothing,
    Refused(Refusal),
}

/// What came of asking a directory.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Proved(Arc<Proof>),
    Refused(Refusal),
    /// It could not be asked, or gave no answer in time: in how many seconds it is worth another try.
    Unavailable(u32),
    /// Too many ask at once.
    Busy,
    /// The account has failed too often.
    Limited(Limited),
}

impl Outcome {
    pub(super) const UNAVAILABLE: Self = Self::Unavailable(limits::DIRECTORY_RETRY_SECONDS);
}

impl Directory {
    /// `before`: the directory of that label until now. It leaves what it knows of accounts, and nothing else.
    pub(crate) fn new(
        label: String,
        kind: &'static str,
        (check, rules): (Arc<dyn Check>, Rules),
        before: Option<&Self>,
    ) -> Result<Self, Refused> {
        let no_random = || (Code::FieldInvalid, "the system gives no random bytes".to_owned());
        let accounts = match before {
            Some(before) => before.accounts.clone(),
            None => Arc::new(Accounts::new().ok_or_else(no_random)?),
        };
        Ok(Self {
            label,
            kind,
            desk: Desk::new(&rules),
            late: Late::new(),
            rules: Arc::new(rules),
            counts: Counts::default(),
            check,
            accounts,
            proved: Memory::new(limits::PROVED_CREDENTIALS),
            refused: Memory::new(limits::REFUSED_CREDENTIALS),
            voids: AtomicU64::new(0),
        })
    }

    pub(crate) fn question<'a>(&self, login: Login<'a>, peer: Option<&'a [u8]>) -> Question<'a> {
        Question { login, peer, digest: Digest::of_login(&self.accounts.key, &login) }
    }

    fn peer(&self, question: &Question<'_>) -> Option<Digest> {
        question.peer.map(|peer| Digest::of_peer(&self.accounts.key, peer))
    }

    fn tried(&self, question: &Question<'_>) -> Tried {
        let password = Digest::of_password(&self.accounts.key, question.login.password);
        Tried { password, peer: self.peer(question) }
    }

    /// Looks at the proof of credentials, if they are proved. No lock, no allocation.
    #[inline]
    pub(crate) fn proof<T>(
        &self,
        question: &Question<'_>,
        now: Moment,
        look: impl FnOnce(&Arc<Proof>) -> T,
    ) -> Option<T> {
        let holds = |proved: &Proved| {
            now.wall < proved.until.wall
                && now.monotonic < proved.until.monotonic
                && proved.account.answers(proved.age, &self.rules, || self.peer(question))
        };
        self.proved.read(&question.digest, |proved| holds(proved).then(|| look(&proved.proof))).flatten()
    }

    /// What is known of credentials that have no proof. No lock, no allocation.
    pub(crate) fn doubt(&self, question: &Question<'_>, now: Moment) -> Doubt {
        let refusal = |refused: &RefusedUntil| (now.monotonic < refused.until).then_some(refused.refusal);
        self.refused.read(&question.digest, refusal).flatten().map_or(Doubt::Nothing, Doubt::Refused)
    }

    /// What counts for a question: the digest of its name or account. `None`: nothing, for the directory is not asked.
    fn context(&self, question: &Question<'_>, clock: &Clock) -> Option<(Context, Digest)> {
        let key = &self.accounts.key;
        let of_name = || Digest::of_name(key, &canonical(&self.check.name(&question.login)));
        let (name, secret) = match self.check.find(&question.login) {
            Found::Elsewhere => return None,
            Found::Account(identifier, secret) => (Digest::of_identifier(key, &identifier), secret),
            Found::Untold | Found::Missing => (of_name(), 0),
        };
        let context = Context {
            accounts: self.accounts.clone(),
            rules: self.rules.clone(),
            forms: self.check.forms(),
            secret,
            clock: clock.clone(),
            tried: self.tried(question),
            name,
            attempt: None,
        };
        Some((context, name))
    }

    /// Whether asking the directory now would lead to an answer; else the outcome that it would have. Until there is an
    /// answer, the password counts as one that was not checked. No lock.
    pub(crate) fn may_ask(&self, question: &Question<'_>, clock: &Clock) -> Result<(), Outcome> {
        let Some((context, name)) = self.context(question, clock) else { return Ok(()) };
        let terms = context.terms();
        let account = self.accounts.find(&name);
        if let Some(account) = &account {
            account.count_unchecked(&context.tried, &terms);
            account.may_begin(&context.tried, &terms).map_err(Outcome::Limited)?;
        }
        let lane = lane(account.as_deref(), terms.moment);
        if self.desk.has_room(lane) { Ok(()) } else { Err(Outcome::Busy) }
    }

    /// Asks the directory, or waits for who asks it about the same credentials. Blocks, until `end` at most. With `anew`, a
    /// proof that is remembered is not enough. Without `threads`, none is started.
    pub(crate) fn ask(
        &self,
        question: &Question<'_>,
        anew: bool,
        clock: &Clock,
        (end, threads): (Instant, bool),
    ) -> Outcome {
        let mut asked = false;
        let context = self.context(question, clock);
        let account = context.as_ref().and_then(|(_, name)| self.accounts.find(name));
        let lane = lane(account.as_deref(), clock.moment());
        let counted = context.as_ref().map(|(context, name)| (context.tried, *name));
        let reserve = || {
            let remembered = if anew { None } else { self.remembered(question, clock.moment()) };
            if let Some(outcome) = remembered {
                return Err(outcome);
            }
            asked = true;
            self.reserve(context)
        };
        let check = |reserved: Result<Asked, Asked>| match reserved {
            Ok(reserved) => self.check_now(question, reserved, clock, (end, threads)),
            Err(reserved) => {
                reserved.settle(&Answer::Elsewhere);
                Outcome::Busy
            }
        };
        let outcome = self.desk.ask((question.digest, lane), end, reserve, check);
        if let (Some((tried, name)), false) = (counted, matches!(outcome, Outcome::Proved(_) | Outcome::Refused(_))) {
            self.count_unchecked(&tried, &name, clock);
        }
        self.counts.count(&outcome, asked);
        outcome
    }

    fn count_unchecked(&self, tried: &Tried, name: &Digest, clock: &Clock) {
        let Some(account) = self.accounts.find(name) else { return };
        let (moment, generation) = (clock.moment(), self.accounts.generation());
        let terms = Terms { rules: &self.rules, forms: 1, moment, generation, secret: 0 };
        account.count_unchecked(tried, &terms);
    }

    /// Reserves a check for a name, if one can count for it; the directory may find the account later.
    fn reserve(&self, context: Option<(Context, Digest)>) -> Result<Asked, Outcome> {
        let Some((mut context, name)) = context else { return Ok(Asked::alone()) };
        // A name that has led to an account counts for it from the beginning.
        let counts = !self.check.finds() || self.accounts.find(&name).is_some();
        let reserved = if counts { context.reserve(&name) } else { Ok(()) };
        reserved.map(|()| Asked::new(context)).map_err(turned_away)
    }

    /// What somebody else may have learnt in the meantime.
    fn remembered(&self, question: &Question<'_>, now: Moment) -> Option<Outcome> {
        let proof = self.proof(question, now, |proof| Outcome::Proved(proof.clone()));
        proof.or_else(|| match self.doubt(question, now) {
            Doubt::Refused(refusal) => Some(Outcome::Refused(refusal)),
            Doubt::Nothing => None,
        })
    }

    fn check_now(
        &self,
        question: &Question<'_>,
        mut asked: Asked,
        clock: &Clock,
        (end, threads): (Instant, bool),
    ) -> Outcome {
        let (begun, voids) = (clock.moment(), self.voids.load(Ordering::SeqCst));
        let login = &question.login;
        let told = if self.check.is_remote() && threads {
            self.late.check(&self.check, login, asked, end)
        } else {
            let answer = self.check.check(login, &mut asked, Until { end, answer: end });
            Some((asked, answer))
        };
        let Some((asked, answer)) = told else {
            self.counts.failed(&self.label, "no answer in time".to_owned(), clock.now());
            return Outcome::UNAVAILABLE;
        };
        self.take(question, (asked, answer), (begun, voids), clock.moment())
    }

    /// What an answer leads to.
    fn take(
        &self,
        question: &Question<'_>,
        (asked, answer): (Asked, Answer),
        (begun, voids): (Moment, u64),
        now: Moment,
    ) -> Outcome {
        let mut context = asked.into_context();
        if !matches!(answer, Answer::Proved(_))
            && let Some(context) = &mut context
        {
            // Who is not there is counted as who is: the count must not tell.
            let is_missing = matches!(answer, Answer::Missing(_));
            if is_missing && context.attempt.is_none() {
                let name = context.name;
                let _ = context.reserve(&name);
            }
            let end = context.end_of(&answer);
            let account = context.attempt.as_ref().map(Attempt::account);
            context.end(end);
            if is_missing {
                account.into_iter().for_each(|account| account.note_missing());
            }
        }
        match answer {
            Answer::Proved(person) => self.proved(question, person, context, (begun, voids), now),
            Answer::Refused(refusal) | Answer::Missing(refusal) => self.refused(question, refusal, now),
            Answer::Elsewhere => self.refused(question, Refusal::REJECTED, now),
            Answer::TurnedAway(why) => turned_away(why),
            Answer::Unavailable(what) | Answer::Unanswered(what) => {
                self.counts.failed(&self.label, what, now.wall);
                Outcome::UNAVAILABLE
            }
            Answer::Resting(what, seconds) => {
                self.counts.failed(&self.label, what, now.wall);
                Outcome::Unavailable(seconds.max(1))
            }
        }
    }

    fn proved(
        &self,
        question: &Question<'_>,
        person: Person,
        context: Option<Context>,
        (begun, voids): (Moment, u64),
        now: Moment,
    ) -> Outcome {
        self.counts.answered(&self.label, now.wall);
        let name = context.as_ref().map(|context| context.name);
        let account = context.map(|context| self.accept(context, &person));
        // A revocation that came while the directory was asked concerns it.
        let proof = match Proof::new(person, begun.wall) {
            Ok(proof) => Arc::new(proof),
            Err(what) => {
                self.counts.failed(&self.label, what, now.wall);
                return Outcome::UNAVAILABLE;
            }
        };
        if let Some(account) = account.filter(|_| !self.rules.remember.is_zero()) {
            let span = seconds(self.rules.remember);
            let until = Moment { wall: now.wall.saturating_add(span), monotonic: now.monotonic.saturating_add(span) };
            let age = account.age();
            let proved = Proved { proof: proof.clone(), until, account: account.clone(), age };
            self.proved.insert(question.digest, &proved, now.monotonic);
            // What was made void while the directory was asked is not remembered; nor what guesses are not counted for, for
            // its name leads to another account by now.
            let leads = name.is_none_or(|name| self.accounts.leads(&name, &account));
            if !leads || self.voids.load(Ordering::SeqCst) != voids {
                self.proved.remove(&question.digest, now.monotonic);
            }
        }
        Outcome::Proved(proof)
    }

    /// The directory accepted a password: whose it is, is known from now on.
    fn accept(&self, mut context: Context, person: &Person) -> Arc<Account> {
        let identifier = if person.identifier.is_empty() { &person.user } else { &person.identifier };
        let identifier = Digest::of_identifier(&self.accounts.key, identifier);
        let terms = context.terms();
        let lead = |name: &Digest| self.accounts.identify(name, &identifier, true, &terms);
        let account = lead(&context.name).unwrap_or_else(|_| Account::new(&self.rules));
        let names = person.names.iter().flatten();
        names.for_each(|name| drop(lead(&Digest::of_name(&self.accounts.key, &canonical(name)))));
        account.note_name(context.name, person.names.is_some());
        let account = account.current();
        context.prove(&account);
        account
    }

    fn refused(&self, question: &Question<'_>, refusal: Refusal, now: Moment) -> Outcome {
        self.counts.answered(&self.label, now.wall);
        self.proved.remove(&question.digest, now.monotonic);
        if !self.rules.remember_refused.is_zero() {
            let until = now.monotonic.saturating_add(seconds(self.rules.remember_refused));
            self.refused.insert(question.digest, &RefusedUntil { refusal, until }, now.monotonic);
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

    /// Sets back what was counted for an account, as of a time in seconds since 1970 or of now: by the name of its user as
    /// identities have it, or by one that it logs in by. Whether there was something to set back.
    pub(crate) fn unlock(&self, user: &str, at: Option<i64>) -> bool {
        let key = &self.accounts.key;
        let (_, bare) = user.rsplit_once('\\').unwrap_or(("", user));
        let (local, _) = bare.rsplit_once('@').unwrap_or((bare, ""));
        let names = [user, bare, local].map(|name| Digest::of_name(key, &canonical(name)));
        let ways = names.into_iter().chain([user, bare].map(|name| Digest::of_identifier(key, name)));
        let mut accounts: Vec<_> =
            ways.filter_map(|way| self.accounts.find(&way)).map(|found| found.current()).collect();
        accounts.dedup_by(|one, other| Arc::ptr_eq(one, other));
        let unlocked = accounts.iter().filter(|account| account.unlock(at)).count();
        unlocked > 0
    }

    /// Proofs that are remembered, checks that run, and requests that wait for their turn.
    pub(crate) fn load(&self) -> (usize, u32, u32) {
        let (running, waiting) = self.desk.load();
        (self.proved.len(), running, waiting)
    }
}

/// Nobody needs the answers any more that are still to come.
impl Drop for Directory {
    fn drop(&mut self) {
        self.late.close(&*self.check);
    }
}

fn turned_away(why: TurnedAway) -> Outcome {
    match why {
        TurnedAway::Limited(limited) => Outcome::Limited(limited),
        TurnedAway::Full => Outcome::Busy,
    }
}

fn lane(account: Option<&Account>, now: Moment) -> Lane {
    if account.is_some_and(|account| account.is_known(now)) { Lane::Known } else { Lane::Stranger }
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
