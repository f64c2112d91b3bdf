//! Texts of a configuration: their shape, lists of them, and spans of time.

use super::error::ConfigError;
use crate::limits;
use std::collections::HashSet;
use std::ops::RangeInclusive;

type Result<T> = std::result::Result<T, ConfigError>;

/// A list that needs at least one value.
pub(super) fn check_list(path: &str, values: &[String]) -> Result<()> {
    if values.is_empty() {
        return Err(ConfigError::invalid(path, "the list is empty"));
    }
    check_values(path, values)
}

pub(super) fn check_values(path: &str, values: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    for (index, value) in values.iter().enumerate() {
        let path = format!("{path}[{index}]");
        check_text(&path, value)?;
        if !seen.insert(value) {
            return Err(ConfigError::invalid(path, format!("\"{value}\" stands in the list twice")));
        }
    }
    Ok(())
}

pub(super) fn check_text(path: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        Err(ConfigError::invalid(path, "the text is empty"))
    } else if text.len() > limits::CONFIGURATION_TEXT_BYTES {
        Err(ConfigError::invalid(path, "the text has more than 4096 bytes"))
    } else if text.chars().any(char::is_control) {
        Err(ConfigError::invalid(path, "the text holds a control character"))
    } else if text.trim() != text {
        Err(ConfigError::invalid(path, "the text begins or ends with white space"))
    } else {
        Ok(())
    }
}

/// A span of time in seconds: a number with the unit s, m or h. `expected` says what is allowed, for the error.
pub(super) fn seconds(path: &str, text: &str, allowed: RangeInclusive<i64>, expected: &str) -> Result<i64> {
    let parse = || {
        let (number, unit) = text.split_at_checked(text.find(|character: char| !character.is_ascii_digit())?)?;
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        number.parse::<i64>().ok()?.checked_mul(factor)
    };
    let found = parse().filter(|seconds| allowed.contains(seconds));
    found.ok_or_else(|| ConfigError::invalid(path, format!("a number with {expected} is expected")))
}

pub(super) fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}
