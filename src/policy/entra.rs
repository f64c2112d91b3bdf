//! What a token of Entra ID has to be beside what every token has to be.

use super::check::{Expected, Failure};
use crate::code::Code;
use crate::entra::{self, Template, Version, is_tenant_id};
use crate::parse::claims::{Claim, Claims};

/// The rules for the tokens of one version.
#[derive(Debug)]
pub(crate) struct EntraRules {
    pub(crate) version: Version,
    pub(crate) issuers: Template,
    /// What the keys of the cloud name as their issuer, whatever the version of the token.
    pub(crate) key_issuers: Template,
    /// The field of `entra` that lists the tenants; nothing where the keys are those of one tenant.
    pub(crate) listed_in: Option<&'static str>,
}

impl EntraRules {
    /// Whether a key that names an issuer may sign for that of the token. Without a name it is one of the whole set.
    pub(crate) fn admits_key(&self, key_issuer: Option<&str>, claims: Claims<'_>) -> bool {
        let Some(key_issuer) = key_issuer else { return true };
        let iss = claims.string("iss").present().unwrap_or_default();
        let covers = |tenant| self.issuers.covers(key_issuer, tenant) || self.key_issuers.covers(key_issuer, tenant);
        self.issuers.tenant_of(iss).is_some_and(covers)
    }

    /// The tenant (`tid`) is the one that the issuer names, and `ver` the version of its form.
    pub(crate) fn tenant<'p, 'c>(&self, claims: Claims<'c>) -> Result<&'c str, Failure<'p>> {
        let tenant = match claims.string("tid") {
            Claim::Absent => return Err(Failure::new(Code::ClaimMissing, "tid", Expected::Nothing)),
            Claim::Present(tenant) if is_tenant_id(tenant) => tenant,
            Claim::Present(_) | Claim::Malformed => return Err(malformed("tid", "the id of a tenant, a GUID")),
        };
        if has_twin(claims, "tid") {
            return Err(malformed("tid", "no second claim of that name in other case"));
        }
        let iss = claims.string("iss").present().unwrap_or_default();
        if self.issuers.tenant_of(iss) != Some(tenant) {
            return Err(Failure::new(Code::TenantMismatch, "tid", Expected::Text("the tenant that iss names")));
        }
        match claims.string("ver") {
            Claim::Present(version) if version == self.version.claim() => Ok(tenant),
            Claim::Absent => Err(Failure::new(Code::ClaimMissing, "ver", Expected::Text(self.version.claim()))),
            Claim::Present(_) | Claim::Malformed => Err(malformed("ver", self.version.claim())),
        }
    }
}

fn malformed<'p>(claim: &'p str, expected: &'p str) -> Failure<'p> {
    Failure::new(Code::ClaimMalformed, claim, Expected::Text(expected))
}

fn has_twin(claims: Claims<'_>, name: &str) -> bool {
    let members = claims.object().as_object().into_iter().flatten();
    members.filter(|(other, _)| other.eq_ignore_ascii_case(name)).count() > 1
}

/// What names of guests hold, as `bob_home.example#EXT#@resource.example` does.
const GUEST_MARK: &str = "#EXT#";

/// The names that may hold it.
const NAMES: [&str; 3] = ["upn", "unique_name", "preferred_username"];

/// Whether the user is a guest: by the name, by `acct`, or since another provider signed the user in (`idp`).
pub(crate) fn is_guest(user: &str, claims: Claims<'_>) -> bool {
    let marked = |text: &str| {
        text.as_bytes().windows(GUEST_MARK.len()).any(|part| part.eq_ignore_ascii_case(GUEST_MARK.as_bytes()))
    };
    let named = NAMES.iter().filter_map(|name| claims.string(name).present()).any(marked);
    named || marked(user) || !is_member(claims) || is_of_another_provider(claims)
}

/// `acct` is 0 for members. What it is otherwise, if it is there, is for somebody else.
fn is_member(claims: Claims<'_>) -> bool {
    claims.get("acct").is_none_or(|acct| acct.as_number().or(acct.as_str()) == Some("0"))
}

/// `idp` names the issuer of the user's own tenant, or of no tenant at all.
fn is_of_another_provider(claims: Claims<'_>) -> bool {
    let text = |name| claims.string(name).present();
    let tenant = |idp| entra::Issuer::parse(idp).map(|issuer| issuer.tenant);
    text("idp").is_some_and(|idp| text("iss") != Some(idp) && tenant(idp) != text("tid"))
}
