//! Makes the requests of a case.

use crate::catalogue::{Case, Catalogue};
use crate::encodings;
use crate::expand::{expand, expand_bytes, json, merge};
use crate::keys::{algorithm, key};
use crate::mutations;
use crate::support::{self, TestKey};
use base64_simd::URL_SAFE_NO_PAD;
use doorward::Algorithm;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A token, and what it was signed with.
pub struct Signed<'k> {
    pub token: String,
    pub key: &'k TestKey,
}

impl Case {
    pub fn algorithm(&self) -> Algorithm {
        algorithm(self.alg.as_deref().unwrap_or("ES256"))
    }

    /// The configuration of the tests with one key, patched.
    pub fn configuration(&self, catalogue: &Catalogue) -> Value {
        let algorithm = self.algorithm();
        let own = key("own", algorithm).jwk(support::KEY_ID);
        let mut configuration = support::configuration(&[own], &[algorithm]);
        if let Some(patch) = &self.config {
            let shared = catalogue.configurations.get(patch);
            merge(&mut configuration, &json(&expand(shared.unwrap_or(patch))));
        }
        configuration
    }

    /// The values of the Authorization headers of each request.
    pub fn requests(&self) -> Vec<Vec<Vec<u8>>> {
        let templates = self.authorization.as_ref().map_or(vec!["Bearer $token".to_owned()], |list| list.list());
        let templates: Vec<Vec<u8>> = templates.iter().map(|text| expand_bytes(text)).collect();
        let fill = |token: Vec<u8>| templates.iter().map(|template| replace(template, b"$token", &token)).collect();
        self.tokens().into_iter().map(fill).collect()
    }

    fn tokens(&self) -> Vec<Vec<u8>> {
        let secret = self.secret.as_deref().map(|form| self.secret_key(form));
        let key = secret.as_ref().unwrap_or_else(|| self.signing_key());
        let signed = Signed { token: self.token(key), key };
        match &self.mutate {
            None => vec![signed.token.into_bytes()],
            Some(name) => mutations::find(name)(&signed),
        }
    }

    fn signing_key(&self) -> &'static TestKey {
        let name = self.key.as_deref().unwrap_or("own");
        let (holder, algorithm) = match name.split_once(' ') {
            Some((holder, name)) => (holder, algorithm(name)),
            None => (name, self.algorithm()),
        };
        key(holder, algorithm)
    }

    /// The key of who takes a public key for a secret.
    fn secret_key(&self, form: &str) -> TestKey {
        let (form, name) = form.split_once(' ').unwrap_or((form, "HS256"));
        TestKey::from_secret(algorithm(name), &encodings::form(key("own", self.algorithm()), form))
    }

    fn token(&self, signer: &TestKey) -> String {
        let header = object(&support::header(signer), [&self.header, &self.header_more]);
        let header = raw(&header, "$header", &self.header_raw);
        let claims = object(&support::good_claims(), [&self.claims, &self.claims_more]);
        let claims = raw(&claims, "$claims", &self.claims_raw);
        sign(signer, &header, &claims)
    }
}

/// Signs bytes that need not be JSON.
pub fn sign(key: &TestKey, header: &[u8], claims: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode_to_string(header), URL_SAFE_NO_PAD.encode_to_string(claims));
    let signature = key.sign_bytes(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode_to_string(signature))
}

/// The text of an object with a patch and more members. Values are kept as they are written.
fn object(base: &Value, [patch, more]: [&Option<String>; 2]) -> Vec<u8> {
    let mut members: BTreeMap<String, String> =
        base.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    let patch = expand(patch.as_deref().unwrap_or("{}"));
    let patch: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&patch).unwrap_or_else(|error| panic!("{error}: {patch}"));
    for (name, value) in patch {
        match value.get() {
            "null" => drop(members.remove(&name)),
            text => drop(members.insert(name, text.to_owned())),
        }
    }
    let written = members.iter().map(|(name, value)| format!("{}:{value}", Value::String(name.clone())).into_bytes());
    let more = more.iter().map(|text| expand_bytes(text));
    let members: Vec<Vec<u8>> = written.chain(more).collect();
    [&b"{"[..], &members.join(&b','), b"}"].concat()
}

fn raw(object: &[u8], placeholder: &str, text: &Option<String>) -> Vec<u8> {
    match text {
        None => object.to_vec(),
        Some(text) => replace(&expand_bytes(text), placeholder.as_bytes(), object),
    }
}

/// Puts `with` in the place of each `placeholder`.
fn replace(template: &[u8], placeholder: &[u8], with: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.windows(placeholder.len()).position(|window| window == placeholder) {
        bytes.extend_from_slice(&rest[..at]);
        bytes.extend_from_slice(with);
        rest = &rest[at + placeholder.len()..];
    }
    bytes.extend_from_slice(rest);
    bytes
}
