//! The servers of a directory, in order, and connections to them that are kept.
//!
//! Connections are of one process: after a fork there are none.

use super::Endpoint;
use super::fault::Fault;
use super::link::Link;
use super::message::{Scope, Search};
use super::names::Names;
use crate::basic::Until;
use crate::birth::PerProcess;
use crate::limits;
use rustls::ClientConfig;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a server that gave no answer is asked after all others.
const REST: Duration = Duration::from_secs(30);

/// How long a connection is kept idle. Servers and what stands before them close it after some minutes.
const IDLE: Duration = Duration::from_secs(60);

/// After how long idle a connection is tried before a password goes over it: a firewall may have dropped it silently.
const UNTRIED: Duration = Duration::from_secs(5);

/// The servers.
#[derive(Debug)]
pub(super) struct Pool {
    endpoints: Vec<Endpoint>,
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
    /// Set when nobody needs an answer any more.
    cancelled: Arc<AtomicBool>,
    /// As one process has them.
    servers: PerProcess<Vec<Server>>,
}

/// One server.
#[derive(Debug)]
pub(super) struct Server {
    endpoint: Endpoint,
    tls: Option<Arc<ClientConfig>>,
    names: Arc<Names>,
    cancelled: Arc<AtomicBool>,
    rests_since: Mutex<Option<Instant>>,
    /// Those that the service account is bound on, which only search; and those on which users are bound, one after the
    /// other, each anew.
    idle: [Mutex<Vec<Idle>>; 2],
}

#[derive(Debug)]
struct Idle {
    link: Link,
    since: Instant,
}

/// What a connection is for. One for users is never used for the service account's searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Service,
    Users,
}

/// Until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// What comes before a password is sent: then there is time for another server.
    pub(super) try_until: Instant,
    /// Everything but the answer to a password.
    pub(super) end: Instant,
    /// The answer to a password.
    pub(super) answer: Instant,
}

impl Pool {
    pub(super) fn new(endpoints: Vec<Endpoint>, tls: Option<Arc<ClientConfig>>, timeout: Duration) -> Self {
        let cancelled = Arc::default();
        let servers = PerProcess::new(servers(&endpoints, tls.as_ref(), &cancelled));
        Self { endpoints, tls, timeout, cancelled, servers }
    }

    /// Ends every call that waits, soon.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Asks one server after the other until one answers: those that gave none lately come last.
    pub(super) fn ask<T>(
        &self,
        Until { end, answer }: Until,
        mut ask: impl FnMut(&Server, Times) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let servers = self.servers.get(|| servers(&self.endpoints, self.tls.as_ref(), &self.cancelled));
        let mut order: Vec<&Server> = servers.iter().collect();
        order.sort_by_key(|server| server.rests());
        let mut last = Fault::of_directory("");
        for (tried, server) in order.iter().enumerate() {
            let now = Instant::now();
            let left = end.saturating_duration_since(now);
            let share = left / u32::try_from(order.len() - tried).unwrap_or(u32::MAX).max(1);
            let times = Times { try_until: now + share.min(self.timeout), end, answer };
            match ask(server, times) {
                Ok(answer) => {
                    *lock(&server.rests_since) = None;
                    return Ok(answer);
                }
                Err(fault) => {
                    if fault.rests {
                        *lock(&server.rests_since) = Some(Instant::now());
                    }
                    last = Fault { what: format!("{}: {}", server.endpoint, fault.what), ..fault };
                    if last.is_final {
                        break;
                    }
                }
            }
        }
        Err(last)
    }
}

fn servers(endpoints: &[Endpoint], tls: Option<&Arc<ClientConfig>>, cancelled: &Arc<AtomicBool>) -> Vec<Server> {
    let server = |endpoint: &Endpoint| Server {
        endpoint: endpoint.clone(),
        tls: tls.cloned(),
        names: Names::new(&endpoint.host, endpoint.port),
        cancelled: cancelled.clone(),
        rests_since: Mutex::default(),
        idle: Default::default(),
    };
    endpoints.iter().map(server).collect()
}

impl Server {
    fn rests(&self) -> bool {
        lock(&self.rests_since).is_some_and(|since| since.elapsed() < REST)
    }

    /// A connection that was kept and still is one.
    pub(super) fn kept(&self, purpose: Purpose, until: Instant) -> Option<Link> {
        loop {
            let Idle { mut link, since } = self.idle(purpose).pop()?;
            let idle = since.elapsed();
            if idle < IDLE && link.is_quiet() && (idle < UNTRIED || answers(&mut link, until)) {
                return Some(link);
            }
        }
    }

    /// A new connection.
    pub(super) fn open(&self, until: Instant) -> Result<Link, Fault> {
        let addresses = self.names.addresses(until)?;
        Link::open(&self.endpoint, &addresses, self.tls.as_ref(), (until, &self.cancelled))
    }

    /// Keeps a connection that nothing went wrong on.
    pub(super) fn keep(&self, purpose: Purpose, link: Link) {
        let mut idle = self.idle(purpose);
        let old = idle.iter().take_while(|idle| idle.since.elapsed() >= IDLE).count();
        let mut closed: Vec<Link> = idle.drain(..old).map(|idle| idle.link).collect();
        if idle.len() < limits::PASSWORD_CHECKS as usize {
            idle.push(Idle { link, since: Instant::now() });
        } else {
            closed.push(link);
        }
        drop(idle);
        closed.into_iter().for_each(Link::close);
    }

    fn idle(&self, purpose: Purpose) -> MutexGuard<'_, Vec<Idle>> {
        let [service, users] = &self.idle;
        lock(match purpose {
            Purpose::Service => service,
            Purpose::Users => users,
        })
    }
}

/// Reads nothing of the root, which everybody may. Takes half of the time at most, so that a new connection has some.
fn answers(link: &mut Link, until: Instant) -> bool {
    let left = until.saturating_duration_since(Instant::now());
    let filter = super::filter::Filter::Present("objectClass".to_owned()).fill(&[]);
    let search = Search { base: "", scope: Scope::Base, filter: &filter, attributes: &["1.1"], most: 1, seconds: 1 };
    link.search(&search, Instant::now() + left / 2).is_ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
