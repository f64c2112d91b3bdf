//! `doorward token`: tokens to try things out with.

use crate::console::Output;
use crate::input;
use crate::key::{algorithm, read_private, warn};
use crate::{Ending, Failure};
use clap::{Args, Subcommand};
use doorward::{Algorithm, Clock};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Signs a token. For tests only: real ones come from an identity provider
    Sign(Sign),
}

/// Claims come from the file, then from the options, then from --claim; the later ones win.
#[derive(Args)]
pub(crate) struct Sign {
    /// The private key; "-": standard input
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The algorithm, where the key fits several (RSA). Default: RS256
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    alg: Option<Algorithm>,
    /// The key id in the header. Default: the thumbprint
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    /// The type in the header
    #[arg(long, value_name = "TYPE", default_value = "JWT")]
    typ: String,
    /// A JSON object of claims; "-": standard input
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// The claim iss
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// The claim aud
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    /// The claim sub
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The claim scp: scopes with spaces between
    #[arg(long, value_name = "TEXT")]
    scope: Option<String>,
    /// A value of the claim roles; repeat it for more
    #[arg(long = "role", value_name = "TEXT")]
    roles: Vec<String>,
    /// The claim azp
    #[arg(long, value_name = "TEXT")]
    client: Option<String>,
    /// How long from now to the expiry, such as 5m or 1h; -5m has expired
    #[arg(long, value_name = "TIME", default_value = "1h", allow_hyphen_values = true, value_parser = seconds)]
    expires_in: i64,
    /// Any claim; the value is JSON, or else taken as text
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = name_and_value)]
    more: Vec<(String, Value)>,
}

pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Ending, Failure> {
    let Command::Sign(sign) = command;
    let key = read_private(Some(&sign.key), sign.alg)?;
    let kid = sign.kid.clone().unwrap_or_else(|| key.thumbprint());
    let header = json!({ "typ": sign.typ, "alg": key.algorithm().name(), "kid": kid });
    let claims = claims(sign)?;
    let token = key.sign(&header.to_string(), &claims.to_string())?;
    warn("this token was signed with a key of yours, not by an identity provider");
    if output.json() {
        output.value(&json!({ "token": token, "header": header, "claims": claims }))?;
    } else {
        output.line(token)?;
    }
    Ok(Ending::Good)
}

fn claims(sign: &Sign) -> Result<Value, Failure> {
    let now = Clock::System.now();
    let mut claims = json!({ "iat": now, "nbf": now, "exp": now + sign.expires_in });
    if let Some(path) = &sign.claims {
        let given = input::text_of(Some(path), "the claims")?;
        merge(&mut claims, &given).ok_or_else(|| "the claims are not a JSON object".to_owned())?;
    }
    let texts = [("iss", &sign.issuer), ("aud", &sign.audience), ("sub", &sign.subject), ("scp", &sign.scope)];
    for (name, text) in texts.into_iter().chain([("azp", &sign.client)]) {
        if let Some(text) = text {
            claims[name] = json!(text);
        }
    }
    if !sign.roles.is_empty() {
        claims["roles"] = json!(sign.roles);
    }
    for (name, value) in &sign.more {
        claims[name] = value.clone();
    }
    Ok(claims)
}

fn merge(claims: &mut Value, given: &str) -> Option<()> {
    let Ok(Value::Object(given)) = serde_json::from_str(given) else { return None };
    claims.as_object_mut()?.extend(given);
    Some(())
}

fn seconds(text: &str) -> Result<i64, String> {
    let span = input::span(text).ok_or("a time such as 30s, 5m or 1h is expected; -5m has expired")?;
    let seconds = Some(span.as_secs()).filter(|seconds| seconds.abs() < 1 << 40);
    seconds.ok_or_else(|| "it is too long".to_owned())
}

fn name_and_value(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is expected")?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| json!(value))))
}
