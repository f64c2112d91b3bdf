//! What is remembered of passwords, and how often a directory is asked.

use super::Result;
use crate::basic::Rules;
use crate::limits;
use crate::policy::ConfigError;
use crate::policy::form::given;
use crate::policy::text::seconds;
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::time::Duration;

/// What is remembered of passwords, and how often they are checked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordsDocument {
    /// How long a right password is right without another check: a number with the unit s, m or h, from "0s", which
    /// checks each request, to "24h". Default: "5m".
    #[serde(default, deserialize_with = "given")]
    pub(crate) remember: Option<String>,
    /// How long a wrong password is wrong without another check, from "0s" to "5m". Default: "10s".
    #[serde(default, deserialize_with = "given")]
    pub(crate) remember_refused: Option<String>,
    /// How many passwords are checked at the same time, from 1 to 64. Default: 8; with `htpasswd`, which computes, half of the processor's cores.
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_concurrent: Option<u32>,
    /// How many more wait for their turn, from 0 to 1024. Beyond that requests are denied with 503. Default: 64.
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_waiting: Option<u32>,
    /// How many wrong passwords of one account are checked, from 1 to 1000: fewer than lock it in the directory. Then none is
    /// checked until `failure_window` has passed since the last of them. Default: 4.
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_failures: Option<u32>,
    /// How long an account has to be quiet until its failures are forgotten, as long as the directory counts them or longer,
    /// from "1m" to "24h". Default: "30m".
    #[serde(default, deserialize_with = "given")]
    pub(crate) failure_window: Option<String>,
    /// How many different passwords of one account may end without a check, from 1 to 100, before nothing that is
    /// remembered of it answers, until the directory has accepted a password again. Default: 20.
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_unchecked: Option<u32>,
    /// True tells the client why an account may not come in though its password may be right: that it is locked or
    /// disabled, its password has expired, or it needs a second factor. Whoever guesses passwords learns of it, too.
    /// Default: false, which tells only the log.
    #[serde(default)]
    pub(crate) tell_account_state: bool,
}

const DEFAULT: PasswordsDocument = PasswordsDocument {
    remember: None,
    remember_refused: None,
    max_concurrent: None,
    max_waiting: None,
    max_failures: None,
    failure_window: None,
    max_unchecked: None,
    tell_account_state: false,
};

/// `concurrent`: how many passwords the kind of directory checks at the same time, where nothing is said.
pub(super) fn compile(path: &str, document: Option<&PasswordsDocument>, concurrent: u32) -> Result<Rules> {
    let document = document.unwrap_or(&DEFAULT);
    let span = |name: &str, given: &Option<String>, default: &str, allowed, expected: &str| {
        let text = given.as_deref().unwrap_or(default);
        let seconds = seconds(&format!("{path}.{name}"), text, allowed, expected)?;
        Ok(Duration::from_secs(seconds.unsigned_abs()))
    };
    let (day, five) = (24 * 60 * 60, 5 * 60);
    Ok(Rules {
        remember: span("remember", &document.remember, "5m", 0..=day, "the unit s, m or h, from \"0s\" to \"24h\",")?,
        remember_refused: span(
            "remember_refused",
            &document.remember_refused,
            "10s",
            0..=five,
            "the unit s or m, from \"0s\" to \"5m\",",
        )?,
        max_concurrent: number(
            path,
            "max_concurrent",
            document.max_concurrent,
            concurrent,
            1..=limits::PASSWORD_CHECKS,
        )?,
        max_waiting: number(path, "max_waiting", document.max_waiting, 64, 0..=limits::PASSWORD_CHECKS_WAITING)?,
        max_failures: number(path, "max_failures", document.max_failures, 4, 1..=limits::PASSWORD_FAILURES)?,
        failure_window: span(
            "failure_window",
            &document.failure_window,
            "30m",
            60..=day,
            "the unit m or h, from \"1m\" to \"24h\",",
        )?,
        max_unchecked: number(path, "max_unchecked", document.max_unchecked, 20, 1..=limits::UNCHECKED_PASSWORDS)?,
        tell_account_state: document.tell_account_state,
    })
}

fn number(path: &str, name: &str, given: Option<u32>, default: u32, allowed: RangeInclusive<u32>) -> Result<u32> {
    let value = given.unwrap_or(default);
    if allowed.contains(&value) {
        return Ok(value);
    }
    let message = format!("a number from {} to {} is expected", allowed.start(), allowed.end());
    Err(ConfigError::invalid(format!("{path}.{name}"), message))
}
