//! Tenants of Entra ID, as written, made into issuers: one for each version of tokens.

use super::document::{CloudDocument, EntraDocument, IssuerDocument, MetadataDocument, OneOrMany, VersionDocument};
use super::entra::EntraRules;
use super::error::ConfigError;
use super::source::{address, check_authority};
use super::text::{check_list, check_text};
use crate::entra::{Authority, Cloud, Version, is_tenant_id};
use crate::keys::Origin;
use std::collections::HashSet;

type Result<T> = std::result::Result<T, ConfigError>;

/// The tokens of one version.
pub(super) struct EntraIssuer {
    pub(super) rules: EntraRules,
    /// Where the keys are.
    pub(super) origin: Origin,
}

/// Tenants of Entra ID, compiled.
pub(super) struct Entra {
    pub(super) issuers: Vec<EntraIssuer>,
    pub(super) tenants: Tenants,
}

/// Whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tenants {
    These(Vec<String>),
    Any,
}

impl Tenants {
    pub(super) fn are_several(&self) -> bool {
        !matches!(self, Self::These(tenants) if tenants.len() == 1)
    }
}

/// Fields that follow from `entra`.
pub(super) fn check_company(path: &str, issuer: &IssuerDocument) -> Result<()> {
    let given = [("issuer", issuer.issuer.is_some()), ("jwks_hosts", issuer.jwks_hosts.is_some())];
    match given.into_iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(ConfigError::invalid(format!("{path}.{field}"), "it follows from entra: leave it out")),
        None => Ok(()),
    }
}

/// Compiles the field `entra` at `path`.
pub(super) fn compile(path: &str, document: &EntraDocument) -> Result<Entra> {
    let tenants = tenants(path, document)?;
    let authority = authority(path, document)?;
    let versions = versions(path, document)?;
    if let Some(id) = &document.application_id {
        check_id(&format!("{path}.application_id"), id, "the id of an application is a GUID")?;
    }
    let whose = metadata(path, document, &tenants)?;
    let plan = Plan { path, document, authority, whose, tenants: &tenants };
    let issuers = versions.into_iter().map(|version| plan.issuer(version)).collect::<Result<_>>()?;
    Ok(Entra { issuers, tenants })
}

/// What the issuers of each version have in common.
struct Plan<'d> {
    path: &'d str,
    document: &'d EntraDocument,
    authority: Authority,
    whose: MetadataDocument,
    tenants: &'d Tenants,
}

impl Plan<'_> {
    fn issuer(&self, version: Version) -> Result<EntraIssuer> {
        let no_v1 = || ConfigError::missing(format!("{}.v1_issuer", self.path), "say what v1 issuers begin with");
        let issuers = self.authority.issuers(version).ok_or_else(no_v1)?;
        let key_issuers = self.authority.issuers(Version::V2).ok_or_else(no_v1)?;
        let (segment, issuer) = match (self.whose, self.tenants) {
            (MetadataDocument::Tenant, Tenants::These(tenants)) => {
                let tenant = tenants.first().map(String::as_str).unwrap_or_default();
                (tenant, issuers.fill(tenant))
            }
            (MetadataDocument::Organizations, _) => ("organizations", issuers.text().to_owned()),
            (MetadataDocument::Common | MetadataDocument::Tenant, _) => ("common", issuers.text().to_owned()),
        };
        let application_id = self.document.application_id.as_deref();
        let document = address(self.path, &self.authority.metadata(version, segment, application_id))?;
        let origin = Origin::Discovery { document, issuer, hosts: Vec::new() };
        let (shares_keys, listed_in) = (self.whose != MetadataDocument::Tenant, self.listed_in());
        Ok(EntraIssuer { rules: EntraRules { version, issuers, key_issuers, shares_keys, listed_in }, origin })
    }

    /// The field that one more tenant could be added to.
    fn listed_in(&self) -> Option<&'static str> {
        match (self.whose, self.tenants) {
            (MetadataDocument::Tenant, _) | (_, Tenants::Any) => None,
            (_, Tenants::These(_)) if self.document.allowed_tenants.is_some() => Some("allowed_tenants"),
            (_, Tenants::These(_)) => Some("tenant"),
        }
    }
}

fn tenants(path: &str, document: &EntraDocument) -> Result<Tenants> {
    let any = matches!(&document.tenant, OneOrMany::One(tenant) if tenant == "any");
    let field = |name: &str| format!("{path}.{name}");
    if !any && document.allowed_tenants.is_some() {
        return Err(ConfigError::invalid(field("allowed_tenants"), "it goes with \"tenant\": \"any\" only"));
    }
    if !any && document.danger_any_tenant {
        return Err(ConfigError::invalid(field("danger_any_tenant"), "it goes with \"tenant\": \"any\" only"));
    }
    match (&document.tenant, &document.allowed_tenants) {
        (OneOrMany::One(_), Some(_)) if any && document.danger_any_tenant => {
            let message = "with allowed_tenants it means nothing: leave one of them out";
            Err(ConfigError::invalid(field("danger_any_tenant"), message))
        }
        (OneOrMany::One(_), Some(allowed)) if any => listed(&field("allowed_tenants"), allowed),
        (OneOrMany::One(_), None) if any && document.danger_any_tenant => Ok(Tenants::Any),
        (OneOrMany::One(_), None) if any => {
            let message = "list the tenants that are let in: \"any\" alone would be every tenant on earth";
            Err(ConfigError::missing(field("allowed_tenants"), message))
        }
        (OneOrMany::One(tenant), _) => {
            check_tenant(&field("tenant"), tenant).map(|()| Tenants::These(vec![tenant.to_ascii_lowercase()]))
        }
        (OneOrMany::Many(tenants), _) => listed(&field("tenant"), tenants),
    }
}

pub(super) fn listed(path: &str, tenants: &[String]) -> Result<Tenants> {
    check_list(path, tenants)?;
    let mut seen = HashSet::new();
    for (index, tenant) in tenants.iter().enumerate() {
        let path = format!("{path}[{index}]");
        check_tenant(&path, tenant)?;
        if !seen.insert(tenant.to_ascii_lowercase()) {
            return Err(ConfigError::invalid(path, format!("\"{tenant}\" stands in the list twice")));
        }
    }
    Ok(Tenants::These(tenants.iter().map(|tenant| tenant.to_ascii_lowercase()).collect()))
}

fn check_tenant(path: &str, tenant: &str) -> Result<()> {
    let message = match tenant {
        "common" | "organizations" => "that is every tenant on earth: give the tenant's id, a GUID",
        "consumers" => "that is all personal accounts: if they are meant, give their tenant's id, a GUID",
        _ => "the id of a tenant is a GUID; its overview page shows it, and tokens have it in tid",
    };
    check_id(path, tenant, message)
}

fn check_id(path: &str, id: &str, message: &str) -> Result<()> {
    check_text(path, id)?;
    if is_tenant_id(&id.to_ascii_lowercase()) { Ok(()) } else { Err(ConfigError::invalid(path, message)) }
}

fn authority(path: &str, document: &EntraDocument) -> Result<Authority> {
    let mut authority = match (&document.authority, document.cloud) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::invalid(format!("{path}.authority"), "give only one of cloud and authority"));
        }
        (Some(address), None) => {
            let address = check_authority(&format!("{path}.authority"), address)?;
            Authority { address, v1_issuer: None }
        }
        (None, cloud) => Authority::from(match cloud.unwrap_or(CloudDocument::Public) {
            CloudDocument::Public => Cloud::Public,
            CloudDocument::UsGovernment => Cloud::UsGovernment,
            CloudDocument::China => Cloud::China,
        }),
    };
    if let Some(issuer) = &document.v1_issuer {
        authority.v1_issuer = Some(check_authority(&format!("{path}.v1_issuer"), issuer)?);
    }
    Ok(authority)
}

fn versions(path: &str, document: &EntraDocument) -> Result<Vec<Version>> {
    let path = format!("{path}.versions");
    let version = |document: &VersionDocument| match document {
        VersionDocument::V1 => Version::V1,
        VersionDocument::V2 => Version::V2,
    };
    let has_v1 = document.authority.is_none() || document.v1_issuer.is_some();
    let Some(given) = &document.versions else {
        return Ok(if has_v1 { Version::ALL.to_vec() } else { vec![Version::V2] });
    };
    let versions: Vec<Version> = given.iter().map(version).collect();
    match versions.as_slice() {
        [] => Err(ConfigError::invalid(path, "the list is empty")),
        [_, _, ..] if versions.len() > 2 || versions[0] == versions[1] => {
            Err(ConfigError::invalid(path, "a version stands in the list twice"))
        }
        _ if versions.contains(&Version::V1) && !has_v1 => {
            Err(ConfigError::missing(path.replace(".versions", ".v1_issuer"), "say what v1 issuers begin with"))
        }
        _ => Ok(versions),
    }
}

/// What stands in the place of the tenant in the address of the metadata.
fn metadata(path: &str, document: &EntraDocument, tenants: &Tenants) -> Result<MetadataDocument> {
    let of_its_own = document.authority.is_some() || document.application_id.is_some();
    let otherwise = if of_its_own { MetadataDocument::Tenant } else { MetadataDocument::Common };
    let whose = document.metadata.unwrap_or(otherwise);
    if tenants.are_several() && document.application_id.is_some() {
        let message = "an application has its keys in each tenant by itself: give each tenant an issuer of its own";
        return Err(ConfigError::invalid(format!("{path}.application_id"), message));
    }
    if whose != MetadataDocument::Tenant && document.application_id.is_some() {
        let message = "with application_id it is \"tenant\": the keys are those of one application";
        return Err(ConfigError::invalid(format!("{path}.metadata"), message));
    }
    if whose == MetadataDocument::Tenant && tenants.are_several() {
        let message = match document.metadata {
            Some(_) => "with several tenants it is \"common\" or \"organizations\"",
            None => "say whose metadata leads to the keys of several tenants: \"common\" or \"organizations\"",
        };
        return Err(ConfigError::invalid(format!("{path}.metadata"), message));
    }
    Ok(whose)
}
