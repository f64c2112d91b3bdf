//! Signatures of RSA with another padding than the algorithm's, made with the private key, and
//! one that is made without it.

use super::request::Signed;
use crate::keys::key;
use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384};
use doorward::Algorithm;
use num_bigint::BigUint;
use pkcs1::der::Decode;

/// Bytes of the modulus.
const LENGTH: usize = 256;

/// The start of `DigestInfo` for SHA-256 (RFC 8017 section 9.2), to be followed by the hash.
const DIGEST_INFO: &[u8] = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

fn hash(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> Vec<u8> {
    digest::digest(algorithm, bytes).as_ref().to_vec()
}

/// Signs a padded block with the configured private key.
fn sign_block(block: &[u8]) -> Vec<u8> {
    // PKCS #8 puts 26 bytes before the key of 2048 bits.
    let der = key("own", Algorithm::RS256).private_bytes().unwrap();
    let private = pkcs1::RsaPrivateKeyRef::from_der(&der[26..]).unwrap();
    let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
    let modulus = number(private.modulus.as_bytes());
    let signature = number(block).modpow(&number(private.private_exponent.as_bytes()), &modulus).to_bytes_be();
    [vec![0; LENGTH - signature.len()], signature].concat()
}

fn signed_blocks(signed: &Signed<'_>, blocks: &[Vec<u8>]) -> Vec<Vec<u8>> {
    blocks.iter().map(|block| signed.with_signature(&sign_block(block))).collect()
}

/// A block of PKCS #1 v1.5: 0, the type, padding up to the length, 0, the content.
fn block(kind: u8, filler: u8, content: &[u8]) -> Vec<u8> {
    let padding = vec![filler; LENGTH - 3 - content.len()];
    [&[0, kind][..], &padding, &[0], content].concat()
}

/// The right block, to show that the wrong ones are refused for what is wrong with them.
pub fn pkcs1_strict(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let hash = hash(&SHA256, signed.signing_input().as_bytes());
    signed_blocks(signed, &[block(1, 0xff, &[DIGEST_INFO, &hash].concat())])
}

/// Blocks that have let forgeries pass where they were read rather than compared.
pub fn pkcs1_loose(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let input = signed.signing_input().as_bytes();
    let hash = hash(&SHA256, input);
    let info = [DIGEST_INFO, &hash].concat();
    let good = block(1, 0xff, &info);
    let with_garbage = [&[0, 1][..], &[0xff; 8], &[0], &info, &[0x5a; LENGTH - 11 - 51]].concat();
    let short_by_one = [&good[..2], &good[3..], &[0x5a]].concat();
    let mut hole = good.clone();
    hole[100] = 0xfe;
    let mut no_end = good.clone();
    no_end[LENGTH - 52] = 0xff;
    let without_null = [b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20", &hash[..]].concat();
    let garbage_parameters =
        [b"\x30\x33\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x02\x5a\x5a\x04\x20", &hash[..]].concat();
    let long_length =
        [b"\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", &hash[..]].concat();
    let sha1 = super::rsa::hash(&SHA1_FOR_LEGACY_USE_ONLY, input);
    let sha1 = [b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14", &sha1[..]].concat();
    let mut other_hash = DIGEST_INFO.to_vec();
    other_hash[14] = 2;
    let blocks = [
        with_garbage,
        short_by_one,
        hole,
        no_end,
        block(0, 0, &info),
        block(2, 0xaa, &info),
        block(1, 0xff, &hash),
        block(1, 0xff, &without_null),
        block(1, 0xff, &garbage_parameters),
        block(1, 0xff, &long_length),
        block(1, 0xff, &sha1),
        block(1, 0xff, &[other_hash, hash.clone()].concat()),
    ];
    signed_blocks(signed, &blocks)
}

/// A forgery for the exponent 3, without the private key: a number whose cube begins with a block
/// that is good but for what follows the hash.
pub fn cube_root(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let hash = hash(&SHA256, signed.signing_input().as_bytes());
    let start = [&[0, 1][..], &[0xff; 8], &[0], DIGEST_INFO, &hash].concat();
    let block = BigUint::from_bytes_be(&[&start[..], &vec![0; LENGTH - start.len()]].concat());
    let root = block.cbrt() + 1u8;
    let cube = root.pow(3).to_bytes_be();
    assert!(cube.starts_with(&start[1..]), "the cube begins with the block");
    let root = root.to_bytes_be();
    vec![signed.with_signature(&[vec![0; LENGTH - root.len()], root].concat())]
}

/// How a block of PSS (RFC 8017 section 9.1.1) is made.
struct Pss {
    hash: &'static digest::Algorithm,
    mask: &'static digest::Algorithm,
    salt: usize,
    trailer: u8,
}

const PS256: Pss = Pss { hash: &SHA256, mask: &SHA256, salt: 32, trailer: 0xbc };

impl Pss {
    fn block(&self, message: &[u8]) -> Vec<u8> {
        let salt = vec![0x42; self.salt];
        let hashed = hash(self.hash, &[&[0; 8], &hash(self.hash, message)[..], &salt].concat());
        let room = LENGTH - hashed.len() - 1;
        let mut data = [&vec![0; room - salt.len() - 1][..], &[1], &salt].concat();
        for (byte, mask) in data.iter_mut().zip(self.mask(&hashed, room)) {
            *byte ^= mask;
        }
        data[0] &= 0x7f;
        [&data[..], &hashed, &[self.trailer]].concat()
    }

    /// MGF1 (RFC 8017 appendix B.2.1).
    fn mask(&self, seed: &[u8], length: usize) -> Vec<u8> {
        let mut mask = Vec::new();
        for counter in 0u32.. {
            mask.extend(hash(self.mask, &[seed, &counter.to_be_bytes()].concat()));
            if mask.len() >= length {
                break;
            }
        }
        mask
    }
}

/// The right block, to show that the wrong ones are refused for what is wrong with them.
pub fn pss_proper(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    signed_blocks(signed, &[PS256.block(signed.signing_input().as_bytes())])
}

/// Salts of other lengths, other hashes for the digest or the mask, another trailer.
pub fn pss_other(signed: &Signed<'_>) -> Vec<Vec<u8>> {
    let others = [
        Pss { salt: 0, ..PS256 },
        Pss { salt: 20, ..PS256 },
        Pss { salt: 31, ..PS256 },
        Pss { salt: 33, ..PS256 },
        Pss { salt: 64, ..PS256 },
        Pss { salt: LENGTH - 32 - 2, ..PS256 },
        Pss { mask: &SHA1_FOR_LEGACY_USE_ONLY, ..PS256 },
        Pss { mask: &SHA384, ..PS256 },
        Pss { hash: &SHA1_FOR_LEGACY_USE_ONLY, mask: &SHA1_FOR_LEGACY_USE_ONLY, salt: 20, ..PS256 },
        Pss { trailer: 0xcc, ..PS256 },
        Pss { trailer: 0xbd, ..PS256 },
    ];
    let blocks = others.map(|other| other.block(signed.signing_input().as_bytes()));
    signed_blocks(signed, &blocks)
}
