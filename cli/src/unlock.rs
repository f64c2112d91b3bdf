//! `doorward unlock`: adds a line to the denylist's file of a configuration, which lifts what was counted against an account.

use crate::console::{GOOD, Output, paint};
use crate::{Ending, Failure, denylist, input};
use clap::Args;
use doorward::{Clock, Config, Verifier};
use serde_json::{Value, json};
use std::path::PathBuf;

const NOBODY: &str = "this reaches nobody: the configuration has no denylist, which running processes would read; name a file by \
                      denylist.file, or let each host call unlock";

#[derive(Args)]
pub(crate) struct Arguments {
    /// The account: label and user name, such as K2:CONTOSO\bob
    #[arg(value_name = "USER", value_parser = input::name)]
    user: String,
    /// The configuration, which names the denylist's file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A note for people
    #[arg(long, value_name = "TEXT", value_parser = input::name)]
    note: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let entry = arguments.entry();
    let line = entry.to_string();
    let verifier = Verifier::open(&Config::from_file(&arguments.config)?)?;
    denylist::check(&verifier, &line)?;
    check_label(&verifier, &arguments.user)?;
    let file = denylist::file(&verifier).ok_or_else(|| NOBODY.to_owned())?;
    denylist::append(&file, &line)?;
    if output.json() {
        output.value(&json!({ "file": file, "entry": entry }))?;
    } else {
        output.line(format_args!("{}  {}  {line}", paint(GOOD, "added"), file.display()))?;
    }
    Ok(Ending::Good)
}

impl Arguments {
    fn entry(&self) -> Value {
        let mut entry = json!({ "unlock": self.user, "at": Clock::System.now() });
        if let Some(note) = &self.note {
            entry["note"] = json!(note);
        }
        entry
    }
}

/// A line for a label that nobody has would be written, and change nothing.
fn check_label(verifier: &Verifier, user: &str) -> Result<(), Failure> {
    let health = verifier.health();
    let labels: Vec<_> = health.directories().iter().map(|directory| directory.label.as_str()).collect();
    if user.split_once(':').is_some_and(|(label, _)| labels.contains(&label)) {
        return Ok(());
    }
    let known = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
    Err(format!("no user manager of that label checks passwords; write label:user, with one of: {known}").into())
}
