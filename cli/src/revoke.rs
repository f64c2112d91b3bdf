//! `doorward revoke`: adds an entry to the denylist's file of a configuration.

use crate::console::{GOOD, Output, paint};
use crate::{Ending, Failure, denylist, input};
use clap::{ArgGroup, Args};
use doorward::{Clock, Config, Verifier};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(Args)]
#[command(group(ArgGroup::new("end").required(true).args(["until", "span"])))]
#[command(group(ArgGroup::new("what").args(["token_id", "object_id", "subject", "session", "client", "key_id"])))]
#[command(group(ArgGroup::new("any").required(true).multiple(true).args([
    "token_id", "object_id", "subject", "session", "client", "key_id", "issued_before",
])))]
pub(crate) struct Arguments {
    /// The configuration, which names the denylist's file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The token with this id (jti, uti)
    #[arg(long, value_name = "ID", value_parser = input::name)]
    token_id: Option<String>,
    /// The user with this object id (oid) of the tenant
    #[arg(long, value_name = "ID", value_parser = input::name, requires = "tenant")]
    object_id: Option<String>,
    /// With --object-id: the user's tenant (tid)
    #[arg(long, value_name = "ID", value_parser = input::name, requires = "object_id")]
    tenant: Option<String>,
    /// The user with this subject (sub) of the issuer
    #[arg(long, value_name = "NAME", value_parser = input::name, requires = "issuer")]
    subject: Option<String>,
    /// The session with this id (sid)
    #[arg(long, value_name = "ID", value_parser = input::name)]
    session: Option<String>,
    /// The application with this id (azp, appid, client_id)
    #[arg(long, value_name = "ID", value_parser = input::name)]
    client: Option<String>,
    /// The key with this id (kid)
    #[arg(long, value_name = "ID", value_parser = input::name)]
    key_id: Option<String>,
    /// Only what was issued before, in seconds since 1970, or "now"; of a user, an application, or of all
    #[arg(long, value_name = "SECONDS", value_parser = instant)]
    issued_before: Option<i64>,
    /// Only tokens of this issuer, by its name in the configuration
    #[arg(long, value_name = "NAME", value_parser = input::name)]
    issuer: Option<String>,
    /// When the entry ends, in seconds since 1970
    #[arg(long, value_name = "SECONDS")]
    until: Option<i64>,
    /// Or for how long, such as 90m or 28h
    #[arg(long = "for", id = "span", value_name = "TIME", value_parser = span)]
    span: Option<i64>,
    /// A note for people
    #[arg(long, value_name = "TEXT", value_parser = input::name)]
    note: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let entry = arguments.entry();
    let line = entry.to_string();
    let verifier = Verifier::open(&Config::from_file(&arguments.config)?)?;
    // The library says what is wrong with it, and that it is for an issuer of the configuration.
    if denylist::check(&verifier, &line)? == 0 {
        return Err(Failure::Input("the entry has ended already: give a later --until".to_owned()));
    }
    let no_denylist = || "the configuration has no denylist: name a file by denylist.file".to_owned();
    let file = denylist::file(&verifier).ok_or_else(no_denylist)?;
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
        let until = self.until.or_else(|| Some(Clock::System.now() + self.span?));
        let texts = [
            ("token_id", &self.token_id),
            ("tenant", &self.tenant),
            ("object_id", &self.object_id),
            ("subject", &self.subject),
            ("session", &self.session),
            ("client", &self.client),
            ("key_id", &self.key_id),
            ("issuer", &self.issuer),
            ("note", &self.note),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
        let times = [("issued_before", self.issued_before), ("until", until)];
        let times = times.into_iter().filter_map(|(name, time)| Some((name.to_owned(), json!(time?))));
        texts.chain(times).collect::<Map<_, _>>().into()
    }
}

fn instant(text: &str) -> Result<i64, String> {
    if text == "now" { Ok(Clock::System.now()) } else { input::time(text) }
}

fn span(text: &str) -> Result<i64, String> {
    let seconds = input::span(text).map(|span| span.as_secs()).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| "a time such as 90m or 28h is expected".to_owned())
}
