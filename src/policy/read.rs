//! Reads the text of a configuration into its document, with the place of what is wrong.

use super::document::Document;
use super::error::ConfigError;
use super::form::Object;
use crate::code::Code;
use crate::limits;
use crate::parse::json::{self, JsonError, Most};
use serde_path_to_error::{Path, Segment};
use std::borrow::Cow;
use std::fmt::Write;

/// Reads a configuration. A byte order mark before it is skipped: editors leave it behind.
pub(crate) fn read(text: &str) -> Result<Document, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > limits::CONFIGURATION_BYTES {
        return Err(ConfigError::new(Code::DocumentMalformed, "", "the configuration has more than 16 MiB"));
    }
    check_strictness(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let document: Result<Object<Document>, _> = serde_path_to_error::deserialize(&mut deserializer);
    document.map(|Object(document)| document).map_err(|error| {
        let path = path_text(error.path());
        describe(path, error.inner())
    })
}

/// Refuses what serde lets pass: repeated names anywhere, and nesting past the maximum.
fn check_strictness(text: &str) -> Result<(), ConfigError> {
    let mut document = json::Document::default();
    let outcome = document.read(text.as_bytes(), Most::members(limits::CONFIGURATION_MEMBERS));
    document.zeroize();
    outcome.map_err(|error| {
        let (line, column) = error.line_and_column(text.as_bytes());
        let message = format!("{} (line {line}, column {column})", syntax(text, error));
        ConfigError::new(Code::DocumentMalformed, "", message)
    })
}

/// What is wrong with the JSON, in the words of somebody who writes it by hand.
fn syntax(text: &str, error: JsonError) -> Cow<'static, str> {
    let rest = text.get(error.offset..).unwrap_or_default();
    let repeated =
        rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).filter(|_| error.what == json::REPEATED);
    let before = text.get(..error.offset).unwrap_or_default().trim_end();
    match repeated {
        Some((name, _)) => format!("the name \"{name}\" stands twice in one object").into(),
        None if text.trim().is_empty() => "the text is empty".into(),
        None if rest.starts_with(['/', '#']) => "JSON has no comments".into(),
        None if rest.starts_with(['}', ']']) && before.ends_with(',') => "there is a comma before the end".into(),
        None => error.what.into(),
    }
}

fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        let dot = if text.is_empty() { "" } else { "." };
        // Writing into a String does not fail.
        let _ = match segment {
            Segment::Seq { index } => write!(text, "[{index}]"),
            Segment::Map { key } => write!(text, "{dot}{key}"),
            Segment::Enum { variant } => write!(text, "{dot}{variant}"),
            Segment::Unknown => Ok(()),
        };
    }
    text
}

/// Turns serde's words into ours, with a code and, for an unknown field, the nearest known name.
/// serde's path ends at the field for an unknown one, and at the object for a missing one.
fn describe(path: String, error: &serde_json::Error) -> ConfigError {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let line = format!("(line {}, column {})", error.line(), error.column().max(1));
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names.split_first() {
        Some((name, known)) if message.starts_with("unknown field") => {
            let hint = hint(name, known).unwrap_or_else(|| format!("; the fields are {}", known.join(", ")));
            ConfigError::new(Code::FieldUnknown, path, format!("there is no such field{hint} {line}"))
        }
        Some((name, _)) if message.starts_with("missing field") => {
            let dot = if path.is_empty() { "" } else { "." };
            ConfigError::missing(format!("{path}{dot}{name}"), format!("the field is missing {line}"))
        }
        Some((name, known)) if message.starts_with("unknown variant") => {
            let hint = hint(name, known).unwrap_or_default();
            ConfigError::invalid(path, format!("\"{name}\" is not one of {}{hint} {line}", known.join(", ")))
        }
        _ => ConfigError::invalid(path, format!("{} {line}", wrong_type(message))),
    }
}

/// "invalid type: string "x", expected a boolean" in the words of JSON. The value is left out, for
/// it may be a secret in the wrong place.
fn wrong_type(message: &str) -> Cow<'_, str> {
    let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return message.into();
    };
    let expected = match expected {
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "an object",
        other => other,
    };
    let found = match found.split([' ', ',']).next() {
        Some("string") => "a string",
        Some("integer" | "floating") => "a number",
        Some("boolean") => "true or false",
        Some("sequence") => "an array",
        Some("map") => "an object",
        _ => "null",
    };
    format!("{expected} is expected, not {found}").into()
}

fn hint(name: &str, known: &[&str]) -> Option<String> {
    nearest(name, known.iter().copied()).map(|nearest| format!("; did you mean \"{nearest}\"?"))
}

/// The known name that is most like `name`, if one is.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let likeness = |known: &str| strsim::jaro_winkler(&folded, &known.to_lowercase());
    let known = known.filter(|known| known.len() <= limits::HINT_BYTES && name.len() <= limits::HINT_BYTES);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|best| likeness(best) > 0.75)
}
