//! Private keys to try things out with: made, written, read, and signed with. For tests and the command line only: the
//! library itself never signs.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding};
use aws_lc_rs::{digest, hmac};
use base64_simd::URL_SAFE_NO_PAD;
use doorward::Algorithm;
use serde_json::{Value, json};

/// A private key, or a secret for HMAC, for one algorithm.
pub struct TestKey {
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Secret(Vec<u8>),
}

type Result<T> = std::result::Result<T, String>;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl TestKey {
    /// Makes a new key. RSA keys have 2048 bits, secrets as many as the hash.
    pub fn generate(algorithm: Algorithm) -> Result<Self> {
        let pair = match algorithm {
            Algorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::generate().map_err(text)?),
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => Pair::Secret(random_secret(algorithm)?),
            _ => match ec_algorithm(algorithm) {
                Some(ec) => Pair::Ec(EcdsaKeyPair::generate(ec).map_err(text)?),
                None => Pair::Rsa(rsa::KeyPair::generate(KeySize::Rsa2048).map_err(text)?),
            },
        };
        Ok(Self { algorithm, pair })
    }

    /// A key for HMAC out of any bytes: a secret, or what an attacker takes for one.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Self {
        Self { algorithm, pair: Pair::Secret(secret.to_vec()) }
    }

    /// Reads a private key in PKCS #8.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self> {
        let pair = match algorithm {
            Algorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(der).map_err(text)?),
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                return Err("a secret for HMAC is not in PKCS #8".to_owned());
            }
            _ => match ec_algorithm(algorithm) {
                Some(ec) => Pair::Ec(EcdsaKeyPair::from_pkcs8(ec, der).map_err(text)?),
                None => Pair::Rsa(rsa::KeyPair::from_pkcs8(der).map_err(text)?),
            },
        };
        Ok(Self { algorithm, pair })
    }

    /// What it is for.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The same key for another algorithm of its kind.
    #[must_use]
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// The private key in PKCS #8; for HMAC the secret itself.
    pub fn private_bytes(&self) -> Result<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(pair) => pair.as_der().map(|der| der.as_ref().to_vec()).map_err(text),
            Pair::Ec(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()).map_err(text),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()).map_err(text),
            Pair::Secret(secret) => Ok(secret.clone()),
        }
    }

    /// The public key as the cryptography library takes it: PKCS #1, a point, or for HMAC the secret.
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Secret(secret) => secret.clone(),
        }
    }

    /// The members that RFC 7638 hashes. For HMAC the secret is one of them.
    pub fn required_members(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let modulus = encode(public.modulus().big_endian_without_leading_zero());
                let exponent = encode(public.exponent().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "n": modulus, "e": exponent })
            }
            Pair::Ec(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = match self.algorithm {
                    Algorithm::ES384 => "P-384",
                    Algorithm::ES512 => "P-521",
                    _ => "P-256",
                };
                json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) })
            }
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) }),
            Pair::Secret(secret) => json!({ "kty": "oct", "k": encode(secret) }),
        }
    }

    /// The JWK to configure: the public half, or for HMAC the secret.
    pub fn jwk(&self, id: &str) -> Value {
        let mut jwk = self.required_members();
        jwk["kid"] = json!(id);
        jwk["alg"] = json!(self.algorithm.name());
        jwk
    }

    /// The thumbprint of RFC 7638, with SHA-256.
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.required_members())
    }

    /// Signs bytes.
    pub fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(self.algorithm), &random, message, &mut signature).map_err(text)?;
                Ok(signature)
            }
            Pair::Ec(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(text),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Secret(secret) => {
                let key = hmac::Key::new(hmac_algorithm(self.algorithm), secret);
                Ok(hmac::sign(&key, message).as_ref().to_vec())
            }
        }
    }

    /// A compact JWS of a header and a payload, both signed as they stand.
    pub fn sign(&self, header: &str, payload: &str) -> Result<String> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
        let input = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
        let signature = self.sign_bytes(input.as_bytes())?;
        Ok(format!("{input}.{}", encode(&signature)))
    }
}

/// The thumbprint of RFC 7638, with SHA-256, of the members that it names. A `Value` sorts them, as the RFC wants.
pub fn thumbprint(required_members: &Value) -> String {
    let digest = digest::digest(&digest::SHA256, required_members.to_string().as_bytes());
    URL_SAFE_NO_PAD.encode_to_string(digest.as_ref())
}

fn random_secret(algorithm: Algorithm) -> Result<Vec<u8>> {
    let mut secret = vec![0; hmac_algorithm(algorithm).digest_algorithm().output_len()];
    rand::fill(&mut secret).map_err(text)?;
    Ok(secret)
}

fn ec_algorithm(algorithm: Algorithm) -> Option<&'static EcdsaSigningAlgorithm> {
    match algorithm {
        Algorithm::ES256 => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::ES512 => Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        _ => None,
    }
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => &signature::RSA_PKCS1_SHA256,
    }
}

fn hmac_algorithm(algorithm: Algorithm) -> hmac::Algorithm {
    match algorithm {
        Algorithm::HS384 => hmac::HMAC_SHA384,
        Algorithm::HS512 => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    }
}
