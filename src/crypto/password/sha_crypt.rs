//! SHA-crypt: `rounds=5000$salt$hash`, as glibc has it.

use super::{Refused, Scheme, bounded};
use crate::limits::SHA_CRYPT_ROUNDS_MAX;
use sha_crypt::{PasswordHash, PasswordVerifier, ShaCrypt};

struct Hashed {
    hash: PasswordHash,
    rounds: u32,
}

/// Where nothing is written.
const ROUNDS: u32 = 5000;

pub(super) fn read_256(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read("$5$", text, 43)
}

pub(super) fn read_512(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read("$6$", text, 86)
}

fn read(prefix: &str, text: &str, symbols: usize) -> Result<Box<dyn Scheme>, Refused> {
    let malformed = || Refused::from("the SHA-crypt hash is malformed");
    let parts: Vec<&str> = text.split('$').collect();
    let (rounds, salt, hash) = match parts[..] {
        [salt, hash] => (ROUNDS, salt, hash),
        [rounds, salt, hash] => (super::number(rounds, "rounds")?, salt, hash),
        _ => return Err(malformed()),
    };
    bounded("the number of rounds", rounds.into(), SHA_CRYPT_ROUNDS_MAX.into())?;
    let is_symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'/';
    let is_shaped = hash.len() == symbols && hash.bytes().all(is_symbol) && (1..=16).contains(&salt.len());
    let hash = PasswordHash::new(format!("{prefix}{text}")).ok().filter(|_| is_shaped && rounds >= 1000);
    Ok(Box::new(Hashed { hash: hash.ok_or_else(malformed)?, rounds }))
}

impl Scheme for Hashed {
    fn matches(&self, password: &[u8]) -> bool {
        ShaCrypt::default().verify_password(password, &self.hash).is_ok()
    }

    fn is_cheap(&self) -> bool {
        self.rounds < ROUNDS
    }
}
