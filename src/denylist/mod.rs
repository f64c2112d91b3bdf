//! Tokens that are good by themselves and must not come in any more.
//!
//! Entries come from a file, which is looked at again and again, or from the host by calls; each of them ends. Beside them
//! stand unlocks, which are handed on to who counts failures.
//! It decides nothing but whether an entry concerns a token. Claims are only looked at where the signature is good.

mod file;
mod kind;
mod line;
mod lines;
mod list;
mod unlock;

pub(crate) use file::{DenyFile, Refused};
pub(crate) use kind::Kind;
pub(crate) use unlock::Unlock;

use crate::code::Code;
use crate::limits::{CLOCK_SKEW_SECONDS_MAX, UNLOCKS};
use crate::parse::claims::Claims;
use kind::{Digests, Named};
pub(crate) use line::Known;
use line::Reading;
use lines::Fault;
use list::{Entry, List};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use unlock::Unlocks;

/// What was revoked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Denylist {
    calls: Arc<Calls>,
    file: Option<Arc<DenyFile>>,
}

/// Entries that came by calls, which another configuration leaves as they are.
#[derive(Debug, Default)]
struct Calls {
    digests: Digests,
    list: List,
}

/// Who made a token that is asked about, and when it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The name of the issuer in the configuration.
    pub(crate) issuer: &'a str,
    pub(crate) now: i64,
    /// An entry holds for as long after its end as a token does after its expiry.
    pub(crate) skew: i64,
}

/// A label, and the name of one of its users as the identity has it.
pub(crate) type Account<'a> = (&'a str, Cow<'a, str>);

/// An entry that concerns a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    /// Whether it is for one issuer.
    pub(crate) of_issuer: bool,
    /// The claim, or the member of the header, that it was found by; empty for an account.
    pub(crate) claim: &'static str,
    /// The line of the file; 0 where it came by a call.
    pub(crate) line: u32,
    /// The instant before which the token was issued, where that is what is revoked.
    pub(crate) issued_before: Option<i64>,
    pub(crate) until: i64,
}

/// Entries that a host hands over are refused, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationError {
    code: Code,
    message: String,
}

impl RevocationError {
    /// [`Code::ArgumentInvalid`] where a line is wrong, [`Code::DenylistFull`] where there is no room for all of them.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, in plain words, with the number of the line.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::fmt::Display for RevocationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RevocationError {}

/// Where a token names what may be revoked, and as what.
const PLACES: [(Kind, &str); 9] = [
    (Kind::TokenId, "jti"),
    (Kind::TokenId, "uti"),
    (Kind::User, "oid"),
    (Kind::Subject, "sub"),
    (Kind::Session, "sid"),
    (Kind::Client, "azp"),
    (Kind::Client, "appid"),
    (Kind::Client, "client_id"),
    (Kind::Any, "iat"),
];

impl Denylist {
    /// Reads the file of a configuration, whose issuers and labels are `known`, and keeps what came by calls `before`.
    pub(crate) fn open(
        path: Option<&Path>,
        known: &dyn Known,
        before: Option<&Self>,
        now: i64,
    ) -> Result<Self, Refused> {
        let calls = before.map_or_else(Arc::default, |before| before.calls.clone());
        let reading = Reading { digests: &calls.digests, known };
        let before = before.and_then(|before| before.file.as_deref());
        let file = path.map(|path| DenyFile::open(path, &reading, before, now).map(Arc::new)).transpose()?;
        Ok(Self { calls, file })
    }

    /// Takes entries, line by line as in a file: all of them, or on an error none. Those that have ended are left out.
    /// How many lines were taken, and the unlocks among them.
    pub(crate) fn revoke(
        &self,
        lines: &str,
        known: &dyn Known,
        now: i64,
    ) -> Result<(usize, Vec<Unlock>), RevocationError> {
        let now = now - CLOCK_SKEW_SECONDS_MAX;
        let full = || RevocationError {
            code: Code::DenylistFull,
            message: "there is no room for more entries: a million that came by calls are in force".to_owned(),
        };
        let reading = Reading { digests: &self.calls.digests, known };
        let mut records = Vec::new();
        let take = |mut batch: Vec<_>| {
            records.append(&mut batch);
            Ok(())
        };
        let unlocks = lines::read(lines.as_bytes(), &reading, now, take).map_err(|fault| match fault {
            Fault::Full => full(),
            Fault::TooManyUnlocks => invalid(format!("the text has more than {UNLOCKS} unlocks")),
            Fault::Line(number, what) => invalid(format!("line {number}: {what}")),
            Fault::TooLarge => invalid("the text has more than 256 MiB".to_owned()),
            // A text in memory can be read.
            Fault::Unreadable(error) => invalid(error.to_string()),
        })?;
        records.iter_mut().for_each(|(_, entry)| entry.line = 0);
        let unlocks = unlocks.beyond(&Unlocks::default());
        let count = records.len() + unlocks.len();
        self.calls.list.add(records, now).map(|()| (count, unlocks)).map_err(|_| full())
    }

    /// Reads the file again where it has changed, and hands over the unlocks that it did not have before. May block.
    pub(crate) fn look(&self, known: &dyn Known, now: i64, lift: impl FnOnce(&[Unlock])) {
        if let Some(file) = &self.file {
            file.look(&Reading { digests: &self.calls.digests, known }, now, lift);
        }
    }

    /// The unlocks of the file that the one `before` did not have.
    pub(crate) fn new_unlocks(&self, before: &Self) -> Vec<Unlock> {
        let of = |list: &Self| list.file.as_ref().map_or_else(Arc::default, |file| file.held().unlocks.clone());
        of(self).beyond(&of(before))
    }

    /// The file, where the configuration names one.
    pub(crate) fn file(&self) -> Option<&DenyFile> {
        self.file.as_deref()
    }

    /// How many entries of a kind came by calls, and stand in the file.
    pub(crate) fn counts(&self, kind: Kind) -> (usize, usize) {
        let count = |list: &List| {
            [None, Some("")].map(|issuer| list.count(Named { kind, issuer, texts: ["", ""] }.slot())).iter().sum()
        };
        (count(&self.calls.list), self.file.as_ref().map_or(0, |file| count(&file.held().list)))
    }

    /// Whether the key of this id is revoked.
    pub(crate) fn key(&self, id: &str, asked: Asked<'_>) -> Option<Hit> {
        self.search(asked, || None, |search| search.find(Kind::KeyId, "kid", [id, ""]))
    }

    /// Whether a token is revoked, by its verified claims, or else by the account that it is for, which is only asked for
    /// where an account is revoked.
    pub(crate) fn token<'a>(
        &self,
        claims: Claims<'_>,
        account: impl Fn() -> Option<Account<'a>>,
        asked: Asked<'_>,
    ) -> Option<Hit> {
        let issued_at = || claims.date("iat").present();
        self.search(asked, issued_at, |search| {
            let mut places = PLACES.into_iter().filter(|(kind, _)| search.has(*kind));
            let by_claim = places.find_map(|(kind, claim)| search.find(kind, claim, texts(kind, claim, claims)?));
            by_claim.or_else(|| {
                let (label, user) = search.has(Kind::Account).then(&account)??;
                search.find(Kind::Account, "", [label, &user])
            })
        })
    }

    /// Searches what came by calls, and the file. No lock, no allocation.
    fn search(
        &self,
        asked: Asked<'_>,
        issued_at: impl FnOnce() -> Option<i64>,
        find: impl Fn(&Search<'_>) -> Option<Hit>,
    ) -> Option<Hit> {
        let held = self.file.as_ref().map(|file| file.held());
        let of_file = held.as_ref().map(|held| &*held.list);
        let former = held.as_ref().and_then(|held| held.former.as_deref());
        let lists = [Some(&self.calls.list), of_file, former];
        if lists.iter().flatten().all(|list| list.len() == 0) {
            return None;
        }
        find(&Search { lists, digests: &self.calls.digests, asked, issued_at: issued_at() })
    }
}

fn invalid(message: String) -> RevocationError {
    RevocationError { code: Code::ArgumentInvalid, message }
}

/// What a token says at one of the places.
fn texts<'a>(kind: Kind, claim: &str, claims: Claims<'a>) -> Option<[&'a str; 2]> {
    // An issuer may write an id as a number, but that of the token itself; an entry has its digits.
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str().or_else(|| value.as_number()));
    match kind {
        Kind::Any => Some(["", ""]),
        Kind::User => Some([text("tid")?, text(claim)?]),
        Kind::Account => None,
        Kind::TokenId | Kind::Subject | Kind::Session | Kind::Client | Kind::KeyId => Some([text(claim)?, ""]),
    }
}

/// A question to the lists.
struct Search<'a> {
    /// Those that there are; the first ones come first.
    lists: [Option<&'a List>; 3],
    digests: &'a Digests,
    asked: Asked<'a>,
    issued_at: Option<i64>,
}

impl Search<'_> {
    /// Entries for all issuers, and for this one, as far as there may be some.
    fn scopes<'t>(&'t self, kind: Kind, texts: [&'t str; 2]) -> impl Iterator<Item = Named<'t>> {
        let scopes = [None, Some(self.asked.issuer)].into_iter().map(move |issuer| Named { kind, issuer, texts });
        scopes.filter(|named| self.lists.iter().flatten().any(|list| list.has(named.slot())))
    }

    fn has(&self, kind: Kind) -> bool {
        self.scopes(kind, ["", ""]).next().is_some()
    }

    fn find(&self, kind: Kind, claim: &'static str, texts: [&str; 2]) -> Option<Hit> {
        self.scopes(kind, texts).find_map(|named| {
            let digest = self.digests.of(&named);
            let mut lists = self.lists.iter().flatten().filter(|list| list.has(named.slot()));
            let (line, (issued_before, until)) = lists.find_map(|list| {
                let entry = list.find(digest)?;
                Some((entry.line, self.rule(&entry)?))
            })?;
            Some(Hit { kind, of_issuer: named.issuer.is_some(), claim, line, issued_before, until })
        })
    }

    /// Which rule of an entry holds, and until when.
    fn rule(&self, entry: &Entry) -> Option<(Option<i64>, i64)> {
        let [until, issued_until, issued_before] =
            [entry.until, entry.issued_until, entry.issued_before].map(i64::from);
        let now = self.asked.now - self.asked.skew;
        if until > 0 && now <= until {
            return Some((None, until));
        }
        // A token that does not say when it was issued may have been issued before.
        let is_older = self.issued_at.is_none_or(|issued_at| issued_at < issued_before);
        (issued_until > 0 && now <= issued_until && is_older).then_some((Some(issued_before), issued_until))
    }
}
