//! What is done to finished tokens. Each mutation makes one or more tokens out of one.

use super::request::Signed;
use super::{rsa, signatures};
use base64_simd::URL_SAFE_NO_PAD;

pub type Mutation = fn(&Signed<'_>) -> Vec<Vec<u8>>;

pub const ALL: &[(&str, Mutation)] = &[
    ("cube_root", rsa::cube_root),
    ("der_signature", signatures::der),
    ("detach_payload", detach_payload),
    ("drop_signature", drop_signature),
    ("flip_signature", signatures::flip),
    ("insert_every_byte", insert_every_byte),
    ("length_one_more_than_fours", length_one_more_than_fours),
    ("longer_signature", signatures::longer),
    ("negated_s", signatures::negated_s),
    ("order_in_signature", signatures::order),
    ("other_base64", other_base64),
    ("pkcs1_loose", rsa::pkcs1_loose),
    ("pkcs1_strict", rsa::pkcs1_strict),
    ("pss_other", rsa::pss_other),
    ("pss_proper", rsa::pss_proper),
    ("s_plus_order", signatures::s_plus_order),
    ("shorter_signature", signatures::shorter),
    ("small_order_r", signatures::small_order_r),
    ("spare_bits", spare_bits),
    ("strip_signature", strip_signature),
    ("without_leading_zero", signatures::without_leading_zero),
    ("zeros_in_signature", signatures::zeros),
];

pub fn find(name: &str) -> Mutation {
    ALL.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("there is no mutation {name}")).1
}

impl Signed<'_> {
    /// Header, payload and signature, in base64url.
    pub fn parts(&self) -> [&str; 3] {
        let mut parts = self.token.splitn(3, '.');
        [(); 3].map(|()| parts.next().unwrap())
    }

    pub fn signing_input(&self) -> &str {
        self.token.rsplit_once('.').unwrap().0
    }

    pub fn signature(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode_to_vec(self.parts()[2]).unwrap()
    }

    /// The token with another signature.
    pub fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        format!("{}.{}", self.signing_input(), URL_SAFE_NO_PAD.encode_to_string(signature)).into_bytes()
    }

    /// The tokens in which each part in turn is what `change` makes of it.
    fn change_each_part(&self, change: impl Fn(&str) -> Vec<String>) -> Vec<Vec<u8>> {
        let parts = self.parts();
        let changed = |index: usize| {
            change(parts[index]).into_iter().map(move |part| {
                let mut parts = parts.map(str::to_owned);
                parts[index] = part;
                parts.join(".").into_bytes()
            })
        };
        (0..3).flat_map(changed).collect()
    }
}

fn strip_signature(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    vec![format!("{}.", signed.signing_input()).into_bytes()]
}

fn drop_signature(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    vec![signed.signing_input().as_bytes().to_vec()]
}

fn detach_payload(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let [header, _, signature] = signed.parts();
    vec![format!("{header}..{signature}").into_bytes()]
}

/// Padding, and the two symbols in which the standard alphabet differs.
fn other_base64(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    signed.change_each_part(|part| {
        let end = &part[part.len() - 1..];
        let body = &part[..part.len() - 1];
        let mut changed: Vec<String> =
            ["=", "==", "%3D", "+", "/"].iter().map(|more| format!("{part}{more}")).collect();
        changed.extend(["+", "/"].map(|symbol| format!("{body}{symbol}")));
        changed.extend(["+", "/"].map(|symbol| format!("{symbol}{}{end}", &body[1..])));
        changed
    })
}

/// Each byte at the start, in the middle and at the end of each part; but a space before the token
/// belongs to the scheme.
fn insert_every_byte(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let token = signed.token.as_bytes();
    let dots: Vec<usize> = (0..token.len()).filter(|at| token[*at] == b'.').collect();
    let ends = [0, dots[0], dots[0] + 1, dots[1], dots[1] + 1, token.len()];
    let middles = [dots[0] / 2, (dots[0] + dots[1]) / 2, (dots[1] + token.len()) / 2];
    let places = ends.into_iter().chain(middles);
    let insert = |(place, byte): (usize, u8)| [&token[..place], &[byte], &token[place..]].concat();
    let everywhere = places.flat_map(|place| (0..=255).map(move |byte| (place, byte)));
    everywhere.filter(|inserted| *inserted != (0, b' ')).map(insert).collect()
}

/// The last symbol of a part whose length leaves bits over, with these bits set.
fn spare_bits(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    signed.change_each_part(|part| {
        let spare = match part.len() % 4 {
            2 => 16,
            3 => 4,
            _ => 1,
        };
        let (body, last) = part.split_at(part.len() - 1);
        let value = ALPHABET.iter().position(|symbol| *symbol == last.as_bytes()[0]).unwrap();
        (1..spare).map(|bits| format!("{body}{}", char::from(ALPHABET[value | bits]))).collect()
    })
}

/// Each part cut to a length that no bytes encode to.
fn length_one_more_than_fours(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    signed.change_each_part(|part| {
        let cut = part.len() - (part.len() + 3) % 4;
        let whole = part.len() / 4 * 4;
        vec![part[..cut].to_owned(), format!("{}A", &part[..whole]), "A".to_owned()]
    })
}
