//! A connection to a server, with TLS, on which one request at a time is made.
//!
//! Every wait ends at an instant, and every answer has a maximum size. It follows no referral.

use super::Endpoint;
use super::ber;
use super::fault::Fault;
use super::message::{self, Message, Outcome};
use crate::limits;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// A user name and a password that may be sent: neither is empty, and neither has a NUL in it.
///
/// A server takes an empty password for "nobody asks", and says that it is right (RFC 4513 section 5.1.2); one that is
/// written in C may take a NUL for the end. There is no other way to a bind than through this type.
#[derive(Clone, Copy)]
pub(super) struct Credentials<'a> {
    name: &'a str,
    password: &'a str,
}

impl<'a> Credentials<'a> {
    pub(super) fn new(name: &'a str, password: &'a str) -> Option<Self> {
        let is_empty = name.trim().is_empty() || password.is_empty();
        if is_empty || name.contains('\0') || password.contains('\0') { None } else { Some(Self { name, password }) }
    }

    /// The same password, for another name.
    pub(super) fn named<'b>(self, name: &'b str) -> Option<Credentials<'b>>
    where
        'a: 'b,
    {
        Credentials::new(name, self.password)
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    stream: Stream,
    /// What came and was not read yet.
    inbox: Vec<u8>,
    id: u32,
}

#[derive(Debug)]
enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

/// A socket whose every call ends in time, or soon after nobody needs it any more. A signal ends none.
#[derive(Debug)]
struct Timed {
    socket: TcpStream,
    end: Instant,
    cancelled: Arc<AtomicBool>,
}

/// The longest that a call does not look whether it is still needed.
const LOOK: Duration = Duration::from_millis(100);

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Timed {
    /// `set` limits the time of what `call` does.
    fn patiently(
        &mut self,
        set: impl Fn(&TcpStream, Option<Duration>) -> io::Result<()>,
        mut call: impl FnMut(&mut TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        use io::ErrorKind::{ConnectionAborted, Interrupted, TimedOut, WouldBlock};
        loop {
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(ConnectionAborted.into());
            }
            set(&self.socket, Some(self.left()?.min(LOOK)))?;
            match call(&mut self.socket) {
                Err(error) if matches!(error.kind(), Interrupted | TimedOut | WouldBlock) => {}
                outcome => return outcome,
            }
        }
    }
}

impl Read for Timed {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.patiently(TcpStream::set_read_timeout, |socket| socket.read(room))
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(TcpStream::set_write_timeout, |socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// What a search found.
pub(super) struct Found {
    pub(super) entries: Vec<message::Entry>,
    pub(super) outcome: Outcome,
}

impl Link {
    /// Connects, with TLS where the endpoint has it: name and authority of the certificate are checked.
    pub(super) fn open(
        endpoint: &Endpoint,
        addresses: &[SocketAddr],
        tls: Option<&Arc<ClientConfig>>,
        (end, cancelled): (Instant, &Arc<AtomicBool>),
    ) -> Result<Self, Fault> {
        let socket = connect(addresses, end)?;
        // Requests are small, and each waits for its answer.
        socket.set_nodelay(true).map_err(|error| Fault::io(&error))?;
        let mut link = Self {
            stream: Stream::Plain(Timed { socket, end, cancelled: cancelled.clone() }),
            inbox: Vec::new(),
            id: 0,
        };
        match (endpoint.tls, tls) {
            (super::Tls::Never, _) => Ok(link),
            (super::Tls::Always, Some(tls)) => link.secure(endpoint, tls),
            (super::Tls::Start, Some(tls)) => {
                link.start_tls(end)?;
                link.secure(endpoint, tls)
            }
            (super::Tls::Always | super::Tls::Start, None) => Err(Fault::server("TLS is not set up")),
        }
    }

    fn start_tls(&mut self, end: Instant) -> Result<(), Fault> {
        let id = self.next_id();
        self.send(&message::start_tls(id), end)?;
        let answer = self.receive(&mut 0)?;
        let answer = read(&answer, id, &[message::EXTENDED_ANSWER])?;
        let outcome = answer.outcome().map_err(not_ldap)?;
        if outcome.code != 0 {
            return Err(Fault::server(super::fault::said("asked for TLS", &outcome)));
        }
        // What came before TLS is not believed to be the server's.
        if self.inbox.is_empty() { Ok(()) } else { Err(Fault::server("more came than the answer, before TLS")) }
    }

    fn secure(self, endpoint: &Endpoint, tls: &Arc<ClientConfig>) -> Result<Self, Fault> {
        let Stream::Plain(mut timed) = self.stream else { return Ok(self) };
        let name =
            ServerName::try_from(endpoint.host.clone()).map_err(|_| Fault::server("the host is no name for TLS"))?;
        let tls_fault = |error| Fault::io(&io::Error::other(error));
        let mut connection = ClientConnection::new(tls.clone(), name).map_err(tls_fault)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut timed).map_err(|error| Fault::io(&error))?;
        }
        Ok(Self { stream: Stream::Tls(Box::new(StreamOwned::new(connection, timed))), ..self })
    }

    /// Tries a password, once: sends it until `end`, and waits for the answer until `answer_end`.
    pub(super) fn bind(
        &mut self,
        credentials: &Credentials<'_>,
        (end, answer_end): (Instant, Instant),
    ) -> Result<Outcome, Fault> {
        let id = self.next_id();
        let request = message::bind(id, credentials.name, credentials.password);
        self.send(&request, end).map_err(Fault::unanswered)?;
        self.wait_until(answer_end);
        let mut answer = || {
            let answer = self.receive(&mut 0)?;
            read(&answer, id, &[message::BIND_ANSWER])?.outcome().map_err(not_ldap)
        };
        answer().map_err(Fault::unanswered)
    }

    /// References to other servers are left out.
    pub(super) fn search(&mut self, search: &message::Search<'_>, end: Instant) -> Result<Found, Fault> {
        let id = self.next_id();
        self.send(&message::search(id, search), end)?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        loop {
            let answer = self.receive(&mut bytes)?;
            let answer = read(&answer, id, &[message::ENTRY, message::REFERENCE, message::SEARCH_DONE])?;
            match answer.operation {
                message::SEARCH_DONE => return Ok(Found { entries, outcome: answer.outcome().map_err(not_ldap)? }),
                message::ENTRY => entries.push(answer.entry().map_err(not_ldap)?),
                _ => {}
            }
            if entries.len() > usize::try_from(search.most).unwrap_or(usize::MAX) {
                return Err(Fault::server("the server sends more entries than were asked for"));
            }
        }
    }

    /// Says goodbye. Not after a fork, where the connection is another process's.
    pub(super) fn close(mut self) {
        let id = self.next_id();
        // The connection ends in any case.
        let _ = self.send(&message::unbind(id), Instant::now() + Duration::from_millis(50));
    }

    /// Whether nothing came on an idle connection, neither bytes nor its end.
    pub(super) fn is_quiet(&self) -> bool {
        let socket = match &self.stream {
            Stream::Plain(timed) => &timed.socket,
            Stream::Tls(tls) => &tls.sock.socket,
        };
        let is_quiet = socket.set_nonblocking(true).is_ok()
            && matches!(socket.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        socket.set_nonblocking(false).is_ok() && is_quiet && self.inbox.is_empty()
    }

    fn next_id(&mut self) -> u32 {
        self.id = self.id % 0x7fff_ffff + 1;
        self.id
    }

    /// Sends one message; every wait from here on ends at `end`.
    fn send(&mut self, message: &[u8], end: Instant) -> Result<(), Fault> {
        self.inbox_is_empty()?;
        let sent = match &mut self.stream {
            Stream::Plain(timed) => {
                timed.end = end;
                timed.write_all(message)
            }
            Stream::Tls(tls) => {
                tls.sock.end = end;
                tls.write_all(message).and_then(|()| tls.flush())
            }
        };
        sent.map_err(|error| Fault::io(&error))
    }

    fn wait_until(&mut self, end: Instant) {
        match &mut self.stream {
            Stream::Plain(timed) => timed.end = end,
            Stream::Tls(tls) => tls.sock.end = end,
        }
    }

    fn inbox_is_empty(&self) -> Result<(), Fault> {
        if self.inbox.is_empty() { Ok(()) } else { Err(Fault::server("the server answers before it is asked")) }
    }

    /// One message. `bytes` counts those of a request.
    fn receive(&mut self, bytes: &mut usize) -> Result<Vec<u8>, Fault> {
        let mut room = Zeroizing::new([0; 4096]);
        loop {
            if let Some(len) = ber::whole(&self.inbox).map_err(not_ldap)? {
                if bytes.saturating_add(len) > limits::LDAP_ANSWER_BYTES {
                    return Err(Fault::server("the answer has more than 4 MiB"));
                }
                if self.inbox.len() >= len {
                    *bytes += len;
                    return Ok(self.inbox.drain(..len).collect());
                }
            }
            let read = match &mut self.stream {
                Stream::Plain(timed) => timed.read(&mut *room),
                Stream::Tls(tls) => tls.read(&mut *room),
            };
            match read.map_err(|error| Fault::io(&error))? {
                0 => return Err(Fault::io(&io::ErrorKind::UnexpectedEof.into())),
                count => self.inbox.extend_from_slice(room.get(..count).unwrap_or_default()),
            }
        }
    }
}

/// A message that answers the request of that id.
fn read<'a>(bytes: &'a [u8], id: u32, operations: &[u8]) -> Result<Message<'a>, Fault> {
    let message = Message::parse(bytes).map_err(not_ldap)?;
    if message.id == 0 {
        return Err(Fault::server("the server ends the connection"));
    }
    if message.id != id || !operations.contains(&message.operation) {
        return Err(Fault::server("the server answers what was not asked"));
    }
    Ok(message)
}

fn not_ldap(_: ber::Malformed) -> Fault {
    Fault::server("the answer is not LDAP")
}

/// Each address has its share of the time.
fn connect(addresses: &[SocketAddr], end: Instant) -> Result<TcpStream, Fault> {
    let mut fault = Fault::io(&io::ErrorKind::TimedOut.into());
    for (tried, address) in addresses.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX).max(1);
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) => fault = Fault::io(&error),
        }
    }
    Err(fault)
}
