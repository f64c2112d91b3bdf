//! One digest of password and salt in base64, as LDAP directories have it (RFC 2307).

use super::{Expected, Refused, Scheme, base64};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use std::marker::PhantomData;

struct Digested<D> {
    expected: Expected,
    salt: Vec<u8>,
    digest: PhantomData<fn() -> D>,
}

pub(super) fn read_sha1(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read::<Sha1>(text, false)
}

pub(super) fn read_salted_sha1(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read::<Sha1>(text, true)
}

pub(super) fn read_salted_sha256(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read::<Sha256>(text, true)
}

pub(super) fn read_salted_sha512(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    read::<Sha512>(text, true)
}

fn read<D: Digest + 'static>(text: &str, is_salted: bool) -> Result<Box<dyn Scheme>, Refused> {
    let mut bytes = base64(text)?;
    let len = <D as Digest>::output_size();
    let salt = bytes.split_off(len.min(bytes.len()));
    let expected = Expected::new(bytes, len..=len)?;
    if is_salted == salt.is_empty() || salt.len() > 64 {
        return Err("the salt has the wrong length".into());
    }
    Ok(Box::new(Digested::<D> { expected, salt, digest: PhantomData }))
}

impl<D: Digest> Scheme for Digested<D> {
    fn matches(&self, password: &[u8]) -> bool {
        self.expected.is(&D::new().chain_update(password).chain_update(&self.salt).finalize())
    }

    fn cost(&self) -> u64 {
        0
    }

    fn is_cheap(&self) -> bool {
        true
    }
}
