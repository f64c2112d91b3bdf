//! Why a server gave no answer, in words for an administrator.

use super::message::Outcome;
use crate::http::{self, shown};
use std::io;

/// Why a server gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    /// Whether no other server may be asked: this one may have counted the password, or all would say the same.
    pub(super) is_final: bool,
    /// Whether a password was sent that nobody knows the fate of: it may have been counted as wrong.
    pub(super) was_sent: bool,
    /// Whether the server is left alone for a while.
    pub(super) rests: bool,
}

impl Fault {
    /// The server can't be reached, or does not speak as it should.
    pub(super) fn server(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_final: false, was_sent: false, rests: true }
    }

    /// It says something that another one would say too.
    pub(super) fn of_directory(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_final: true, was_sent: false, rests: false }
    }

    /// The password was sent, and found right: whatever came then, it is not sent again.
    pub(super) fn after_password(self) -> Self {
        Self { is_final: true, ..self }
    }

    /// The password was sent, and there is no answer.
    pub(super) fn unanswered(self) -> Self {
        Self { is_final: true, was_sent: true, ..self }
    }

    pub(super) fn io(error: &io::Error) -> Self {
        let in_time = !matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock);
        Self::server(if in_time { http::Fault::io(error).what } else { "no answer in time".into() })
    }

    /// A request was answered with another result than success.
    pub(super) fn outcome(doing: &str, outcome: &Outcome) -> Self {
        Self::of_directory(said(doing, outcome))
    }
}

/// What the server answers, with advice where the result code has one.
pub(super) fn said(doing: &str, outcome: &Outcome) -> String {
    let advice = match outcome.code {
        8 | 13 => ": it demands TLS; use ldaps, or start_tls",
        10 => ": it refers to another server, which is not followed; give the address of that one",
        32 => ": it has no such entry; see base",
        49 => ": it refuses the name or the password",
        50 => ": the account lacks the right",
        51 | 52 => ": it is busy, or shutting down",
        53 => ": it is unwilling; its log says why",
        _ => "",
    };
    let text = shown(outcome.text.trim());
    let text = if text.is_empty() { String::new() } else { format!(" ({text})") };
    format!("{doing}, the server answers with result code {}{text}{advice}", outcome.code)
}
