//! What a denial shows holds nothing of the token, and nothing that would help to forge one.

use crate::keys::key;
use base64_simd::URL_SAFE_NO_PAD;
use doorward::{Algorithm, Denial, Verdict};
use serde_json::Value;
use std::collections::HashSet;

/// So many bytes of a token in a row are too many.
const WINDOW: usize = 8;

/// Finds what must not be shown in what is shown, under one configuration.
pub struct LeakCheck {
    /// Configured texts are told to the log: a claim may be equal to one of them.
    configured: HashSet<Vec<u8>>,
    symmetric: Option<Algorithm>,
}

impl LeakCheck {
    pub fn new(configuration: &Value, algorithm: Algorithm) -> Self {
        let mut shown = configuration.clone();
        for issuer in shown["issuers"].as_object_mut().into_iter().flat_map(|issuers| issuers.values_mut()) {
            issuer["jwks"].take();
        }
        let texts = format!(" {} ", strings(&shown).join(" "));
        let configured = texts.as_bytes().windows(WINDOW).map(<[u8]>::to_vec).collect();
        Self { configured, symmetric: Some(algorithm).filter(|algorithm| algorithm.is_symmetric()) }
    }

    /// Checks everything that a denied verdict shows.
    pub fn check(&self, verdict: &Verdict, denial: Denial<'_>, headers: &[Vec<u8>]) -> Result<(), String> {
        let shown = shown(verdict, denial);
        if shown.chars().any(char::is_control) {
            return Err(format!("a control character in {shown:?}"));
        }
        // The words of the code are ours, whatever a claim holds.
        self.check_text(&shown.replace(verdict.code().message(), ""), headers)
    }

    pub fn check_text(&self, shown: &str, headers: &[Vec<u8>]) -> Result<(), String> {
        let shown_windows: HashSet<&[u8]> = shown.as_bytes().windows(WINDOW).collect();
        for text in headers.iter().flat_map(|header| self.hidden(header)) {
            let leaked = text.windows(WINDOW).find(|window| shown_windows.contains(*window));
            if let Some(leaked) = leaked.filter(|window| !self.configured.contains(*window)) {
                return Err(format!("{:?} of the token shows in {shown:?}", String::from_utf8_lossy(leaked)));
            }
        }
        Ok(())
    }

    /// What of a header must stay hidden: the credential, the values of its claims, the signature, and that
    /// which it should have.
    fn hidden(&self, header: &[u8]) -> Vec<Vec<u8>> {
        let credential = header.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or(header);
        let parts: Vec<&[u8]> = credential.split(|byte| *byte == b'.').collect();
        let decoded = |index: usize| parts.get(index).and_then(|part| URL_SAFE_NO_PAD.decode_to_vec(part).ok());
        let is_symbol = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/".contains(byte);
        let mut hidden: Vec<Vec<u8>> = credential.split(|byte| !is_symbol(byte)).map(<[u8]>::to_vec).collect();
        let claims = decoded(1).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).unwrap_or_default();
        hidden.extend(strings(&claims).into_iter().map(String::into_bytes));
        hidden.extend(decoded(2).into_iter().flat_map(|signature| spellings(&signature)));
        if let (Some(algorithm), [header, payload, ..]) = (self.symmetric, &parts[..]) {
            let own = key("own", algorithm);
            let input = [*header, b".", payload].concat();
            hidden.extend(spellings(&own.sign_bytes(&input).unwrap()));
            hidden.extend(spellings(&own.private_bytes().unwrap()));
        }
        hidden
    }
}

/// All that a host may write to its log or send to the client.
fn shown(verdict: &Verdict, denial: Denial<'_>) -> String {
    let challenge = denial.challenge();
    let (claim, expected) = (denial.claim().unwrap_or_default(), denial.expected().unwrap_or_default());
    format!("{verdict:?} {denial} {denial:?} {challenge} {claim} {expected}")
}

fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64_simd::STANDARD.encode_to_string(bytes);
    let debug = format!("{bytes:?}");
    let texts = [URL_SAFE_NO_PAD.encode_to_string(bytes), base64, hex.to_uppercase(), hex, debug];
    texts.into_iter().map(String::into_bytes).chain([bytes.to_vec()]).collect()
}

/// Every string in a value, but for the names of members.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(strings).collect(),
        Value::Object(members) => members.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}
