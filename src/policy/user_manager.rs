//! Who a token's user is: the label, and the name.

use super::check::client_claim;
use super::claim_rule::ClaimPath;
use super::issuer::Issuer;
use crate::parse::claims::Claims;
use crate::parse::json::Value;
use std::borrow::Cow;

/// A user manager, compiled.
#[derive(Debug)]
pub(crate) struct UserManager {
    pub(crate) label: String,
    /// The claims that may name the user, in their order, where it does not leave that to the issuer.
    pub(crate) user_claims: Option<Vec<ClaimPath>>,
    pub(crate) case: Case,
    pub(crate) application_name: ApplicationName,
    pub(crate) guests: bool,
    /// Whether it is that of an issuer which no user manager of the configuration lists.
    pub(crate) is_implied: bool,
    /// Whether users of several tenants are of it, or of a tenant and others: then a name alone tells nobody apart.
    pub(crate) has_tenants: bool,
    /// Whether tokens and a directory name its users: they may call two people alike.
    pub(crate) has_two_sources: bool,
}

/// What becomes of upper and lower case in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Exact,
    Lower,
}

impl Case {
    /// A name as it is written.
    pub(crate) fn written(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(name),
            Self::Lower => Cow::Owned(name.chars().flat_map(lower).collect()),
        }
    }

    /// Adds a name.
    pub(crate) fn write(self, name: &str, text: &mut String) {
        match self {
            Self::Exact => text.push_str(name),
            Self::Lower => text.extend(name.chars().flat_map(lower)),
        }
    }
}

/// The lower case of a character, save for those that would become an ASCII letter: nobody may take the name of another
/// by a look-alike, such as the Kelvin sign.
fn lower(character: char) -> impl Iterator<Item = char> {
    let borrows = !character.is_ascii() && character.to_lowercase().any(|lower| lower.is_ascii());
    let (own, others) = if borrows { (Some(character), None) } else { (None, Some(character.to_lowercase())) };
    own.into_iter().chain(others.into_iter().flatten())
}

/// What an application that calls for itself is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApplicationName {
    ClientId,
    ObjectId,
}

impl UserManager {
    /// The claims that may name the user of an issuer, in their order. There is at least one.
    pub(crate) fn user_claims<'p>(&'p self, issuer: &'p Issuer) -> &'p [ClaimPath] {
        self.user_claims.as_deref().unwrap_or(&issuer.user_claims)
    }

    /// The claim that names an application, and its path.
    pub(crate) fn application<'a>(&self, claims: Claims<'a>) -> (Option<Value<'a>>, &'static str) {
        match self.application_name {
            ApplicationName::ClientId => (client_claim(claims), "azp"),
            ApplicationName::ObjectId => (claims.get("oid"), "oid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_makes_no_ascii_letter_out_of_another_character() {
        for (name, expected) in [
            ("Bob@Contoso.EXAMPLE", "bob@contoso.example"),
            ("MÜLLER", "müller"),
            ("\u{212a}im", "\u{212a}im"),
            ("İ", "İ"),
        ] {
            let mut written = String::new();
            Case::Lower.write(name, &mut written);
            assert_eq!(written, expected);
        }
        let borrowed = (char::MIN..=char::MAX).filter(|character| !character.is_ascii()).flat_map(lower);
        assert!(!borrowed.filter(char::is_ascii).any(|character| character.is_ascii_alphabetic()));
    }
}
