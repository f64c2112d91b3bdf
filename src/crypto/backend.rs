//! What a cryptography library has to give.

use super::Algorithm;
use std::num::NonZeroU32;

/// The library does not take the key, or does not know the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rejected;

/// The digest of PBKDF2.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pbkdf2 {
    Sha256,
    Sha512,
}

impl Pbkdf2 {
    /// Bytes of the digest.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A cryptography library. Each preparation is for one algorithm, of the family that the method names.
pub(super) trait Backend {
    /// A parsed public key with its algorithm.
    type PublicKey: Send + Sync;
    /// An HMAC key with its algorithm.
    type MacKey: Send + Sync;

    /// Whether the library has the algorithm.
    fn supports(algorithm: Algorithm) -> bool;

    /// `der` is an `RSAPublicKey` (RFC 8017 appendix A.1.1).
    fn rsa(algorithm: Algorithm, der: &[u8]) -> Result<Self::PublicKey, Rejected>;

    /// `point` is an uncompressed point; one that is not on the curve is rejected.
    fn ec(algorithm: Algorithm, point: &[u8]) -> Result<Self::PublicKey, Rejected>;

    /// `point` is a compressed point that was checked.
    fn ed25519(point: &[u8]) -> Result<Self::PublicKey, Rejected>;

    /// Any secret of the right length.
    fn mac(algorithm: Algorithm, secret: &[u8]) -> Result<Self::MacKey, Rejected>;

    /// Whether `signature` is the key's over `message`. For ECDSA the form is r and s of fixed length.
    fn verify(key: &Self::PublicKey, message: &[u8], signature: &[u8]) -> bool;

    /// The same cryptography for TLS.
    fn tls() -> rustls::crypto::CryptoProvider;

    /// SHA-256.
    fn sha256(bytes: &[u8]) -> [u8; 32];

    /// Whether `tag` is the whole HMAC of `message`, in constant time.
    fn verify_mac(key: &Self::MacKey, message: &[u8], tag: &[u8]) -> bool;

    /// The HMAC of `message`. The key is for HMAC-SHA-256.
    fn mac_of(key: &Self::MacKey, message: &[u8]) -> [u8; 32];

    /// PBKDF2 with HMAC (RFC 8018 section 5.2).
    fn pbkdf2(digest: Pbkdf2, rounds: NonZeroU32, salt: &[u8], password: &[u8], hash: &mut [u8]);

    /// Fills in random bytes. Whether there were some.
    fn random(bytes: &mut [u8]) -> bool;
}
