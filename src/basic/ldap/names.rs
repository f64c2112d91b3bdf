//! The addresses of a server's host, looked up so that nobody waits longer than may be.
//!
//! The operating system's look-up can't be interrupted. So it runs on a thread of its own, at most one for each server,
//! which all that ask wait for.

use super::fault::Fault;
use crate::limits;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long addresses are kept. A burst of requests needs no look-up for each.
const KEPT: Duration = Duration::from_secs(60);

/// The addresses of one host.
#[derive(Debug)]
pub(super) struct Names {
    host: String,
    port: u16,
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    runs: bool,
    found: Option<(Instant, Result<Vec<SocketAddr>, String>)>,
}

impl Names {
    pub(super) fn new(host: &str, port: u16) -> Arc<Self> {
        Arc::new(Self { host: host.to_owned(), port, state: Mutex::default(), done: Condvar::new() })
    }

    /// The addresses, at least one. Waits until `end` at most.
    pub(super) fn addresses(self: &Arc<Self>, end: Instant) -> Result<Vec<SocketAddr>, Fault> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        let mut state = self.lock();
        match &state.found {
            Some((at, Ok(found))) if at.elapsed() < KEPT => return Ok(found.clone()),
            _ => state.found = None,
        }
        if !state.runs {
            state.runs = true;
            drop(state);
            self.start();
            state = self.lock();
        }
        let left = end.saturating_duration_since(Instant::now());
        let waited = self.done.wait_timeout_while(state, left, |state| state.found.is_none());
        match &waited.unwrap_or_else(PoisonError::into_inner).0.found {
            Some((_, found)) => found.clone().map_err(Fault::server),
            None => Err(Fault::server("the name of the host was not found in time")),
        }
    }

    /// On a thread, or here where none can be started.
    fn start(self: &Arc<Self>) {
        let names = self.clone();
        let started = thread::Builder::new().name("doorward-name".to_owned()).spawn(move || names.look_up());
        if started.is_err() {
            self.look_up();
        }
    }

    fn look_up(&self) {
        let found = match (self.host.as_str(), self.port).to_socket_addrs() {
            Ok(found) => Ok(found.take(limits::ADDRESSES).collect::<Vec<_>>()),
            Err(error) => {
                Err(format!("the name of the host was not found: {}", crate::http::shown(&error.to_string())))
            }
        };
        let found = found.and_then(|found| {
            if found.is_empty() { Err("the name of the host leads to no address".to_owned()) } else { Ok(found) }
        });
        let mut state = self.lock();
        state.runs = false;
        state.found = Some((Instant::now(), found));
        drop(state);
        self.done.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
