//! Whose password it was, by the token that came for it.

use crate::basic::{Answer, Person};
use crate::entra;
use crate::limits;
use crate::parse::base64url;
use crate::parse::claims::Claims;
use crate::parse::json::{Document, MembersMax};
use serde::Deserialize;
use zeroize::Zeroizing;

/// What of the answer is read. The token is overwritten with it.
#[derive(Deserialize)]
struct Granted<'b> {
    #[serde(borrow)]
    access_token: &'b str,
}

/// Claims that go with the identity.
const FURTHER: [&str; 4] = ["name", "upn", "preferred_username", "email"];

/// The answer to a right password; the person is of `tenant`, where that is known.
pub(super) fn of(body: &[u8], tenant: Option<&str>) -> Answer {
    read(body, tenant)
        .map_or_else(|what| Answer::Unavailable(format!("the token that came for a password {what}")), Answer::Proved)
}

fn read(body: &[u8], tenant: Option<&str>) -> Result<Person, &'static str> {
    let granted: Granted<'_> = serde_json::from_slice(body).map_err(|_| "is missing in the answer")?;
    let payload = granted.access_token.split('.').nth(1).ok_or("is no JWT: does the resource belong to Microsoft?")?;
    let payload = Zeroizing::new(base64url::decode(payload.as_bytes()).map_err(|_| "is no JWT")?);
    let mut document = Document::default();
    document.read(&payload, MembersMax(limits::TOKEN_MEMBERS)).map_err(|_| "has claims that are not strict JSON")?;
    let claims = document.root().and_then(Claims::new).ok_or("has no claims")?;
    let person = person(claims, tenant);
    document.zeroize();
    person
}

fn person(claims: Claims<'_>, tenant: Option<&str>) -> Result<Person, &'static str> {
    let text = |name: &str| claims.string(name).present();
    let ids = text("tid").zip(text("oid")).ok_or("does not name tenant and object id")?;
    if tenant.is_some_and(|tenant| tenant != ids.0) {
        return Err("is of another tenant");
    }
    let user = entra::USER_CLAIMS.iter().find_map(|name| text(name)).ok_or("does not name the user")?;
    let further = FURTHER.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?.to_owned())));
    let roles = claims.texts("roles").present();
    Ok(Person {
        user: user.to_owned(),
        roles: roles.into_iter().flat_map(|roles| roles.iter().map(str::to_owned).collect::<Vec<_>>()).collect(),
        ids: Some([ids.0, ids.1].map(str::to_owned)),
        claims: further.collect(),
    })
}
