//! What each step expects, and what it finds.

use super::{StepOutcome, StepReport, advice, basic, shown};
use crate::code::Code;
use crate::crypto::Algorithm;
use crate::decide::Step;
use crate::denylist::{Account, Asked, Denylist, Hit, Kind};
use crate::keys::Loaded;
use crate::parse::authorization::Credential;
use crate::parse::claims::{Claim, Claims};
use crate::parse::json::Value;
use crate::parse::jws::{self, Header};
use crate::parse::path::without_query;
use crate::policy::check::{self, Caller};
use crate::policy::claim_rule::{Requirement, Scalar};
use crate::policy::issuer::TokenTypes;
use crate::policy::{Api, Issuer, Policy, UserManager};
use crate::request::{Method, Request};

/// The names of the steps, in their order. The first is only taken where the host asks by path.
pub(super) const NAMES: [&str; 21] = [
    PATH,
    "api",
    HEADER,
    "method",
    "token",
    "issuer",
    "algorithm",
    "key",
    "signature",
    "type",
    "time",
    "audience",
    "binding",
    "tenant",
    REVOCATION,
    "user manager",
    "identity",
    "client",
    "scope",
    "role",
    "claims",
];

/// Those of Basic credentials.
pub(super) const BASIC_NAMES: [&str; 9] =
    [PATH, "api", HEADER, "method", CREDENTIALS, "directory", "password", REVOCATION, "role"];

/// The first one that only Basic credentials have.
pub(super) const CREDENTIALS: &str = "credentials";
pub(super) const PATH: &str = "path";
pub(super) const REVOCATION: &str = "revocation";
/// The faults of this one are found late, and told first.
pub(super) const HEADER: &str = "header";

/// A step that was entered, with the advice for each code that it may end with.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) advice: Vec<(Code, String)>,
}

impl Entry {
    pub(super) fn new(name: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name, expected: expected.into(), found: found.into(), advice: Vec::new() }
    }

    pub(super) fn advised(mut self, advice: Vec<(Code, String)>) -> Self {
        self.advice = advice;
        self
    }

    pub(super) fn passed(self) -> StepReport {
        let Self { name, expected, found, .. } = self;
        StepReport { name, outcome: StepOutcome::Passed, expected, found }
    }
}

/// Describes a step before it is taken.
pub(super) fn describe(step: Step<'_>) -> Entry {
    match step {
        Step::Path { target, policy } => path(target, policy),
        Step::Api { name, policy } => api(name, policy),
        Step::Header { request } => header(request),
        Step::Method { api, credential } => method(api, credential),
        Step::Credentials { credential } => basic::credentials(credential),
        Step::Directory { api, user, password, policy } => basic::directory(api, user, password, policy),
        Step::Password { directory, question, now } => basic::password(directory, &question, now),
        Step::Token { token } => self::token(token),
        Step::Issuer { header, claims, policy } => issuer(header, claims, policy),
        Step::Algorithm { header, issuer, keys } => algorithm(header, issuer, keys),
        Step::Key { header, claims, issuer, keys, denylist, asked } => {
            key(header, claims, issuer, keys, (denylist, asked))
        }
        Step::Signature { jws, header, algorithm } => {
            Entry::new("signature", format!("a signature by that key with {algorithm}"), "a signature that fits")
                .advised(advice::signature(jws, header, algorithm))
        }
        Step::Type { header, issuer, claims } => token_type(header, issuer, claims),
        Step::Time { claims, now, skew } => time(claims, now, skew),
        Step::Audience { claims, issuer } => audience(claims, issuer),
        Step::Binding { claims } => {
            let found = if claims.get("cnf").is_some() {
                "a token that is bound to a key (cnf)"
            } else {
                "a plain bearer token"
            };
            Entry::new("binding", "a token that is not bound to a key (cnf)", found).advised(advice::binding())
        }
        Step::Tenant { claims, issuer } => tenant(claims, issuer),
        Step::Revocation { method: Method::Bearer, hit, claims, account, denylist, asked } => {
            revocation(hit, claims, account, denylist, asked)
        }
        Step::Revocation { method: Method::Basic, hit, denylist, asked, .. } => basic::revocation(hit, denylist, asked),
        Step::UserManager { api, claims, issuer, policy } => user_manager(api, claims, issuer, policy),
        Step::Identity { claims, issuer, manager, caller } => identity(claims, issuer, manager, caller),
        Step::Client { api, claims } => client(api, claims),
        Step::Scope { api, caller, claims } => scope(api, caller, claims),
        Step::Role { api, caller, claims } => role(api, caller, claims),
        Step::ClaimRules { api, claims } => claim_rules(api, claims),
    }
}

fn path(target: &[u8], policy: &Policy) -> Entry {
    let path = shown::text(&String::from_utf8_lossy(without_query(target)));
    let found = match policy.paths.find(target) {
        Ok(prefix) => format!("{path}, which {} leads to {}", prefix.field(), prefix.api),
        Err(_) => path,
    };
    let expected = "a path that every host reads in the same way, below a prefix of an API";
    Entry::new(PATH, expected, found).advised(advice::path(target, policy))
}

fn api(name: &str, policy: &Policy) -> Entry {
    let found = match policy.api(name) {
        None => format!("no API \"{}\"", shown::text(name)),
        Some(api) if api.enabled => format!("{name}, switched on"),
        Some(_) => format!("{name}, switched off"),
    };
    Entry::new("api", "an API of the configuration that is switched on", found).advised(advice::api(name, policy))
}

fn header(request: Request<'_>) -> Entry {
    let found = match request.authorizations() {
        0 => "no Authorization header".to_owned(),
        1 => format!("one of {} bytes", request.authorization_value().len()),
        count => format!("{count} Authorization headers"),
    };
    let expected = "one Authorization header with one credential";
    Entry::new(HEADER, expected, found).advised(advice::header(request.authorization_value()))
}

fn method(api: &Api, credential: Credential<'_>) -> Entry {
    let accepted = [("bearer", api.accepts_bearer), ("basic", api.accepts_basic)];
    let expected = shown::list(accepted.iter().filter(|(_, accepted)| *accepted).map(|(name, _)| name));
    let found = match credential {
        Credential::Bearer(_) => "bearer",
        Credential::Basic(_) => "basic",
    };
    Entry::new("method", expected, found).advised(advice::method(api, found))
}

fn token(token: &[u8]) -> Entry {
    let parts = token.iter().filter(|byte| **byte == b'.').count() + 1;
    let found = format!("{parts} parts, {} bytes", token.len());
    Entry::new("token", "three parts of base64url: header, payload, signature", found).advised(advice::token(token))
}

fn issuer(header: Header<'_>, claims: Claims<'_>, policy: &Policy) -> Entry {
    let expected = shown::list(policy.issuers.iter().map(|issuer| &issuer.issuer));
    Entry::new("issuer", expected, shown::claim(claims, "iss")).advised(advice::issuer(header, claims, policy))
}

fn algorithm(header: Header<'_>, issuer: &Issuer, keys: &Loaded<'_>) -> Entry {
    Entry::new("algorithm", issuer.algorithms.to_string(), shown::text(header.algorithm)).advised(advice::algorithm(
        header.algorithm,
        issuer,
        keys.set(),
    ))
}

fn key(
    header: Header<'_>,
    claims: Claims<'_>,
    issuer: &Issuer,
    keys: &Loaded<'_>,
    (denylist, asked): (&Denylist, Asked<'_>),
) -> Entry {
    let ids = shown::list(keys.set().ids());
    let found = header.key_id.map_or("no key id (kid)".to_owned(), |id| format!("key id {}", shown::text(id)));
    let expected = format!("a key of {} (key ids: {ids})", issuer.name);
    let mut advice = advice::key(header, claims, issuer, keys);
    let Some(hit) = revoked_key(header, keys, denylist, asked) else {
        return Entry::new("key", expected, found).advised(advice);
    };
    let found = format!("{found}, and the key is revoked {}", advice::place(hit, denylist));
    advice.extend(advice::revocation(hit, denylist, asked));
    Entry::new("key", expected, found).advised(advice)
}

/// The entry for the key that the header names, or for the one that it leads to.
fn revoked_key(header: Header<'_>, keys: &Loaded<'_>, denylist: &Denylist, asked: Asked<'_>) -> Option<Hit> {
    let algorithm = || Algorithm::from_name(header.algorithm);
    let led_to = || keys.set().find(header.key_id, algorithm()?).key().ok()?.id();
    let revoked = |id: &str| denylist.key(id, asked);
    header.key_id.and_then(revoked).or_else(|| revoked(led_to()?))
}

fn revocation<'a>(
    hit: Option<Hit>,
    claims: Claims<'_>,
    account: &dyn Fn() -> Option<Account<'a>>,
    denylist: &Denylist,
    asked: Asked<'_>,
) -> Entry {
    const EXPECTED: &str = "nothing of the token in the denylist";
    let Some(hit) = hit else {
        return Entry::new(REVOCATION, EXPECTED, "nothing");
    };
    let what = match account().filter(|_| hit.kind == Kind::Account) {
        Some((label, user)) => format!("the account {}", shown::text(&format!("{label}:{user}"))),
        None => format!("{} {}", hit.claim, shown::claim(claims, hit.claim)),
    };
    Entry::new(REVOCATION, EXPECTED, format!("{what}, revoked {}", advice::place(hit, denylist)))
        .advised(advice::revocation(hit, denylist, asked))
}

fn token_type(header: Header<'_>, issuer: &Issuer, claims: Claims<'_>) -> Entry {
    let expected = match &issuer.types {
        TokenTypes::Usual => "typ JWT or at+jwt, or none".to_owned(),
        TokenTypes::Only(types) => format!("typ {}", shown::list(types)),
    };
    let typ =
        header.typ.map_or("no typ".to_owned(), |typ| format!("typ {}", shown::text(jws::without_application(typ))));
    let foreign = check::foreign_claims(issuer).iter().filter(|name| claims.get(name).is_some());
    let foreign: Vec<_> = foreign.copied().collect();
    let found = if foreign.is_empty() { typ } else { format!("{typ}, and the claims {}", foreign.join(", ")) };
    Entry::new("type", expected, found).advised(advice::token_type(header, issuer, claims))
}

fn time(claims: Claims<'_>, now: i64, skew: i64) -> Entry {
    let expected = format!("exp after, nbf and iat not after {} (clock skew {})", shown::time(now), shown::span(skew));
    let date = |name: &str| match claims.date(name).present() {
        Some(seconds) => format!("{name} {}", shown::time(seconds)),
        None => format!("{name} {}", claims.get(name).map_or("nothing".to_owned(), shown::exact)),
    };
    let found = ["exp", "nbf", "iat"].map(date).join(", ");
    Entry::new("time", expected, found).advised(advice::time(claims, now, skew))
}

fn audience(claims: Claims<'_>, issuer: &Issuer) -> Entry {
    Entry::new("audience", shown::list(&issuer.audiences), shown::claim(claims, "aud"))
        .advised(advice::audience(claims, issuer))
}

fn tenant(claims: Claims<'_>, issuer: &Issuer) -> Entry {
    let Some(entra) = &issuer.entra else { return Entry::new("tenant", "no tenant is needed", "none is looked at") };
    let found = format!("tid {}, ver {}", shown::claim(claims, "tid"), shown::claim(claims, "ver"));
    let expected = format!("the tenant of {}, and version {}", entra.issuers.text(), entra.version.claim());
    Entry::new("tenant", expected, found).advised(advice::tenant(claims, issuer, entra))
}

fn user_manager(api: &Api, claims: Claims<'_>, issuer: &Issuer, policy: &Policy) -> Entry {
    let takes = |issuer: &&Issuer| policy.user_managers_of(issuer).any(|manager| api.takes(issuer, manager));
    let accepted = policy.issuers.iter().filter(takes);
    let mut accepted: Vec<_> = accepted.map(|issuer| &issuer.name).collect();
    accepted.dedup();
    let manager = policy.user_manager(issuer, claims.string("tid").present());
    let found = match manager {
        Some(manager) => format!("a user of {} (label {})", issuer.name, manager.label),
        None => format!("a user of {}, in a tenant that no user manager lists", issuer.name),
    };
    Entry::new("user manager", format!("a user of {}", shown::list(accepted)), found)
        .advised(advice::user_manager(api, claims, issuer, policy, manager))
}

fn identity(claims: Claims<'_>, issuer: &Issuer, manager: &UserManager, caller: Caller) -> Entry {
    let (user, path) = check::user(issuer, manager, caller, claims);
    let expected = match caller == Caller::Application {
        true => format!("an application in the claim {path}, and no control characters in names"),
        false => {
            let paths = shown::list(manager.user_claims(issuer).iter().map(|path| &path.text));
            format!("a user in the claim {paths}, and no control characters in names")
        }
    };
    let found = user.map_or("nothing".to_owned(), shown::value);
    Entry::new("identity", expected, format!("{path} {found}")).advised(advice::identity(issuer, manager))
}

fn client(api: &Api, claims: Claims<'_>) -> Entry {
    let expected = api.clients.as_ref().map_or("any client".to_owned(), shown::list);
    let client = named_client(api, claims);
    let found = client.map_or("no client (azp, appid, client_id)".to_owned(), shown::value);
    Entry::new("client", expected, found).advised(advice::client(api, client))
}

/// The name of the client that is to blame: the first that is not listed, else the first.
fn named_client<'a>(api: &Api, claims: Claims<'a>) -> Option<Value<'a>> {
    let listed = |named: &Value<'_>| named.as_str().is_some_and(|named| api.takes_client(named));
    let unlisted = check::client_claims(claims).find(|named| !listed(named));
    unlisted.or_else(|| check::client_claim(claims))
}

fn scope(api: &Api, caller: Caller, claims: Claims<'_>) -> Entry {
    if let Some(entry) = not_texts("scope", &["scp", "scope"], claims, Claims::words) {
        return entry.advised(advice::scope(api, caller, claims));
    }
    let found = shown::list(check::scopes_of(claims));
    let application = caller == Caller::Application;
    let expected = match (check::scopes(api, caller, claims), application) {
        (Err(failure), _) => failure.expected.to_string(),
        (Ok(()), false) => api.scopes.to_string(),
        (Ok(()), true) => "none needed of an application that calls for itself".to_owned(),
    };
    let kind = if application { "an application by itself, " } else { "" };
    Entry::new("scope", expected, format!("{kind}scopes: {found}")).advised(advice::scope(api, caller, claims))
}

/// The step for a claim that holds something else than texts, which is shown as it is.
fn not_texts<'a, T>(
    step: &'static str,
    names: &[&str],
    claims: Claims<'a>,
    read: impl Fn(Claims<'a>, &str) -> Claim<T>,
) -> Option<Entry> {
    let name = names.iter().find(|name| matches!(read(claims, name), Claim::Malformed))?;
    let found = claims.get(name).map_or("nothing".to_owned(), shown::exact);
    Some(Entry::new(step, format!("{name}: a string or an array of strings"), format!("{name}: {found}")))
}

fn role(api: &Api, caller: Caller, claims: Claims<'_>) -> Entry {
    if let Some(entry) = not_texts("role", &["roles"], claims, Claims::texts) {
        return entry.advised(advice::role(api, caller, claims));
    }
    let found = shown::list(check::roles_of(claims));
    let expected = match check::roles(api, caller, claims) {
        Err(failure) => failure.expected.to_string(),
        Ok(()) => check::required_roles(api, caller).to_string(),
    };
    Entry::new("role", expected, format!("roles: {found}")).advised(advice::role(api, caller, claims))
}

fn claim_rules(api: &Api, claims: Claims<'_>) -> Entry {
    let expected = api.claims.iter().map(|rule| match &rule.requirement {
        Requirement::Present => format!("{} to be there", rule.path.text),
        Requirement::OneOf(values) => {
            format!("{} to be {}", rule.path.text, shown::list(values.iter().map(scalar)))
        }
    });
    let found = api.claims.iter().map(|rule| {
        let value = rule.path.find(claims.object());
        format!("{} {}", rule.path.text, value.map_or("nothing".to_owned(), shown::exact))
    });
    Entry::new("claims", shown::list(expected), shown::list(found)).advised(advice::claim_rules(api, claims))
}

/// A value of a rule, with quotes where it is a text: `"3"` is not `3`.
fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => format!("\"{text}\""),
        Scalar::Number(_) | Scalar::Bool(_) => scalar.to_string(),
    }
}
