//! `doorward key`: keys to try things out with.
//!
//! Keys for real use belong to the identity provider; Doorward needs only their public halves.

use crate::console::{CAUTION, Output, paint, say};
use crate::input;
use crate::{Ending, Failure};
use base64_simd::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use doorward::Algorithm;
use doorward_testkey::{TestKey, thumbprint};
use pem_rfc7468::LineEnding;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const LABEL: &str = "PRIVATE KEY";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes a private key, as PKCS #8 in PEM, or a secret for HMAC, as a JWK. For tests only
    New(New),
    /// Prints the public half of a key as a key set, ready for "jwks" in a configuration
    Public(Public),
    /// Prints the thumbprint (RFC 7638, SHA-256) of a private key, of a JWK, or of each key of a key set
    Thumbprint(Thumbprint),
}

#[derive(Args)]
pub(crate) struct New {
    /// The algorithm, such as RS256, ES256, EdDSA or HS256
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    alg: Algorithm,
    /// Writes a new file, that only its owner can read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Public {
    /// The private key; "-" or none: standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The algorithm, where the key fits several (RSA). Default: RS256
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    alg: Option<Algorithm>,
    /// The key id. Default: the thumbprint
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
}

#[derive(Args)]
pub(crate) struct Thumbprint {
    /// The key or key set; "-" or none: standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Ending, Failure> {
    match command {
        Command::New(new) => make(new, output),
        Command::Public(public) => show_public(public, output),
        Command::Thumbprint(thumbprint) => show_thumbprints(thumbprint, output),
    }?;
    Ok(Ending::Good)
}

/// Reads the name of an algorithm.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
        format!("there are {}", names.join(", "))
    })
}

/// Says that a key or a token is not for real use.
pub(crate) fn warn(what: &str) {
    say(format_args!("{}: {what}", paint(CAUTION, "for tests only")));
}

fn make(new: &New, output: &mut Output) -> Result<(), Failure> {
    let key = TestKey::generate(new.alg)?;
    let text = private_text(&key)?;
    warn("keep keys for real use in your identity provider");
    let mut summary = json!({ "algorithm": new.alg.name(), "thumbprint": key.thumbprint() });
    match &new.out {
        Some(path) => {
            write_private(path, &text)
                .map_err(|error| format!("can't write the new file {}: {error}", path.display()))?;
            summary["file"] = json!(path.display().to_string());
        }
        None if output.json() => summary["private_key"] = json!(text),
        None => output.line(text.trim_end())?,
    }
    if output.json() {
        output.value(&summary)?;
    }
    Ok(())
}

/// The private key as `key new` writes it.
pub(crate) fn private_text(key: &TestKey) -> Result<String, Failure> {
    if key.algorithm().is_symmetric() {
        return Ok(format!("{:#}\n", key.jwk(&key.thumbprint())));
    }
    let der = key.private_bytes()?;
    Ok(pem_rfc7468::encode_string(LABEL, LineEnding::LF, &der).map_err(|error| error.to_string())?)
}

/// Writes a file that must not be there yet, readable by its owner only.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.as_bytes())
}

fn show_public(public: &Public, output: &mut Output) -> Result<(), Failure> {
    let key = read_private(public.file.as_deref(), public.alg)?;
    if key.algorithm().is_symmetric() {
        warn("this key set holds the secret itself, for HMAC has no public half");
    }
    let id = public.kid.clone().unwrap_or_else(|| key.thumbprint());
    Ok(output.value(&json!({ "keys": [key.jwk(&id)] }))?)
}

/// Reads a private key in PEM, or a secret as a JWK.
pub(crate) fn read_private(file: Option<&Path>, asked: Option<Algorithm>) -> Result<TestKey, Failure> {
    let text = input::text_of(file, "the private key")?;
    let key = if text.trim_start().starts_with('{') { from_jwk(&text, asked) } else { from_pem(&text, asked) };
    Ok(key?)
}

fn from_pem(text: &str, asked: Option<Algorithm>) -> Result<TestKey, String> {
    let (label, der) = pem_rfc7468::decode_vec(text.trim().as_bytes())
        .map_err(|_| "this is no private key in PEM, and no JWK".to_owned())?;
    if label != LABEL {
        return Err(format!(
            "a \"{LABEL}\" (PKCS #8) is expected, not a \"{label}\"; see: openssl pkcs8 -topk8 -nocrypt"
        ));
    }
    let kinds = [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA];
    let tried = asked.map_or(kinds.to_vec(), |asked| vec![asked]);
    tried.iter().find_map(|algorithm| TestKey::from_pkcs8(*algorithm, &der).ok()).ok_or_else(|| match asked {
        Some(asked) => format!("the key does not fit {asked}"),
        None => "the key is of a kind that is not supported".to_owned(),
    })
}

fn from_jwk(text: &str, asked: Option<Algorithm>) -> Result<TestKey, String> {
    const SHAPE: &str = "a secret is a JWK with \"kty\": \"oct\", \"k\" and \"alg\", as doorward key new makes it";
    let jwk: Value = serde_json::from_str(text).map_err(|_| SHAPE)?;
    if jwk["keys"].is_array() {
        return Err("this is a key set already; a private key is expected".to_owned());
    }
    let named = jwk["alg"].as_str().and_then(Algorithm::from_name);
    let algorithm = asked.or(named).filter(|algorithm| algorithm.is_symmetric()).ok_or(SHAPE)?;
    let secret = jwk["k"].as_str().filter(|_| jwk["kty"] == "oct").ok_or(SHAPE)?;
    let secret = URL_SAFE_NO_PAD.decode_to_vec(secret).map_err(|_| SHAPE)?;
    Ok(TestKey::from_secret(algorithm, &secret))
}

fn show_thumbprints(thumbprint: &Thumbprint, output: &mut Output) -> Result<(), Failure> {
    let text = input::text_of(thumbprint.file.as_deref(), "the key")?;
    let thumbprints = if text.trim_start().starts_with('{') {
        thumbprints_of_jwks(&text)?
    } else {
        vec![from_pem(&text, None)?.thumbprint()]
    };
    if output.json() {
        return Ok(output.value(&json!(thumbprints))?);
    }
    Ok(thumbprints.iter().try_for_each(|thumbprint| output.line(thumbprint))?)
}

fn thumbprints_of_jwks(text: &str) -> Result<Vec<String>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("the key is not JSON: {error}"))?;
    let keys = value["keys"].as_array().map_or_else(|| std::slice::from_ref(&value), Vec::as_slice);
    let thumbprint = |(index, jwk): (usize, &Value)| {
        required_members(jwk)
            .map(|members| thumbprint(&members))
            .ok_or_else(|| format!("keys[{index}] is no JWK: it lacks a member that its kty needs"))
    };
    keys.iter().enumerate().map(thumbprint).collect()
}

/// The members that RFC 7638 section 3.2 and RFC 8037 section 2 name.
fn required_members(jwk: &Value) -> Option<Value> {
    let names: &[&str] = match jwk["kty"].as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "oct" => &["k", "kty"],
        _ => return None,
    };
    let member = |name: &&str| jwk[*name].as_str().map(|value| ((*name).to_owned(), json!(value)));
    names.iter().map(member).collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
}
