//! The rules for the tokens of one issuer.

use super::claim_rule::ClaimPath;
use super::entra::EntraRules;
use crate::crypto::AlgorithmSet;
use std::collections::HashMap;
use std::sync::Arc;

/// An issuer, compiled.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// Its place among the issuers of the configuration.
    pub(crate) number: usize,
    /// Its name in the configuration.
    pub(crate) name: String,
    /// The name for health and metrics: with the version, where there are two of Entra ID.
    pub(crate) shown_name: String,
    /// The exact value of `iss`; of several tenants, with a place for theirs.
    pub(crate) issuer: String,
    pub(crate) users: Users,
    /// The claims that may name the user, where the user manager does not say.
    pub(crate) user_claims: Vec<ClaimPath>,
    /// Sorted.
    pub(crate) audiences: Vec<String>,
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) types: TokenTypes,
    /// What tokens of Entra ID have to be beside.
    pub(crate) entra: Option<EntraRules>,
}

/// The user managers of an issuer's users, as indices.
#[derive(Debug, Clone)]
pub(crate) enum Users {
    OfOne(usize),
    /// By tenant, and the one of all others.
    ByTenant(Arc<HashMap<Box<str>, usize>>, Option<usize>),
}

impl Users {
    pub(crate) fn of(&self, tenant: Option<&str>) -> Option<usize> {
        match self {
            Self::OfOne(index) => Some(*index),
            Self::ByTenant(by_tenant, other) => tenant.and_then(|tenant| by_tenant.get(tenant).copied()).or(*other),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        let (one, many) = match self {
            Self::OfOne(index) => (Some(*index), None),
            Self::ByTenant(by_tenant, other) => (*other, Some(by_tenant.values().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
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
