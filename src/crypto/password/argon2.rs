//! Argon2 (RFC 9106) in the form of the password hashing competition: `v=19$m=65536,t=3,p=4$salt$hash`.

use super::{Expected, Refused, Scheme, base64, bounded, number};
use crate::crypto::random;
use crate::limits::{ARGON2_LANES_MAX, ARGON2_MEMORY_KIB_MAX, ARGON2_PASSES_MAX, ARGON2_WORK_MAX};
use argon2::{Algorithm, Argon2, Params, Version};
use base64_simd::STANDARD_NO_PAD;
use zeroize::Zeroizing;

struct Hashed {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    expected: Expected,
}

/// What new hashes have: 19 MiB, two passes, one lane.
const RECOMMENDED: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Memory in KiB, and KiB times passes, that OWASP asks for at least: 7 MiB with five passes.
const FLOOR: (u32, u64) = (7 * 1024, 5 * 7 * 1024);

pub(super) fn read_id(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read(Algorithm::Argon2id, text)
}

pub(super) fn read_i(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read(Algorithm::Argon2i, text)
}

fn read(algorithm: Algorithm, text: &str) -> Result<Box<dyn Scheme>, Refused> {
    let (version, rest) = match text.strip_prefix("v=19$") {
        Some(rest) => (Version::V0x13, rest),
        None => (Version::V0x10, text.strip_prefix("v=16$").unwrap_or(text)),
    };
    let [costs, salt, hash] = parts::<3>(rest, '$')?;
    let [memory, passes, lanes] = parts::<3>(costs, ',')?;
    let (memory, passes, lanes) = (number(memory, "m")?, number(passes, "t")?, number(lanes, "p")?);
    bounded("the memory in KiB", memory.into(), ARGON2_MEMORY_KIB_MAX.into())?;
    bounded("the number of passes", passes.into(), ARGON2_PASSES_MAX.into())?;
    bounded("the number of lanes", lanes.into(), ARGON2_LANES_MAX.into())?;
    bounded("memory in KiB times passes", u64::from(memory) * u64::from(passes), ARGON2_WORK_MAX.into())?;
    let expected = Expected::new(base64(hash)?, 16..=64)?;
    let params = Params::new(memory, passes, lanes, Some(expected.len()));
    let params = params.map_err(|_| Refused::from("the costs of the Argon2 hash are out of range"))?;
    let salt = Some(base64(salt)?).filter(|salt| (8..=64).contains(&salt.len()));
    let salt = salt.ok_or(Refused::from("the salt has the wrong length"))?;
    Ok(Box::new(Hashed { algorithm, version, params, salt, expected }))
}

fn parts<const N: usize>(text: &str, separator: char) -> Result<[&str; N], Refused> {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.try_into().map_err(|_| "the Argon2 hash is malformed".into())
}

pub(super) fn hash(password: &[u8]) -> Option<String> {
    let mut salt = [0; 16];
    random(&mut salt)?;
    let (memory, passes, lanes) = RECOMMENDED;
    let params = Params::new(memory, passes, lanes, Some(32)).ok()?;
    let mut hash = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(password, &salt, hash.as_mut()).ok()?;
    let [salt, hash] = [&salt[..], hash.as_ref()].map(|bytes| STANDARD_NO_PAD.encode_to_string(bytes));
    Some(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
}

impl Scheme for Hashed {
    fn matches(&self, password: &[u8]) -> bool {
        let mut hash = Zeroizing::new(vec![0; self.expected.len()]);
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let made = argon2.hash_password_into(password, &self.salt, &mut hash);
        self.expected.is(&hash) && made.is_ok()
    }

    fn cost(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    fn is_cheap(&self) -> bool {
        self.params.m_cost() < FLOOR.0 || self.cost() < FLOOR.1
    }
}
