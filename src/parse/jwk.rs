//! JSON Web Keys and key sets (RFC 7517, RFC 7518 section 6, RFC 8037), each key judged by itself.
//!
//! It says what a key is made of. Whether it is strong enough, and whether its point lies on its
//! curve, is decided where keys are prepared.

use super::base64url;
use super::json::{Document, JsonError, Kind, Most, Value};
use crate::limits;
use crate::secret::Secret;

/// What a key is made of.
#[derive(Debug, Clone)]
pub(crate) enum Material {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// An uncompressed point: 4, x and y.
    Ec { curve: Curve, point: Vec<u8> },
    /// A compressed point.
    Ed25519 { point: Vec<u8> },
    /// A secret for HMAC.
    Oct(Secret),
}

/// A curve of ECDSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The name of the registry (RFC 7518 section 6.2.1.1).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Bytes of a coordinate.
    pub(crate) const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A key that may verify signatures.
#[derive(Debug, Clone)]
pub(crate) struct Jwk {
    /// `kid`
    pub(crate) id: Option<String>,
    /// `alg`: where it stands, the key serves no other algorithm.
    pub(crate) algorithm: Option<String>,
    /// `issuer` and `cloud_instance_name`: what Entra ID says of its keys.
    pub(crate) issuer: Option<String>,
    pub(crate) cloud: Option<String>,
    pub(crate) material: Material,
}

/// Why a key of a set is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// A good key for another purpose: skipped.
    OtherPurpose(&'static str),
    /// A key that should not be there.
    Rejected(&'static str),
}

/// A key of a set, or why it is not used, with its id for the log.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) id: Option<String>,
    pub(crate) outcome: Result<Jwk, KeyFault>,
}

/// Why a text is not a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetFault {
    Json(JsonError),
    Shape(&'static str),
}

/// Parses a key set. A byte order mark before it is skipped: editors leave it behind.
pub(crate) fn parse_set(text: &[u8]) -> Result<Vec<Judged>, SetFault> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.len() > limits::KEY_SET_BYTES {
        return Err(SetFault::Shape("the key set has more than 512 KiB"));
    }
    let mut document = Document::default();
    let outcome = document.read(text, Most::members(limits::TOKEN_MEMBERS)).map_err(SetFault::Json);
    let judged = outcome.and_then(|()| judge_all(&document));
    document.zeroize();
    judged
}

fn judge_all(document: &Document) -> Result<Vec<Judged>, SetFault> {
    let keys = document.root().and_then(|root| root.get("keys")).and_then(|keys| keys.as_array());
    let keys = keys.ok_or(SetFault::Shape("a key set is a JSON object with an array \"keys\""))?;
    let judged: Vec<_> = keys.take(limits::KEY_SET_KEYS + 1).map(judge).collect();
    if judged.len() > limits::KEY_SET_KEYS {
        return Err(SetFault::Shape("the key set has more than 256 keys"));
    }
    Ok(judged)
}

fn judge(key: Value<'_>) -> Judged {
    let id = key.get("kid").and_then(|id| id.as_str()).map(str::to_owned);
    Judged { id, outcome: parse(key) }
}

const fn rejected<T>(what: &'static str) -> Result<T, KeyFault> {
    Err(KeyFault::Rejected(what))
}

fn parse(key: Value<'_>) -> Result<Jwk, KeyFault> {
    if key.kind() != Kind::Object {
        return rejected("a key is a JSON object");
    }
    let kind = string(key, "kty", "kty is not a string")?.ok_or(KeyFault::Rejected("it has no kty"))?;
    if kind != "oct" {
        refuse_private(key)?;
    }
    check_purpose(key)?;
    let id = string(key, "kid", "kid is not a string")?;
    if id.is_some_and(|id| id.len() > limits::KEY_ID_BYTES) {
        return rejected("kid has more than 256 bytes");
    }
    let algorithm = string(key, "alg", "alg is not a string")?;
    let material = match kind {
        "RSA" => rsa(key)?,
        "EC" => ec(key)?,
        "OKP" => okp(key)?,
        "oct" => oct(key)?,
        _ => return Err(KeyFault::OtherPurpose("its kty is not RSA, EC, OKP or oct")),
    };
    let issuer = bounded(key, "issuer", "issuer is not a string of at most 4096 bytes")?;
    let cloud = bounded(key, "cloud_instance_name", "cloud_instance_name is not a string of at most 4096 bytes")?;
    Ok(Jwk { id: id.map(str::to_owned), algorithm: algorithm.map(str::to_owned), issuer, cloud, material })
}

/// A text that is kept as it is.
fn bounded(key: Value<'_>, name: &str, what: &'static str) -> Result<Option<String>, KeyFault> {
    match string(key, name, what)? {
        Some(text) if text.len() > limits::CONFIGURATION_TEXT_BYTES => rejected(what),
        text => Ok(text.map(str::to_owned)),
    }
}

/// `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3).
fn check_purpose(key: Value<'_>) -> Result<(), KeyFault> {
    if string(key, "use", "use is not a string")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyFault::OtherPurpose("its use is not sig"));
    }
    let Some(operations) = key.get("key_ops") else { return Ok(()) };
    let mut operations = operations.as_array().ok_or(KeyFault::Rejected("key_ops is not an array"))?;
    if operations.any(|operation| operation.as_str() == Some("verify")) {
        Ok(())
    } else {
        Err(KeyFault::OtherPurpose("its key_ops do not hold verify"))
    }
}

fn rsa(key: Value<'_>) -> Result<Material, KeyFault> {
    let strip = |mut bytes: Vec<u8>| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.drain(..zeros);
        bytes
    };
    let modulus = strip(bytes(key, "n", limits::KEY_SET_BYTES)?);
    let exponent = strip(bytes(key, "e", limits::KEY_SET_BYTES)?);
    Ok(Material::Rsa { modulus, exponent })
}

fn ec(key: Value<'_>) -> Result<Material, KeyFault> {
    let name = string(key, "crv", "crv is not a string")?.ok_or(KeyFault::Rejected("it has no crv"))?;
    let curve = Curve::ALL.into_iter().find(|curve| curve.name() == name);
    let curve = curve.ok_or(KeyFault::OtherPurpose("its crv is not P-256, P-384 or P-521"))?;
    let mut point = vec![4];
    for coordinate in ["x", "y"] {
        let coordinate = bytes(key, coordinate, limits::KEY_SET_BYTES)?;
        if coordinate.len() != curve.coordinate_bytes() {
            return rejected("x or y has not the length of the curve's coordinates");
        }
        point.extend_from_slice(&coordinate);
    }
    Ok(Material::Ec { curve, point })
}

fn okp(key: Value<'_>) -> Result<Material, KeyFault> {
    match string(key, "crv", "crv is not a string")? {
        Some("Ed25519") => {}
        Some(_) => return Err(KeyFault::OtherPurpose("its crv is not Ed25519")),
        None => return rejected("it has no crv"),
    }
    let point = bytes(key, "x", limits::KEY_SET_BYTES)?;
    if point.len() != 32 {
        return rejected("x has not 32 bytes");
    }
    Ok(Material::Ed25519 { point })
}

fn oct(key: Value<'_>) -> Result<Material, KeyFault> {
    bytes(key, "k", limits::HMAC_SECRET_BYTES_MAX).map(|secret| Material::Oct(Secret::new(secret)))
}

fn refuse_private(key: Value<'_>) -> Result<(), KeyFault> {
    match ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| key.get(name).is_some()) {
        true => rejected("it holds a private key; give the public half only"),
        false => Ok(()),
    }
}

fn string<'a>(key: Value<'a>, name: &str, fault: &'static str) -> Result<Option<&'a str>, KeyFault> {
    key.get(name).map(|value| value.as_str().ok_or(KeyFault::Rejected(fault))).transpose()
}

fn bytes(key: Value<'_>, name: &str, max: usize) -> Result<Vec<u8>, KeyFault> {
    let text = key.get(name).ok_or(KeyFault::Rejected("a member that its kty needs is missing"))?;
    let decoded = text.as_str().and_then(|text| base64url::decode(text.as_bytes()).ok());
    match decoded {
        Some(bytes) if bytes.is_empty() => rejected("a member that its kty needs is empty"),
        Some(bytes) if bytes.len() > max => rejected("a member is too long"),
        Some(bytes) => Ok(bytes),
        None => rejected("a member that its kty needs is not base64url"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(key: &str) -> Result<(), KeyFault> {
        let mut judged = parse_set(format!("{{\"keys\":[{key}]}}").as_bytes()).unwrap();
        assert_eq!(judged.len(), 1);
        judged.remove(0).outcome.map(|_| ())
    }

    #[test]
    fn keys_are_judged_one_by_one() {
        let x = "A".repeat(43);
        let good = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
        assert_eq!(outcome(&good), Ok(()));
        for (key, fault) in [
            (r#"{"kty":"XYZ"}"#.to_owned(), "its kty is not RSA, EC, OKP or oct"),
            (format!(r#"{{"kty":"OKP","crv":"Ed448","x":"{x}"}}"#), "its crv is not Ed25519"),
            (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","use":"enc"}}"#), "its use is not sig"),
            (
                format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","key_ops":["sign"]}}"#),
                "its key_ops do not hold verify",
            ),
            (r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#.to_owned(), "its crv is not P-256, P-384 or P-521"),
        ] {
            assert_eq!(outcome(&key), Err(KeyFault::OtherPurpose(fault)), "{key}");
        }
        for key in [
            "1".to_owned(),
            "{}".to_owned(),
            r#"{"kty":1}"#.to_owned(),
            r#"{"kty":"RSA","n":"AQAB"}"#.to_owned(),
            r#"{"kty":"RSA","n":"AQAB==","e":"AQAB"}"#.to_owned(),
            r#"{"kty":"RSA","n":"","e":"AQAB"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#.to_owned(),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","d":"{x}"}}"#),
            format!(r#"{{"kty":"OKP","crv":"X25519","x":"{x}","d":"{x}","use":"enc"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}AA"}}"#),
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":7}}"#),
        ] {
            assert!(matches!(outcome(&key), Err(KeyFault::Rejected(_))), "{key}");
        }
    }

    #[test]
    fn what_is_not_a_set_is_refused_as_a_whole() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"kty":"RSA"}"#, r#"{"keys":[],"keys":[]}"#] {
            assert!(parse_set(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse_set(b"\xef\xbb\xbf{\"keys\":[]}").is_ok());
        let many = |count| format!("{{\"keys\":[{}]}}", vec!["{}"; count].join(","));
        assert!(parse_set(many(limits::KEY_SET_KEYS).as_bytes()).is_ok());
        assert!(parse_set(many(limits::KEY_SET_KEYS + 1).as_bytes()).is_err());
    }
}
