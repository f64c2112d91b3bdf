//! Basic credentials (RFC 7617), from their shape to the API's policy.
//!
//! `verify` knows what was proved or refused lately; for all else it says that the answer takes time. Scopes, clients and
//! rules for claims are about tokens: of the API's policy the user managers and the roles are asked for.

use super::{Accepted, Manner, Resolving, Scratch, State, Step, Trace};
use crate::basic::{Directory, Doubt, Limited, Outcome, Proof, Question, Refusal};
use crate::clock::Moment;
use crate::code::{Block, Code};
use crate::denylist::{Account, Hit};
use crate::keys::Patience;
use crate::limits;
use crate::parse::basic::{Room, parse};
use crate::parse::claims::Claims;
use crate::parse::json::{Document, Most};
use crate::policy::check::{self, Caller, Expected, Failure};
use crate::policy::logins::Destination;
use crate::policy::{Api, UserManager};
use crate::request::Method;

pub(super) fn basic<'p, 'c>(
    state: &'p State,
    api: &'p Api,
    (credential, peer): (&[u8], Option<&[u8]>),
    manner: Manner<'_>,
    scratch: &'c mut Scratch,
    trace: &mut impl Trace,
) -> Result<Accepted<'p, 'c>, Failure<'p>> {
    trace.enter(Step::Credentials { credential });
    let mut room = Room::new();
    let (user, password) = parse(credential, &mut room)?;

    trace.enter(Step::Directory { api, user, password, policy: &state.policy });
    let Destination { directory, entry, login } = state.policy.logins.find(api, user, password)?;
    let manager = state.policy.user_managers.get(entry.manager).ok_or(Code::DirectoryUnavailable)?;
    check::listed(api, manager)?;
    let directory = state.directories.get(directory).ok_or(Code::DirectoryUnavailable)?;

    let now = Moment { wall: manner.asking.now, monotonic: manner.clock.monotonic() };
    let question = directory.question(login, peer);
    trace.enter(Step::Password { directory, question, now });
    let asker = Asker { state, directory, manager, question, manner, now };
    let hit = asker.prove(&mut scratch.payload)?;
    let claims = claims(&scratch.payload)?;

    let (denylist, asked) = (&state.denylist, state.asked(None, now.wall));
    let account = || asker.account(claims);
    trace.enter(Step::Revocation { method: Method::Basic, hit, claims, account: &account, denylist, asked });
    hit.map_or(Ok(()), |hit| Err(revocation(hit)))?;
    let user = claims.string("sub").present().ok_or(Code::DirectoryUnavailable)?;
    trace.enter(Step::Role { api, caller: Caller::Anybody, claims });
    check::roles(api, Caller::Anybody, claims)?;
    let ids = claims.string("tid").present().zip(claims.string("oid").present());
    Ok(Accepted { manager, user, caller: Caller::Anybody, method: Method::Basic, ids })
}

/// Who asks for a proof.
struct Asker<'p, 'a> {
    state: &'p State,
    directory: &'p Directory,
    manager: &'p UserManager,
    question: Question<'a>,
    manner: Manner<'a>,
    now: Moment,
}

impl<'p> Asker<'p, '_> {
    /// Fills in the claims of who the password is of: as it is remembered, or as the directory says, where it may be asked.
    /// The denylist's entry for the person, if there is one.
    fn prove(&self, document: &mut Document) -> Result<Option<Hit>, Failure<'p>> {
        let Self { directory, question, now, .. } = self;
        let remembered = directory.proof(question, *now, |proof| load(proof, document)).transpose()?.is_some();
        let hit = if remembered { self.revoked(claims(document)?) } else { None };
        // What was proved before an instant may have to be proved anew.
        let anew = hit.is_some_and(|hit| hit.issued_before.is_some());
        if remembered && !anew {
            return Ok(hit);
        }
        document.clear();
        let doubt = if anew { Doubt::Nothing } else { directory.doubt(question, *now) };
        let proof = match (doubt, self.manner.resolving) {
            (Doubt::Refused(refusal), _) => return Err(self.refused(refusal)),
            (Doubt::Nothing, Some(Resolving { end, threads })) => {
                directory.ask(question, anew, self.manner.clock, (end, threads))
            }
            (Doubt::Nothing, None) => return Err(self.put_off()),
        };
        match proof {
            Outcome::Proved(proof) => {
                load(&proof, document)?;
                Ok(self.revoked(claims(document)?))
            }
            other => Err(self.failure(&other)),
        }
    }

    /// The answer of who may not block.
    fn put_off(&self) -> Failure<'p> {
        let Manner { asking, clock, .. } = self.manner;
        let is_silent = || self.directory.counts.failure.load().is_some();
        match self.directory.may_ask(&self.question, clock) {
            // Who only wants to know is told what came of it the last time.
            Ok(()) if asking.patience == Patience::None && is_silent() => {
                self.failure(&Outcome::Unavailable(limits::DIRECTORY_RETRY_SECONDS))
            }
            Ok(()) => Code::Pending.into(),
            Err(outcome) => self.failure(&outcome),
        }
    }

    fn failure(&self, outcome: &Outcome) -> Failure<'p> {
        let (code, retry_after) = match outcome {
            Outcome::Refused(refusal) => return self.refused(*refusal),
            Outcome::Limited(Limited(seconds)) => (Code::AttemptsLimited, *seconds),
            Outcome::Busy => (Code::DirectoryBusy, 1),
            Outcome::Unavailable(seconds) => (Code::DirectoryUnavailable, *seconds),
            Outcome::Proved(_) => (Code::DirectoryUnavailable, limits::DIRECTORY_RETRY_SECONDS),
        };
        Failure { retry_after, ..Failure::new(code, "", Expected::Nothing) }
    }

    fn refused(&self, refusal: Refusal) -> Failure<'p> {
        let expected = refusal.reason.known().map_or(Expected::Nothing, |known| Expected::Text(known.title));
        let is_hidden = refusal.code.block() == Block::Account && !self.directory.rules.tell_account_state;
        let client_code = is_hidden.then_some(Code::BasicRejected);
        Failure { client_code, ..Failure::new(refusal.code, "", expected) }
    }

    fn revoked(&self, claims: Claims<'_>) -> Option<Hit> {
        let asked = self.state.asked(None, self.now.wall);
        self.state.denylist.token(claims, || self.account(claims), asked)
    }

    fn account<'c>(&self, claims: Claims<'c>) -> Option<Account<'c>>
    where
        'p: 'c,
    {
        Some((&self.manager.label, self.manager.case.written(claims.string("sub").present()?)))
    }
}

fn revocation<'p>(hit: Hit) -> Failure<'p> {
    Failure::new(Code::CredentialsRevoked, hit.claim, Expected::Text("a user that is not revoked"))
}

fn load<'p>(proof: &Proof, document: &mut Document) -> Result<(), Failure<'p>> {
    document
        .read(proof.claims().as_bytes(), Most::members(limits::TOKEN_MEMBERS))
        .map_err(|_| Code::DirectoryUnavailable.into())
}

fn claims<'c, 'p>(document: &'c Document) -> Result<Claims<'c>, Failure<'p>> {
    document.root().and_then(Claims::new).ok_or(Code::DirectoryUnavailable.into())
}
