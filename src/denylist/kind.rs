//! What an entry of the denylist can name, and the digests that it is found by.

use crate::entra::is_guid;
use crate::shards::Digested;
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

/// A kind of entries. Each is looked for by itself, so one without an entry costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    TokenId,
    /// By tenant and object id.
    User,
    /// By the issuer's own name of a user.
    Subject,
    Session,
    Client,
    KeyId,
    /// By label and user name, however the user proved to be who it is.
    Account,
    /// Every token.
    Any,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] =
        [Self::TokenId, Self::User, Self::Subject, Self::Session, Self::Client, Self::KeyId, Self::Account, Self::Any];

    /// The name, for metrics and messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TokenId => "token_id",
            Self::User => "user",
            Self::Subject => "subject",
            Self::Session => "session",
            Self::Client => "client",
            Self::KeyId => "key_id",
            Self::Account => "account",
            Self::Any => "any",
        }
    }
}

/// What an entry names, or what a token has of that kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) kind: Kind,
    /// The name of the issuer; `None` for an entry that holds for all.
    pub(super) issuer: Option<&'a str>,
    /// The second one is empty, except for a user (tenant and object id) and an account (label and name).
    pub(super) texts: [&'a str; 2],
}

/// Entries of one kind are counted by two slots: for all issuers, and for one.
pub(super) const SLOTS: usize = 2 * Kind::ALL.len();

impl Named<'_> {
    pub(super) fn slot(&self) -> usize {
        2 * self.kind as usize + usize::from(self.issuer.is_some())
    }
}

/// A keyed digest of what is named. The lowest byte is the slot, so that nothing passes for another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest(u128);

impl Digest {
    pub(super) const fn slot(self) -> usize {
        (self.0 as u8) as usize
    }
}

impl Digested for Digest {
    /// The second half is its hash.
    fn spread(&self) -> u64 {
        (self.0 >> 64) as u64
    }
}

/// Makes digests with a key that is drawn at random, so that nobody can aim at a collision.
#[derive(Debug, Clone, Default)]
pub(super) struct Digests(RandomState);

impl Digests {
    pub(super) fn of(&self, named: &Named<'_>) -> Digest {
        let (slot, issuer) = (named.slot(), named.issuer.unwrap_or_default());
        let [first, second] = named.texts.map(folded);
        let [first, second] = [&*first, &*second];
        // `str` is hashed with an end, so no text runs into the next. The slot tells whether there is an issuer.
        let half = |number: u8| u128::from(self.0.hash_one(([number, slot as u8], issuer, first, second)));
        Digest(half(0) << 64 | half(1) & !0xff | slot as u128)
    }
}

/// A GUID is one however it is written. Tokens have it in lower case, where that takes no room.
fn folded(text: &str) -> Cow<'_, str> {
    let is_other = text.len() == "00000000-0000-0000-0000-000000000000".len()
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && is_guid(text);
    if is_other { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nothing_passes_for_something_else() {
        let digests = Digests::default();
        let mut seen = HashSet::new();
        for kind in Kind::ALL {
            for issuer in [None, Some(""), Some("a"), Some("b")] {
                for texts in [["", ""], ["a", ""], ["", "a"], ["A", ""], ["ab", "c"], ["a", "bc"], ["b", "a"]] {
                    let named = Named { kind, issuer, texts };
                    let digest = digests.of(&named);
                    assert!(seen.insert(digest), "{named:?}");
                    assert_eq!((digest.slot(), digests.of(&named)), (named.slot(), digest));
                }
            }
        }
    }

    #[test]
    fn a_guid_is_one_in_any_case_and_nothing_else_is() {
        let digests = Digests::default();
        let of = |text: &str| digests.of(&Named { kind: Kind::Client, issuer: None, texts: [text, ""] });
        let guid = "04f0c124-f2bc-4f59-8241-bf6df9866bbd";
        assert_eq!(of(guid), of(&guid.to_ascii_uppercase()));
        assert_ne!(of("client-a"), of("Client-a"));
        assert_ne!(
            of("04f0c124-f2bc-4f59-8241-bf6df9866bbg"),
            of("04F0C124-f2bc-4f59-8241-bf6df9866bbg"),
            "it is none"
        );
    }

    #[test]
    fn another_list_has_another_key() {
        let named = Named { kind: Kind::TokenId, issuer: None, texts: ["a", ""] };
        assert_ne!(Digests::default().of(&named), Digests::default().of(&named));
    }
}
