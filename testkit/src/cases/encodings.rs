//! The public key in each of the forms that an attacker may take for a secret, and a certificate.

use crate::{KEY_ID, TestKey};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 2;
const BIT_STRING: u8 = 3;

/// A value of DER.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..128 => bytes.push(length as u8),
        length @ 128..256 => bytes.extend([0x81, length as u8]),
        length => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(content);
    bytes
}

/// A number that is not negative.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let significant = &bytes[zeros..];
    let sign: &[u8] = if significant.first().is_none_or(|first| *first > 0x7f) { &[0] } else { &[] };
    tlv(INTEGER, &[sign, significant])
}

fn member(jwk: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode_to_vec(jwk[name].as_str().unwrap()).unwrap()
}

fn pkcs1_der(jwk: &Value) -> Vec<u8> {
    tlv(SEQUENCE, &[&integer(&member(jwk, "n")), &integer(&member(jwk, "e"))])
}

/// The `SubjectPublicKeyInfo` of a key.
fn spki_der(jwk: &Value) -> Vec<u8> {
    const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    const P256: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    const ED25519: &[u8] = b"\x30\x05\x06\x03\x2b\x65\x70";
    let (algorithm, key) = match jwk["kty"].as_str().unwrap() {
        "RSA" => (RSA, pkcs1_der(jwk)),
        "EC" => (P256, raw(jwk)),
        _ => (ED25519, raw(jwk)),
    };
    tlv(SEQUENCE, &[algorithm, &tlv(BIT_STRING, &[&[0], &key])])
}

/// The modulus, or the point.
fn raw(jwk: &Value) -> Vec<u8> {
    match jwk["kty"].as_str().unwrap() {
        "RSA" => member(jwk, "n"),
        "EC" => [vec![4], member(jwk, "x"), member(jwk, "y")].concat(),
        _ => member(jwk, "x"),
    }
}

/// A line as in `authorized_keys`.
fn ssh(jwk: &Value) -> String {
    let (name, fields) = match jwk["kty"].as_str().unwrap() {
        "RSA" => ("ssh-rsa", vec![member(jwk, "e"), [vec![0], member(jwk, "n")].concat()]),
        "EC" => ("ecdsa-sha2-nistp256", vec![b"nistp256".to_vec(), raw(jwk)]),
        _ => ("ssh-ed25519", vec![raw(jwk)]),
    };
    let fields = [vec![name.as_bytes().to_vec()], fields].concat();
    let with_length = |field: &Vec<u8>| [&(field.len() as u32).to_be_bytes()[..], field].concat();
    let blob: Vec<u8> = fields.iter().flat_map(with_length).collect();
    format!("{name} {}", STANDARD.encode_to_string(blob))
}

fn pem(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap()
}

/// A form of a public key by its name.
pub fn form(key: &TestKey, name: &str) -> Vec<u8> {
    let members = key.required_members();
    let spki = || pem("PUBLIC KEY", &spki_der(&members));
    match name {
        "empty" => Vec::new(),
        "spki_pem" => spki().into_bytes(),
        "spki_pem_without_last_newline" => spki().trim_end().as_bytes().to_vec(),
        "spki_pem_crlf" => spki().replace('\n', "\r\n").into_bytes(),
        "spki_pem_after_space" => format!(" {}", spki()).into_bytes(),
        "spki_pem_after_byte_order_mark" => format!("\u{feff}{}", spki()).into_bytes(),
        "spki_pem_base64" => STANDARD.encode_to_string(spki_der(&members)).into_bytes(),
        "spki_der" => spki_der(&members),
        "pkcs1_pem" => pem("RSA PUBLIC KEY", &pkcs1_der(&members)).into_bytes(),
        "pkcs1_der" => pkcs1_der(&members),
        "certificate_pem" => pem("CERTIFICATE", &certificate(key)).into_bytes(),
        "ssh" => ssh(&members).into_bytes(),
        "raw" => raw(&members),
        "jwk" => key.jwk(KEY_ID).to_string().into_bytes(),
        "jwk_of_required_members" => members.to_string().into_bytes(),
        "jwk_pretty" => format!("{:#}", key.jwk(KEY_ID)).into_bytes(),
        "jwks" => json!({ "keys": [key.jwk(KEY_ID)] }).to_string().into_bytes(),
        "kid" => KEY_ID.as_bytes().to_vec(),
        "thumbprint" => key.thumbprint().into_bytes(),
        _ => panic!("there is no form {name}"),
    }
}

/// An ECDSA signature as the protocols outside of JOSE write it.
pub fn ecdsa_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    tlv(SEQUENCE, &[&integer(r), &integer(s)])
}

/// A certificate for the issuer's name, signed by its own ES256 key, that expired in 2002.
pub fn certificate(key: &TestKey) -> Vec<u8> {
    const ECDSA_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
    const UTF8: u8 = 12;
    const UTC_TIME: u8 = 23;
    let name = tlv(SEQUENCE, &[COMMON_NAME, &tlv(UTF8, &[b"issuer.example"])]);
    let name = tlv(SEQUENCE, &[&tlv(SET, &[&name])]);
    let validity = [&tlv(UTC_TIME, &[b"010101000000Z"])[..], &tlv(UTC_TIME, &[b"020101000000Z"])].concat();
    let version = tlv(0xa0, &[&integer(&[2])]);
    let info = spki_der(&key.required_members());
    let validity = tlv(SEQUENCE, &[&validity]);
    let signed = tlv(SEQUENCE, &[&version, &integer(&[1]), ECDSA_SHA256, &name, &validity, &name, &info]);
    let signature = key.sign_bytes(&signed).unwrap();
    let der = if signature.len() == 64 { ecdsa_der(&signature) } else { signature };
    tlv(SEQUENCE, &[&signed, ECDSA_SHA256, &tlv(BIT_STRING, &[&[0], &der])])
}
