//! Advice on what was revoked.

use super::Advice;
use crate::code::Code;
use crate::denylist::{Asked, Denylist, Hit, Kind};
use crate::explain::shown;

/// Where an entry stands.
pub(in crate::explain) fn place(hit: Hit, denylist: &Denylist) -> String {
    match (hit.line, denylist.file()) {
        (1.., Some(file)) => format!("by line {} of {}", hit.line, shown::text(&file.path().display().to_string())),
        _ => "by a call of the host".to_owned(),
    }
}

pub(in crate::explain) fn revocation(hit: Hit, denylist: &Denylist, asked: Asked<'_>) -> Advice {
    let what = match hit.issued_before {
        Some(instant) => format!("{}, as far as it was issued before {},", what(hit), shown::time(instant)),
        None => what(hit),
    };
    let issuer = if hit.of_issuer { format!(" of the issuer {}", shown::text(asked.issuer)) } else { String::new() };
    let (place, until) = (place(hit, denylist), shown::time(hit.until));
    let then = match (hit.kind, hit.issued_before) {
        (_, Some(_)) => "The client has to get a new token.",
        (Kind::TokenId | Kind::Session, None) => "The client has to get a new token, by signing in again.",
        (Kind::KeyId, None) => "The issuer has to sign with another key.",
        (_, None) => "A new token will not do.",
    };
    let undo = match hit.line {
        0 => "Where that is a mistake, a restart of the host forgets it.",
        _ => "Where that is a mistake, take the line out of the file.",
    };
    vec![(Code::TokenRevoked, format!("{what}{issuer} is revoked {place}, until {until}. {then} {undo}"))]
}

fn what(hit: Hit) -> String {
    match hit.kind {
        Kind::TokenId => format!("This very token ({})", hit.claim),
        Kind::User => "This user (tid and oid)".to_owned(),
        Kind::Subject => "This user (sub)".to_owned(),
        Kind::Session => "The session that it belongs to (sid)".to_owned(),
        Kind::Client => format!("The application that it was made for ({})", hit.claim),
        Kind::KeyId => "The key that signed it (kid)".to_owned(),
        Kind::Account => "This account (label and user name)".to_owned(),
        Kind::Any => "Every token".to_owned(),
    }
}
