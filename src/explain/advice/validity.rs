//! Advice on the type of the token, its times, its audience and its user.

use super::{Advice, ID_TOKEN, differ_by_slash, is_id_token};
use crate::code::Code;
use crate::explain::shown;
use crate::parse::claims::Claims;
use crate::policy::Issuer;

pub(in crate::explain) fn token_type(issuer: &Issuer, claims: Claims<'_>) -> Advice {
    let mut advice = Vec::new();
    if is_id_token(claims) {
        advice.push((Code::TypeMismatch, ID_TOKEN.to_owned()));
    }
    let text = format!(
        "Send an access token. If the issuer writes another typ into its access tokens, list it in issuers.{}.typ.",
        issuer.name
    );
    advice.push((Code::TypeMismatch, text));
    advice
}

pub(in crate::explain) fn time(claims: Claims<'_>, now: i64, skew: i64) -> Advice {
    let mut advice = Vec::new();
    if let Some(expiry) = claims.date("exp").present() {
        let text = format!(
            "The token expired {} ago, at {}. The client has to get a new one before that time.",
            shown::span(now.saturating_sub(expiry)),
            shown::time(expiry)
        );
        advice.push((Code::Expired, text));
    }
    for name in ["nbf", "iat"] {
        if let Some(start) = claims.date(name).present().filter(|start| *start > now.saturating_add(skew)) {
            let text = format!(
                "The token is valid in {} ({name} is {}). Compare the clock of this machine, {}, with the issuer's: \
                 up to {} of difference is allowed (clock_skew).",
                shown::span(start.saturating_sub(now)),
                shown::time(start),
                shown::time(now),
                shown::span(skew)
            );
            advice.push((Code::NotYetValid, text));
        }
    }
    advice.push((
        Code::ClaimMissing,
        "A token without an expiry (exp) would be good for ever. Let the issuer set one.".to_owned(),
    ));
    advice.push((Code::ClaimMalformed, "Times are numbers of seconds since 1970 (RFC 7519 section 2).".to_owned()));
    advice
}

pub(in crate::explain) fn audience(claims: Claims<'_>, issuer: &Issuer) -> Advice {
    let field = format!("issuers.{}.audiences", issuer.name);
    let audiences: Vec<&str> = claims.texts("aud").present().into_iter().flat_map(|texts| texts.iter()).collect();
    let near = |same: fn(&str, &str) -> bool| {
        audiences.iter().find(|audience| issuer.audiences.iter().any(|accepted| same(audience, accepted)))
    };
    let mut advice = Vec::new();
    if let Some(audience) = near(differ_by_slash) {
        let audience = shown::text(audience);
        advice.push(format!(
            "Only the slash at the end differs. Audiences are compared byte for byte: add \"{audience}\" to {field}."
        ));
    } else if let Some(audience) = near(|a, b| a != b && a.eq_ignore_ascii_case(b)) {
        let audience = shown::text(audience);
        advice.push(format!(
            "Only upper and lower case differ. Audiences are compared byte for byte: add \"{audience}\" to {field}."
        ));
    } else if is_id_token(claims) {
        advice.push(ID_TOKEN.to_owned());
    } else {
        advice.push(format!(
            "The token was made for another API. The client has to ask for one of this API ({}).",
            shown::list(&issuer.audiences)
        ));
        advice.push(format!("If it is this API under another name, add {} to {field}.", shown::list(&audiences)));
    }
    let mut advice: Advice = advice.into_iter().map(|text| (Code::AudienceMismatch, text)).collect();
    advice.push((
        Code::ClaimMissing,
        "A token without an audience (aud) is for nobody in particular. Let the issuer set one.".to_owned(),
    ));
    advice.push((
        Code::ClaimMalformed,
        "The audience is a string or an array of strings (RFC 7519 section 4.1.3).".to_owned(),
    ));
    advice
}

pub(in crate::explain) fn binding() -> Advice {
    let text = "The token is bound to a key of the client (cnf), and proofs of possession are not supported yet. \
                Let the issuer give out plain bearer tokens for this API.";
    vec![(Code::ProofMissing, text.to_owned())]
}

pub(in crate::explain) fn identity(issuer: &Issuer) -> Advice {
    let missing = format!(
        "The user's name is taken from the claim {}. Choose one that the issuer's tokens have with issuers.{}.user_claim.",
        issuer.user_claim.text, issuer.name
    );
    let malformed =
        "Names of users, clients and tenants are strings without control characters: they go into logs and headers.";
    vec![(Code::ClaimMissing, missing), (Code::ClaimMalformed, malformed.to_owned())]
}
