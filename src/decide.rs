//! The fixed order of the checks, from the `Authorization` header to the API's policy.
//!
//! Shape, issuer, key and signature come first; then time, audience and the API's policy, so that
//! a denial about a claim is always about a claim that was verified. The same code serves
//! `verify` and `explain`: a [`Trace`] is told each step before it is taken.

use crate::code::{Block, Code};
use crate::crypto::Algorithm;
use crate::denylist::{Asked, Denylist, Hit};
use crate::entra;
use crate::keys::{Asking, IssuerKeys, Key, Loaded, Missing};
use crate::limits;
use crate::parse::authorization::{self, Credential};
use crate::parse::claims::Claims;
use crate::parse::json::{Document, Value};
use crate::parse::jws::{self, Header, Jws};
use crate::parse::{Fault, base64url};
use crate::policy::check::{self, Caller, Expected, Failure};
use crate::policy::{Api, Issuer, Policy, UserManager};
use crate::request::{ApiBy, Request};

/// What a decision is made from: the policy, and the keys of each of its issuers.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) policy: Policy,
    /// In the order of the policy's issuers.
    pub(crate) keys: Vec<IssuerKeys>,
    pub(crate) denylist: Denylist,
}

impl State {
    /// A question to the denylist.
    fn asked<'a>(&self, issuer: &'a Issuer, now: i64) -> Asked<'a> {
        Asked { issuer: &issuer.name, now, skew: self.policy.settings.clock_skew }
    }
}

/// The buffers that a token is decoded into.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    header: LastHeader,
    pub(crate) payload: Document,
}

/// The last header that was read. Most tokens of an issuer have the same one: it is recognised by
/// its bytes, and not decoded and parsed again.
#[derive(Debug, Default)]
struct LastHeader {
    /// As sent; empty where the document holds none.
    part: Vec<u8>,
    document: Document,
}

impl LastHeader {
    fn read(&mut self, part: &[u8]) -> Result<Value<'_>, Fault> {
        if part.is_empty() || self.part != part {
            self.part.clear();
            if let Err(fault) = jws::read_object(part, &mut self.document, &jws::HEADER) {
                self.document.clear();
                return Err(fault);
            }
            self.part.extend_from_slice(part);
        }
        self.document.root().ok_or(Fault::token("the header is empty"))
    }
}

/// A request that may come in.
pub(crate) struct Accepted<'p, 'c> {
    pub(crate) manager: &'p UserManager,
    pub(crate) user: &'c str,
    pub(crate) caller: Caller,
    /// Tenant and object id, of a token of Entra ID.
    pub(crate) ids: Option<(&'c str, &'c str)>,
}

/// A step of the decision, with what it looks at.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    Path {
        target: &'a [u8],
        policy: &'a Policy,
    },
    Api {
        name: &'a str,
        policy: &'a Policy,
    },
    Header {
        request: Request<'a>,
    },
    Method {
        api: &'a Api,
        credential: Credential<'a>,
    },
    Token {
        token: &'a [u8],
    },
    Issuer {
        header: Header<'a>,
        claims: Claims<'a>,
        policy: &'a Policy,
    },
    Algorithm {
        header: Header<'a>,
        issuer: &'a Issuer,
        keys: &'a Loaded<'a>,
    },
    Key {
        header: Header<'a>,
        claims: Claims<'a>,
        issuer: &'a Issuer,
        keys: &'a Loaded<'a>,
        denylist: &'a Denylist,
        asked: Asked<'a>,
    },
    Signature {
        jws: Jws<'a>,
        header: Value<'a>,
        algorithm: Algorithm,
    },
    Type {
        header: Header<'a>,
        issuer: &'a Issuer,
        claims: Claims<'a>,
    },
    Time {
        claims: Claims<'a>,
        now: i64,
        skew: i64,
    },
    Audience {
        claims: Claims<'a>,
        issuer: &'a Issuer,
    },
    Binding {
        claims: Claims<'a>,
    },
    Tenant {
        claims: Claims<'a>,
        issuer: &'a Issuer,
    },
    Revocation {
        claims: Claims<'a>,
        denylist: &'a Denylist,
        asked: Asked<'a>,
    },
    UserManager {
        api: &'a Api,
        claims: Claims<'a>,
        issuer: &'a Issuer,
        policy: &'a Policy,
    },
    Identity {
        claims: Claims<'a>,
        issuer: &'a Issuer,
        manager: &'a UserManager,
        caller: Caller,
    },
    Client {
        api: &'a Api,
        claims: Claims<'a>,
    },
    Scope {
        api: &'a Api,
        caller: Caller,
        claims: Claims<'a>,
    },
    Role {
        api: &'a Api,
        caller: Caller,
        claims: Claims<'a>,
    },
    ClaimRules {
        api: &'a Api,
        claims: Claims<'a>,
    },
}

/// Is told each step before it is taken.
pub(crate) trait Trace {
    fn enter(&mut self, step: Step<'_>);
}

/// Looks at nothing; the compiler leaves no trace of it.
pub(crate) struct NoTrace;

impl Trace for NoTrace {
    #[inline(always)]
    fn enter(&mut self, _: Step<'_>) {}
}

/// The API that a request is for.
pub(crate) fn api<'p>(policy: &'p Policy, request: &Request<'_>) -> Result<&'p Api, Failure<'p>> {
    match request.api_by() {
        ApiBy::Name(name) => policy.api(name).ok_or(Code::ApiUnknown.into()),
        ApiBy::Path(path) => policy.api_of_path(path),
    }
}

/// Decides about a request for `api`, which is what [`api`] gives for it, at the time that is asked at.
pub(crate) fn decide<'p, 'c>(
    state: &'p State,
    api: Result<&'p Api, Failure<'p>>,
    request: &Request<'_>,
    asking: Asking,
    scratch: &'c mut Scratch,
    trace: &mut impl Trace,
) -> Result<Accepted<'p, 'c>, Failure<'p>> {
    let policy = &state.policy;
    let name = match request.api_by() {
        ApiBy::Name(name) => name,
        ApiBy::Path(target) => {
            trace.enter(Step::Path { target, policy });
            &api?.name
        }
    };
    trace.enter(Step::Api { name, policy });
    let api = api?;
    if !api.enabled {
        return Err(Code::ApiDisabled.into());
    }
    trace.enter(Step::Header { request: *request });
    let credential = credential(request)?;
    trace.enter(Step::Method { api, credential });
    let outcome = match credential {
        Credential::Bearer(token) if api.accepts_bearer => bearer(state, api, token, asking, scratch, trace),
        Credential::Basic(_) if api.accepts_basic => Err(Code::BasicRejected.into()),
        Credential::Bearer(_) | Credential::Basic(_) => Err(Code::MethodNotAccepted.into()),
    };
    // A malformed header is said before anything else.
    outcome.or_else(|failure| {
        authorization::check_characters(credential).map_or_else(|fault| Err(fault.into()), |()| Err(failure))
    })
}

fn credential<'a>(request: &Request<'a>) -> Result<Credential<'a>, Fault> {
    if request.authorizations() > 1 {
        return Err(Fault::new(Code::HeaderRepeated, "the request has more than one Authorization header"));
    }
    authorization::parse(request.authorization_value())
}

fn bearer<'p, 'c>(
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
    let (denylist, asked) = (&state.denylist, state.asked(issuer, asking.now));
    trace.enter(Step::Key { header, claims, issuer, keys, denylist, asked });
    let key = key(header, keys, algorithm, asking, |id| denylist.key(id, asked))?;
    check::key(issuer, key.issuer(), claims)?;

    trace.enter(Step::Signature { jws, header: header_object, algorithm });
    let mut room = [0; limits::SIGNATURE_BYTES];
    let signature = base64url::decode_within(jws.signature, &mut room)
        .map_err(|_| Fault::token("the signature is not base64url, or too long"))?;
    if !key.verify(jws.signing_input, signature) {
        return Err(keys.bad_signature(asking).into());
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
fn not_revoked<'p>(denylist: &Denylist, claims: Claims<'_>, asked: Asked<'_>) -> Result<(), Failure<'p>> {
    let Some(hit) = denylist.token(claims, asked) else { return Ok(()) };
    let renew = entra::client_takes_claims_challenge(claims).then(|| hit.issued_before.unwrap_or(asked.now));
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
    let (denylist, asked) = (&state.denylist, state.asked(issuer, now));
    trace.enter(Step::Revocation { claims, denylist, asked });
    not_revoked(denylist, claims, asked)?;
    let caller = Caller::of(issuer, claims);
    let (manager, user) = user(&state.policy, api, issuer, (tenant, caller), claims, trace)?;
    permitted(api, caller, claims, trace)?;
    let ids = tenant.and_then(|tenant| Some((tenant, claims.string("oid").present()?)));
    Ok(Accepted { manager, user, caller, ids })
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
