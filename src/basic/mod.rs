//! Basic credentials (RFC 7617): the directories that check a password, and what is remembered of their answers.
//!
//! A directory is asked on a thread that may block, never by `verify`. It decides nothing about an API.

mod account;
mod accounts;
mod asked;
mod attempt;
mod counts;
mod desk;
mod digest;
mod directory;
pub(crate) mod entra_password;
pub(crate) mod htpasswd;
mod late;
pub(crate) mod ldap;
mod memory;
mod name;
mod proof;
mod record;
mod source;
mod unchecked;
pub(crate) mod windows;

pub(crate) use asked::{Asked, TurnedAway};
pub(crate) use counts::Counts;
pub(crate) use directory::{Directory, Doubt, Outcome, Question};
pub(crate) use proof::Proof;
pub(crate) use record::Limited;
pub(crate) use source::{Opening, Refused, Source};

use crate::code::Code;
use crate::entra;
pub(crate) use crate::parse::basic::{Login, Within};
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// What a directory says to a user name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// They are right.
    Proved(Person),
    /// It knows, and says no.
    Refused(Refusal),
    /// It has nobody of that name.
    Missing(Refusal),
    /// The name is none of its: it was not asked.
    Elsewhere,
    /// The account was found, and its password must not be checked now.
    TurnedAway(TurnedAway),
    /// It could not be asked, or did not look at the password: why, in plain words, for the operator.
    Unavailable(String),
    /// The password was sent, and nobody knows what became of it: it may have been counted as wrong.
    Unanswered(String),
    /// It wants to be left alone, for so many seconds.
    Resting(String, u32),
}

/// What is known of a name without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// Nothing: only asking tells.
    Untold,
    /// An account, by what it is never called otherwise; and what stands for its password, which changes with that.
    Account(Cow<'a, str>, u64),
    /// Nobody.
    Missing,
    /// The name is none of the directory's.
    Elsewhere,
}

/// Until when a check may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until {
    /// Everything before a password is sent.
    pub(crate) end: Instant,
    /// The answer to the password.
    pub(crate) answer: Instant,
}

/// A login that outlives its request. It is overwritten when dropped.
struct OwnLogin {
    user: Zeroizing<String>,
    within: OwnWithin,
    password: Zeroizing<String>,
}

enum OwnWithin {
    Plain,
    Domain(String),
    Realm(String),
}

impl OwnLogin {
    fn of(login: &Login<'_>) -> Self {
        let within = match login.within {
            Within::Plain => OwnWithin::Plain,
            Within::Domain(domain) => OwnWithin::Domain(domain.to_owned()),
            Within::Realm(realm) => OwnWithin::Realm(realm.to_owned()),
        };
        let [user, password] = [login.user, login.password].map(|text| Zeroizing::new(text.to_owned()));
        Self { user, within, password }
    }

    fn login(&self) -> Login<'_> {
        let within = match &self.within {
            OwnWithin::Plain => Within::Plain,
            OwnWithin::Domain(domain) => Within::Domain(domain),
            OwnWithin::Realm(realm) => Within::Realm(realm),
        };
        Login { user: &self.user, within, password: &self.password }
    }
}

/// Who a right password is of, as the directory has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// The one way that the directory writes the name, however it was typed.
    pub(crate) user: String,
    /// Groups or roles, by the names that an API's `roles` are compared with.
    pub(crate) roles: Vec<String>,
    /// Tenant and object id, where it is a user of Entra ID.
    pub(crate) ids: Option<[String; 2]>,
    /// Further claims of the identity, by name; none that a field above gives.
    pub(crate) claims: Vec<(String, String)>,
    /// By what the account is never called otherwise. Empty: by its name.
    pub(crate) identifier: String,
    /// Every name that its log-ins are counted by, if the directory tells them all.
    pub(crate) names: Option<Vec<String>>,
}

/// Why a directory says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Of the blocks 5000 and 5100.
    pub(crate) code: Code,
    pub(crate) reason: Reason,
}

impl Refusal {
    /// User name or password is wrong; which of them is not told.
    pub(crate) const REJECTED: Self = Self { code: Code::BasicRejected, reason: Reason::None };
}

/// The number that a directory gives with a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    None,
    /// There is nobody of that name, which is for the count alone.
    NoSuchUser,
    /// The digits after AADSTS.
    Aadsts(u32),
    /// A Windows error.
    Windows(u32),
}

impl Reason {
    /// What is known of the number.
    pub(crate) fn known(self) -> Option<&'static entra::Refusal> {
        match self {
            Self::None | Self::NoSuchUser => None,
            Self::Aadsts(number) => entra::aadsts(number),
            Self::Windows(number) => entra::windows_logon(number),
        }
    }
}

/// What is remembered of passwords, and how often a directory is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    /// How long a proved password is not checked again; zero: not at all.
    pub(crate) remember: Duration,
    pub(crate) remember_refused: Duration,
    pub(crate) max_concurrent: u32,
    pub(crate) max_waiting: u32,
    /// Failures of one account that are checked until a window has passed without one.
    pub(crate) max_failures: u32,
    /// Different passwords that may end without a check, before nothing remembered answers.
    pub(crate) max_unchecked: u32,
    pub(crate) failure_window: Duration,
    /// Whether the client may know why an account does not come in.
    pub(crate) tell_account_state: bool,
}

/// Checks passwords in one directory.
pub(crate) trait Check: fmt::Debug + Send + Sync {
    /// Checks a password. It may block, and returns in time. If the directory finds the account first, `asked` is told
    /// before the password is sent.
    fn check(&self, login: &Login<'_>, asked: &mut Asked, until: Until) -> Answer;

    /// What is known of a name without asking. Takes no lock.
    fn find<'a>(&'a self, login: &Login<'a>) -> Found<'a> {
        let _ = login;
        Found::Untold
    }

    /// The name that a login is counted by, as long as no identifier is known. Names of one account may differ, and several
    /// accounts may have the same.
    fn name<'a>(&self, login: &Login<'a>) -> Cow<'a, str> {
        Cow::Borrowed(login.user)
    }

    /// Whether [`Asked::found`] is told of each account: then nothing counts for a name.
    fn finds(&self) -> bool {
        false
    }

    /// By how many names, without domain and realm, one account can log in.
    fn forms(&self) -> u32 {
        1
    }

    /// Whether an answer may come after the request has ended. Then a check runs on a thread of the library.
    fn is_remote(&self) -> bool {
        false
    }

    /// Ends every check that runs, soon: nobody needs its answer any more.
    fn cancel(&self) {}

    /// Looks after what it holds, every half second: reads a file that has changed. Whether answers that it gave before
    /// may be wrong now. It may block.
    fn tend(&self) -> bool {
        false
    }

    /// Whether [`Check::tend`] has something to do.
    fn is_tended(&self) -> bool {
        false
    }
}
