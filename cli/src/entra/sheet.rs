//! A page of labelled texts: for a terminal, and as JSON.

use crate::console::{FAINT, Output, PLAIN, STRONG, column, harmless, paint};
use serde_json::{Map, Value, json};
use std::io;

/// Columns that a label makes room for, at most: names of a configuration may be long.
const LABEL: usize = 32;

/// Texts below a title.
pub(super) struct Section {
    pub(super) title: String,
    /// The name in JSON.
    pub(super) key: &'static str,
    pub(super) rows: Vec<Row>,
}

/// A label and its text.
pub(super) type Row = (String, String);

pub(super) fn row(label: &str, text: impl Into<String>) -> Row {
    (label.to_owned(), text.into())
}

impl Section {
    pub(super) fn new(key: &'static str, title: impl Into<String>, rows: Vec<Row>) -> Self {
        Self { title: title.into(), key, rows }
    }

    fn print(&self, output: &mut Output) -> io::Result<()> {
        output.line(paint(STRONG, harmless(&self.title)))?;
        let width = self.rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0).min(LABEL);
        self.rows.iter().try_for_each(|(label, text)| {
            output.wrapped(&format!("  {}  ", column(FAINT, &harmless(label), width)), width + 4, PLAIN, text)
        })
    }

    fn to_json(&self) -> Value {
        let rows = self.rows.iter().filter(|(_, text)| !text.is_empty());
        rows.map(|(label, text)| (label.replace([' ', '-'], "_").to_lowercase(), json!(text)))
            .collect::<Map<_, _>>()
            .into()
    }
}

/// Prints sections with an empty line between.
pub(super) fn print(sections: &[Section], output: &mut Output) -> io::Result<()> {
    for (index, section) in sections.iter().enumerate() {
        if index > 0 {
            output.line("")?;
        }
        section.print(output)?;
    }
    Ok(())
}

/// One object with a member for each section.
pub(super) fn to_json(sections: &[Section]) -> Map<String, Value> {
    sections.iter().map(|section| (section.key.to_owned(), section.to_json())).collect()
}
