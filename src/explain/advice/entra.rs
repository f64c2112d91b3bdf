//! Advice on issuers and keys of Microsoft Entra ID: which line of the configuration leaves a token out.

use super::differ_by_slash;
use crate::crypto::Algorithm;
use crate::entra::{self, PERSONAL_ACCOUNTS, is_tenant_id};
use crate::explain::shown;
use crate::keys::Loaded;
use crate::parse::claims::Claims;
use crate::parse::jws::Header;
use crate::policy::entra::EntraRules;
use crate::policy::{Issuer, Policy};

/// What to change for an issuer that is almost one of a tenant that is listed.
pub(super) fn near_issuer(iss: &str, policy: &Policy) -> Option<String> {
    nearly_the_same(iss, policy).or_else(|| same_tenant(iss, policy))
}

fn of_entra(policy: &Policy) -> impl Iterator<Item = (&Issuer, &EntraRules)> {
    policy.issuers.iter().filter_map(|issuer| Some((issuer, issuer.entra.as_ref()?)))
}

/// An issuer of a listed tenant, but for the slash or the case of letters.
fn nearly_the_same(iss: &str, policy: &Policy) -> Option<String> {
    let known = |text: &str| policy.issuer(text).map(|(_, issuer)| issuer).filter(|issuer| issuer.entra.is_some());
    let other_slash = iss.strip_suffix('/').map_or_else(|| format!("{iss}/"), str::to_owned);
    let lower = iss.to_ascii_lowercase();
    let (what, issuer) = match (known(&other_slash), known(&lower)) {
        (Some(issuer), _) if differ_by_slash(iss, &other_slash) => ("Only the slash at the end differs", issuer),
        (_, Some(issuer)) if lower != iss => ("Only upper and lower case differ", issuer),
        _ => return None,
    };
    Some(format!(
        "{what} from an issuer of issuers.{}. Those of Entra ID are compared byte for byte, and no token of it has this one: \
         ask who made this token.",
        issuer.name
    ))
}

/// An issuer of a listed tenant, in another version or another cloud.
fn same_tenant(iss: &str, policy: &Policy) -> Option<String> {
    let found = entra::Issuer::parse(iss)?;
    let lists = |(issuer, rules): &(&Issuer, &EntraRules)| {
        policy.issuer(&rules.issuers.fill(found.tenant)).is_some_and(|(_, known)| std::ptr::eq(known, *issuer))
    };
    let listing: Vec<_> = of_entra(policy).filter(lists).collect();
    let (issuer, _) = listing.first()?;
    let name = &issuer.name;
    let has_version = listing.iter().any(|(_, rules)| rules.version == found.version);
    let may_share = |rules: &EntraRules| {
        entra::Issuer::parse(rules.issuers.text()).is_some_and(|known| known.may_share_cloud(found))
    };
    if has_version || !listing.iter().any(|(_, rules)| may_share(rules)) {
        let cloud = found.cloud();
        return Some(format!(
            "This is a token of the same tenant in another cloud of Microsoft: issuers.{name}.entra.cloud would have to be \
             {cloud}. To accept both, add a second issuer for that cloud."
        ));
    }
    let (version, field) = (found.version.name(), found.version.field());
    Some(format!(
        "This is a {version} token of Entra ID, and issuers.{name}.entra.versions leaves that version out: add \"{field}\" to \
         accept it. The app registration of the API decides which it gets (accessTokenAcceptedVersion)."
    ))
}

/// What to change for the issuer of a tenant that nobody lists.
pub(super) fn other_tenant(iss: &str, policy: &Policy) -> Option<String> {
    let by_form = of_entra(policy).find_map(|(issuer, rules)| Some((rules.issuers.tenant_of(iss)?, issuer, rules)));
    let found = entra::Issuer::parse(iss);
    let tenant = by_form.map(|(tenant, ..)| tenant).or(found.map(|found| found.tenant));
    let tenant = tenant.filter(|tenant| is_tenant_id(tenant))?;
    let new = |more: &str| format!("add an issuer with \"entra\": {{ \"tenant\": \"{tenant}\"{more} }}");
    let remedy = match by_form {
        Some((_, issuer, EntraRules { listed_in: Some(field), .. })) if tenant != PERSONAL_ACCOUNTS => {
            format!("add \"{tenant}\" to issuers.{}.entra.{field}", issuer.name)
        }
        Some(_) => new(""),
        None => new(&found.map_or(String::new(), |found| format!(", \"cloud\": {}", found.cloud()))),
    };
    let whose = match tenant {
        PERSONAL_ACCOUNTS => "a personal account, and those have the tenant",
        _ => "the tenant",
    };
    Some(format!("This is a token of {whose} {tenant}, which no issuer has. If you trust it, {remedy}."))
}

/// Why the key that a token names may not sign for it, though the issuer publishes it.
pub(super) fn foreign_key(
    header: Header<'_>,
    claims: Claims<'_>,
    issuer: &Issuer,
    keys: &Loaded<'_>,
) -> Option<String> {
    let key = keys.set().find(header.key_id, Algorithm::from_name(header.algorithm)?).key().ok()?;
    let (name, id) = (&issuer.name, header.key_id.map_or("no id".to_owned(), shown::text));
    let field = if issuer.entra.is_some() { "entra.cloud" } else { "oidc" };
    if !key.is_of_cloud(keys.cloud()) {
        let [key, ours] = [key.cloud(), keys.cloud()].map(|cloud| shown::text(cloud.unwrap_or_default()));
        return Some(format!(
            "issuers.{name} has the key {id}, and it is of the cloud {key}, while the metadata is that of {ours}: such a key \
             signs for nobody here. Compare issuers.{name}.{field} with the cloud of the tenant."
        ));
    }
    let whose =
        key.issuer().filter(|_| issuer.entra.as_ref().is_some_and(|rules| !rules.admits_key(key.issuer(), claims)));
    whose.map(|whose| {
        format!(
            "issuers.{name} has the key {id}, and it signs for {} alone, not for the issuer of this token ({}). No setting \
             changes that. If the token is genuine, compare issuers.{name}.entra with the cloud and tenant that it is of.",
            shown::text(whose),
            shown::claim(claims, "iss")
        )
    })
}
