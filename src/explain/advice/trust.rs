//! Advice on the issuer, the algorithm and the key.

use super::{Advice, differ_by_slash};
use crate::code::Code;
use crate::crypto::Algorithm;
use crate::entra;
use crate::explain::shown;
use crate::keys::KeySet;
use crate::parse::claims::Claims;
use crate::parse::jws::Header;
use crate::policy::{Issuer, Policy};

pub(in crate::explain) fn issuer(claims: Claims<'_>, policy: &Policy) -> Advice {
    let audiences = policy.issuers.iter().flat_map(|issuer| &issuer.audiences);
    let graph = format!(
        "This is a Microsoft Graph token: the client asked for the wrong resource. \
         It has to ask for a token of this API (audience {}), not for one of Graph.",
        shown::list(audiences)
    );
    let iss = claims.string("iss").present().unwrap_or_default();
    vec![
        (Code::GraphToken, graph),
        (Code::IssuerUnknown, unknown_issuer(iss, policy)),
        (Code::ClaimMissing, "The token has no issuer (iss): it is not an access token.".to_owned()),
        (Code::ClaimMalformed, "The issuer (iss) has to be one string.".to_owned()),
    ]
}

fn unknown_issuer(iss: &str, policy: &Policy) -> String {
    let near = policy.issuers.iter().find_map(|issuer| nearly_the_same(iss, issuer));
    near.unwrap_or_else(|| {
        let iss = shown::text(iss);
        format!(
            "If you trust this issuer, add one with \"issuer\": \"{iss}\" and its keys. It is compared byte for byte."
        )
    })
}

fn nearly_the_same(iss: &str, issuer: &Issuer) -> Option<String> {
    let (name, configured) = (&issuer.name, &issuer.issuer);
    let change = format!("to accept it, set issuers.{name}.issuer to \"{}\".", shown::text(iss));
    if differ_by_slash(iss, configured) {
        return Some(format!("Only the slash at the end differs from issuers.{name}.issuer; {change}"));
    }
    if iss.eq_ignore_ascii_case(configured) {
        return Some(format!("Only upper and lower case differ from issuers.{name}.issuer; {change}"));
    }
    let (found, wanted) = (entra::Issuer::parse(iss)?, entra::Issuer::parse(configured)?);
    if found.tenant != wanted.tenant {
        let (found, wanted) = (shown::text(found.tenant), wanted.tenant);
        return Some(format!("This is a token of the tenant {found}, and issuers.{name} is the tenant {wanted}."));
    }
    Some(format!(
        "This is a {} token of Entra ID, and issuers.{name} is set to {}. The app registration of the API decides which it gets \
         (accessTokenAcceptedVersion); {change}",
        found.version.name(),
        wanted.version.name()
    ))
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

pub(in crate::explain) fn key(header: Header<'_>, issuer: &Issuer, keys: &KeySet) -> Advice {
    let name = &issuer.name;
    let ids = shown::list(keys.ids());
    let same_id = header.key_id.is_some_and(|id| keys.ids().any(|known| known == id));
    let unknown = match header.key_id {
        Some(id) if same_id => format!(
            "issuers.{name} has a key {}, but not one for {}: compare the key's alg and kty, and issuers.{name}.algorithms.",
            shown::text(id),
            shown::text(header.algorithm)
        ),
        Some(id) => format!(
            "The token names the key {}, and issuers.{name} has these: {ids}. The issuer may have new keys: put its \
             present key set into the configuration. Or the token is of another issuer that uses the same name.",
            shown::text(id)
        ),
        None => format!("The token names no key, and no key of issuers.{name} fits {}.", shown::text(header.algorithm)),
    };
    let ambiguous =
        format!("More than one key of issuers.{name} fits, and the token does not say which (kid). Keys: {ids}.");
    vec![(Code::KeyUnknown, unknown), (Code::KeyAmbiguous, ambiguous)]
}
