//! What credentials are remembered by: never the password.

use super::{Login, Within};
use crate::crypto::Keyed;
use crate::shards::Digested;
use std::hash::{Hash, Hasher};

/// A keyed digest of credentials, or of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Of user name and password, as they were written.
    pub(super) fn of_login(key: &Keyed, login: &Login<'_>) -> Self {
        let (kind, within) = match login.within {
            Within::Plain => (0, ""),
            Within::Domain(domain) => (1, domain),
            Within::Realm(realm) => (2, realm),
        };
        Self::of(key, kind, [login.user, within, login.password])
    }

    pub(super) fn of_name(key: &Keyed, name: &str) -> Self {
        Self::of(key, 3, [name, "", ""])
    }

    /// Of an account's identifier in the directory.
    pub(super) fn of_identifier(key: &Keyed, identifier: &str) -> Self {
        Self::of(key, 4, [identifier, "", ""])
    }

    /// Of a password alone, so that one that is written with different names is one.
    pub(super) fn of_password(key: &Keyed, password: &str) -> Self {
        Self::of(key, 5, ["", "", password])
    }

    /// Of a client's address.
    pub(super) fn of_peer(key: &Keyed, peer: &[u8]) -> Self {
        Self::of_bytes(key, 6, [peer, b"", b""])
    }

    /// The lengths come first, so that no text runs into the next.
    fn of(key: &Keyed, kind: u64, texts: [&str; 3]) -> Self {
        Self::of_bytes(key, kind, texts.map(str::as_bytes))
    }

    fn of_bytes(key: &Keyed, kind: u64, texts: [&[u8]; 3]) -> Self {
        let mut head = [0; 32];
        let numbers = [kind].into_iter().chain(texts.iter().map(|text| text.len() as u64));
        for (place, number) in head.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let [first, second, third] = texts;
        Self(key.digest(&[&head, first, second, third]))
    }

    /// Bits that nothing is found by.
    pub(super) fn tail(&self) -> u64 {
        self.part(3)
    }

    fn part(&self, index: usize) -> u64 {
        let bytes = self.0.chunks_exact(8).nth(index).and_then(|part| part.try_into().ok());
        bytes.map_or(0, u64::from_le_bytes)
    }
}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.part(1));
    }
}

impl Digested for Digest {
    fn spread(&self) -> u64 {
        self.part(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nothing_passes_for_something_else() {
        let key = Keyed::new().unwrap();
        let mut seen = HashSet::new();
        let long = "u".repeat(80);
        for user in ["a", "ab", "A", "a\u{301}", "á", &long] {
            for within in
                [Within::Plain, Within::Domain(""), Within::Domain("b"), Within::Realm(""), Within::Realm("b")]
            {
                for password in ["b", "bb", "a", &long] {
                    let login = Login { user, within, password };
                    let digest = Digest::of_login(&key, &login);
                    assert!(seen.insert(digest), "{login:?}");
                    assert_eq!(digest, Digest::of_login(&key, &login));
                }
            }
            assert!(seen.insert(Digest::of_name(&key, user)));
        }
    }

    #[test]
    fn another_key_makes_others() {
        let [one, other] = [0; 2].map(|_| Digest::of_name(&Keyed::new().unwrap(), "a"));
        assert_ne!(one, other);
    }
}
