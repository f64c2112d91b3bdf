//! Whose password it was, by the token that came for it.

use super::Settings;
use crate::basic::{Answer, Person};
use crate::entra;
use crate::parse::base64url;
use crate::parse::claims::Claims;
use crate::parse::json::{Document, Most};
use serde::Deserialize;
use zeroize::Zeroizing;

type Result<T> = std::result::Result<T, &'static str>;

/// What of the answer is read. The token is overwritten with it.
#[derive(Deserialize)]
struct Granted<'b> {
    #[serde(borrow)]
    access_token: &'b str,
}

/// Claims that go with the identity.
const FURTHER: [&str; 4] = ["name", "upn", "preferred_username", "email"];

/// The answer to a right password, of the name that was asked about.
pub(super) fn of(body: &[u8], settings: &Settings, asked: &str) -> Answer {
    read(body, settings, asked)
        .map_or_else(|what| Answer::Unavailable(format!("the token that came for a password {what}")), Answer::Proved)
}

fn read(body: &[u8], settings: &Settings, asked: &str) -> Result<Person> {
    let granted: Granted<'_> = serde_json::from_slice(body).map_err(|_| "is missing in the answer")?;
    let payload = granted.access_token.split('.').nth(1).ok_or("is no JWT: does the resource belong to Microsoft?")?;
    let payload = Zeroizing::new(base64url::decode(payload.as_bytes()).map_err(|_| "is no JWT")?);
    let mut document = Document::default();
    let person = match document.read(&payload, Most::TOKEN) {
        Ok(()) => person(&document, settings, asked),
        Err(_) => Err("has claims that are not strict JSON"),
    };
    document.zeroize();
    person
}

fn person(document: &Document, settings: &Settings, asked: &str) -> Result<Person> {
    let claims = document.root().and_then(Claims::new).ok_or("has no claims")?;
    let text = |name: &str| claims.string(name).present();
    let ids = text("tid").zip(text("oid")).ok_or("does not name tenant and object id")?;
    check_origin(claims, ids, settings)?;
    let names = || entra::USER_CLAIMS.iter().filter_map(|name| text(name));
    let own = |paths: &Vec<Vec<String>>| paths.iter().find_map(|path| text_at(claims, path));
    let user = settings.user_claims.as_ref().map_or_else(|| names().next(), own).ok_or("does not name the user")?;
    // Who else it is of may not come in by this password.
    if !names().any(|name| name.eq_ignore_ascii_case(asked)) {
        return Err("is of another user than the one who was asked about");
    }
    let further = FURTHER.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?.to_owned())));
    let roles = claims.texts("roles").present();
    Ok(Person {
        user: user.to_owned(),
        roles: roles.into_iter().flat_map(|roles| roles.iter().map(str::to_owned).collect::<Vec<_>>()).collect(),
        ids: Some([ids.0, ids.1].map(str::to_owned)),
        claims: further.collect(),
        identifier: format!("{}:{}", ids.0, ids.1),
        names: None,
    })
}

/// The text of a claim that so many names lead to.
fn text_at<'a>(claims: Claims<'a>, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(claims.object(), |value, name| value.get(name))?.as_str()
}

/// Whether the token can be what was asked for: of the tenant, by an issuer of that tenant, and for the resource.
fn check_origin(claims: Claims<'_>, (tenant, object): (&str, &str), settings: &Settings) -> Result<()> {
    if !entra::is_tenant_id(tenant) || !entra::is_guid(object) {
        return Err("has a tenant or an object id that is no GUID");
    }
    if settings.tenant.as_deref().is_some_and(|own| own != tenant) {
        return Err("is of another tenant");
    }
    let issuer = claims.string("iss").present().unwrap_or_default();
    if !issuer.split('/').any(|part| part == tenant) {
        return Err("has an issuer that is not of its tenant");
    }
    let audience = claims.string("aud").present().unwrap_or_default();
    match is_for(audience, &settings.resource) {
        true => Ok(()),
        false => Err("is for another resource than the one that was asked for"),
    }
}

/// Version 1 names the resource as it was asked for, version 2 by the id of its application.
fn is_for(audience: &str, resource: &str) -> bool {
    entra::is_guid(audience) || without_slash(audience) == without_slash(resource)
}

fn without_slash(text: &str) -> &str {
    text.strip_suffix('/').unwrap_or(text)
}
