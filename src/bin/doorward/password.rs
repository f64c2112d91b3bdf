//! `doorward password`: makes and tries the lines of a file of passwords.

use crate::console::{BAD, GOOD, Output, STRONG, paint};
use crate::input;
use crate::{Ending, Failure};
use clap::{Args, Subcommand};
use doorward::{Code, Config, Request, Verdict, Verifier};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Hashes a password by Argon2id, for a line of a file of passwords
    Hash(Hash),
    /// Checks a password against a file of passwords
    Check(Check),
}

#[derive(Args)]
pub(crate) struct Hash {
    /// The user: then the whole line is printed
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

#[derive(Args)]
pub(crate) struct Check {
    /// The file of passwords
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// The user
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Takes passwords in the clear, {SHA} and MD5, too
    #[arg(long)]
    danger_weak_hashes: bool,
}

pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Ending, Failure> {
    match command {
        Command::Hash(arguments) => hash(arguments, output),
        Command::Check(arguments) => check(arguments, output),
    }
}

fn hash(arguments: &Hash, output: &mut Output) -> Result<Ending, Failure> {
    let user = arguments.user.as_deref();
    if user.is_some_and(|user| user.is_empty() || user.trim() != user || user.contains([':', '\n', '\r'])) {
        return Err("a user name is not empty, has no colon, and no white space around it".to_owned().into());
    }
    let password = input::password()?;
    let hash = doorward::hash_password(&password).ok_or("the system gives no random bytes".to_owned())?;
    let line = user.map_or(hash.clone(), |user| format!("{user}:{hash}"));
    if output.json() {
        output.value(&json!({ "user": user, "hash": hash }))?
    } else {
        output.line(line)?
    }
    Ok(Ending::Good)
}

fn check(arguments: &Check, output: &mut Output) -> Result<Ending, Failure> {
    let file = std::path::absolute(&arguments.file).map_err(|error| error.to_string())?;
    let file = file.to_str().ok_or("the name of the file is not UTF-8".to_owned())?;
    let config = Config::from_json(
        json!({
            "user_managers": { "file": {
                "htpasswd": file, "danger_weak_hashes": arguments.danger_weak_hashes,
                "passwords": { "max_waiting": 0 }
            } },
            "apis": { "check": { "enabled": true, "accept": ["basic"], "user_managers": ["file"] } }
        })
        .to_string(),
    );
    let notes = Verifier::check(&config)?;
    let verifier = Verifier::open(&config.without_thread())?;
    let header = input::basic_header(&arguments.user)?;
    let start = Instant::now();
    let verdict = verifier.resolve(&Request::new("check").authorization(&header));
    let took = start.elapsed();
    let notes: Vec<&str> = notes.iter().map(doorward::Note::message).collect();
    print(&verdict, took.as_secs_f64() * 1000.0, &notes, output)?;
    Ok(if verdict.is_accepted() { Ending::Good } else { Ending::Denied })
}

fn print(verdict: &Verdict, milliseconds: f64, notes: &[&str], output: &mut Output) -> Result<(), Failure> {
    let code = verdict.code();
    if output.json() {
        let (accepted, name, code) = (verdict.is_accepted(), code.name(), code.number());
        output.value(&json!({
            "accepted": accepted, "code": code, "name": name, "milliseconds": milliseconds, "notes": notes
        }))?;
        return Ok(());
    }
    match code {
        Code::Ok => output.line(format_args!("{}  the password is right", paint(GOOD, "accepted")))?,
        _ => output.line(format_args!("{}  {}", paint(BAD, "denied"), paint(STRONG, code)))?,
    }
    output.field("took", &format!("{milliseconds:.1} ms"))?;
    for note in notes {
        output.field("note", note)?;
    }
    Ok(())
}
