//! What to change, in plain words: for each step, by the code that it may end with.

mod access;
mod basic;
mod credential;
mod entra;
mod path;
mod revocation;
mod trust;
mod validity;

pub(super) use access::{claim_rules, client, role, scope, user_manager};
pub(super) use basic::{credentials, directory, password};
pub(super) use credential::{api, header, method, signature, token};
pub(super) use path::path;
pub(super) use revocation::{place, revocation};
pub(super) use trust::{algorithm, issuer, key};
pub(super) use validity::{audience, binding, identity, tenant, time, token_type};

use crate::code::Code;
use crate::parse::claims::Claims;

/// Advice, with the code that it is for.
type Advice = Vec<(Code, String)>;

/// Whether two texts differ by one slash at the end and nothing else.
fn differ_by_slash(a: &str, b: &str) -> bool {
    a != b && a.strip_suffix('/').unwrap_or(a) == b.strip_suffix('/').unwrap_or(b)
}

/// Whether the claims are those of an ID token (OpenID Connect Core section 2): it has claims that
/// only such tokens have, or is meant for the very client that asked for it.
fn is_id_token(claims: Claims<'_>) -> bool {
    let marked = ["nonce", "at_hash", "c_hash"].iter().any(|name| claims.get(name).is_some());
    let audience = claims.string("aud").present();
    let client = crate::policy::check::client_claim(claims).and_then(|client| client.as_str());
    let scopes = claims.get("scp").is_some() || claims.get("scope").is_some();
    marked || (!scopes && audience.is_some() && audience == client)
}

const NONCE: &str =
    "The header has a `nonce`: Microsoft makes such tokens for its own APIs, and nobody else can verify them.";

const ID_TOKEN: &str = "This looks like an ID token, which tells the client who signed in. \
    Send the access token that came with it, asked for with a scope of this API.";
