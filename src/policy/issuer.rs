//! The rules for the tokens of one issuer.

use super::claim_rule::ClaimPath;
use crate::crypto::AlgorithmSet;

/// An issuer, compiled.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// The exact value of `iss`.
    pub(crate) issuer: String,
    /// The label of its users: that of their user manager, else the name of the issuer.
    pub(crate) label: String,
    /// Sorted.
    pub(crate) audiences: Vec<String>,
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) types: TokenTypes,
    pub(crate) user_claim: ClaimPath,
}

impl Issuer {
    /// Whether an audience is one of the configured ones, byte for byte.
    pub(crate) fn accepts_audience(&self, audience: &str) -> bool {
        self.audiences.binary_search_by(|accepted| accepted.as_str().cmp(audience)).is_ok()
    }
}

/// Which values of the header's `typ` are accepted, without `application/`.
#[derive(Debug)]
pub(crate) enum TokenTypes {
    /// `JWT`, `at+jwt`, or no `typ` at all.
    Usual,
    /// One of these, compared without case.
    Only(Vec<String>),
}

impl TokenTypes {
    /// Whether tokens must say that they are access tokens (RFC 9068 section 2.1).
    pub(crate) fn only_access_tokens(&self) -> bool {
        matches!(self, Self::Only(types) if types.iter().all(|typ| typ.eq_ignore_ascii_case("at+jwt")))
    }
}
