//! Signatures by ring. It parses a public key at each verification, and has no P-521.

use super::Algorithm;
use super::backend::{Backend, Pbkdf2, Rejected};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use ring::{agreement, digest, hmac, pbkdf2, rand};
use std::num::NonZeroU32;

pub(super) struct Ring;

impl Backend for Ring {
    type PublicKey = UnparsedPublicKey<Box<[u8]>>;
    type MacKey = hmac::Key;

    fn supports(algorithm: Algorithm) -> bool {
        algorithm != Algorithm::ES512
    }

    fn rsa(algorithm: Algorithm, der: &[u8]) -> Result<Self::PublicKey, Rejected> {
        let algorithm: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return Err(Rejected),
        };
        Ok(unparsed(algorithm, der))
    }

    fn ec(algorithm: Algorithm, point: &[u8]) -> Result<Self::PublicKey, Rejected> {
        let (algorithm, curve): (&'static dyn VerificationAlgorithm, _) = match algorithm {
            Algorithm::ES256 => (&signature::ECDSA_P256_SHA256_FIXED, &agreement::ECDH_P256),
            Algorithm::ES384 => (&signature::ECDSA_P384_SHA384_FIXED, &agreement::ECDH_P384),
            _ => return Err(Rejected),
        };
        check_point(curve, point)?;
        Ok(unparsed(algorithm, point))
    }

    fn ed25519(point: &[u8]) -> Result<Self::PublicKey, Rejected> {
        Ok(unparsed(&signature::ED25519, point))
    }

    fn mac(algorithm: Algorithm, secret: &[u8]) -> Result<hmac::Key, Rejected> {
        let algorithm = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            _ => return Err(Rejected),
        };
        Ok(hmac::Key::new(algorithm, secret))
    }

    fn verify(key: &Self::PublicKey, message: &[u8], signature: &[u8]) -> bool {
        key.verify(message, signature).is_ok()
    }

    fn tls() -> rustls::crypto::CryptoProvider {
        rustls::crypto::ring::default_provider()
    }

    fn sha256(bytes: &[u8]) -> [u8; 32] {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        sum
    }

    fn verify_mac(key: &hmac::Key, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(key, message, tag).is_ok()
    }

    fn mac_of(key: &hmac::Key, message: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(key, message).as_ref());
        tag
    }

    fn pbkdf2(digest: Pbkdf2, rounds: NonZeroU32, salt: &[u8], password: &[u8], hash: &mut [u8]) {
        let algorithm = match digest {
            Pbkdf2::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Pbkdf2::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        pbkdf2::derive(algorithm, rounds, salt, password, hash);
    }

    fn random(bytes: &mut [u8]) -> bool {
        rand::SecureRandom::fill(&rand::SystemRandom::new(), bytes).is_ok()
    }
}

fn unparsed(algorithm: &'static dyn VerificationAlgorithm, bytes: &[u8]) -> UnparsedPublicKey<Box<[u8]>> {
    UnparsedPublicKey::new(algorithm, bytes.into())
}

/// Refuses a point off the curve when the key is loaded. ring checks points in key agreement, so
/// one is made with a key that is thrown away.
fn check_point(curve: &'static agreement::Algorithm, point: &[u8]) -> Result<(), Rejected> {
    let own = agreement::EphemeralPrivateKey::generate(curve, &rand::SystemRandom::new()).map_err(|_| Rejected)?;
    agreement::agree_ephemeral(own, &agreement::UnparsedPublicKey::new(curve, point), |_| ()).map_err(|_| Rejected)
}
