//! SHA-crypt: `rounds=5000$salt$hash`, as glibc has it.
//!
//! Each round looks at the whole password: one that is longer than other tools take is refused, and costs as much as the
//! longest.

use super::{Refused, Scheme, bounded};
use crate::limits::{SHA_CRYPT_PASSWORD_BYTES, SHA_CRYPT_ROUNDS_MAX};
use crate::secret::Secret;
use sha_crypt::{PasswordHashRef, PasswordVerifier, ShaCrypt};

struct Hashed {
    /// With the prefix.
    text: Secret,
    rounds: u32,
}

/// Where nothing is written.
const ROUNDS: u32 = 5000;

const SYMBOLS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn read_256(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    Ok(Box::new(read("$5$", text, 32)?))
}

pub(super) fn read_512(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    Ok(Box::new(read("$6$", text, 64)?))
}

fn read(prefix: &str, text: &str, bytes: usize) -> Result<Hashed, Refused> {
    let malformed = || Refused::from("the SHA-crypt hash is malformed");
    let parts: Vec<&str> = text.split('$').collect();
    let (rounds, salt, hash) = match parts[..] {
        [salt, hash] => (ROUNDS, salt, hash),
        [rounds, salt, hash] => (super::number(rounds, "rounds")?, salt, hash),
        _ => return Err(malformed()),
    };
    bounded("the number of rounds", rounds.into(), SHA_CRYPT_ROUNDS_MAX.into())?;
    // With an equals sign it would be taken for the rounds.
    let is_salt = (1..=16).contains(&salt.len()) && !salt.contains('=');
    let text = format!("{prefix}{text}");
    let is_shaped = is_salt && is_hash(hash, bytes) && rounds >= 1000 && PasswordHashRef::new(&text).is_ok();
    let text = Secret::new(text.into_bytes());
    if is_shaped { Ok(Hashed { text, rounds }) } else { Err(malformed()) }
}

/// Whether so many bytes are written in it, so that comparing can't end early for its shape.
fn is_hash(hash: &str, bytes: usize) -> bool {
    let places: Option<Vec<usize>> =
        hash.bytes().map(|symbol| SYMBOLS.iter().position(|known| *known == symbol)).collect();
    let bits_of_last = bytes * 8 % 6;
    places.is_some_and(|places| {
        places.len() == (bytes * 8).div_ceil(6) && places.last().is_some_and(|last| *last < 1 << bits_of_last)
    })
}

impl Hashed {
    /// Whether a password is the one, as far as it is looked at.
    fn fits(&self, password: &[u8]) -> bool {
        let text = std::str::from_utf8(self.text.expose()).unwrap_or_default();
        let looked_at = password.get(..SHA_CRYPT_PASSWORD_BYTES).unwrap_or(password);
        ShaCrypt::default().verify_password(looked_at, text).is_ok()
    }
}

impl Scheme for Hashed {
    fn matches(&self, password: &[u8]) -> bool {
        self.fits(password) && password.len() <= SHA_CRYPT_PASSWORD_BYTES
    }

    fn cost(&self) -> u64 {
        self.rounds.into()
    }

    fn is_cheap(&self) -> bool {
        self.rounds < ROUNDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A password of 511 bytes (`x`), hashed by libxcrypt, which refuses 512. The prefix is left out.
    const OF_511_BYTES: &str =
        "saltsalt$JAV3aVyW8E1GiN.RBWNCuKunpF/l5jUawTna3MV8gb6VI4f7Oa6rd727mrkQuMnYSu8l64vcVSrgSX5LCXOrp/";

    #[test]
    fn sha_crypt_takes_511_bytes_and_looks_at_no_more() {
        let hash = read("$6$", OF_511_BYTES, 64).ok().unwrap();
        let longest = "x".repeat(511);
        assert!(hash.matches(longest.as_bytes()));
        for longer in [format!("{longest}x"), format!("{longest}y"), format!("{longest}{longest}{longest}")] {
            // What is behind the first 511 bytes makes no difference to the hash, so none of it was hashed.
            assert!(hash.fits(longer.as_bytes()) && !hash.matches(longer.as_bytes()), "{}", longer.len());
        }
        let shorter = "x".repeat(510);
        assert!(!hash.fits(shorter.as_bytes()) && !hash.matches(shorter.as_bytes()));
    }
}
