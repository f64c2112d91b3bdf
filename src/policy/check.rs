//! The rules for a token whose signature was verified, one function for each.
//!
//! Each says yes, or what failed: the code, the claim, and what the policy expected. What the
//! token held is not part of it.

use super::api::{Api, Required};
use super::claim_rule::Requirement;
use super::claim_rule::Scalar;
use super::entra;
use super::issuer::{Issuer, TokenTypes};
use super::user_manager::UserManager;
use crate::code::Code;
use crate::limits;
use crate::parse::Fault;
use crate::parse::claims::{Claim, Claims};
use crate::parse::invisible::holds_invisible;
use crate::parse::json::Value;
use crate::parse::jws::without_application;
use std::fmt;

/// A rule that was not fulfilled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure<'p> {
    pub(crate) code: Code,
    /// The claim or member of the header, or nothing.
    pub(crate) claim: &'p str,
    pub(crate) expected: Expected<'p>,
    /// Seconds after which another try may succeed; 0 where there is nothing to wait for.
    pub(crate) retry_after: u32,
    /// A token that starts to be valid at this time or later would do, and the client knows how to ask for it.
    pub(crate) renew: Option<i64>,
    /// What the client may be told, where that is less than the code.
    pub(crate) client_code: Option<Code>,
}

/// What the policy expected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected<'p> {
    Nothing,
    Text(&'p str),
    OneOf(&'p [String]),
    AllOf(&'p [String]),
    OneOfScalars(&'p [Scalar]),
    Algorithms(crate::crypto::AlgorithmSet),
}

impl<'p> Failure<'p> {
    pub(crate) const fn new(code: Code, claim: &'p str, expected: Expected<'p>) -> Self {
        Self { code, claim, expected, retry_after: 0, renew: None, client_code: None }
    }

    const fn missing(claim: &'p str) -> Self {
        Self::new(Code::ClaimMissing, claim, Expected::Nothing)
    }

    const fn malformed(claim: &'p str, expected: &'p str) -> Self {
        Self::new(Code::ClaimMalformed, claim, Expected::Text(expected))
    }
}

impl From<Code> for Failure<'_> {
    fn from(code: Code) -> Self {
        Self::new(code, "", Expected::Nothing)
    }
}

impl From<Fault> for Failure<'_> {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code, "", Expected::Text(fault.what))
    }
}

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::OneOf(texts) => join(f, "one of ", texts),
            Self::AllOf(texts) => join(f, "all of ", texts),
            Self::OneOfScalars(scalars) => join(f, "one of ", scalars),
            Self::Algorithms(algorithms) => algorithms.fmt(f),
        }
    }
}

/// One value as it is, several with words before and commas between.
fn join<T: fmt::Display>(f: &mut fmt::Formatter<'_>, words: &str, values: &[T]) -> fmt::Result {
    if values.len() > 1 {
        f.write_str(words)?;
    }
    values.iter().enumerate().try_for_each(|(index, value)| write!(f, "{}{value}", if index == 0 { "" } else { ", " }))
}

type Outcome<'p> = Result<(), Failure<'p>>;

/// Who calls, as far as it is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Whoever a token of another issuer than Entra ID is of.
    Anybody,
    /// A user of Entra ID.
    User,
    /// An application of Entra ID that calls for itself.
    Application,
}

impl Caller {
    pub(crate) fn of(issuer: &Issuer, claims: Claims<'_>) -> Self {
        match &issuer.entra {
            None => Self::Anybody,
            Some(_) if entra::is_application(claims) => Self::Application,
            Some(_) => Self::User,
        }
    }
}

/// The type of the token: `typ`, and claims that only other kinds of token have (RFC 8725 sections 3.11 and 3.12).
pub(crate) fn token_type<'p>(issuer: &'p Issuer, typ: Option<&str>, claims: Claims<'_>) -> Outcome<'p> {
    let typ = typ.map(without_application);
    let accepted = match &issuer.types {
        TokenTypes::Usual => {
            typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt"))
        }
        TokenTypes::Only(types) => {
            typ.is_some_and(|typ| types.iter().any(|accepted| accepted.eq_ignore_ascii_case(typ)))
        }
    };
    if !accepted {
        let expected = match &issuer.types {
            TokenTypes::Usual => Expected::Text("one of JWT, at+jwt, or none"),
            TokenTypes::Only(types) => Expected::OneOf(types),
        };
        return Err(Failure::new(Code::TypeMismatch, "typ", expected));
    }
    if let Some(name) = foreign_claims(issuer).iter().find(|name| claims.get(name).is_some()) {
        return Err(Failure::new(Code::TypeMismatch, name, Expected::Text("not in an access token")));
    }
    if issuer.entra.is_some() && client_claim(claims).is_none() {
        return Err(Failure::new(Code::TypeMismatch, "azp", Expected::Text("an access token, which names its client")));
    }
    Ok(())
}

/// The claims that only other kinds of token have. Where `typ` tells nothing, those that issuers may put into access tokens
/// of their own are let be; Entra ID puts none of them there, and its `typ` never tells.
pub(crate) fn foreign_claims(issuer: &Issuer) -> &'static [&'static str] {
    match issuer.entra.is_some() || issuer.types.only_access_tokens() {
        true => &["events", "nonce", "at_hash", "c_hash"],
        false => &["events"],
    }
}

/// The id of the token is a text (RFC 7519 section 4.1.7): what a host logs is what it can revoke.
pub(crate) fn token_id<'p>(claims: Claims<'_>) -> Outcome<'p> {
    match claims.string("jti") {
        Claim::Malformed => Err(Failure::malformed("jti", "a string")),
        Claim::Absent | Claim::Present(_) => Ok(()),
    }
}

/// `exp`, `nbf` and `iat`, with the clock skew (RFC 7519 sections 4.1.4 to 4.1.6). Only `exp` has to be there.
pub(crate) fn times<'p>(claims: Claims<'_>, now: i64, skew: i64) -> Outcome<'p> {
    const NUMERIC_DATE: &str = "a number of seconds from 1970 to the year 9999";
    match claims.date("exp") {
        Claim::Absent => return Err(Failure::missing("exp")),
        Claim::Malformed => return Err(Failure::malformed("exp", NUMERIC_DATE)),
        Claim::Present(expiry) if now >= expiry.saturating_add(skew) => {
            return Err(Failure::new(Code::Expired, "exp", Expected::Nothing));
        }
        Claim::Present(_) => {}
    }
    for name in ["nbf", "iat"] {
        match claims.date(name) {
            Claim::Malformed => return Err(Failure::malformed(name, NUMERIC_DATE)),
            Claim::Present(start) if start > now.saturating_add(skew) => {
                return Err(Failure::new(Code::NotYetValid, name, Expected::Nothing));
            }
            Claim::Absent | Claim::Present(_) => {}
        }
    }
    Ok(())
}

/// `aud` holds one of the issuer's audiences, compared byte for byte (RFC 7519 section 4.1.3).
pub(crate) fn audience<'p>(issuer: &'p Issuer, claims: Claims<'_>) -> Outcome<'p> {
    let texts = match claims.texts("aud") {
        Claim::Absent => return Err(Failure::missing("aud")),
        Claim::Malformed => return Err(Failure::malformed("aud", "a string or an array of strings")),
        Claim::Present(texts) => texts,
    };
    if texts.iter().any(|audience| issuer.accepts_audience(audience)) {
        Ok(())
    } else {
        Err(Failure::new(Code::AudienceMismatch, "aud", Expected::OneOf(&issuer.audiences)))
    }
}

/// The key signs for the issuer of the token, where the key says for which.
pub(crate) fn key<'p>(issuer: &Issuer, key_issuer: Option<&str>, claims: Claims<'_>) -> Outcome<'p> {
    match &issuer.entra {
        Some(entra) if !entra.admits_key(key_issuer, claims) => {
            Err(Failure::new(Code::KeyUnknown, "kid", Expected::Text("a key of the token's issuer")))
        }
        Some(_) | None => Ok(()),
    }
}

/// The tenant of a token of Entra ID, which its issuer names too.
pub(crate) fn tenant<'p, 'c>(issuer: &'p Issuer, claims: Claims<'c>) -> Result<Option<&'c str>, Failure<'p>> {
    issuer.entra.as_ref().map(|entra| entra.tenant(claims)).transpose()
}

/// Guests of a tenant of Entra ID are users where their user manager says so.
pub(crate) fn guest<'p>(caller: Caller, manager: &UserManager, user: &str, claims: Claims<'_>) -> Outcome<'p> {
    if caller == Caller::User && !manager.guests && entra::is_guest(user, claims) {
        Err(Failure::new(Code::GuestNotAllowed, "upn", Expected::Text("no guest of the tenant")))
    } else {
        Ok(())
    }
}

/// A token that is bound to a key (`cnf`, RFC 7800) is no bearer token.
pub(crate) fn binding<'p>(claims: Claims<'_>) -> Outcome<'p> {
    match claims.get("cnf") {
        None => Ok(()),
        Some(_) => Err(Failure::new(Code::ProofMissing, "cnf", Expected::Text("a proof of possession"))),
    }
}

/// Claims that may name the user, the client or the tenant to the host.
const IDENTITY_CLAIMS: [&str; 17] = [
    "iss",
    "sub",
    "oid",
    "tid",
    "azp",
    "appid",
    "client_id",
    "jti",
    "uti",
    "upn",
    "unique_name",
    "preferred_username",
    "email",
    "name",
    "scope",
    "scp",
    "roles",
];

/// Texts that go into headers, logs and C strings hold no control characters, and the user has a name.
pub(crate) fn identity<'p, 'c>(
    issuer: &'p Issuer,
    manager: &'p UserManager,
    caller: Caller,
    claims: Claims<'c>,
) -> Result<&'c str, Failure<'p>> {
    if claims.object().may_hold_control_characters() {
        let harmful = |name: &&&str| claims.get(name).is_some_and(holds_control_character);
        if let Some(name) = IDENTITY_CLAIMS.iter().find(harmful) {
            return Err(Failure::malformed(name, "no control characters"));
        }
    }
    let (user, path) = user(issuer, manager, caller, claims);
    let user = user.ok_or(Failure::missing(path))?;
    match user.as_str() {
        Some(text) if !text.is_empty() && text.trim() == text && !holds_invisible(text) => Ok(text),
        _ => Err(Failure::malformed(path, "a string with the name of the user, without characters that nobody sees")),
    }
}

/// The claim that names the user, and its path; where there is none, the first path that was tried.
pub(crate) fn user<'p, 'c>(
    issuer: &'p Issuer,
    manager: &'p UserManager,
    caller: Caller,
    claims: Claims<'c>,
) -> (Option<Value<'c>>, &'p str) {
    if caller == Caller::Application {
        return manager.application(claims);
    }
    let paths = manager.user_claims(issuer);
    let found = paths.iter().find_map(|path| Some((path.find(claims.object())?, path)));
    match found {
        Some((value, path)) => (Some(value), &path.text),
        None => (None, paths.first().map_or("", |path| &path.text)),
    }
}

/// Whether an application calls for itself, without a user: `idtyp` says so, or there are no scopes and the object id
/// is the subject.
pub(crate) fn is_app_only(claims: Claims<'_>) -> bool {
    let text = |name| claims.string(name).present();
    match text("idtyp") {
        Some(kind) => kind == "app",
        None => scopes_of(claims).next().is_none() && text("oid").is_some() && text("oid") == text("sub"),
    }
}

fn holds_control_character(value: Value<'_>) -> bool {
    match value.as_array() {
        Some(mut elements) => elements.any(|element| element.as_str().is_some_and(has_control)),
        None => value.as_str().is_some_and(has_control),
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// The API takes users of this issuer and user manager.
pub(crate) fn user_manager<'p>(api: &'p Api, issuer: &Issuer, manager: &UserManager) -> Outcome<'p> {
    if api.takes(issuer, manager) {
        Ok(())
    } else {
        Err(Failure::new(Code::UserManagerNotAllowed, "iss", Expected::Nothing))
    }
}

/// The user manager is one whose users the API takes.
pub(crate) fn listed<'p>(api: &'p Api, manager: &UserManager) -> Outcome<'p> {
    if api.lists(manager) {
        Ok(())
    } else {
        Err(Failure::new(Code::UserManagerNotAllowed, "", Expected::OneOf(&api.user_managers)))
    }
}

/// The names of the client application: `azp` (OpenID Connect, Entra v2), `appid` (Entra v1), `client_id` (RFC 9068).
pub(crate) fn client_claims<'a>(claims: Claims<'a>) -> impl Iterator<Item = Value<'a>> {
    ["azp", "appid", "client_id"].into_iter().filter_map(move |name| claims.get(name))
}

/// The client application, by the first of its names.
pub(crate) fn client_claim<'a>(claims: Claims<'a>) -> Option<Value<'a>> {
    client_claims(claims).next()
}

/// The client application is on the API's list, where it has one, by each name that the token gives it.
pub(crate) fn client<'p>(api: &'p Api, claims: Claims<'_>) -> Outcome<'p> {
    let Some(clients) = &api.clients else { return Ok(()) };
    let listed = |named: Value<'_>| named.as_str().is_some_and(|named| api.takes_client(named));
    if client_claim(claims).is_some() && client_claims(claims).all(listed) {
        Ok(())
    } else {
        Err(Failure::new(Code::ClientNotAllowed, "azp", Expected::OneOf(clients)))
    }
}

/// The scopes, of `scope` and `scp` together.
pub(crate) fn scopes_of<'a>(claims: Claims<'a>) -> impl Iterator<Item = &'a str> {
    SCOPE_CLAIMS.into_iter().filter_map(move |name| claims.words(name).present()).flat_map(|words| words.iter())
}

const SCOPE_CLAIMS: [&str; 2] = ["scp", "scope"];

/// The scopes that the API requires. They are not asked of an application that calls for itself, where the API takes it.
pub(crate) fn scopes<'p>(api: &'p Api, caller: Caller, claims: Claims<'_>) -> Outcome<'p> {
    if let Some(name) = SCOPE_CLAIMS.into_iter().find(|name| matches!(claims.words(name), Claim::Malformed)) {
        return Err(Failure::malformed(name, "a string or an array of strings"));
    }
    if caller == Caller::Application {
        return match api.app_only {
            Some(_) => Ok(()),
            None => Err(Failure::new(Code::AppOnlyNotAllowed, "idtyp", Expected::Text("a token of a user"))),
        };
    }
    if caller == Caller::User && lacks_rights(api, claims) {
        return Err(Failure::new(Code::ScopeInsufficient, "scp", Expected::Text("a scope or a role")));
    }
    if api.scopes.is_met_by(scopes_of(claims)) {
        Ok(())
    } else {
        Err(Failure::new(Code::ScopeInsufficient, "scp", api.scopes.expected()))
    }
}

/// Whether the token has neither scope nor role, and the API wants one: everybody in a tenant gets such a token.
fn lacks_rights(api: &Api, claims: Claims<'_>) -> bool {
    !api.allow_no_scopes && scopes_of(claims).next().is_none() && roles_of(claims).next().is_none()
}

/// The roles, of `roles`.
pub(crate) fn roles_of<'a>(claims: Claims<'a>) -> impl Iterator<Item = &'a str> {
    claims.texts("roles").present().into_iter().flat_map(|roles| roles.iter())
}

/// The roles that the API requires, of users or of applications.
pub(crate) fn roles<'p>(api: &'p Api, caller: Caller, claims: Claims<'_>) -> Outcome<'p> {
    if matches!(claims.texts("roles"), Claim::Malformed) {
        return Err(Failure::malformed("roles", "a string or an array of strings"));
    }
    let required = required_roles(api, caller);
    if !required.is_met_by(roles_of(claims)) {
        return Err(Failure::new(Code::RoleInsufficient, "roles", required.expected()));
    }
    if caller == Caller::Application && lacks_rights(api, claims) {
        return Err(Failure::new(Code::RoleInsufficient, "roles", Expected::Text("a role")));
    }
    Ok(())
}

pub(crate) fn required_roles(api: &Api, caller: Caller) -> &Required {
    api.app_only.as_ref().filter(|_| caller == Caller::Application).unwrap_or(&api.roles)
}

/// The API's rules for further claims.
pub(crate) fn claim_rules<'p>(api: &'p Api, claims: Claims<'_>) -> Outcome<'p> {
    for rule in &api.claims {
        let expected = match &rule.requirement {
            Requirement::Present => Expected::Text("any value"),
            Requirement::OneOf(values) => Expected::OneOfScalars(values),
        };
        if !rule.path.find(claims.object()).is_some_and(|value| rule.requirement.is_met_by(value)) {
            return Err(Failure::new(Code::ClaimNotAllowed, &rule.path.text, expected));
        }
    }
    Ok(())
}

/// An issuer is named by a string that is not empty and not too long to be one.
pub(crate) fn issuer_claim<'a>(claims: Claims<'a>) -> Result<&'a str, Failure<'static>> {
    match claims.string("iss") {
        Claim::Absent => Err(Failure::missing("iss")),
        Claim::Malformed => Err(Failure::malformed("iss", "a string")),
        Claim::Present(iss) if iss.len() > limits::CONFIGURATION_TEXT_BYTES => Err(Failure::from(Code::IssuerUnknown)),
        Claim::Present(iss) => Ok(iss),
    }
}
