//! Advice on the issuer, the algorithm and the key.

use super::{Advice, NONCE, differ_by_slash};
use crate::code::Code;
use crate::crypto::Algorithm;
use crate::entra;
use crate::explain::shown;
use crate::keys::{Feed, KeySet, Loaded};
use crate::parse::claims::Claims;
use crate::parse::jws::Header;
use crate::policy::{Issuer, Policy};

pub(in crate::explain) fn issuer(header: Header<'_>, claims: Claims<'_>, policy: &Policy) -> Advice {
    let graph = for_microsoft(header, claims, policy);
    let iss = claims.string("iss").present().unwrap_or_default();
    vec![
        (Code::GraphToken, graph),
        (Code::IssuerUnknown, unknown_issuer(iss, policy)),
        (Code::ClaimMissing, "The token has no issuer (iss): it is not an access token.".to_owned()),
        (Code::ClaimMalformed, "The issuer (iss) has to be one string.".to_owned()),
    ]
}

/// What a token is that only Microsoft Graph, or another API of Microsoft's, can verify.
fn for_microsoft(header: Header<'_>, claims: Claims<'_>, policy: &Policy) -> String {
    let audiences = shown::list(policy.issuers.iter().flat_map(|issuer| &issuer.audiences));
    let what = match entra::graph_audience(claims) {
        Some(_) => "This is a Microsoft Graph token: the client asked for the wrong resource.",
        None if header.has_nonce => NONCE,
        None => "",
    };
    format!("{what} The client has to ask for a token of this API (audience {audiences}), not for one of Microsoft's.")
}

fn unknown_issuer(iss: &str, policy: &Policy) -> String {
    let plain = policy.issuers.iter().filter(|issuer| issuer.entra.is_none());
    let near = plain.filter_map(|issuer| Some((nearness(iss, &issuer.issuer)?, issuer)));
    let near = near.min_by_key(|(nearness, _)| *nearness);
    let told = |(nearness, issuer)| nearly_the_same(iss, issuer, nearness);
    let almost = near.filter(|(nearness, _)| matches!(nearness, Nearness::Slash | Nearness::Case)).map(told);
    almost
        .or_else(|| super::entra::near_issuer(iss, policy))
        .or_else(|| near.map(told))
        .or_else(|| super::entra::other_tenant(iss, policy))
        .unwrap_or_else(|| foreign_issuer(iss))
}

fn foreign_issuer(iss: &str) -> String {
    match shown::pasted(iss) {
        Some(iss) => format!(
            "If you trust this issuer, add one with \"issuer\": {iss} and its keys. It is compared byte for byte."
        ),
        None => "The issuer (iss) is empty, very long or has unusual characters: ask who made this token.".to_owned(),
    }
}

/// How near an issuer is to a configured one, the nearest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    Slash,
    Case,
    OtherVersion,
    OtherCloud,
    OtherTenant,
}

fn nearness(iss: &str, configured: &str) -> Option<Nearness> {
    if differ_by_slash(iss, configured) {
        return Some(Nearness::Slash);
    }
    if iss.eq_ignore_ascii_case(configured) {
        return Some(Nearness::Case);
    }
    let (found, wanted) = (entra::Issuer::parse(iss)?, entra::Issuer::parse(configured)?);
    Some(if !found.tenant.eq_ignore_ascii_case(wanted.tenant) {
        Nearness::OtherTenant
    } else if !found.may_share_cloud(wanted) {
        Nearness::OtherCloud
    } else {
        Nearness::OtherVersion
    })
}

fn nearly_the_same(iss: &str, issuer: &Issuer, nearness: Nearness) -> String {
    let (name, pasted) = (&issuer.name, shown::pasted(iss));
    let set =
        pasted.as_ref().map_or(".".to_owned(), |iss| format!("; to accept it, set issuers.{name}.issuer to {iss}."));
    // The other tokens may still be in use, so the issuer that is there stays.
    let add =
        pasted.map_or(String::new(), |iss| format!(" To accept both, add a second issuer with \"issuer\": {iss}."));
    let parts = (entra::Issuer::parse(iss), entra::Issuer::parse(&issuer.issuer));
    match (nearness, parts) {
        (Nearness::Slash, _) => format!("Only the slash at the end differs from issuers.{name}.issuer{set}"),
        (Nearness::OtherTenant, (Some(found), Some(wanted))) => {
            let (found, wanted) = (shown::text(found.tenant), wanted.tenant);
            format!("This is a token of the tenant {found}, and issuers.{name} is the tenant {wanted}.")
        }
        (Nearness::OtherVersion, (Some(found), Some(wanted))) => format!(
            "This is a {} token of Entra ID, and issuers.{name} is set to {}. The app registration of the API decides \
             which it gets (accessTokenAcceptedVersion).{add}",
            found.version.name(),
            wanted.version.name()
        ),
        (Nearness::OtherCloud, _) => {
            format!(
                "This is a token of the same tenant in another cloud of Microsoft than that of issuers.{name}.{add}"
            )
        }
        _ => format!("Only upper and lower case differ from issuers.{name}.issuer{set}"),
    }
}

pub(in crate::explain) fn algorithm(name: &str, issuer: &Issuer, keys: &KeySet) -> Advice {
    let text = match Algorithm::from_name(name) {
        None if name.eq_ignore_ascii_case("none") => {
            "The token is not signed. Such tokens are never accepted, and no setting changes that.".to_owned()
        }
        None => {
            "The token's algorithm is not a registered signature algorithm, or not one that is supported.".to_owned()
        }
        Some(algorithm) if algorithm.is_symmetric() && keys.has_public_keys() => format!(
            "{algorithm} is symmetric, and the keys of issuers.{} are public: who signs with a public key as if it were \
             a secret is an attacker, or a client that makes its own tokens. Don't allow it.",
            issuer.name
        ),
        Some(algorithm) => format!(
            "If the issuer really signs with {algorithm}, add \"{algorithm}\" to issuers.{}.algorithms.",
            issuer.name
        ),
    };
    vec![(Code::AlgorithmNotAllowed, text)]
}

pub(in crate::explain) fn key(header: Header<'_>, claims: Claims<'_>, issuer: &Issuer, keys: &Loaded<'_>) -> Advice {
    let name = &issuer.name;
    let ids = shown::list(keys.set().ids());
    let same_id = header.key_id.is_some_and(|id| keys.set().ids().any(|known| known == id));
    let remedy = match keys.feed() {
        None => "The issuer may have new keys: put its present key set into the configuration.".to_owned(),
        Some(feed) => format!("{} What has a key that it does not publish is not its own.", told_by(feed)),
    };
    let unknown = match header.key_id {
        Some(id) if same_id => format!(
            "issuers.{name} has a key {}, but not one for {}: compare the key's alg and kty, and issuers.{name}.algorithms.",
            shown::text(id),
            shown::text(header.algorithm)
        ),
        Some(id) => format!(
            "The token names the key {}, and issuers.{name} has these: {ids}. {remedy} Or the token is of another issuer \
             that uses the same name.",
            shown::text(id)
        ),
        None => format!("The token names no key, and no key of issuers.{name} fits {}.", shown::text(header.algorithm)),
    };
    let ambiguous =
        format!("More than one key of issuers.{name} fits, and the token does not say which (kid). Keys: {ids}.");
    let unknown = super::entra::foreign_key(header, claims, issuer, keys).unwrap_or(unknown);
    let mut advice = vec![(Code::KeyUnknown, unknown), (Code::KeyAmbiguous, ambiguous)];
    if let Some(feed) = keys.feed() {
        let told = told_by(feed);
        let check = format!("See issuers.{name}, and try: doorward check --online.");
        advice.push((Code::KeysNeverLoaded, format!("No keys were loaded yet. {told} {check}")));
        advice.push((Code::KeysStale, format!("The keys are older than max_key_age. {told} {check}")));
        advice.push((Code::KeysUnavailable, format!("The token names a key that is not there. {told} {check}")));
    }
    advice
}

/// What the last refreshes of a key set came to.
fn told_by(feed: &Feed) -> String {
    let report = feed.report();
    let from = report.address.clone().unwrap_or_else(|| feed.remote().origin.address().to_string());
    match (&report.failure, report.succeeded_at) {
        (Some(failure), _) => format!("Refreshing from {from} failed at {}: {failure}.", shown::time(failure.at)),
        (None, Some(at)) => format!("They were refreshed from {from} at {}.", shown::time(at)),
        (None, None) => format!("They were not refreshed from {from} yet."),
    }
}
