//! MD5-crypt: `$1$` of old Unix, and `$apr1$` of Apache. It is taken only where the operator accepts the danger.

use super::{Expected, Refused, Scheme};
use md5::{Digest, Md5};

struct Hashed {
    magic: &'static [u8],
    salt: Vec<u8>,
    /// The symbols of the hash.
    expected: Expected,
}

const SYMBOLS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The order of the bytes in the text.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];

pub(super) fn read(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read_as(b"$1$", text)
}

pub(super) fn read_apache(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read_as(b"$apr1$", text)
}

fn read_as(magic: &'static [u8], text: &str) -> Result<Box<dyn Scheme>, Refused> {
    let malformed = || Refused::from("the MD5 hash is malformed");
    let (salt, hash) = text.split_once('$').filter(|(salt, _)| salt.len() <= 8).ok_or_else(malformed)?;
    if !hash.bytes().all(|byte| SYMBOLS.contains(&byte)) {
        return Err(malformed());
    }
    let expected = Expected::new(hash.as_bytes().to_vec(), 22..=22)?;
    Ok(Box::new(Hashed { magic, salt: salt.as_bytes().to_vec(), expected }))
}

impl Hashed {
    fn first(&self, password: &[u8]) -> [u8; 16] {
        let inner: [u8; 16] = md5(&[password, &self.salt, password]);
        let mut outer = Md5::new().chain_update(password).chain_update(self.magic).chain_update(&self.salt);
        inner.iter().cycle().take(password.len()).for_each(|byte| outer.update([*byte]));
        let mut bits = password.len();
        while bits > 0 {
            outer.update([if bits & 1 == 1 { 0 } else { password.first().copied().unwrap_or_default() }]);
            bits >>= 1;
        }
        outer.finalize().into()
    }

    fn round(&self, number: usize, password: &[u8], last: [u8; 16]) -> [u8; 16] {
        let (odd, salt) = (number % 2 == 1, if number.is_multiple_of(3) { &[][..] } else { &self.salt });
        let again = if number.is_multiple_of(7) { &[][..] } else { password };
        let (begin, end) = if odd { (password, &last[..]) } else { (&last[..], password) };
        md5(&[begin, salt, again, end])
    }
}

fn md5(pieces: &[&[u8]]) -> [u8; 16] {
    let mut digest = Md5::new();
    pieces.iter().for_each(|piece| digest.update(piece));
    digest.finalize().into()
}

fn encode(hash: [u8; 16]) -> Vec<u8> {
    let symbols = |mut bits: usize, count: usize| {
        (0..count).map(move |_| {
            let symbol = SYMBOLS[bits & 63];
            bits >>= 6;
            symbol
        })
    };
    let group = |[first, second, third]: [usize; 3]| {
        usize::from(hash[first]) << 16 | usize::from(hash[second]) << 8 | usize::from(hash[third])
    };
    ORDER.into_iter().flat_map(|order| symbols(group(order), 4)).chain(symbols(usize::from(hash[11]), 2)).collect()
}

impl Scheme for Hashed {
    fn matches(&self, password: &[u8]) -> bool {
        let first = self.first(password);
        let last = (0..1000).fold(first, |last, number| self.round(number, password, last));
        self.expected.is(&encode(last))
    }

    fn cost(&self) -> u64 {
        1000
    }

    fn is_cheap(&self) -> bool {
        true
    }
}
