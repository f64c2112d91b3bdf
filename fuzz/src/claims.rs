//! An independent reading of a token's header and claims, by the policy of `token`.

use crate::has_bug;
use crate::json::{self, Reading};
use doorward::limits;
use serde_json::{Map, Value};

pub const NOW: i64 = 1_700_000_000;
pub const SKEW: i64 = 60;
pub const ISSUER: &str = "https://issuer.example/";
pub const AUDIENCES: [&str; 2] = ["https://api.k2.com/", "urn:api"];
pub const KEY_ID: &str = "k1";

type Object = Map<String, Value>;

/// What a token is, if its signature is good.
#[derive(Debug, PartialEq)]
pub enum Judgement {
    /// It comes from this user.
    Good(String),
    Bad,
    /// It is not even JSON.
    Broken,
    /// Out of what this reading can tell.
    Unknown,
}

pub fn judge(header: &[u8], claims: &[u8], algorithms: &[&str]) -> Judgement {
    let (header, claims) = match (json::read(header), json::read(claims)) {
        (Reading::Good(header), Reading::Good(claims)) => (header, claims),
        (Reading::Bad, _) | (_, Reading::Bad) => return Judgement::Broken,
        _ => return Judgement::Unknown,
    };
    let is_bounded = [&header, &claims].iter().all(|part| json::is_bounded(part, limits::TOKEN_MEMBERS));
    let (Value::Object(header), Value::Object(claims), true) = (header, claims, is_bounded) else {
        return Judgement::Bad;
    };
    let is_good = is_header(&header, algorithms) && is_issued(&claims) && is_in_time(&claims) && is_permitted(&claims);
    match user(&claims) {
        Some(user) if is_good => Judgement::Good(user),
        _ => Judgement::Bad,
    }
}

fn is_header(header: &Object, algorithms: &[&str]) -> bool {
    let is_plain = ["crit", "b64", "zip", "enc"].iter().all(|name| !header.contains_key(*name));
    let optional = |name: &str, is_good: &dyn Fn(&str) -> bool| match header.get(name) {
        None => true,
        Some(value) => value.as_str().is_some_and(is_good),
    };
    is_plain
        && header.get("alg").and_then(Value::as_str).is_some_and(|name| algorithms.contains(&name))
        && optional("kid", &|id| id == KEY_ID)
        && optional("typ", &|typ| matches!(media_type(typ).as_str(), "jwt" | "at+jwt"))
        && optional("cty", &|cty| media_type(cty) != "jwt")
}

fn media_type(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    lower.strip_prefix("application/").map(str::to_owned).unwrap_or(lower)
}

fn is_issued(claims: &Object) -> bool {
    let audiences = texts(claims, "aud").flatten().unwrap_or_default();
    claims.get("iss").and_then(Value::as_str) == Some(ISSUER)
        && audiences.iter().any(|audience| AUDIENCES.contains(&audience.as_str()))
        && !claims.contains_key("events")
        && !claims.contains_key("cnf")
}

/// One text or several. `None`: of the wrong type. `Some(None)`: absent.
fn texts(claims: &Object, name: &str) -> Option<Option<Vec<String>>> {
    match claims.get(name) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(vec![text.clone()])),
        Some(Value::Array(elements)) => {
            let texts = elements.iter().map(|element| element.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>().map(Some)
        }
        Some(_) => None,
    }
}

fn is_in_time(claims: &Object) -> bool {
    let is_date = |name: &str, is_good: &dyn Fn(i64) -> bool| Some(claims.get(name).map(date)?.is_some_and(is_good));
    let is_started = |start: i64| start <= NOW + SKEW;
    let exp = is_date("exp", &|end| NOW < end + SKEW).unwrap_or(false);
    let nbf = is_date("nbf", &is_started).unwrap_or(true);
    let iat = is_date("iat", &is_started).unwrap_or(true);
    exp && nbf && iat
}

/// Whole seconds from 1970 to the year 9999, rounded down.
fn date(value: &Value) -> Option<i64> {
    let seconds = match value.as_i64() {
        Some(seconds) => seconds as f64,
        None if has_bug() => return None,
        None => value.as_f64()?,
    };
    (0.0..=limits::NUMERIC_DATE_MAX as f64).contains(&seconds).then_some(seconds.floor() as i64)
}

fn is_permitted(claims: &Object) -> bool {
    let clients: Vec<_> = ["azp", "appid", "client_id"].iter().filter_map(|name| claims.get(*name)).collect();
    let is_client = !clients.is_empty() && clients.iter().all(|client| client.as_str() == Some("app"));
    let has_version = match claims.get("ver") {
        Some(Value::Array(elements)) => elements.iter().any(|element| element == "1.0"),
        Some(value) => value == "1.0",
        None => false,
    };
    let roles = texts(claims, "roles").flatten().unwrap_or_default();
    is_client && has_version && has_scope(claims) && roles.iter().any(|role| role == "user")
}

fn has_scope(claims: &Object) -> bool {
    let mut found = false;
    for name in ["scp", "scope"] {
        let Some(scopes) = texts(claims, name) else { return false };
        let is_split = claims.get(name).is_some_and(Value::is_string);
        found |= scopes.unwrap_or_default().iter().any(|scope| match is_split {
            true => scope.split(' ').any(|word| word == "read"),
            false => scope == "read",
        });
    }
    found
}

fn user(claims: &Object) -> Option<String> {
    const NAMES: [&str; 17] = [
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
    let has_control = |text: &str| text.chars().any(char::is_control);
    let is_harmful = |name: &&str| match claims.get(*name) {
        Some(Value::Array(elements)) => elements.iter().filter_map(Value::as_str).any(has_control),
        Some(value) => value.as_str().is_some_and(has_control),
        None => false,
    };
    let user = claims.get("sub")?.as_str()?;
    let is_name = !user.is_empty() && user.trim() == user && !NAMES.iter().any(is_harmful);
    is_name.then(|| user.to_owned())
}
