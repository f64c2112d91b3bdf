//! bcrypt. It looks at 72 bytes only: longer passwords are refused, and cost the same.

use super::{Expected, Refused, Scheme, bounded};
use crate::limits::{BCRYPT_COST_MAX, BCRYPT_PASSWORD_BYTES};
use base64_simd::{Out, STANDARD_NO_PAD};
use zeroize::Zeroizing;

struct Bcrypt {
    cost: u32,
    salt: [u8; 16],
    expected: Expected,
}

/// Where the alphabets of bcrypt and of RFC 4648 have the same symbols.
const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn read(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    let malformed = || Refused::from("the bcrypt hash is malformed");
    let (cost, rest) = text.split_once('$').ok_or_else(malformed)?;
    let cost = cost.parse().ok().filter(|_| cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit()));
    let cost: u32 = cost.ok_or_else(malformed)?;
    bounded("the cost", cost.into(), BCRYPT_COST_MAX.into())?;
    let (salt, hash) =
        rest.split_at_checked(22).filter(|(_, hash)| cost >= 4 && hash.len() == 31).ok_or_else(malformed)?;
    let salt = decode(salt).and_then(|salt| salt.try_into().ok()).ok_or_else(malformed)?;
    let expected = Expected::new(decode(hash).ok_or_else(malformed)?, 23..=23)?;
    Ok(Box::new(Bcrypt { cost, salt, expected }))
}

/// The symbols of bcrypt, as many bytes as they are.
fn decode(text: &str) -> Option<Vec<u8>> {
    let place = |symbol: u8| ALPHABET.iter().position(|known| *known == symbol);
    let mut standard: Vec<u8> = text
        .bytes()
        .map(|symbol| place(symbol).and_then(|at| STANDARD_ALPHABET.get(at).copied()))
        .collect::<Option<_>>()?;
    // Some tools set bits at the end that stand for nothing.
    let last = standard.last_mut()?;
    let spare = match text.len() % 4 {
        2 => 0b1111,
        _ => 0b11,
    };
    let at = STANDARD_ALPHABET.iter().position(|known| known == last)?;
    *last = *STANDARD_ALPHABET.get(at & !spare)?;
    let mut bytes = vec![0; text.len() * 3 / 4];
    STANDARD_NO_PAD.decode(&standard, Out::from_slice(&mut bytes)).ok()?;
    Some(bytes)
}

impl Scheme for Bcrypt {
    fn matches(&self, password: &[u8]) -> bool {
        let mut room = Zeroizing::new([0; BCRYPT_PASSWORD_BYTES]);
        let len = password.len().min(BCRYPT_PASSWORD_BYTES);
        room.iter_mut().zip(password).for_each(|(place, byte)| *place = *byte);
        let marked = room.get(..(len + 1).min(BCRYPT_PASSWORD_BYTES)).unwrap_or_default();
        let hash = bcrypt::bcrypt(self.cost, self.salt, marked);
        // The last byte is not written down.
        let fits = self.expected.is(hash.get(..23).unwrap_or_default());
        fits && password.len() <= BCRYPT_PASSWORD_BYTES
    }

    fn cost(&self) -> u64 {
        self.cost.into()
    }

    fn is_cheap(&self) -> bool {
        self.cost < 10
    }
}
