//! scrypt (RFC 7914): `ln=17,r=8,p=1$salt$hash`.

use super::{Expected, Refused, Scheme, base64, bounded, number};
use crate::limits::{SCRYPT_MEMORY_MAX, SCRYPT_WORK_MAX};
use scrypt::{Params, scrypt};
use zeroize::Zeroizing;

struct Hashed {
    params: Params,
    /// N times r, which is its memory in units of 128 bytes.
    blocks: u64,
    p: u32,
    salt: Vec<u8>,
    expected: Expected,
}

/// 16 MiB: what its author recommended for logins in 2009 (N = 16384, r = 8).
const FLOOR: u64 = 8 << 14;

pub(super) fn read(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    let malformed = || Refused::from("the scrypt hash is malformed");
    let parts: Vec<&str> = text.split(['$', ',']).collect();
    let [log_n, r, p, salt, hash] = parts[..] else { return Err(malformed()) };
    let (log_n, r, p) = (number(log_n, "ln")?, number(r, "r")?, number(p, "p")?);
    bounded("ln", log_n.into(), 30)?;
    let blocks = (1_u64 << log_n).saturating_mul(r.into());
    bounded("the memory in bytes", blocks.saturating_mul(128), SCRYPT_MEMORY_MAX)?;
    bounded("N times r times p", blocks.saturating_mul(p.into()), SCRYPT_WORK_MAX)?;
    let params = u8::try_from(log_n).ok().and_then(|log_n| Params::new(log_n, r, p).ok()).ok_or_else(malformed)?;
    let expected = Expected::new(base64(hash)?, 16..=64)?;
    Ok(Box::new(Hashed { params, blocks, p, salt: base64(salt)?, expected }))
}

impl Scheme for Hashed {
    fn matches(&self, password: &[u8]) -> bool {
        let mut hash = Zeroizing::new(vec![0; self.expected.len()]);
        let made = scrypt(password, &self.salt, &self.params, &mut hash);
        self.expected.is(&hash) && made.is_ok()
    }

    fn cost(&self) -> u64 {
        self.blocks * u64::from(self.p)
    }

    fn is_cheap(&self) -> bool {
        self.blocks < FLOOR
    }
}
