//! `doorward password`: makes and tries the lines of a file of passwords.

use crate::console::{BAD, GOOD, Output, STRONG, paint};
use crate::input;
use crate::{Ending, Failure};
use clap::{Args, Subcommand};
use doorward::limits::{BASIC_BYTES, HTPASSWD_BYTES};
use doorward::{Code, Config, Request, Verdict, Verifier, password_hash_kind};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;
use zeroize::Zeroizing;

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
    user.map_or(Ok(()), name)?;
    let password = input::password()?;
    usable(user.unwrap_or_default(), &password)?;
    let hash = doorward::hash_password(&password).ok_or("the system gives no random bytes".to_owned())?;
    let line = user.map_or(hash.clone(), |user| format!("{user}:{hash}"));
    if output.json() {
        output.value(&json!({ "user": user, "hash": hash }))?
    } else {
        output.line(line)?
    }
    Ok(Ending::Good)
}

fn name(user: &str) -> Result<(), Failure> {
    if user.is_empty() || user.trim() != user || user.contains(|symbol: char| symbol == ':' || symbol.is_control()) {
        return Err("a user name is not empty, has no colon, and no white space around it".to_owned().into());
    }
    Ok(())
}

/// Whether a request can bring the password: the hash of another one would let nobody in.
fn usable(user: &str, password: &str) -> Result<(), Failure> {
    if password.is_empty() || password.contains(char::is_control) || user.len() + password.len() >= BASIC_BYTES {
        let message = "no request can bring this password: it is empty, too long, or holds a control character";
        return Err(message.to_owned().into());
    }
    Ok(())
}

fn check(arguments: &Check, output: &mut Output) -> Result<Ending, Failure> {
    // What stands after a colon would be taken for the beginning of the password.
    if arguments.user.contains(':') {
        return Err("a user name has no colon".to_owned().into());
    }
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
    let told = Told {
        hash: hash_of(&arguments.file, &arguments.user),
        milliseconds: took.as_secs_f64() * 1000.0,
        notes: notes.iter().map(doorward::Note::message).collect(),
    };
    print(&verdict, &told, output)?;
    Ok(if verdict.is_accepted() { Ending::Good } else { Ending::Denied })
}

/// What is told beside the verdict.
struct Told<'a> {
    hash: HashOf,
    milliseconds: f64,
    notes: Vec<&'a str>,
}

/// What a file has for a user, for people: the library reads the file by itself.
enum HashOf {
    Kind(&'static str),
    /// It is of no use; a note tells why.
    Broken,
    Nobody,
}

impl HashOf {
    const fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Kind(kind) => Some(kind),
            Self::Broken | Self::Nobody => None,
        }
    }
}

fn hash_of(file: &Path, user: &str) -> HashOf {
    let mut text = Zeroizing::new(Vec::new());
    let read = File::open(file).and_then(|file| file.take(HTPASSWD_BYTES as u64).read_to_end(&mut text));
    let text = std::str::from_utf8(&text).unwrap_or_default();
    let hash = text.lines().find_map(|line| line.strip_prefix(user)?.strip_prefix(':'));
    match (read, hash.map(|hash| hash.trim_ascii_end())) {
        (Ok(_), Some(hash)) => password_hash_kind(hash).map_or(HashOf::Broken, HashOf::Kind),
        _ => HashOf::Nobody,
    }
}

fn print(verdict: &Verdict, told: &Told<'_>, output: &mut Output) -> Result<(), Failure> {
    let (code, milliseconds) = (verdict.code(), told.milliseconds);
    if output.json() {
        let (accepted, name, code, hash) = (verdict.is_accepted(), code.name(), code.number(), told.hash.kind());
        output.value(&json!({
            "accepted": accepted, "code": code, "name": name, "hash": hash, "milliseconds": milliseconds,
            "notes": told.notes
        }))?;
        return Ok(());
    }
    match code {
        Code::Ok => output.line(format_args!("{}  the password is right", paint(GOOD, "accepted")))?,
        _ => output.line(format_args!("{}  {}", paint(BAD, "denied"), paint(STRONG, code)))?,
    }
    let hash = match told.hash {
        HashOf::Kind(kind) => kind,
        HashOf::Broken => "none that can be checked",
        HashOf::Nobody => "none: the file has no such user",
    };
    output.field("hash", hash)?;
    output.field("took", &format!("{milliseconds:.1} ms"))?;
    for note in &told.notes {
        output.field("note", note)?;
    }
    Ok(())
}
