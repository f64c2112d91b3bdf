//! Advice on the type of the token, its times, its audience and its user.

use super::{Advice, ID_TOKEN, differ_by_slash, is_id_token};
use crate::code::Code;
use crate::explain::shown;
use crate::limits;
use crate::parse::claims::Claims;
use crate::parse::jws::Header;
use crate::policy::entra::EntraRules;
use crate::policy::issuer::TokenTypes;
use crate::policy::{Issuer, UserManager, check};

pub(in crate::explain) fn token_type(header: Header<'_>, issuer: &Issuer, claims: Claims<'_>) -> Advice {
    let mut advice = Vec::new();
    if is_id_token(claims) {
        advice.push((Code::TypeMismatch, ID_TOKEN.to_owned()));
    }
    let name = &issuer.name;
    let foreign = check::token_type(issuer, header.typ, claims).err().filter(|failure| failure.claim != "typ");
    let text = match (foreign, &issuer.types) {
        (Some(failure), _) if failure.claim == "azp" => {
            "Each access token of Entra ID names its client (azp or appid), and this token names none.".to_owned()
        }
        (Some(failure), _) => {
            format!("The claim {} belongs to another kind of token. Send an access token.", failure.claim)
        }
        // A list takes the place of the usual types.
        (None, TokenTypes::Usual) => format!(
            "Send an access token. If the issuer writes another typ into its access tokens, list it in issuers.{name}.typ, \
             beside \"JWT\" and \"at+jwt\"."
        ),
        (None, TokenTypes::Only(_)) => format!(
            "Send an access token. If the issuer writes another typ into its access tokens, add it to issuers.{name}.typ."
        ),
    };
    advice.push((Code::TypeMismatch, text));
    advice
}

pub(in crate::explain) fn time(claims: Claims<'_>, now: i64, skew: i64) -> Advice {
    let mut advice = Vec::new();
    let clocks = format!(
        "Compare the clock of this machine, {}, with the issuer's: up to {} of difference is allowed (clock_skew).",
        shown::time(now),
        shown::span(skew)
    );
    if let Some(expiry) = claims.date("exp").present() {
        let ago = shown::span(now.saturating_sub(expiry));
        let expiry = shown::time(expiry);
        let text = format!("The token expired {ago} ago, at {expiry}. The client has to get a new one. {clocks}");
        advice.push((Code::Expired, text));
    }
    let starts = ["nbf", "iat"].into_iter().filter_map(|name| Some((claims.date(name).present()?, name)));
    if let Some((start, name)) = starts.rev().max_by_key(|(start, _)| *start) {
        let (span, start) = (shown::span(start.saturating_sub(now)), shown::time(start));
        advice.push((Code::NotYetValid, format!("The token is valid only in {span} ({name} is {start}). {clocks}")));
    }
    advice.push((
        Code::ClaimMissing,
        "A token without an expiry (exp) would be good for ever. Let the issuer set one.".to_owned(),
    ));
    let mut text = "Times are numbers of seconds since 1970 (RFC 7519 section 2).".to_owned();
    if let Some(name) = ["exp", "nbf", "iat"].into_iter().find(|name| is_milliseconds(claims, name)) {
        text = format!("{text} This looks like milliseconds: {name} has to be divided by 1000.");
    }
    advice.push((Code::ClaimMalformed, text));
    advice
}

/// Whether a time lies beyond the year 9999, as today's does in milliseconds.
fn is_milliseconds(claims: Claims<'_>, name: &str) -> bool {
    let number = claims.get(name).and_then(|value| value.as_number()).and_then(|number| number.parse::<f64>().ok());
    number.is_some_and(|number| number > limits::NUMERIC_DATE_MAX as f64)
}

pub(in crate::explain) fn audience(claims: Claims<'_>, issuer: &Issuer) -> Advice {
    let field = format!("issuers.{}.audiences", issuer.name);
    let audiences: Vec<&str> = claims.texts("aud").present().into_iter().flat_map(|texts| texts.iter()).collect();
    let near = |same: fn(&str, &str) -> bool| {
        audiences.iter().find(|audience| issuer.audiences.iter().any(|accepted| same(audience, accepted)))
    };
    let mut advice = Vec::new();
    let add = |audience: &str| match shown::pasted(audience) {
        Some(audience) => format!("Audiences are compared byte for byte: add {audience} to {field}."),
        None => "Audiences are compared byte for byte.".to_owned(),
    };
    if let Some(audience) = near(differ_by_slash) {
        advice.push(format!("Only the slash at the end differs. {}", add(audience)));
    } else if let Some(audience) = near(|a, b| a != b && a.eq_ignore_ascii_case(b)) {
        advice.push(format!("Only upper and lower case differ. {}", add(audience)));
    } else if is_id_token(claims) {
        advice.push(ID_TOKEN.to_owned());
    } else if audiences.is_empty() {
        advice
            .push("The list of audiences (aud) is empty: the token is for nobody. Let the issuer set one.".to_owned());
    } else {
        advice.push(format!(
            "The token was made for another API. The client has to ask for one of this API ({}).",
            shown::list(&issuer.audiences)
        ));
        let another_name = |list| format!("If it is this API under another name, add {list} to {field}.");
        advice.extend(shown::pasted_list(&audiences).map(another_name));
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

pub(in crate::explain) fn identity(issuer: &Issuer, manager: &UserManager) -> Advice {
    let paths = shown::list(manager.user_claims(issuer).iter().map(|path| &path.text));
    let field = match manager.user_claims {
        Some(_) => format!("user_managers.{}.user_claims", manager.label),
        None => format!("issuers.{}.user_claim", issuer.name),
    };
    let missing = format!(
        "The user's name is taken from the claim {paths}. Choose one that the issuer's tokens have with {field}."
    );
    let malformed =
        "Names of users, clients and tenants are strings without control characters: they go into logs and headers.";
    let remedy = match manager.is_implied {
        false => format!("set user_managers.{}.guests to true", manager.label),
        true => format!("add a user manager \"{0}\": {{ \"issuers\": [\"{0}\"], \"guests\": true }}", manager.label),
    };
    let guest = format!(
        "The user is a guest of the tenant: the name has #EXT#, acct is not 0, or another provider signed the user in (idp). \
         To let guests in, {remedy}."
    );
    vec![(Code::ClaimMissing, missing), (Code::ClaimMalformed, malformed.to_owned()), (Code::GuestNotAllowed, guest)]
}

pub(in crate::explain) fn tenant(claims: Claims<'_>, issuer: &Issuer, entra: &EntraRules) -> Advice {
    let version = format!(
        "This is a {} token by its issuer, and its ver is {}: no token of Entra ID is so.",
        entra.version.name(),
        shown::claim(claims, "ver")
    );
    let mismatch = format!(
        "The issuer and tid name different tenants: no token of Entra ID does. Ask who made this token: whatever \
         issuers.{}.entra says, such a one does not come in.",
        issuer.name
    );
    vec![
        (Code::ClaimMissing, "Every token of Entra ID has tid and ver: ask who made this one.".to_owned()),
        (Code::ClaimMalformed, format!("tid is the id of a tenant in lower case, and stands once. {version}")),
        (Code::TenantMismatch, mismatch),
    ]
}
