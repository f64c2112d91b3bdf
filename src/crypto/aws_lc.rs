//! Signatures by aws-lc-rs, over public keys that it parsed once.

use super::Algorithm;
use super::backend::{Backend, Pbkdf2, Rejected};
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use std::num::NonZeroU32;

pub(super) struct AwsLc;

impl Backend for AwsLc {
    type PublicKey = ParsedPublicKey;
    type MacKey = hmac::Key;

    fn supports(_: Algorithm) -> bool {
        true
    }

    fn rsa(algorithm: Algorithm, der: &[u8]) -> Result<ParsedPublicKey, Rejected> {
        let algorithm: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return Err(Rejected),
        };
        parse(algorithm, der)
    }

    fn ec(algorithm: Algorithm, point: &[u8]) -> Result<ParsedPublicKey, Rejected> {
        let algorithm: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
            _ => return Err(Rejected),
        };
        parse(algorithm, point)
    }

    fn ed25519(point: &[u8]) -> Result<ParsedPublicKey, Rejected> {
        parse(&signature::ED25519, point)
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

    fn verify(key: &ParsedPublicKey, message: &[u8], signature: &[u8]) -> bool {
        key.verify_sig(message, signature).is_ok()
    }

    fn tls() -> rustls::crypto::CryptoProvider {
        rustls::crypto::aws_lc_rs::default_provider()
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
        // In place, it moves nothing of the message, and overwrites what it held.
        if hmac::sign_to_buffer(key, message, &mut tag).is_err() {
            // It does not fail; this panics then. A constant would make all messages the same.
            tag.copy_from_slice(hmac::sign(key, message).as_ref());
        }
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
        rand::fill(bytes).is_ok()
    }
}

fn parse(algorithm: &'static dyn VerificationAlgorithm, bytes: &[u8]) -> Result<ParsedPublicKey, Rejected> {
    ParsedPublicKey::new(algorithm, bytes).map_err(|_| Rejected)
}
