//! `doorward check`: whether a configuration is good, what is in it, and whether its keys can be fetched.

use crate::console::{CAUTION, FAINT, GOOD, Output, PLAIN, STRONG, column, harmless, paint};
use crate::{Ending, Failure, input, online};
use clap::Args;
use doorward::{Health, Note, Verifier};
use serde_json::{Map, Value, json};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The configuration; "-": standard input
    #[arg(value_name = "CONFIG")]
    config: PathBuf,
    /// Also fetches the keys that the configuration names by an address, and tells what to change where they don't come
    #[arg(long)]
    online: bool,
    /// With --online: how long to wait for the keys, at most
    #[arg(long, value_name = "TIME", default_value = "10s", requires = "online", value_parser = input::wait)]
    wait: Duration,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let (config, text) = input::configuration(&arguments.config)?;
    let notes = Verifier::check(&config)?;
    // It was found to be good, so this only reads names out of it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !output.json() {
        let name = arguments.config.display();
        output.line(format_args!("{}  {name}", paint(GOOD, "ok")))?;
        section(output, "issuers", members(&document, "issuers"), issuer_line)?;
        section(output, "apis", members(&document, "apis"), api_line)?;
        print_notes(&notes, output)?;
    }
    let wait = Some(arguments.wait).filter(|_| arguments.online);
    let health = wait.map(|wait| online::fetch(&document, &arguments.config, wait)).transpose()?;
    match &health {
        _ if output.json() => output.value(&to_json(&document, &notes, health.as_ref()))?,
        Some(health) => online::print(health, &document, output)?,
        None => {}
    }
    Ok(if health.as_ref().is_none_or(online::is_good) { Ending::Good } else { Ending::Denied })
}

fn to_json(document: &Value, notes: &[Note], health: Option<&Health>) -> Value {
    let issuer = |(name, issuer): (&String, &Value)| {
        let (field, address) = fetched_from(issuer).unzip();
        let field = field.or_else(|| ["jwks_file", "pem_file"].into_iter().find(|field| issuer[*field].is_string()));
        let field = if issuer["entra"].is_object() { Some("entra") } else { field };
        json!({ "name": name, "issuer": identifier(issuer), "keys_from": field.unwrap_or("jwks"), "address": address })
    };
    let issuers: Vec<_> = members(document, "issuers").into_iter().flatten().map(issuer).collect();
    let apis = members(document, "apis").into_iter().flatten();
    let apis: Vec<_> = apis.map(|(name, api)| json!({ "name": name, "enabled": is_enabled(api) })).collect();
    let notes: Vec<_> = notes.iter().map(|note| json!({ "path": note.path(), "message": note.message() })).collect();
    let mut object = json!({ "ok": true, "issuers": issuers, "apis": apis, "notes": notes });
    if let Some(health) = health {
        object["ok"] = json!(online::is_good(health));
        object["online"] = json!(online::to_json(health, document));
    }
    object
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
    let entra = &issuer["entra"];
    if entra.is_object() {
        let tenants = [text(&entra["tenant"]), list("", &entra["tenant"]), list("of ", &entra["allowed_tenants"])];
        let cloud = ["authority", "cloud"].into_iter().find_map(|field| entra[field].as_str()).unwrap_or("public");
        let tenants = tenants.into_iter().filter(|tenants| !tenants.is_empty()).collect::<Vec<_>>().join(" ");
        let tenants = format!("Entra ID, tenant {tenants}");
        return vec![tenants, format!("cloud {cloud}"), list("for ", &issuer["audiences"])];
    }
    let file = ["jwks_file", "pem_file"].into_iter().find_map(|field| issuer[field].as_str());
    let source = match (fetched_from(issuer), file) {
        (Some(("oidc", address)), _) => format!("keys by discovery from {address}"),
        (Some((_, address)), _) => format!("keys from {address}"),
        (None, Some(file)) => format!("keys in {file}"),
        (None, None) => "inline keys".to_owned(),
    };
    vec![identifier(issuer), list("", &issuer["algorithms"]), list("for ", &issuer["audiences"]), source]
}

/// The field that names an address of keys, and the address.
fn fetched_from(issuer: &Value) -> Option<(&'static str, &str)> {
    ["oidc", "jwks_url"].into_iter().find_map(|field| Some((field, issuer[field].as_str()?)))
}

/// The value of `iss`; with `oidc` it may be left out.
fn identifier(issuer: &Value) -> String {
    text(if issuer["issuer"].is_string() { &issuer["issuer"] } else { &issuer["oidc"] })
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
