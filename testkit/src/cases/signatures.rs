//! Signatures of elliptic curves and tags that are almost right.

use super::encodings::{self, SEQUENCE, integer, tlv};
use super::request::{self, Signed};
use doorward::Algorithm;
use num_bigint::BigUint;

/// The order of the group of points, which r, s and S must be smaller than.
fn order_of(algorithm: Algorithm) -> BigUint {
    let hex = match algorithm {
        Algorithm::ES256 => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        Algorithm::ES384 => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        Algorithm::ES512 => {
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        }
        Algorithm::EdDSA => "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        other => panic!("{other} has no group of points"),
    };
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

/// A number in so many bytes, if it fits.
fn fixed(number: &BigUint, length: usize) -> Option<Vec<u8>> {
    let bytes = number.to_bytes_be();
    let zeros = length.checked_sub(bytes.len())?;
    Some([vec![0; zeros], bytes].concat())
}

fn halves(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (r, s) = signature.split_at(signature.len() / 2);
    (r.to_vec(), s.to_vec())
}

/// The pairs of what stands for r and s, without the good pair.
fn pairs(signed: &Signed<'_>, others: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let (r, s) = halves(&signed.signature());
    let mut pairs: Vec<Vec<u8>> = Vec::new();
    for other in others {
        pairs.extend([[&r[..], other].concat(), [&other[..], &s].concat()]);
        pairs.extend(others.iter().map(|second| [&other[..], second].concat()));
    }
    pairs.iter().map(|signature| signed.with_signature(signature)).collect()
}

/// Both halves, or one, zero.
pub fn zeros(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let half = vec![0; signed.signature().len() / 2];
    pairs(signed, &[half])
}

/// Numbers from one below the order upwards, for r and for s.
pub fn order(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let length = signed.signature().len() / 2;
    let order = order_of(signed.key.algorithm());
    let mut numbers: Vec<Vec<u8>> = vec![vec![0xff; length]];
    for number in [&order - 1u8, order.clone(), &order + 1u8, &order * 2u8] {
        numbers.extend(fixed(&number, length));
    }
    pairs(signed, &numbers)
}

/// The same s modulo the order, in its next larger form.
pub fn s_plus_order(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let (r, mut s) = halves(&signed.signature());
    let length = s.len();
    let is_little_endian = signed.key.algorithm() == Algorithm::EdDSA;
    if is_little_endian {
        s.reverse();
    }
    let order = order_of(signed.key.algorithm());
    let larger = |times: u8| fixed(&(BigUint::from_bytes_be(&s) + &order * times), length);
    let mut tokens = Vec::new();
    for mut s in (1..=7).filter_map(larger) {
        if is_little_endian {
            s.reverse();
        }
        tokens.push(signed.with_signature(&[&r[..], &s].concat()));
    }
    tokens
}

/// The other s that fits: a signature of ECDSA can be changed without the key.
pub fn negated_s(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let (r, s) = halves(&signed.signature());
    let negated = order_of(signed.key.algorithm()) - BigUint::from_bytes_be(&s);
    vec![signed.with_signature(&[r, fixed(&negated, s.len()).unwrap()].concat())]
}

/// R of Ed25519 replaced by points of small order and by encodings that are not canonical.
pub fn small_order_r(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let (_, s) = halves(&signed.signature());
    let point = |first: u8, rest: u8, last: u8| {
        let mut point = vec![rest; 32];
        (point[0], point[31]) = (first, last);
        point
    };
    let points = [
        point(1, 0, 0),
        point(0, 0, 0),
        point(0, 0, 0x80),
        point(1, 0, 0x80),
        point(0xec, 0xff, 0x7f),
        point(0xed, 0xff, 0x7f),
        point(0xee, 0xff, 0x7f),
    ];
    let with_s = |s: &[u8]| points.clone().map(|point| signed.with_signature(&[&point[..], s].concat()));
    [with_s(&s), with_s(&[0; 32])].concat()
}

/// The forms of DER, also cut or filled to the length of the good one.
pub fn der(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let signature = signed.signature();
    let der = encodings::ecdsa_der(&signature);
    let (r, s) = halves(&signature);
    let mut filled = der.clone();
    filled.resize(signature.len(), 0);
    let long_form = [&[SEQUENCE, 0x81, der.len() as u8 - 2][..], &der[2..]].concat();
    let negative = tlv(SEQUENCE, &[&tlv(2, &[&r]), &tlv(2, &[&s])]);
    let with_more = tlv(SEQUENCE, &[&integer(&r), &integer(&s), &[5, 0]]);
    let forms = [der, filled, long_form, negative, with_more];
    forms.iter().map(|form| signed.with_signature(form)).collect()
}

/// The zero before a short r left out: for that, claims are signed until r is short.
pub fn without_leading_zero(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let mut claims = crate::good_claims();
    for try_ in 0..100_000 {
        claims["jti"] = try_.into();
        let header = crate::header(signed.key).to_string();
        let token = request::sign(signed.key, header.as_bytes(), claims.to_string().as_bytes());
        let token = Signed { token, key: signed.key };
        let signature = token.signature();
        // The second byte is not zero either, or r of P-521 would not be shorter than usual.
        let zeros = signature.iter().take_while(|byte| **byte == 0).count();
        if zeros > 0 && signature.len() != 132 || zeros > 1 {
            return vec![token.with_signature(&signature[zeros..])];
        }
    }
    panic!("r was never short")
}

/// A bit changed in the first, a middle and the last byte.
pub fn flip(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let signature = signed.signature();
    let flip = |at: usize| {
        let mut signature = signature.clone();
        signature[at] ^= 1;
        signed.with_signature(&signature)
    };
    [0, signature.len() / 2, signature.len() - 1].map(flip).to_vec()
}

/// Bytes before, within and after.
pub fn longer(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let signature = signed.signature();
    let (r, s) = halves(&signature);
    let zero = vec![0];
    let longer = [
        [&zero[..], &signature].concat(),
        [&signature[..], &zero].concat(),
        [&zero[..], &r, &zero, &s].concat(),
        [&signature[..], &signature].concat(),
        [&signature[..], &[0; 1024]].concat(),
    ];
    longer.iter().map(|signature| signed.with_signature(signature)).collect()
}

/// Every shorter length, from either end.
pub fn shorter(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let signature = signed.signature();
    let cuts = (1..signature.len()).flat_map(|length| [&signature[..length], &signature[length..]]);
    cuts.map(|cut| signed.with_signature(cut)).collect()
}
