//! Basic credentials (RFC 7617): the directories that check a password, and what is remembered of their answers.
//!
//! A directory is asked on a thread that may block, never by `verify`. It decides nothing about an API.

mod counts;
mod desk;
mod digest;
mod directory;
pub(crate) mod entra_password;
mod failures;
mod guesses;
pub(crate) mod htpasswd;
pub(crate) mod ldap;
mod memory;
mod proof;
mod source;
pub(crate) mod windows;

pub(crate) use counts::Counts;
pub(crate) use digest::Digest;
pub(crate) use directory::{Directory, Doubt, Outcome};
pub(crate) use failures::Limited;
pub(crate) use proof::Proof;
pub(crate) use source::{Opening, Refused, Source};

use crate::code::Code;
use crate::entra;
pub(crate) use crate::parse::basic::{Login, Within};
use std::fmt;
use std::time::{Duration, Instant};

/// What a directory says to a user name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// They are right.
    Proved(Person),
    /// It knows, and says no.
    Refused(Refusal),
    /// It could not be asked, or gave no answer: why, in plain words, for the operator.
    Unavailable(String),
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
}

/// Why a directory says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Of the blocks 5000 and 5100.
    pub(crate) code: Code,
    pub(crate) reason: Reason,
}

/// The number that a directory gives with a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    None,
    /// The digits after AADSTS.
    Aadsts(u32),
    /// A Windows error.
    Windows(u32),
}

impl Reason {
    /// What is known of the number.
    pub(crate) fn known(self) -> Option<&'static entra::Refusal> {
        match self {
            Self::None => None,
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
    /// Failures of one user that are checked within the window.
    pub(crate) max_failures: u32,
    pub(crate) failure_window: Duration,
    /// Whether the client may know why an account does not come in.
    pub(crate) tell_account_state: bool,
}

/// Checks passwords in one directory.
pub(crate) trait Check: fmt::Debug + Send + Sync {
    /// Checks a password. It may block, and returns by `end`.
    fn check(&self, login: &Login<'_>, end: Instant) -> Answer;

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
