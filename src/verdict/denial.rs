//! Why a request is denied, and what to answer.

use super::Verdict;
use crate::code::Code;
use std::fmt;

/// A denial. Nothing in it is a secret, or a part of the token.
///
/// ```
/// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
/// # use doorward::{Request, Verifier};
/// # let verdict = Verifier::open(&config)?.verify(&Request::new("reports"));
/// let denial = verdict.denial().expect("the API is off");
/// assert_eq!(denial.http(), 403);
/// assert_eq!(denial.to_string(), "4101 ApiDisabled: this API is switched off");
/// # Ok::<(), doorward::ConfigError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Denial<'v> {
    pub(super) verdict: &'v Verdict,
}

impl<'v> Denial<'v> {
    /// The stable code.
    pub fn code(self) -> Code {
        self.verdict.code
    }

    /// The code that the client may be told. It is another one where the configuration keeps the state of an account from
    /// whoever may be guessing its password (`tell_account_state`).
    pub fn client_code(self) -> Code {
        self.verdict.parts.client_code.unwrap_or(self.code())
    }

    /// The HTTP status to send.
    pub fn http(self) -> u16 {
        self.code().http().unwrap_or(500)
    }

    /// The value of `WWW-Authenticate` to send; empty where no such header goes with the denial.
    pub fn challenge(self) -> &'v str {
        self.verdict.piece(&self.verdict.parts.challenge)
    }

    /// The value of `Retry-After` to send, in seconds; `None` where no such header goes with the denial.
    pub fn retry_after(self) -> Option<u32> {
        Some(self.verdict.parts.retry_after).filter(|seconds| *seconds > 0)
    }

    /// The claim, or member of the token's header, that the denial is about; for the log.
    pub fn claim(self) -> Option<&'v str> {
        Some(self.verdict.piece(&self.verdict.parts.claim)).filter(|claim| !claim.is_empty())
    }

    /// What was expected of it, or what is wrong; for the log.
    pub fn expected(self) -> Option<&'v str> {
        Some(self.verdict.piece(&self.verdict.parts.expected)).filter(|expected| !expected.is_empty())
    }
}

impl fmt::Display for Denial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        match (self.claim(), self.expected()) {
            (None, None) => Ok(()),
            (Some(claim), None) => write!(f, " ({claim})"),
            (None, Some(expected)) => write!(f, " ({expected})"),
            (Some(claim), Some(expected)) => write!(f, " ({claim}: expected {expected})"),
        }
    }
}

impl fmt::Debug for Denial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Denial({self})")
    }
}
