//! Reads the text of a configuration into its document, with the place of what is wrong.

use super::document::Document;
use super::error::ConfigError;
use crate::code::Code;
use crate::limits;
use crate::parse::json::{self, MembersMax};
use serde_path_to_error::{Path, Segment};
use std::fmt::Write;

/// Reads a configuration. A byte order mark before it is skipped: editors leave it behind.
pub(crate) fn read(text: &str) -> Result<Document, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_strictness(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = path_text(error.path());
        describe(path, error.inner())
    })
}

/// Refuses what serde lets pass: repeated names anywhere, and nesting past the maximum.
fn check_strictness(text: &str) -> Result<(), ConfigError> {
    let mut document = json::Document::default();
    let outcome = document.read(text.as_bytes(), MembersMax(limits::CONFIGURATION_MEMBERS));
    document.zeroize();
    outcome.map_err(|error| {
        let before = text.get(..error.offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = format!("{} (line {line}, column {column})", error.what);
        ConfigError::new(Code::DocumentMalformed, "", message)
    })
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
fn describe(path: String, error: &serde_json::Error) -> ConfigError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let line = format!("(line {}, column {})", error.line(), error.column());
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names.split_first() {
        Some((name, known)) if message.starts_with("unknown field") => {
            let path = field_path(path, name);
            ConfigError::new(Code::FieldUnknown, path, format!("there is no such field{} {line}", hint(name, known)))
        }
        Some((name, _)) if message.starts_with("missing field") => {
            ConfigError::missing(field_path(path, name), format!("the field is missing {line}"))
        }
        Some((name, known)) if message.starts_with("unknown variant") => ConfigError::invalid(
            path,
            format!("\"{name}\" is not one of {}{} {line}", known.join(", "), hint(name, known)),
        ),
        _ => ConfigError::invalid(path, format!("{message} {line}")),
    }
}

/// serde's path ends at the object for a missing field, and at the field for an unknown one.
fn field_path(path: String, name: &str) -> String {
    if path == name || path.ends_with(&format!(".{name}")) {
        path
    } else if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn hint(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("; did you mean \"{nearest}\"?"),
        None => format!("; the fields are {}", known.join(", ")),
    }
}

/// The known name that is most like `name`, if one is.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(name, known);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|best| likeness(best) > 0.75)
}
