//! The only room that names a cryptography library: signature verification over prepared keys.
//!
//! A key is prepared once, for one algorithm. Public keys and HMAC secrets are different types
//! all the way down, so that a public key can't be taken for a secret.
//!
//! It gives no detail of why a signature is bad, and does not sign.

mod algorithm;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod backend;
mod key;
mod keyed;
pub(crate) mod password;
#[cfg(all(feature = "ring", any(test, not(feature = "aws-lc-rs"))))]
mod ring;
mod roca;

pub use algorithm::Algorithm;
pub(crate) use algorithm::{AlgorithmSet, Family};
pub(crate) use key::{VerifyingKey, family_of};
pub(crate) use keyed::Keyed;

#[cfg(feature = "aws-lc-rs")]
use aws_lc::AwsLc as Chosen;
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
use ring::Ring as Chosen;

use backend::Backend;
use std::sync::Arc;

/// The cryptography for TLS: the same as for signatures.
pub(crate) fn tls_provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(Chosen::tls())
}

/// Fills in random bytes; `None` where the system gives none.
fn random(bytes: &mut [u8]) -> Option<()> {
    Chosen::random(bytes).then_some(())
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Chosen::sha256(bytes)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
compile_error!("switch on one of the features `aws-lc-rs` (the default) and `ring`");
