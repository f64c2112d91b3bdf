//! The fixed order of the checks, from the `Authorization` header to the API's policy.
//!
//! What both methods begin with stands here; `bearer` and `basic` have the rest. The same code serves `verify` and
//! `explain`: a [`Trace`] is told each step before it is taken.

mod basic;
mod bearer;

use crate::basic::{Directory, Question};
use crate::clock::{Clock, Moment};
use crate::code::Code;
use crate::crypto::Algorithm;
use crate::denylist::{Account, Asked, Denylist, Hit};
use crate::keys::{Asking, IssuerKeys, Loaded};
use crate::parse::Fault;
use crate::parse::authorization::{self, Credential};
use crate::parse::claims::Claims;
use crate::parse::json::{Document, Value};
use crate::parse::jws::{self, Header, Jws};
use crate::policy::check::{Caller, Failure};
use crate::policy::{Api, Issuer, Policy, UserManager};
use crate::request::{ApiBy, Method, Request};
use std::time::Instant;

/// What a decision is made from: the policy, and the keys of each of its issuers.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) policy: Policy,
    /// In the order of the policy's issuers.
    pub(crate) keys: Vec<IssuerKeys>,
    pub(crate) denylist: Denylist,
    /// In the order of the policy's logins.
    pub(crate) directories: Vec<Directory>,
}

impl State {
    /// A question to the denylist about a token of an issuer, or about nobody's.
    fn asked<'a>(&self, issuer: Option<&'a Issuer>, now: i64) -> Asked<'a> {
        let issuer = issuer.map_or("", |issuer| &issuer.name);
        Asked { issuer, now, skew: self.policy.settings.clock_skew }
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

/// How a decision is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    pub(crate) asking: Asking,
    pub(crate) clock: &'a Clock,
    /// If the decision may block: then a directory is asked about a password.
    pub(crate) resolving: Option<Resolving>,
}

/// How a decision may block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolving {
    pub(crate) end: Instant,
    /// Whether threads may be started for it.
    pub(crate) threads: bool,
}

/// A request that may come in.
pub(crate) struct Accepted<'p, 'c> {
    pub(crate) manager: &'p UserManager,
    pub(crate) user: &'c str,
    pub(crate) caller: Caller,
    pub(crate) method: Method,
    /// Tenant and object id, of a user of Entra ID.
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
    Credentials {
        credential: &'a [u8],
    },
    Directory {
        api: &'a Api,
        user: &'a str,
        password: &'a str,
        policy: &'a Policy,
    },
    Password {
        directory: &'a Directory,
        question: Question<'a>,
        now: Moment,
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
    /// It is looked for before: one search tells who may come in, and why not.
    Revocation {
        method: Method,
        hit: Option<Hit>,
        claims: Claims<'a>,
        account: &'a dyn Fn() -> Option<Account<'a>>,
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
    manner: Manner<'_>,
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
        Credential::Bearer(token) if api.accepts_bearer => {
            bearer::bearer(state, api, token, manner.asking, scratch, trace)
        }
        Credential::Basic(credential) if api.accepts_basic => {
            basic::basic(state, api, (credential, request.peer_value()), manner, scratch, trace)
        }
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
