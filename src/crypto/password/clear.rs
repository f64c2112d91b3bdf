//! Passwords in the clear.
//!
//! A text without a prefix may be one. But other tools write hashes and marks without a prefix, too: whoever reads the file
//! must not come in by sending what stands there.

use super::{Expected, Refused, Scheme};

/// A password in the clear.
struct Plain(Expected);

pub(super) fn read(text: &str) -> Result<Box<dyn Scheme>, Refused> {
    Ok(Box::new(Plain(Expected::new(text.as_bytes().to_vec(), 1..=1024)?)))
}

impl Scheme for Plain {
    fn matches(&self, password: &[u8]) -> bool {
        self.0.is(password)
    }

    fn cost(&self) -> u64 {
        0
    }

    fn is_cheap(&self) -> bool {
        true
    }
}

/// Refuses a text without a prefix that is no password, but what another tool means otherwise.
pub(super) fn check_unmarked(text: &str) -> Result<(), &'static str> {
    let is_of_crypt = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'));
    let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let what = if text.is_empty() {
        "there is nothing after the colon"
    } else if text.starts_with(['!', '*']) {
        "the account is locked, as ! and * tell in /etc/shadow"
    } else if text.contains(':') {
        "there are further fields, as in /etc/passwd or /etc/shadow"
    } else if text == "x" {
        "the hash stands elsewhere, as x tells in /etc/passwd"
    } else if text.len() == 13 && is_of_crypt(text) {
        "it looks like a DES hash, which is a kind that is not taken"
    } else if text.len() == 20 && text.strip_prefix('_').is_some_and(is_of_crypt) {
        "it looks like a BSDi hash, which is a kind that is not taken"
    } else if matches!(text.len(), 32 | 40 | 48 | 56 | 64 | 96 | 128) && is_hexadecimal {
        "it looks like a digest in hexadecimal, which is a kind that is not taken"
    } else if is_named_before_dollar(text) {
        "it looks like a hash of a web framework, which is a kind that is not taken"
    } else {
        return Ok(());
    };
    Err(what)
}

/// As Django writes hashes: `pbkdf2_sha256$870000$salt$hash`.
fn is_named_before_dollar(text: &str) -> bool {
    const NAMES: [&str; 10] = [
        "pbkdf2_sha256",
        "pbkdf2_sha1",
        "argon2",
        "bcrypt",
        "bcrypt_sha256",
        "scrypt",
        "md5",
        "sha1",
        "unsalted_md5",
        "crypt",
    ];
    text.split_once('$').is_some_and(|(name, _)| NAMES.contains(&name))
}
