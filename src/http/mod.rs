//! Fetches one document, or posts one form: bounded in time, in size and in where it may lead.
//!
//! It follows redirects only to the same host, decodes no compression, reads no environment unless
//! it is told to, and knows nothing of what a document means.

mod address;
mod connector;
mod fault;
mod nobody;
mod trust;
mod wipe;

pub(crate) use address::Address;
pub use fault::FailureKind;
pub(crate) use fault::{Fault, shown};
pub(crate) use trust::{Trust, tls_config};

use crate::crypto;
use crate::limits;
use connector::{Cancelled, Names, Tries};
use jiff::fmt::rfc2822;
use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use ureq::http::header::{
    ACCEPT, AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderName,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, RustlsConnector, TcpConnector};
use ureq::{Agent, Body, Proxy};
use wipe::Wipe;
use zeroize::Zeroizing;

/// How a document is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Transport {
    /// The certificates to trust, instead of the operating system's.
    pub(crate) trust: Option<Trust>,
    pub(crate) proxy: ProxyChoice,
    /// For everything: name, connection, TLS, redirects and body.
    pub(crate) timeout: Duration,
}

/// Which proxy is used.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum ProxyChoice {
    Never,
    /// What the variables of the environment say (`HTTPS_PROXY`, `NO_PROXY` and their like).
    Environment,
    /// An address, such as `http://proxy.example:3128`.
    At(String),
}

/// The address of a proxy may hold a password.
impl fmt::Debug for ProxyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "Never",
            Self::Environment => "Environment",
            Self::At(_) => "At(redacted)",
        })
    }
}

impl ProxyChoice {
    /// Whether the text is the address of a proxy.
    pub(crate) fn is_address(text: &str) -> bool {
        text.starts_with("http://") && Proxy::new(text).is_ok()
    }

    fn proxy(&self) -> Result<Option<Proxy>, Fault> {
        match self {
            Self::Never => Ok(None),
            Self::Environment => Ok(Proxy::try_from_env()),
            Self::At(address) => Proxy::new(address)
                .map(Some)
                .map_err(|_| Fault::new(FailureKind::Connect, "the address of the proxy is bad")),
        }
    }
}

/// What a server said of a document, to ask whether it changed (RFC 9110 section 13.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

/// An answer that can be used.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `None`: the document is the one that the validators are of.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) validators: Validators,
    /// Seconds that the answer stays fresh, as the server says (RFC 9111 section 5.2.2.1).
    pub(crate) max_age: Option<i64>,
    /// The time by the server's clock, in seconds since 1970.
    pub(crate) server_time: Option<i64>,
}

/// What a server answers to a form.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) status: u16,
    /// In how many seconds it wants to be asked again (RFC 9110 section 10.2.3); a date is not read.
    pub(crate) retry_after: Option<u32>,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// Fetches documents. Shared by who fetches and who may cancel that.
#[derive(Debug)]
pub(crate) struct Client {
    cancelled: Cancelled,
    threads: bool,
    end: Option<Instant>,
    /// By transport, and whether TLS is needed.
    agents: Mutex<HashMap<(Transport, bool), Prepared>>,
}

/// An agent, and when it was made: certificates of the operating system are read anew now and then.
#[derive(Debug)]
struct Prepared {
    agent: Agent,
    made: Instant,
}

/// How long certificates are kept.
const KEPT: Duration = Duration::from_secs(60 * 60);

impl Client {
    /// For the background thread, which may start another to look up a name.
    pub(crate) fn of_thread() -> Self {
        Self { cancelled: Cancelled::default(), threads: true, end: None, agents: Mutex::default() }
    }

    /// For a host's thread, which no other is started for; every fetch ends by `end`.
    pub(crate) fn of_host(end: Option<Instant>) -> Self {
        Self { threads: false, end, ..Self::of_thread() }
    }

    /// Ends a running fetch, and lets none begin. May be called from any thread.
    pub(crate) fn cancel(&self) {
        self.cancelled.set();
        let agents = std::mem::take(&mut *self.lock());
        agents.into_values().for_each(|prepared| prepared.agent.shutdown());
    }

    /// Fetches a document, following redirects to the same host. Blocks, at most for the transport's timeout.
    pub(crate) fn fetch(&self, address: &Address, known: &Validators, transport: &Transport) -> Result<Answer, Fault> {
        let end = Instant::now() + transport.timeout;
        let agent = self.agent(transport, address.is_https())?;
        let answer = follow(&agent, address, known, self.end.map_or(end, |earlier| earlier.min(end)));
        answer.map_err(|fault| self.told_apart(fault))
    }

    /// A connection that `cancel` cut looks like one that the server closed.
    fn told_apart(&self, fault: Fault) -> Fault {
        self.cancelled.check().map_or_else(|cancelled| Fault::of(&cancelled), |()| fault)
    }

    /// Posts a form, and hands out what the server answers: the status and the body, whatever they are. Follows nothing,
    /// and never sends the form twice. Blocks: until the form is sent, to `end` or for the transport's timeout; for the
    /// answer to `answer_end`. With a fault it tells whether something was sent.
    pub(crate) fn post(
        &self,
        address: &Address,
        form: &str,
        transport: &Transport,
        (end, answer_end): (Instant, Instant),
    ) -> Result<Posted, (Fault, bool)> {
        wipe::begin();
        let posted = self.try_post(address, form, transport, (end, answer_end));
        posted.map_err(|fault| (fault, wipe::was_sent()))
    }

    fn try_post(
        &self,
        address: &Address,
        form: &str,
        transport: &Transport,
        (end, answer_end): (Instant, Instant),
    ) -> Result<Posted, Fault> {
        let agent = self.agent(transport, address.is_https())?;
        let left = |end: Instant| end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let before = Some(left(end).min(transport.timeout));
        let request = agent
            .post(address.uri())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request
            .config()
            .timeout_global(Some(left(answer_end)))
            .timeout_resolve(before)
            .timeout_connect(before)
            .timeout_send_request(before)
            .timeout_send_body(before)
            .build();
        let mut response = request.send(form.as_bytes()).map_err(|error| Fault::of(&error))?;
        check_length(&response)?;
        let retry_after = text_of(&response, &RETRY_AFTER).and_then(|text| text.trim().parse().ok());
        Ok(Posted { status: response.status().as_u16(), retry_after, body: read_secret(&mut response)? })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Transport, bool), Prepared>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn agent(&self, transport: &Transport, tls: bool) -> Result<Agent, Fault> {
        if let Some(agent) = self.kept(transport, tls) {
            return Ok(agent);
        }
        // Files are read for it: nobody waits for that at the lock, and no fork finds it held for long.
        let agent = self.make_agent(transport, tls)?;
        self.lock().insert((transport.clone(), tls), Prepared { agent: agent.clone(), made: Instant::now() });
        Ok(agent)
    }

    fn kept(&self, transport: &Transport, tls: bool) -> Option<Agent> {
        let mut agents = self.lock();
        agents.retain(|_, prepared| prepared.made.elapsed() < KEPT);
        agents.get(&(transport.clone(), tls)).map(|prepared| prepared.agent.clone())
    }

    /// Without TLS, what is reached is the machine itself: not by a proxy.
    fn make_agent(&self, transport: &Transport, tls: bool) -> Result<Agent, Fault> {
        let certificates = match &transport.trust {
            _ if !tls => Vec::new(),
            Some(trust) => trust.certificates(),
            None => trust::of_system()?,
        };
        let proxy = if tls { transport.proxy.proxy()? } else { None };
        let tls_config = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(crypto::tls_provider())
            .build();
        let config = Agent::config_builder()
            .tls_config(tls_config)
            .proxy(proxy)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_response_header_size(limits::RESPONSE_HEAD_BYTES)
            .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
            // Hours lie between two fetches: a connection would only be held open.
            .max_idle_connections(0)
            .build();
        let (cancelled, threads) = (self.cancelled.clone(), self.threads);
        let connector =
            ().chain(ConnectProxyConnector::default())
                .chain(Tries { cancelled: cancelled.clone(), tcp: TcpConnector::default() })
                .chain(RustlsConnector::default())
                .chain(Wipe);
        Ok(Agent::with_parts(config, connector, Names { cancelled, threads, only_loopback: !tls }))
    }
}

fn follow(agent: &Agent, address: &Address, known: &Validators, end: Instant) -> Result<Answer, Fault> {
    let mut at = address.clone();
    for _ in 0..=limits::REDIRECTS {
        let response = request(agent, &at, known, end)?;
        check_length(&response)?;
        if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
            return answer(response, known);
        }
        at = redirect(&at, &response)?;
    }
    Err(Fault::new(FailureKind::Redirect, "the server redirects too often"))
}

fn request(agent: &Agent, at: &Address, known: &Validators, end: Instant) -> Result<Response<Body>, Fault> {
    let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let mut request = agent.get(at.uri()).header(ACCEPT, "application/json, application/jwk-set+json");
    for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request.config().timeout_global(Some(left)).build().call().map_err(|error| Fault::of(&error))
}

/// An answer that says its length twice is read in two ways by who stands between (RFC 9112 section 6.3).
fn check_length(response: &Response<Body>) -> Result<(), Fault> {
    let headers = response.headers();
    let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
    if lengths > 1 || (lengths == 1 && headers.contains_key(TRANSFER_ENCODING)) {
        let what =
            "the answer says its length twice, by Content-Length and by Transfer-Encoding or another Content-Length";
        return Err(Fault::new(FailureKind::Content, what));
    }
    Ok(())
}

fn redirect(from: &Address, response: &Response<Body>) -> Result<Address, Fault> {
    let location = text_of(response, &LOCATION).unwrap_or_default();
    let to =
        from.join(&location).map_err(|what| Fault::new(FailureKind::Redirect, format!("a bad redirect: {what}")))?;
    if to.has_origin_of(from) {
        return Ok(to);
    }
    Err(Fault::new(
        FailureKind::Redirect,
        format!("the server redirects to another host ({}), which is not followed", shown(&to.host())),
    ))
}

fn answer(mut response: Response<Body>, known: &Validators) -> Result<Answer, Fault> {
    let (max_age, server_time) = (max_age(&response), server_time(&response));
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if *known != Validators::default() => {
            return Ok(Answer { body: None, validators: known.clone(), max_age, server_time });
        }
        status => return Err(Fault::new(FailureKind::Status, format!("the server answers {}", status.as_u16()))),
    }
    check_content(&response)?;
    let validators = Validators { etag: text_of(&response, &ETAG), last_modified: text_of(&response, &LAST_MODIFIED) };
    let limit = limits::KEY_SET_BYTES as u64;
    let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| Fault::of(&error))?;
    Ok(Answer { body: Some(body), validators, max_age, server_time })
}

/// A body that may hold a token. Room is made first, so that no copy is left behind by growing.
fn read_secret(response: &mut Response<Body>) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let limit = limits::TOKEN_RESPONSE_BYTES;
    let mut body = Zeroizing::new(Vec::with_capacity(limit + 1));
    let mut reader = response.body_mut().with_config().limit(limit as u64).reader();
    reader.read_to_end(&mut body).map_err(|error| Fault::of(&error.into()))?;
    Ok(body)
}

/// Refuses a page for people, and what would have to be unpacked. Key sets come as JSON, and from plain
/// file servers as text or bytes.
fn check_content(response: &Response<Body>) -> Result<(), Fault> {
    let encoding = text_of(response, &CONTENT_ENCODING).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"));
    if encoding.is_some() {
        return Err(Fault::new(FailureKind::Content, "the answer is compressed, though that was not asked for"));
    }
    let Some(full) = text_of(response, &CONTENT_TYPE) else { return Ok(()) };
    let kind = full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let plain = ["application/json", "text/json", "text/plain", "application/octet-stream"];
    match plain.contains(&kind.as_str()) || kind.ends_with("+json") {
        true => Ok(()),
        false => Err(Fault::new(FailureKind::Content, format!("the answer is {}, not JSON", shown(&kind)))),
    }
}

/// What is left of `max-age`, by `Age`; 0 for `no-cache` and `no-store`, whatever stands beside them.
fn max_age(response: &Response<Body>) -> Option<i64> {
    let values = response.headers().get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<String> =
        values.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|directive| directive.starts_with("no-cache") || directive == "no-store") {
        return Some(0);
    }
    let age = age(response);
    directives.iter().find_map(|directive| {
        let seconds = directive.strip_prefix("max-age=")?.trim_matches('"');
        let digits = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large is as good as the largest (RFC 9111 section 1.2.2).
        digits.then(|| seconds.parse().unwrap_or(i64::MAX).saturating_sub(age).max(0))
    })
}

/// Seconds that a cache kept the answer.
fn age(response: &Response<Body>) -> i64 {
    text_of(response, &AGE).and_then(|age| age.trim().parse::<i64>().ok()).unwrap_or(0).max(0)
}

/// What `Date` says (RFC 9110 section 6.6.1), and how long ago that was.
fn server_time(response: &Response<Body>) -> Option<i64> {
    let made = rfc2822::DateTimeParser::new().parse_timestamp(text_of(response, &DATE)?).ok()?;
    made.as_second().checked_add(age(response))
}

fn text_of(response: &Response<Body>, name: &HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}
