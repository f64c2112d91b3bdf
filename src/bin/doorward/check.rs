//! `doorward check`: whether a configuration is good, and what is in it.

use crate::console::{CAUTION, FAINT, GOOD, Output, PLAIN, STRONG, column, harmless, paint};
use crate::{Ending, Failure, input};
use clap::Args;
use doorward::{Note, Verifier};
use serde_json::{Map, Value, json};
use std::io;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The configuration; "-": standard input
    #[arg(value_name = "CONFIG")]
    config: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let (config, text) = input::configuration(&arguments.config)?;
    let notes = Verifier::check(&config)?;
    // It was found to be good, so this only reads names out of it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if output.json() {
        output.value(&to_json(&document, &notes))?;
        return Ok(Ending::Good);
    }
    let name = arguments.config.display();
    output.line(format_args!("{}  {name}", paint(GOOD, "ok")))?;
    section(output, "issuers", members(&document, "issuers"), issuer_line)?;
    section(output, "apis", members(&document, "apis"), api_line)?;
    print_notes(&notes, output)?;
    Ok(Ending::Good)
}

fn to_json(document: &Value, notes: &[Note]) -> Value {
    let names = |field| members(document, field).into_iter().flatten().map(|(name, _)| name.clone());
    let apis = members(document, "apis").into_iter().flatten();
    let apis: Vec<_> = apis.map(|(name, api)| json!({ "name": name, "enabled": is_enabled(api) })).collect();
    let notes: Vec<_> = notes.iter().map(|note| json!({ "path": note.path(), "message": note.message() })).collect();
    json!({ "ok": true, "issuers": names("issuers").collect::<Vec<_>>(), "apis": apis, "notes": notes })
}

fn members<'a>(document: &'a Value, field: &str) -> Option<&'a Map<String, Value>> {
    document.get(field)?.as_object()
}

type Describe = fn(&Value) -> Vec<String>;

/// A list of names, each with what `describe` says of it.
fn section(
    output: &mut Output,
    title: &str,
    entries: Option<&Map<String, Value>>,
    describe: Describe,
) -> io::Result<()> {
    let Some(entries) = entries.filter(|entries| !entries.is_empty()) else { return Ok(()) };
    output.line(format_args!("\n{}", paint(STRONG, title)))?;
    let width = entries.keys().map(|name| name.chars().count()).max().unwrap_or(0).min(32);
    for (name, entry) in entries {
        let head = format!("  {}  ", column(PLAIN, &harmless(name), width));
        output.wrapped(&head, width + 4, FAINT, &describe(entry).join(" · "))?;
    }
    Ok(())
}

fn issuer_line(issuer: &Value) -> Vec<String> {
    let source = ["jwks_file", "pem_file"].into_iter().find_map(|field| issuer[field].as_str());
    let source = source.map_or("inline keys".to_owned(), |file| format!("keys in {file}"));
    vec![text(&issuer["issuer"]), list("", &issuer["algorithms"]), list("for ", &issuer["audiences"]), source]
}

fn api_line(api: &Value) -> Vec<String> {
    if !is_enabled(api) {
        return vec!["switched off".to_owned()];
    }
    let lists = ["issuers", "user_managers", "scopes", "roles", "clients"];
    let lists = lists.into_iter().map(|field| list(&format!("{} ", field.replace('_', " ")), &api[field]));
    let lists = std::iter::once(list("", &api["accept"])).chain(lists);
    std::iter::once("on".to_owned()).chain(lists.filter(|list| !list.is_empty())).collect()
}

fn is_enabled(api: &Value) -> bool {
    api["enabled"].as_bool().unwrap_or(false)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The texts of an array after some words; nothing where there are none.
fn list(words: &str, value: &Value) -> String {
    let texts: Vec<_> = value.as_array().into_iter().flatten().map(text).collect();
    if texts.is_empty() { String::new() } else { format!("{words}{}", texts.join(", ")) }
}

fn print_notes(notes: &[Note], output: &mut Output) -> io::Result<()> {
    if !notes.is_empty() {
        output.line(format_args!("\n{}", paint(CAUTION, "worth knowing")))?;
    }
    notes.iter().try_for_each(|note| output.wrapped("  ", 2, PLAIN, &note.to_string()))
}
