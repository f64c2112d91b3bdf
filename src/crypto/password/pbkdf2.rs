//! PBKDF2 (RFC 8018): `i=210000$salt$hash` (PHC), or `210000$salt$hash` with a dot for each plus, as passlib writes it.

use super::{Expected, Refused, Scheme, base64, bounded};
use crate::crypto::Chosen;
use crate::crypto::backend::{Backend, Pbkdf2};
use crate::limits::PBKDF2_ROUNDS_MAX;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

struct Hashed {
    digest: Pbkdf2,
    rounds: NonZeroU32,
    salt: Vec<u8>,
    expected: Expected,
}

pub(super) fn read_sha256(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read(Pbkdf2::Sha256, text)
}

pub(super) fn read_sha512(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read(Pbkdf2::Sha512, text)
}

fn read(digest: Pbkdf2, text: &str) -> Result<Box<dyn Scheme>, Refused> {
    let malformed = || Refused::from("the PBKDF2 hash is malformed");
    let parts: Vec<&str> = text.split('$').collect();
    let [costs, salt, hash] = parts[..] else { return Err(malformed()) };
    let rounds = costs.strip_prefix("i=").unwrap_or(costs).split(",l=").next().unwrap_or_default();
    let rounds: NonZeroU32 = rounds.parse().map_err(|_| malformed())?;
    bounded("the number of rounds", rounds.get().into(), PBKDF2_ROUNDS_MAX.into())?;
    let [salt, hash] = [salt, hash].map(|part| base64(&part.replace('.', "+")));
    let expected = Expected::new(hash?, 16..=64)?;
    Ok(Box::new(Hashed { digest, rounds, salt: salt?, expected }))
}

impl Scheme for Hashed {
    fn matches(&self, password: &[u8]) -> bool {
        let mut hash = Zeroizing::new(vec![0; self.expected.len()]);
        Chosen::pbkdf2(self.digest, self.rounds, &self.salt, password, &mut hash);
        self.expected.is(&hash)
    }

    fn cost(&self) -> u64 {
        // Each block of the digest's length costs all rounds.
        u64::from(self.rounds.get()) * self.expected.len().div_ceil(self.digest.len()) as u64
    }

    fn is_cheap(&self) -> bool {
        self.rounds.get() < 100_000
    }
}
