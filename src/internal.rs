//! Doors for the tests, the benches and the fuzz targets. Not a part of the interface: it changes without notice.

use crate::basic::{Answer, Asked, Check, Login, Reason, Until};
use crate::crypto::{Algorithm, AlgorithmSet};
use crate::keys::Local;
use crate::limits;
use crate::parse::authorization::Credential;
use crate::parse::json::{Document, Most};
use crate::parse::{authorization, base64url, basic, jwk, jws, path, pem};
use crate::secret::Secret;
use crate::{Code, policy};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether the signatures are ring's, which has no ES512.
pub const IS_RING: bool = cfg!(not(feature = "aws-lc-rs"));

/// Parses any JSON value as strictly as a token's.
///
/// # Errors
/// What is wrong, and where.
pub fn json(text: &[u8]) -> Result<(), String> {
    let mut document = Document::default();
    document.read(text, Most::members(limits::TOKEN_MEMBERS)).map_err(|error| error.to_string())
}

/// Parses the value of an `Authorization` header.
///
/// # Errors
/// The code of the denial.
pub fn authorization(value: &[u8]) -> Result<(), Code> {
    authorization::parse(value).and_then(authorization::check_characters).map_err(|fault| fault.code)
}

/// Takes the value of an `Authorization` header apart: the scheme in lower case, and the credential.
///
/// # Errors
/// The code of the denial.
pub fn credential(value: &[u8]) -> Result<(&'static str, &[u8]), Code> {
    let credential = authorization::parse(value).map_err(|fault| fault.code)?;
    authorization::check_characters(credential).map_err(|fault| fault.code)?;
    Ok(match credential {
        Credential::Bearer(token) => ("bearer", token),
        Credential::Basic(credential) => ("basic", credential),
    })
}

/// Parses a Basic credential: user name and password.
///
/// # Errors
/// The code of the denial.
pub fn basic(credential: &[u8]) -> Result<(String, String), Code> {
    let mut room = basic::Room::new();
    let outcome = basic::parse(credential, &mut room).map(|(user, password)| (user.to_owned(), password.to_owned()));
    outcome.map_err(|fault| fault.code)
}

/// Parses the path of a request.
///
/// # Errors
/// The code of the denial.
pub fn path(target: &[u8]) -> Result<(), Code> {
    path::parse(target).map(|_| ()).map_err(|fault| fault.code)
}

/// Decodes base64url.
pub fn base64url(text: &[u8]) -> Option<Vec<u8>> {
    base64url::decode(text).ok()
}

/// Splits a token, and parses its header and its payload.
///
/// # Errors
/// The code of the denial.
pub fn token(token: &[u8]) -> Result<(), Code> {
    let parse = || {
        let mut document = Document::default();
        let parts = jws::split(token)?;
        jws::header(jws::read_object(parts.header, &mut document, &jws::HEADER)?)?;
        jws::read_object(parts.payload, &mut document, &jws::PAYLOAD).map(|_| ())
    };
    parse().map_err(|fault| fault.code)
}

/// Parses a key set; the number of its usable keys.
///
/// # Errors
/// What is wrong with the set as a whole.
pub fn key_set(text: &[u8]) -> Result<usize, String> {
    let judged = jwk::parse_set(text).map_err(|fault| format!("{fault:?}"))?;
    Ok(judged.iter().filter(|judged| judged.outcome.is_ok()).count())
}

/// Loads a key set as a provider's: each key that is used, by its id and algorithm.
///
/// # Errors
/// What is wrong with the set as a whole.
pub fn published_key_set(text: &[u8]) -> Result<Vec<(Option<String>, Algorithm)>, String> {
    let judged = jwk::parse_set(text).map_err(|fault| format!("{fault:?}"))?;
    let (set, _) = crate::keys::KeySet::prepare_published(judged);
    Ok(set.entries().map(|(id, algorithm)| (id.map(str::to_owned), algorithm)).collect())
}

/// Parses a public key in PEM.
///
/// # Errors
/// What is wrong.
pub fn pem(text: &[u8]) -> Result<(), &'static str> {
    pem::parse(text).map(|_| ())
}

/// Parses a configuration, without loading its keys.
///
/// # Errors
/// What is wrong, and where.
pub fn config(text: &str) -> Result<(), String> {
    policy::read(text).map(|_| ()).map_err(|error| error.to_string())
}

/// A JWS without claims: loads a key set, and verifies the signature of a token of any payload.
pub struct JwsVerifier(crate::keys::KeySet);

impl JwsVerifier {
    /// Loads a key set as a configuration's.
    ///
    /// # Errors
    /// The place and the reason.
    pub fn open(key_set: &str, algorithms: &[Algorithm]) -> Result<Self, String> {
        Self::load(&Local::Inline(Secret::new(key_set.as_bytes().to_vec())), algorithms)
    }

    /// Loads a PEM file as a configuration's, for any key id.
    ///
    /// # Errors
    /// The reason.
    pub fn open_pem_file(path: &Path, algorithms: &[Algorithm]) -> Result<Self, String> {
        Self::load(&Local::PemFile { path: path.to_owned(), key_id: None }, algorithms)
    }

    fn load(source: &Local, algorithms: &[Algorithm]) -> Result<Self, String> {
        let algorithms: AlgorithmSet = algorithms.iter().copied().collect();
        let (set, _) = source.load(algorithms).map_err(|fault| format!("{}: {}", fault.place, fault.what))?;
        Ok(Self(set))
    }

    /// Verifies a token up to its signature, and hands out its payload.
    ///
    /// # Errors
    /// The code of the denial.
    pub fn verify(&self, token: &[u8]) -> Result<Vec<u8>, Code> {
        let mut document = Document::default();
        let parts = jws::split(token).map_err(|fault| fault.code)?;
        let object = jws::read_object(parts.header, &mut document, &jws::HEADER).map_err(|fault| fault.code)?;
        let header = jws::header(object).map_err(|fault| fault.code)?;
        let payload = base64url::decode(parts.payload).map_err(|_| Code::TokenMalformed)?;
        let algorithm = Algorithm::from_name(header.algorithm).ok_or(Code::AlgorithmNotAllowed)?;
        let signed = self.is_signature(header.key_id, algorithm, parts.signing_input, parts.signature)?;
        if signed { Ok(payload) } else { Err(Code::SignatureInvalid) }
    }

    fn is_signature(
        &self,
        key_id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Code> {
        let key = self.0.find(key_id, algorithm).key()?;
        let mut room = [0; limits::SIGNATURE_BYTES];
        let signature = base64url::decode_within(signature, &mut room).map_err(|_| Code::TokenMalformed)?;
        Ok(key.verify(message, signature))
    }
}

/// Whether the one key of a set signed a message. The key is loaded as a configuration's, and the
/// signature goes through base64url as a token's.
///
/// # Errors
/// Why the key can't be loaded.
pub fn signature(key_set: &str, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<bool, String> {
    let verifier = JwsVerifier::open(key_set, &[algorithm])?;
    let signature = base64url::encode(signature);
    Ok(verifier.is_signature(None, algorithm, message, signature.as_bytes()).unwrap_or(false))
}

/// A directory of a configuration, without what stands before it: each call is a check.
pub struct Passwords(Arc<dyn Check>);

/// What a directory says.
#[derive(Debug, PartialEq, Eq)]
pub enum PasswordAnswer {
    /// The user, as the directory writes the name, and the roles.
    Proved(String, Vec<String>),
    /// With the Windows error, or 0.
    Refused(Code, u32),
    /// Why it could not be asked.
    Unavailable(String),
}

impl Passwords {
    /// Opens the first directory of a configuration.
    ///
    /// # Errors
    /// The code, and the sentence with its place.
    pub fn open(configuration: &str, folder: &Path) -> Result<Self, (Code, String)> {
        let document = policy::read(configuration).map_err(|error| (error.code(), error.to_string()))?;
        let compiled = policy::compile(document, folder).map_err(|error| (error.code(), error.to_string()))?;
        let plan = compiled.directories.first().ok_or((Code::FieldMissing, "there is no directory".to_owned()))?;
        plan.source.open().map(|opening| Self(opening.directory))
    }

    /// Checks a password, of a user name without a label.
    pub fn check(&self, name: &str, password: &str, time: Duration) -> PasswordAnswer {
        let (user, within) = crate::parse::basic::split(name);
        let end = Instant::now() + time;
        match self.0.check(&Login { user, within, password }, &mut Asked::alone(), Until { end, answer: end }) {
            Answer::Proved(person) => PasswordAnswer::Proved(person.user, person.roles),
            Answer::Elsewhere => PasswordAnswer::Refused(Code::BasicRejected, 0),
            Answer::Unavailable(what) | Answer::Unanswered(what) | Answer::Resting(what, _) => {
                PasswordAnswer::Unavailable(what)
            }
            Answer::TurnedAway(_) => PasswordAnswer::Unavailable("it must not be checked now".to_owned()),
            Answer::Refused(refusal) | Answer::Missing(refusal) => match refusal.reason {
                Reason::Windows(number) => PasswordAnswer::Refused(refusal.code, number),
                Reason::None | Reason::NoSuchUser | Reason::Aadsts(_) => PasswordAnswer::Refused(refusal.code, 0),
            },
        }
    }
}
