//! One question to a directory, as what it says of the account is noted.

use super::account::Account;
use super::accounts::{Accounts, Full};
use super::attempt::Attempt;
use super::digest::Digest;
use super::record::{End, Limited, Terms, Tried};
use super::{Answer, Rules};
use crate::clock::Clock;
use crate::code::Code;
use std::sync::Arc;

/// A question to a directory about a password, with what was reserved for it.
#[derive(Debug)]
pub(crate) struct Asked {
    context: Option<Context>,
}

#[derive(Debug)]
pub(super) struct Context {
    pub(super) accounts: Arc<Accounts>,
    pub(super) rules: Arc<Rules>,
    pub(super) forms: u32,
    pub(super) secret: u64,
    pub(super) clock: Clock,
    pub(super) tried: Tried,
    /// Of the name that was given.
    pub(super) name: Digest,
    /// `None` as long as the account is not known, and nothing counts for a name.
    pub(super) attempt: Option<Attempt>,
}

/// Why the password of an account that was found is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    Limited(Limited),
    Full,
}

impl Context {
    pub(super) fn terms(&self) -> Terms<'_> {
        let Self { rules, forms, secret, .. } = self;
        let (moment, generation) = (self.clock.moment(), self.accounts.generation());
        Terms { rules, forms: *forms, moment, generation, secret: *secret }
    }

    /// Reserves a check of an account.
    pub(super) fn reserve(&mut self, digest: &Digest) -> Result<(), TurnedAway> {
        self.accounts.enter();
        // A record may be let go between finding it and reserving: then there is another one.
        for _ in 0..8 {
            let terms = self.terms();
            let account = self.accounts.find_or_make(digest, &terms).map_err(|Full| TurnedAway::Full)?;
            match account.reserve(self.tried, &terms) {
                Some(Ok(attempt)) => {
                    self.attempt = Some(attempt);
                    return Ok(());
                }
                Some(Err(limited)) => return Err(TurnedAway::Limited(limited)),
                None => {}
            }
        }
        Err(TurnedAway::Full)
    }

    /// The account is known: what was reserved for its name is reserved for it.
    fn found(&mut self, identifier: &str) -> Result<(), TurnedAway> {
        let identifier = Digest::of_identifier(&self.accounts.key, identifier);
        let terms = self.terms();
        let account = self.accounts.identify(&self.name, &identifier, false, &terms);
        let account = account.map_err(|Full| TurnedAway::Full)?;
        let is_reserved = self.attempt.as_ref().is_some_and(|attempt| Arc::ptr_eq(&attempt.account(), &account));
        if is_reserved {
            return Ok(());
        }
        self.end(End::Void);
        self.reserve(&identifier)
    }

    pub(super) fn end(&mut self, end: End) {
        let Some(attempt) = self.attempt.take() else { return };
        let terms = self.terms();
        attempt.end(end, &terms);
    }

    /// The password is right, and this is the account.
    pub(super) fn prove(&mut self, account: &Arc<Account>) {
        let Some(attempt) = self.attempt.take() else { return };
        let terms = self.terms();
        attempt.prove(account, &terms);
    }

    /// What an answer means for the count. The client must not see by it that a password is right, if it is not to be told
    /// the state of the account: then a right one counts as a wrong one does.
    pub(super) fn end_of(&self, answer: &Answer) -> End {
        let is_told =
            |code| self.rules.tell_account_state && !matches!(code, Code::BasicRejected | Code::AccountLocked);
        match answer {
            Answer::Proved(_) => End::Proved,
            Answer::Refused(refusal) if is_told(refusal.code) => End::Told,
            Answer::Refused(_) | Answer::Missing(_) | Answer::Unanswered(_) => End::Failed,
            Answer::Elsewhere | Answer::TurnedAway(_) | Answer::Unavailable(_) | Answer::Resting(..) => End::Void,
        }
    }
}

impl Asked {
    pub(super) fn new(context: Context) -> Self {
        Self { context: Some(context) }
    }

    /// A question that counts for nobody.
    pub(crate) fn alone() -> Self {
        Self { context: None }
    }

    /// The directory has found the account, by what it is never called otherwise. A password is sent only if it may be.
    pub(crate) fn found(&mut self, identifier: &str) -> Result<(), TurnedAway> {
        self.context.as_mut().map_or(Ok(()), |context| context.found(identifier))
    }

    /// Nobody waits for the answer any more.
    pub(super) fn settle(mut self, answer: &Answer) {
        if let Some(context) = &mut self.context {
            let end = context.end_of(answer);
            context.end(end);
        }
    }

    pub(super) fn into_context(self) -> Option<Context> {
        self.context
    }
}
