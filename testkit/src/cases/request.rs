//! Makes the requests of a case.

use super::catalogue::{Case, Catalogue, OneOrMany, texts};
use super::expand::{expand, expand_bytes, json, merge};
use super::{encodings, mutations};
use crate::TestKey;
use crate::keys::{algorithm, key};
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
    pub fn algorithm(&self, catalogue: &Catalogue) -> Algorithm {
        let forms = catalogue.forms(self.token.as_deref());
        let of_form = forms.iter().rev().find_map(|form| form.alg.as_deref());
        algorithm(self.alg.as_deref().or(of_form).unwrap_or("ES256"))
    }

    /// What the cases start from: that of the tests with one key, or the catalogue's own; patched.
    pub fn configuration(&self, catalogue: &Catalogue) -> Value {
        let mut configuration = match catalogue.configurations.get("start") {
            Some(start) => json(&expand(start)),
            None => {
                let algorithm = self.algorithm(catalogue);
                crate::configuration(&[key("own", algorithm).jwk(crate::KEY_ID)], &[algorithm])
            }
        };
        for patch in texts(self.config.as_ref()) {
            let shared = catalogue.configurations.get(&patch);
            merge(&mut configuration, &json(&expand(shared.unwrap_or(&patch))));
        }
        configuration
    }

    /// The values of the Authorization headers of each request.
    pub fn requests(&self, catalogue: &Catalogue) -> Vec<Vec<Vec<u8>>> {
        let templates = self.authorization.as_ref().map_or(vec!["Bearer $token".to_owned()], |list| list.list());
        let templates: Vec<Vec<u8>> = templates.iter().map(|text| expand_bytes(text)).collect();
        let fill = |token: Vec<u8>| templates.iter().map(|template| replace(template, b"$token", &token)).collect();
        self.tokens(catalogue).into_iter().map(fill).collect()
    }

    fn tokens(&self, catalogue: &Catalogue) -> Vec<Vec<u8>> {
        let secret = self.secret.as_deref().map(|form| self.secret_key(catalogue, form));
        let (holder, own) = self.signer(catalogue);
        let key = secret.as_ref().unwrap_or(own);
        let signed = Signed { token: self.token(catalogue, &holder, key), key };
        match &self.mutate {
            None => vec![signed.token.into_bytes()],
            Some(name) => mutations::find(name)(&signed),
        }
    }

    /// Who signs, with which key.
    fn signer(&self, catalogue: &Catalogue) -> (String, &'static TestKey) {
        let forms = catalogue.forms(self.token.as_deref());
        let of_form = forms.iter().rev().find_map(|form| form.key.as_deref());
        let name = self.key.as_deref().or(of_form).unwrap_or("own");
        let (holder, algorithm) = match name.split_once(' ') {
            Some((holder, name)) => (holder, algorithm(name)),
            None => (name, self.algorithm(catalogue)),
        };
        (holder.to_owned(), key(holder, algorithm))
    }

    /// The key of who takes a public key for a secret.
    fn secret_key(&self, catalogue: &Catalogue, form: &str) -> TestKey {
        let (form, name) = form.split_once(' ').unwrap_or((form, "HS256"));
        TestKey::from_secret(algorithm(name), &encodings::form(key("own", self.algorithm(catalogue)), form))
    }

    fn token(&self, catalogue: &Catalogue, holder: &str, signer: &TestKey) -> String {
        let (mut header, mut claims) = (crate::header(signer), crate::good_claims());
        for (number, form) in catalogue.forms(self.token.as_deref()).into_iter().enumerate() {
            if number == 0 {
                (header, claims) = (Value::Null, Value::Null);
            }
            merge(&mut header, &json(&expand(&form.header).replace("$kid", holder)));
            merge(&mut claims, &json(&expand(&form.claims)));
        }
        let header = object(&header, [&self.header, &self.header_more]);
        let header = raw(&header, "$header", &self.header_raw);
        let claims = object(&claims, [&self.claims, &self.claims_more]);
        let claims = raw(&claims, "$claims", &self.claims_raw);
        sign(signer, &header, &claims)
    }
}

impl Catalogue {
    /// A token of a form, with other claims; `key` signs it, or who does by the form.
    pub fn token(&self, form: &str, key: Option<&str>, claims: &Value) -> String {
        let case = Case {
            token: Some(form.to_owned()),
            key: key.map(str::to_owned),
            claims: Some(claims.to_string()),
            ..Case::default()
        };
        String::from_utf8(case.tokens(self).remove(0)).unwrap()
    }

    /// A configuration: what cases start from, with shared patches and one more.
    pub fn configured(&self, patches: &[&str], more: &Value) -> Value {
        let patches = patches.iter().map(|patch| (*patch).to_owned()).chain([more.to_string()]);
        let config = Some(OneOrMany::Many(patches.collect()));
        Case { config, ..Case::default() }.configuration(self)
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
