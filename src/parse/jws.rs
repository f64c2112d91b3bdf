//! The compact serialization of a JWS (RFC 7515 section 3.1) and its protected header.
//!
//! Members of the header that would let a token choose its own key (`jwk`, `jku`, `x5u`, `x5c`)
//! are not read at all. Extensions, compression and nested tokens are refused.

use super::json::{Document, Kind, Most, Value};
use super::{Fault, base64url};
use crate::code::Code;
use crate::limits;
use memchr::memchr_iter;

/// The three parts, still in base64url, and what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Jws<'a> {
    /// The header, a dot and the payload, as sent.
    pub(crate) signing_input: &'a [u8],
    pub(crate) header: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Splits a token at its two dots. Looks at no more than five of them.
pub(crate) fn split(token: &[u8]) -> Result<Jws<'_>, Fault> {
    let mut dots = memchr_iter(b'.', token);
    let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
        return Err(Fault::token("the token has fewer than three parts"));
    };
    if dots.next().is_some() {
        return Err(match (dots.next(), dots.next()) {
            (Some(_), None) => Fault::new(Code::TokenEncrypted, "the token has five parts: it is encrypted"),
            _ => Fault::token("the token has more than three parts"),
        });
    }
    Ok(Jws {
        signing_input: &token[..second],
        header: &token[..first],
        payload: &token[first + 1..second],
        signature: &token[second + 1..],
    })
}

/// What the protected header says. Nothing of it is trusted: it only has to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    /// `alg`
    pub(crate) algorithm: &'a str,
    /// `kid`
    pub(crate) key_id: Option<&'a str>,
    /// `typ`
    pub(crate) typ: Option<&'a str>,
    /// Whether there is a `nonce`, which no registered header parameter of a JWS is.
    pub(crate) has_nonce: bool,
}

/// Decodes a part into `document` as a JSON object.
pub(crate) fn read_object<'a>(
    part: &[u8],
    document: &'a mut Document,
    faults: &ObjectFaults,
) -> Result<Value<'a>, Fault> {
    let mut buffer = document.take_buffer(part.len());
    if base64url::decode_into(part, &mut buffer).is_err() {
        document.give_back(buffer);
        return Err(Fault::token(faults.base64url));
    }
    document.parse(buffer, Most::TOKEN).map_err(|_| Fault::token(faults.json))?;
    document.root().filter(|root| root.kind() == Kind::Object).ok_or(Fault::token(faults.object))
}

/// The words for what is wrong with a part.
pub(crate) struct ObjectFaults {
    base64url: &'static str,
    json: &'static str,
    object: &'static str,
}

pub(crate) const HEADER: ObjectFaults = ObjectFaults {
    base64url: "the header is not base64url",
    json: "the header is not strict JSON",
    object: "the header is not a JSON object",
};

pub(crate) const PAYLOAD: ObjectFaults = ObjectFaults {
    base64url: "the payload is not base64url",
    json: "the payload is not strict JSON",
    object: "the payload is not a JSON object",
};

/// Reads the protected header.
pub(crate) fn header(object: Value<'_>) -> Result<Header<'_>, Fault> {
    let mut members = HeaderMembers::default();
    for (name, value) in object.as_object().into_iter().flatten() {
        members.note(name, value);
    }
    members.refuse_extensions()?;
    let algorithm = optional_string(members.algorithm, "the header's alg is not a string")?
        .ok_or(Fault::token("the header has no alg"))?;
    let key_id = optional_string(members.key_id, "the header's kid is not a string")?;
    if key_id.is_some_and(|id| id.len() > limits::KEY_ID_BYTES) {
        return Err(Fault::token("the header's kid is too long"));
    }
    let typ = optional_string(members.typ, "the header's typ is not a string")?;
    Ok(Header { algorithm, key_id, typ, has_nonce: members.has_nonce })
}

/// The members of a header that say something, of whatever type.
#[derive(Default)]
struct HeaderMembers<'a> {
    algorithm: Option<Value<'a>>,
    key_id: Option<Value<'a>>,
    typ: Option<Value<'a>>,
    content_type: Option<Value<'a>>,
    has_nonce: bool,
    is_extended: bool,
    is_encrypted: bool,
}

impl<'a> HeaderMembers<'a> {
    fn note(&mut self, name: &str, value: Value<'a>) {
        match name {
            "alg" => self.algorithm = Some(value),
            "kid" => self.key_id = Some(value),
            "typ" => self.typ = Some(value),
            "cty" => self.content_type = Some(value),
            "nonce" => self.has_nonce = true,
            "crit" | "b64" => self.is_extended = true,
            "zip" | "enc" => self.is_encrypted = true,
            _ => {}
        }
    }

    fn refuse_extensions(&self) -> Result<(), Fault> {
        if self.is_extended {
            return Err(Fault::new(Code::CriticalHeaderUnsupported, "the header demands an extension (crit or b64)"));
        }
        if self.is_encrypted {
            return Err(Fault::token("the header is that of an encrypted token"));
        }
        let content_type = optional_string(self.content_type, "the header's cty is not a string")?;
        if content_type.is_some_and(|cty| without_application(cty).eq_ignore_ascii_case("jwt")) {
            return Err(Fault::token("the token wraps another token"));
        }
        Ok(())
    }
}

fn optional_string<'a>(member: Option<Value<'a>>, fault: &'static str) -> Result<Option<&'a str>, Fault> {
    member.map(|value| value.as_str().ok_or(Fault::token(fault))).transpose()
}

/// A media type without its optional `application/` (RFC 7515 section 4.1.9).
pub(crate) fn without_application(media_type: &str) -> &str {
    const PREFIX: &str = "application/";
    match media_type.get(..PREFIX.len()) {
        Some(start) if start.eq_ignore_ascii_case(PREFIX) => &media_type[PREFIX.len()..],
        _ => media_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<(), Fault> {
        let mut document = Document::default();
        let part = base64url::encode(json.as_bytes());
        header(read_object(part.as_bytes(), &mut document, &HEADER)?).map(|_| ())
    }

    #[test]
    fn three_parts_and_no_others() {
        assert_eq!(split(b"a.b.c"), Ok(Jws { signing_input: b"a.b", header: b"a", payload: b"b", signature: b"c" }));
        assert_eq!(split(b"..").map(|jws| jws.signature), Ok(&b""[..]));
        for (token, code) in [
            ("", Code::TokenMalformed),
            ("a", Code::TokenMalformed),
            ("a.b", Code::TokenMalformed),
            ("a.b.c.d", Code::TokenMalformed),
            ("a.b.c.d.e", Code::TokenEncrypted),
            ("a.b.c.d.e.f", Code::TokenMalformed),
        ] {
            assert_eq!(split(token.as_bytes()).map_err(|fault| fault.code), Err(code), "{token}");
        }
    }

    #[test]
    fn members_of_the_wrong_type_are_refused() {
        assert_eq!(read(r#"{"alg":"RS256","kid":"k","typ":"JWT"}"#), Ok(()));
        for json in [r#"{"alg":256}"#, r#"{"alg":null}"#, r#"{"alg":["RS256"]}"#, "{}", "[]", "\"alg\""] {
            assert_eq!(read(json).map_err(|fault| fault.code), Err(Code::TokenMalformed), "{json}");
        }
        for member in [r#""kid":1"#, r#""kid":null"#, r#""typ":[]"#, r#""cty":{}"#, r#""cty":"application/JWT""#] {
            let json = format!(r#"{{"alg":"RS256",{member}}}"#);
            assert_eq!(read(&json).map_err(|fault| fault.code), Err(Code::TokenMalformed), "{json}");
        }
    }

    #[test]
    fn extensions_are_refused_in_whatever_shape() {
        for value in [r#"["exp"]"#, "[]", "null", "\"b64\"", "{}", "1", r#"["x","x"]"#, r#"["alg"]"#] {
            let json = format!(r#"{{"alg":"RS256","crit":{value}}}"#);
            assert_eq!(read(&json).map_err(|fault| fault.code), Err(Code::CriticalHeaderUnsupported), "{json}");
        }
    }
}
