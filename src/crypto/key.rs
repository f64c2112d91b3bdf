//! Keys prepared for verification, and what makes a key too weak or too costly to be one.

use super::backend::{Backend, Rejected};
use super::{Algorithm, Chosen, Family, roca};
use crate::limits;
use crate::parse::jwk::Material;
use curve25519_dalek::edwards::CompressedEdwardsY;
use der::Encode;
use der::asn1::UintRef;
use pkcs1::RsaPublicKeyRef;
use std::fmt;

/// Why a key can't be used, without a capital or a full stop.
pub(crate) type KeyRejected = &'static str;

/// A key prepared for one algorithm.
pub(crate) struct VerifyingKey {
    algorithm: Algorithm,
    prepared: Prepared,
}

enum Prepared {
    Public(<Chosen as Backend>::PublicKey),
    Mac(Box<<Chosen as Backend>::MacKey>),
}

impl VerifyingKey {
    /// Checks a key and prepares it for one algorithm, which has to be of the key's family.
    pub(crate) fn prepare(material: &Material, algorithm: Algorithm) -> Result<Self, KeyRejected> {
        if family_of(material) != algorithm.family() {
            return Err("it is of another kind than the algorithm");
        }
        if !Chosen::supports(algorithm) {
            return Err("ES512 is not supported by this build's cryptography (ring)");
        }
        let prepared = match material {
            Material::Rsa { modulus, exponent } => Prepared::Public(rsa(algorithm, modulus, exponent)?),
            Material::Ec { point, .. } => {
                Prepared::Public(Chosen::ec(algorithm, point).map_err(|Rejected| "its point is not on the curve")?)
            }
            Material::Ed25519 { point } => Prepared::Public(ed25519(point)?),
            Material::Oct(secret) => Prepared::Mac(Box::new(mac(algorithm, secret.expose())?)),
        };
        Ok(Self { algorithm, prepared })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is the key's over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.prepared {
            Prepared::Public(key) => Chosen::verify(key, message, signature),
            Prepared::Mac(key) => Chosen::verify_mac(key, message, signature),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The kind of a key.
pub(crate) const fn family_of(material: &Material) -> Family {
    match material {
        Material::Rsa { .. } => Family::Rsa,
        Material::Ec { curve, .. } => Family::Ec(*curve),
        Material::Ed25519 { .. } => Family::Ed25519,
        Material::Oct(_) => Family::Hmac,
    }
}

fn rsa(algorithm: Algorithm, modulus: &[u8], exponent: &[u8]) -> Result<<Chosen as Backend>::PublicKey, KeyRejected> {
    check_modulus(modulus)?;
    check_exponent(exponent)?;
    if roca::is_suspect(modulus) {
        return Err("its RSA modulus is of a faulty generator, and can be factored (ROCA)");
    }
    let uint = |bytes| UintRef::new(bytes).map_err(|_| "the RSA key is malformed");
    let key = RsaPublicKeyRef { modulus: uint(modulus)?, public_exponent: uint(exponent)? };
    let der = key.to_der().map_err(|_| "the RSA key is malformed")?;
    let prepared = Chosen::rsa(algorithm, &der).map_err(|Rejected| "the RSA key is malformed")?;
    // aws-lc works something out with the first signature, and locks the key meanwhile. A fork in that moment would leave
    // it locked in the child for ever, so it happens before anybody has the key.
    Chosen::verify(&prepared, &[], &vec![0; key.modulus.as_bytes().len()]);
    Ok(prepared)
}

fn check_modulus(modulus: &[u8]) -> Result<(), KeyRejected> {
    let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    match bits {
        ..limits::RSA_BITS_MIN => Err("its RSA modulus has fewer than 2048 bits"),
        limits::RSA_BITS_MIN..=limits::RSA_BITS_MAX if modulus.last().is_some_and(|last| last % 2 == 1) => Ok(()),
        limits::RSA_BITS_MIN..=limits::RSA_BITS_MAX => Err("its RSA modulus is even"),
        _ => Err("its RSA modulus has more than 8192 bits"),
    }
}

fn check_exponent(exponent: &[u8]) -> Result<(), KeyRejected> {
    let value = match exponent.len() {
        0..=8 => exponent.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)),
        _ => u64::MAX,
    };
    if value % 2 == 1 && (3..limits::RSA_EXPONENT_END).contains(&value) {
        Ok(())
    } else {
        Err("its RSA exponent is not an odd number from 3 to 2^33")
    }
}

/// Refuses what is not the canonical encoding of a point, and the eight points of small order,
/// for which signatures over any message can be made.
fn ed25519(point: &[u8]) -> Result<<Chosen as Backend>::PublicKey, KeyRejected> {
    let compressed = CompressedEdwardsY::from_slice(point).map_err(|_| "its point has not 32 bytes")?;
    let decompressed = compressed.decompress().ok_or("its point is not on the curve")?;
    if decompressed.compress() != compressed {
        return Err("its point is not in canonical form");
    }
    if decompressed.is_small_order() {
        return Err("its point is of small order");
    }
    Chosen::ed25519(point).map_err(|Rejected| "its point is not on the curve")
}

/// RFC 7518 section 3.2: at least as long as the hash.
fn mac(algorithm: Algorithm, secret: &[u8]) -> Result<<Chosen as Backend>::MacKey, KeyRejected> {
    let (least, fault) = match algorithm {
        Algorithm::HS384 => (48, "its secret has fewer than the 48 bytes that HS384 needs"),
        Algorithm::HS512 => (64, "its secret has fewer than the 64 bytes that HS512 needs"),
        _ => (32, "its secret has fewer than the 32 bytes that HS256 needs"),
    };
    if secret.len() < least {
        return Err(fault);
    }
    Chosen::mac(algorithm, secret).map_err(|Rejected| "the secret is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn the_size_of_a_modulus_is_checked_before_any_arithmetic() {
        let modulus = |bits: usize| {
            let mut bytes = vec![0xff; bits / 8];
            bytes[0] = 0x80;
            bytes
        };
        assert_eq!(check_modulus(&modulus(2048)), Ok(()));
        assert_eq!(check_modulus(&modulus(8192)), Ok(()));
        let mut short = modulus(2048);
        short[0] = 0x7f;
        assert!(check_modulus(&short).is_err());
        for bits in [0, 512, 1024, 8200, 16_384, 2_000_000] {
            let modulus = if bits == 0 { vec![] } else { modulus(bits) };
            assert!(check_modulus(&modulus).is_err(), "{bits}");
        }
        let mut even = modulus(2048);
        even[255] = 0xfe;
        assert!(check_modulus(&even).is_err());
    }

    #[test]
    fn exponents_are_odd_and_bounded() {
        for good in [&[3][..], &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(check_exponent(good), Ok(()), "{good:?}");
        }
        for bad in [&[][..], &[1], &[2], &[1, 0, 0], &[2, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert!(check_exponent(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn weak_points_of_ed25519_are_refused() {
        let zero = [0; 32];
        let mut one = [0; 32];
        one[0] = 1;
        let mut above_p = [0xff; 32];
        above_p[31] = 0x7f;
        let mut not_on_curve = [0; 32];
        not_on_curve[0] = 2;
        for point in [zero, one, above_p, not_on_curve] {
            assert!(ed25519(&point).is_err(), "{point:?}");
        }
    }

    #[test]
    fn secrets_are_as_long_as_the_hash() {
        for (algorithm, least) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
            let prepare =
                |length| VerifyingKey::prepare(&Material::Oct(Secret::new(vec![7; length])), algorithm).map(|_| ());
            assert!(prepare(least - 1).is_err());
            assert_eq!(prepare(least), Ok(()));
        }
    }

    #[test]
    fn a_secret_serves_no_public_key_algorithm_and_the_other_way_round() {
        let secret = Material::Oct(Secret::new(vec![7; 64]));
        let public = Material::Ed25519 { point: vec![7; 32] };
        for algorithm in Algorithm::ALL {
            assert!(algorithm.is_symmetric() || VerifyingKey::prepare(&secret, algorithm).is_err());
            assert!(!algorithm.is_symmetric() || VerifyingKey::prepare(&public, algorithm).is_err());
        }
    }
}
