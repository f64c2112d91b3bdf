//! What a token of Entra ID has to be beside what every token has to be.

use super::check::{Expected, Failure, is_app_only, scopes_of};
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
    /// Whether the key set is that of all tenants of the cloud.
    pub(crate) shares_keys: bool,
    /// The field of `entra` that one more tenant could be added to.
    pub(crate) listed_in: Option<&'static str>,
}

impl EntraRules {
    /// Whether a key that names an issuer may sign for that of the token. Keys of v1 name none, and those of one tenant
    /// need not; of a set that many tenants share, a v2 key has to.
    pub(crate) fn admits_key(&self, key_issuer: Option<&str>, claims: Claims<'_>) -> bool {
        let Some(key_issuer) = key_issuer else { return self.version == Version::V1 || !self.shares_keys };
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
            Claim::Present(version) if version == self.version.claim() => kind(claims).map(|()| tenant),
            Claim::Absent => Err(Failure::new(Code::ClaimMissing, "ver", Expected::Text(self.version.claim()))),
            Claim::Present(_) | Claim::Malformed => Err(malformed("ver", self.version.claim())),
        }
    }
}

/// `idtyp`, where it is there, says of a user or of an application.
fn kind<'p>(claims: Claims<'_>) -> Result<(), Failure<'p>> {
    match claims.string("idtyp") {
        Claim::Absent | Claim::Present("app" | "user") => Ok(()),
        Claim::Present(_) | Claim::Malformed => Err(malformed("idtyp", "app or user")),
    }
}

/// Whether an application calls for itself, without a user: `idtyp` says so, or there are no scopes, and no object id or
/// one that is the subject.
pub(crate) fn is_application(claims: Claims<'_>) -> bool {
    let is_nobody = claims.get("idtyp").is_none() && claims.get("oid").is_none() && scopes_of(claims).next().is_none();
    is_app_only(claims) || is_nobody
}

fn malformed<'p>(claim: &'p str, expected: &'p str) -> Failure<'p> {
    Failure::new(Code::ClaimMalformed, claim, Expected::Text(expected))
}

fn has_twin(claims: Claims<'_>, name: &str) -> bool {
    let members = claims.object().as_object().into_iter().flatten();
    members.filter(|(other, _)| other.eq_ignore_ascii_case(name)).count() > 1
}

/// What names of guests hold and no other name does: `bob_home.example#EXT#@resource.example`, `live.com#bob@home.example`.
const GUEST_MARK: char = '#';

/// What `altsecid` begins with where a provider of personal accounts signed the user in, such as `1:live.com:...`.
const PERSONAL_PROVIDER: &str = "1:";

/// The names that may hold it.
const NAMES: [&str; 3] = ["upn", "unique_name", "preferred_username"];

/// Whether the user is a guest: by the name, by `acct`, or since another provider signed the user in (`idp`, `altsecid`).
pub(crate) fn is_guest(user: &str, claims: Claims<'_>) -> bool {
    let marked = |text: &str| text.contains(GUEST_MARK);
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
    let is_foreign = |idp| text("iss") != Some(idp) && tenant(idp) != text("tid");
    let signed_in = claims.get("idp").is_some() && text("idp").is_none_or(is_foreign);
    signed_in || text("altsecid").is_some_and(|id| id.starts_with(PERSONAL_PROVIDER))
}
