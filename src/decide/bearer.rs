//! Bearer tokens (RFC 6750), from their shape to the API's policy.
//!
//! Shape, issuer, key and signature come first; then time, audience and the API's policy, so that a denial about a claim is
//! always about a claim that was verified.

use super::{Accepted, Scratch, State, Step, Trace};
use crate::code::{Block, Code};
use crate::crypto::Algorithm;
use crate::denylist::Hit;
use crate::entra;
use crate::keys::{Asking, Key, Loaded, Missing};
use crate::limits;
use crate::parse::claims::Claims;
use crate::parse::jws::{self, Header};
use crate::parse::{Fault, base64url};
use crate::policy::check::{self, Caller, Expected, Failure};
use crate::policy::{Api, Issuer, Policy, UserManager};
use crate::request::Method;

pub(super) fn bearer<'p, 'c>(
    state: &'p State,
    api: &'p Api,
    token: &[u8],
    asking: Asking,
    scratch: &'c mut Scratch,
    trace: &mut impl Trace,
) -> Result<Accepted<'p, 'c>, Failure<'p>> {
    trace.enter(Step::Token { token });
    let jws = jws::split(token)?;
    let header_object = scratch.header.read(jws.header)?;
    let header = jws::header(header_object)?;
    let payload = jws::read_object(jws.payload, &mut scratch.payload, &jws::PAYLOAD)?;
    let claims = Claims::new(payload).ok_or(Code::TokenMalformed)?;

    trace.enter(Step::Issuer { header, claims, policy: &state.policy });
    let (index, issuer) = issuer(&state.policy, header, claims)?;
    let keys = &state.keys.get(index).ok_or(Code::KeysNeverLoaded)?.load();

    trace.enter(Step::Algorithm { header, issuer, keys });
    let algorithm = algorithm(issuer, header)?;
    let (denylist, asked) = (&state.denylist, state.asked(Some(issuer), asking.now));
    trace.enter(Step::Key { header, claims, issuer, keys, denylist, asked });
    let key = key(header, keys, algorithm, asking, |id| denylist.key(id, asked))?;
    check::key(issuer, key.issuer(), claims)?;

    trace.enter(Step::Signature { jws, header: header_object, algorithm });
    let mut room = [0; limits::SIGNATURE_BYTES];
    let signature = base64url::decode_within(jws.signature, &mut room)
        .map_err(|_| Fault::token("the signature is not base64url, or too long"))?;
    if !key.verify(jws.signing_input, signature) {
        let Missing { code, retry_after } = keys.bad_signature(asking);
        return Err(Failure { retry_after, ..code.into() });
    }
    verified(state, api, issuer, header, claims, asking.now, trace)
}

/// The key that has to have made the signature, unless it is revoked. A token may leave its id out, so the id of the key
/// that is found is looked at, too.
fn key<'k, 'p>(
    header: Header<'_>,
    keys: &'k Loaded<'_>,
    algorithm: Algorithm,
    asking: Asking,
    revoked: impl Fn(&str) -> Option<Hit>,
) -> Result<&'k Key, Failure<'p>> {
    let denied = |hit: Hit| Err(revocation(hit));
    header.key_id.and_then(&revoked).map_or(Ok(()), denied)?;
    let key = keys.find(header.key_id, algorithm, asking).map_err(no_key)?;
    key.id().filter(|id| header.key_id != Some(*id)).and_then(revoked).map_or(Ok(()), denied)?;
    Ok(key)
}

fn revocation<'p>(hit: Hit) -> Failure<'p> {
    let expected = match hit.issued_before {
        Some(_) => "one that was issued later",
        None => "one that is not revoked",
    };
    Failure::new(Code::TokenRevoked, hit.claim, Expected::Text(expected))
}

/// The denylist has nothing of the token. Where a new token would do and the client knows how to ask for one, it is told.
fn not_revoked<'p>(
    state: &State,
    issuer: &Issuer,
    (tenant, caller): (Option<&str>, Caller),
    claims: Claims<'_>,
    now: i64,
    trace: &mut impl Trace,
) -> Result<(), Failure<'p>> {
    let account = || {
        let manager = state.policy.user_manager(issuer, tenant)?;
        let user = check::identity(issuer, manager, caller, claims).ok()?;
        Some((manager.label.as_str(), manager.case.written(user)))
    };
    let (denylist, asked) = (&state.denylist, state.asked(Some(issuer), now));
    let hit = denylist.token(claims, account, asked);
    trace.enter(Step::Revocation { method: Method::Bearer, hit, claims, account: &account, denylist, asked });
    check::token_id(claims)?;
    let Some(hit) = hit else { return Ok(()) };
    let renew = entra::client_takes_claims_challenge(claims).then(|| hit.issued_before.unwrap_or(now));
    Err(Failure { renew, ..revocation(hit) })
}

fn no_key<'p>(missing: Missing) -> Failure<'p> {
    let claim = if missing.code.block() == Block::Token { "kid" } else { "" };
    Failure { retry_after: missing.retry_after, ..Failure::new(missing.code, claim, Expected::Nothing) }
}

/// The checks of a token whose signature is good.
fn verified<'p, 'c>(
    state: &'p State,
    api: &'p Api,
    issuer: &'p Issuer,
    header: Header<'_>,
    claims: Claims<'c>,
    now: i64,
    trace: &mut impl Trace,
) -> Result<Accepted<'p, 'c>, Failure<'p>> {
    trace.enter(Step::Type { header, issuer, claims });
    check::token_type(issuer, header.typ, claims)?;
    let skew = state.policy.settings.clock_skew;
    trace.enter(Step::Time { claims, now, skew });
    check::times(claims, now, skew)?;
    trace.enter(Step::Audience { claims, issuer });
    check::audience(issuer, claims)?;
    trace.enter(Step::Binding { claims });
    check::binding(claims)?;
    trace.enter(Step::Tenant { claims, issuer });
    let tenant = check::tenant(issuer, claims)?;
    let caller = Caller::of(issuer, claims);
    not_revoked(state, issuer, (tenant, caller), claims, now, trace)?;
    let (manager, user) = user(&state.policy, api, issuer, (tenant, caller), claims, trace)?;
    permitted(api, caller, claims, trace)?;
    let ids = tenant.and_then(|tenant| Some((tenant, claims.string("oid").present()?)));
    Ok(Accepted { manager, user, caller, method: Method::Bearer, ids })
}

/// Whose user it is, and the name.
fn user<'p, 'c>(
    policy: &'p Policy,
    api: &'p Api,
    issuer: &'p Issuer,
    (tenant, caller): (Option<&str>, Caller),
    claims: Claims<'c>,
    trace: &mut impl Trace,
) -> Result<(&'p UserManager, &'c str), Failure<'p>> {
    trace.enter(Step::UserManager { api, claims, issuer, policy });
    let manager = policy.user_manager(issuer, tenant);
    let manager = manager.ok_or(Failure::new(Code::UserManagerNotAllowed, "tid", Expected::Nothing))?;
    check::user_manager(api, issuer, manager)?;
    trace.enter(Step::Identity { claims, issuer, manager, caller });
    let user = check::identity(issuer, manager, caller, claims)?;
    check::guest(caller, manager, user, claims)?;
    Ok((manager, user))
}

/// The checks of the API's policy.
fn permitted<'p>(api: &'p Api, caller: Caller, claims: Claims<'_>, trace: &mut impl Trace) -> Result<(), Failure<'p>> {
    trace.enter(Step::Client { api, claims });
    check::client(api, claims)?;
    trace.enter(Step::Scope { api, caller, claims });
    check::scopes(api, caller, claims)?;
    trace.enter(Step::Role { api, caller, claims });
    check::roles(api, caller, claims)?;
    trace.enter(Step::ClaimRules { api, claims });
    check::claim_rules(api, claims)
}

/// The one issuer whose keys may verify the token. A token for Microsoft Graph is told apart here,
/// for nobody but Graph can verify its signature: it is over another header than the one that is sent, whose nonce
/// is replaced.
fn issuer<'p>(policy: &'p Policy, header: Header<'_>, claims: Claims<'_>) -> Result<(usize, &'p Issuer), Failure<'p>> {
    let found = policy.issuer(check::issuer_claim(claims)?);
    if let Some(graph) = entra::graph_audience(claims) {
        let wanted = found.is_some_and(|(_, issuer)| issuer.accepts_audience(graph));
        if !wanted {
            return Err(Failure::new(Code::GraphToken, "aud", Expected::Nothing));
        }
    }
    if header.has_nonce && found.is_some_and(|(_, issuer)| issuer.entra.is_some()) {
        return Err(Failure::new(Code::GraphToken, "nonce", Expected::Nothing));
    }
    found.ok_or(Failure::new(Code::IssuerUnknown, "iss", Expected::Nothing))
}

fn algorithm<'p>(issuer: &'p Issuer, header: Header<'_>) -> Result<Algorithm, Failure<'p>> {
    Algorithm::from_name(header.algorithm)
        .filter(|algorithm| issuer.algorithms.contains(*algorithm))
        .ok_or(Failure::new(Code::AlgorithmNotAllowed, "alg", Expected::Algorithms(issuer.algorithms)))
}
