//! Names and connections that don't outlast a verifier which is closed.
//!
//! The operating system's calls for both can't be interrupted. So a name is looked up on a thread
//! of its own, which may be left behind, and a connection is tried for short times.

use super::nobody::is_nobodys;
use crate::limits::{ADDRESSES, CONNECT_SLICE_MILLISECONDS};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport};
use ureq::{Error, Timeout};

/// The longest that a waiting call does not look whether it is cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// Says to every waiting call that nobody needs its answer any more.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Io(io::Error::other(Closed))) } else { Ok(()) }
    }
}

/// Nobody needs the answer any more. The system's own "interrupted" is no such sign: any signal of the host makes it.
#[derive(Debug)]
pub(super) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the verifier was closed")
    }
}

impl std::error::Error for Closed {}

/// Looks names up, and refuses addresses that no provider has.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) cancelled: Cancelled,
    /// Whether a thread may be started for it.
    pub(super) threads: bool,
    /// Whether only the machine itself may be reached: that is all that plain HTTP is for. The name of a proxy is
    /// looked up here too, and may be anywhere.
    pub(super) only_loopback: bool,
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (scheme, authority) = uri.scheme().zip(uri.authority()).ok_or(Error::HostNotFound)?;
        let name = DefaultResolver::host_and_port(scheme, authority).ok_or(Error::HostNotFound)?;
        let found = self.look_up(name, *timeout.after)?;
        let mut addresses = self.empty();
        for address in found.into_iter().filter(|address| is_usable(address.ip(), self.only_loopback)).take(ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

impl Names {
    fn look_up(&self, name: String, most: Duration) -> Result<Vec<SocketAddr>, Error> {
        // An address needs no look-up, and so no thread.
        if let Ok(address) = name.parse() {
            return Ok(vec![address]);
        }
        let answer = if self.threads { start_look_up(name.clone()) } else { None };
        match answer {
            Some(answer) => self.wait(&answer, most),
            None => Ok(name.to_socket_addrs()?.collect()),
        }
    }

    fn wait(&self, answer: &Receiver<io::Result<Vec<SocketAddr>>>, most: Duration) -> Result<Vec<SocketAddr>, Error> {
        let end = Instant::now().checked_add(most);
        loop {
            self.cancelled.check()?;
            let left = end.map_or(LOOK, |end| end.saturating_duration_since(Instant::now()));
            match answer.recv_timeout(left.min(LOOK)) {
                Ok(found) => return found.map_err(Error::Io),
                Err(RecvTimeoutError::Disconnected) => return Err(Error::HostNotFound),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(Error::Timeout(Timeout::Resolve)),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// `None` where no thread can be started.
fn start_look_up(name: String) -> Option<Receiver<io::Result<Vec<SocketAddr>>>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let work = move || {
        // Nobody may be waiting any more.
        let _ = sender.send(name.to_socket_addrs().map(Iterator::collect));
    };
    thread::Builder::new().name("doorward-name".to_owned()).spawn(work).ok().map(|_| receiver)
}

fn is_usable(address: IpAddr, only_loopback: bool) -> bool {
    !is_nobodys(address) && (!only_loopback || address.to_canonical().is_loopback())
}

/// Connects, in short tries between which it looks whether it is cancelled.
#[derive(Debug)]
pub(super) struct Tries {
    pub(super) cancelled: Cancelled,
    pub(super) tcp: TcpConnector,
}

impl<In: Transport> Connector<In> for Tries {
    type Out = <TcpConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            return self.tcp.connect(details, chained);
        }
        let start = Instant::now();
        let slice = Duration::from_millis(CONNECT_SLICE_MILLISECONDS);
        loop {
            self.cancelled.check()?;
            let left = details.timeout.after.saturating_sub(start.elapsed());
            let timeout = NextTimeout { after: left.min(slice).into(), ..details.timeout };
            match self.tcp.connect(&with_timeout(details, timeout), None) {
                Err(Error::Timeout(_)) if left > slice => {}
                outcome => return outcome,
            }
        }
    }
}

fn with_timeout<'a>(details: &ConnectionDetails<'a>, timeout: NextTimeout) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs: details.addrs.clone(),
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: ureq::unversioned::transport::time::Instant::now(),
        timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_usable;

    #[test]
    fn addresses_that_no_provider_has_are_refused() {
        for (address, anywhere, only_loopback) in [
            ("203.0.113.7", true, false),
            ("10.0.0.1", true, false),
            ("127.0.0.1", true, true),
            ("::1", true, true),
            ("169.254.169.254", false, false),
            ("::ffff:169.254.169.254", false, false),
            ("fe80::1", false, false),
            ("224.0.0.1", false, false),
            ("0.0.0.0", false, false),
            ("::ffff:0.0.0.0", false, false),
            ("::ffff:224.0.0.1", false, false),
            ("::ffff:127.0.0.1", true, true),
            ("::", false, false),
        ] {
            let parsed = address.parse().unwrap();
            assert_eq!((is_usable(parsed, false), is_usable(parsed, true)), (anywhere, only_loopback), "{address}");
        }
    }
}
