//! Recognises RSA moduli of a faulty generator whose keys can be factored (ROCA, CVE-2017-15361).
//!
//! Its primes are `k * M + 65537^a mod M`, where M is the product of the first primes. So modulo each
//! of these, the modulus is a power of 65537 too (Nemec et al., 2017). Other moduli have that
//! property modulo all of the primes below once in some hundred million.

const PRIMES: [u64; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether a modulus, big-endian, has the pattern.
pub(super) fn is_suspect(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power_of_65537(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], divisor: u64) -> u64 {
    number.iter().fold(0, |remainder, byte| (remainder << 8 | u64::from(*byte)) % divisor)
}

fn is_power_of_65537(number: u64, prime: u64) -> bool {
    let next = |power: &u64| Some(power * 65_537 % prime).filter(|power| *power != 1);
    std::iter::successors(Some(1), next).any(|power| power == number)
}
