//! `doorward verify`: the verdict on a request, as a host gets it.

use crate::console::{BAD, FAINT, GOOD, Output, STRONG, paint};
use crate::input::{self, Asked, FIRST_KEYS};
use crate::{Ending, Failure};
use clap::Args;
use doorward::{Code, Decision, Denial, DirectoryHealth, Identity, Verdict, Verifier};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::io;
use std::time::Duration;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// The value of an Authorization header, such as "Bearer eyJ..."; repeat it for a request that has several.
    /// With "-" or without it, it is read from standard input, which keeps it out of the list of processes
    #[arg(long = "header", value_name = "VALUE", allow_hyphen_values = true)]
    headers: Vec<String>,
    /// Instead: a user name, such as "CONTOSO\\bob", whose password is read from standard input (Basic)
    #[arg(long, value_name = "NAME", conflicts_with = "headers")]
    user: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let verifier = arguments.asked.verifier()?;
    let verdict = verdict(arguments, &verifier)?;
    let silent = if verdict.code() == Code::DirectoryUnavailable { silent(&verifier) } else { Vec::new() };
    if output.json() {
        let mut object = to_json(&verdict);
        if !silent.is_empty() {
            object["directories"] = json!(silent);
        }
        output.value(&object)?;
    } else {
        print(&verdict, arguments.asked.clock().now(), output)?;
        silent.iter().try_for_each(|why| output.field("directory", why))?;
    }
    Ok(if verdict.is_accepted() { Ending::Good } else { Ending::Denied })
}

fn verdict(arguments: &Arguments, verifier: &Verifier) -> Result<Verdict, Failure> {
    let request = arguments.asked.request();
    if let Some(user) = &arguments.user {
        return Ok(input::verdict(verifier, &request.authorization(&input::basic_header(user)?), Duration::ZERO));
    }
    let headers = headers(&arguments.headers)?;
    let request = headers.iter().fold(request, |request, value| request.authorization(value));
    Ok(input::verdict(verifier, &request, FIRST_KEYS))
}

/// Why directories give no answer.
fn silent(verifier: &Verifier) -> Vec<String> {
    let health = verifier.health();
    let why = |directory: &DirectoryHealth| {
        Some(format!("{} ({}): {}", directory.label, directory.kind, directory.failure.as_ref()?.message))
    };
    health.directories().iter().filter_map(why).collect()
}

fn headers(values: &[String]) -> Result<Vec<Vec<u8>>, Failure> {
    let read = |value| input::value_or_stdin(value, "the value of the Authorization header");
    match values {
        [] => Ok(vec![read(None)?]),
        values => values.iter().map(|value| read(Some(value))).collect(),
    }
}

fn print(verdict: &Verdict, now: i64, output: &mut Output) -> io::Result<()> {
    match verdict.decision() {
        Decision::Accepted(identity) => print_identity(identity, now, output),
        Decision::Denied(denial) => print_denial(denial, output),
        Decision::Pending => output.line("pending"),
    }
}

fn print_identity(identity: Identity<'_>, now: i64, output: &mut Output) -> io::Result<()> {
    let administrator = if identity.is_administrator() { "  administrator" } else { "" };
    let name = paint(STRONG, crate::console::harmless(identity.qualified_name()));
    output.line(format_args!("{}  {name}{}", paint(GOOD, "accepted"), paint(FAINT, administrator)))?;
    output.field("label", identity.label())?;
    output.field("user", identity.user())?;
    output.field("method", identity.method().name())?;
    output.field("kind", if identity.is_app_only() { "an application, without a user" } else { "" })?;
    output.field("scopes", &identity.scopes().collect::<Vec<_>>().join(" "))?;
    output.field("roles", &identity.roles().collect::<Vec<_>>().join(" "))?;
    output.field("client", identity.client().unwrap_or_default())?;
    output.field("tenant", identity.tenant().unwrap_or_default())?;
    output.field("object id", identity.object_id().unwrap_or_default())?;
    output.field("subject", identity.subject().unwrap_or_default())?;
    output.field("issuer", identity.issuer().unwrap_or_default())?;
    output.field("token id", identity.token_id().unwrap_or_default())?;
    output.field("expires", &identity.expires_at().map_or(String::new(), |expiry| date_and_rest(expiry, now)))
}

fn print_denial(denial: Denial<'_>, output: &mut Output) -> io::Result<()> {
    let code = denial.code();
    let name = paint(STRONG, format_args!("{} {}", code.number(), code.name()));
    output.line(format_args!("{}  {name}  HTTP {}", paint(BAD, "denied"), denial.http()))?;
    output.field("reason", code.message())?;
    output.field("claim", denial.claim().unwrap_or_default())?;
    let about = if denial.claim().is_some() { "expected" } else { "detail" };
    output.field(about, denial.expected().unwrap_or_default())?;
    output.field("who acts", code.block().who())?;
    output.field("challenge", denial.challenge())?;
    output.field("retry", &denial.retry_after().map_or(String::new(), |seconds| format!("after {seconds} s")))
}

/// A time, and how long it is from now.
fn date_and_rest(seconds: i64, now: i64) -> String {
    let date = Timestamp::from_second(seconds).map_or(seconds.to_string(), |date| date.to_string());
    let rest = SignedDuration::from_secs(seconds.saturating_sub(now));
    let abs = rest.abs();
    if rest.is_negative() {
        format!("{date} ({abs:#} ago, within the clock skew)")
    } else {
        format!("{date} (in {abs:#})")
    }
}

/// The verdict for scripts. It holds no token.
pub(crate) fn to_json(verdict: &Verdict) -> Value {
    let mut object = match verdict.decision() {
        Decision::Accepted(identity) => identity_json(identity),
        Decision::Denied(denial) => json!({
            "http": denial.http(), "message": denial.code().message(), "who": denial.code().block().who(),
            "challenge": Some(denial.challenge()).filter(|challenge| !challenge.is_empty()),
            "claim": denial.claim(), "expected": denial.expected(), "retry_after": denial.retry_after(),
        }),
        Decision::Pending => json!({}),
    };
    object["accepted"] = json!(verdict.is_accepted());
    object["code"] = json!(verdict.code().number());
    object["name"] = json!(verdict.code().name());
    object
}

fn identity_json(identity: Identity<'_>) -> Value {
    // A number that no f64 or i64 holds stays text.
    let value = |json: &str| serde_json::from_str(json).unwrap_or_else(|_| json!(json));
    let claims: Map<_, _> = identity.claims().map(|(name, claim)| (name.to_owned(), value(claim.as_json()))).collect();
    json!({
        "qualified_name": identity.qualified_name(), "label": identity.label(), "user": identity.user(),
        "administrator": identity.is_administrator(), "app_only": identity.is_app_only(),
        "method": identity.method().name(), "issuer": identity.issuer(), "subject": identity.subject(),
        "tenant": identity.tenant(), "object_id": identity.object_id(), "client": identity.client(),
        "scopes": identity.scopes().collect::<Vec<_>>(), "roles": identity.roles().collect::<Vec<_>>(),
        "token_id": identity.token_id(), "expires_at": identity.expires_at(), "claims": claims,
    })
}
