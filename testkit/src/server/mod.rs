//! A small, real HTTP server on 127.0.0.1, plain or with TLS, that a test can tell to misbehave, and a proxy beside it.
//!
//! Each connection has a thread and carries one request; every answer closes it. It is no example of a good server: it
//! believes what the test tells it.

mod answer;
mod gzip;
mod listener;
mod proxy;
mod request;
mod tls;
mod wire;

pub use answer::Answer;
pub use proxy::Proxy;
pub use request::Request;
pub use tls::Authority;

use listener::{Connections, Listener};
use rustls::ServerConfig;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use wire::Wire;

/// How long [`Server::wait_for_requests`] waits before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs until it is dropped. Dropping it cuts every connection, and waits for no answer.
pub struct Server {
    scheme: &'static str,
    paths: Arc<Paths>,
    listener: Listener,
}

/// What each path answers, and what was asked.
#[derive(Default)]
struct Paths {
    table: Mutex<HashMap<String, Path>>,
    arrived: Condvar,
}

#[derive(Default)]
struct Path {
    answers: VecDeque<Answer>,
    requests: usize,
    last: Option<Request>,
}

impl Server {
    /// Starts a server without TLS.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts a server with TLS. Its certificate is signed by `authority`, for these names; a name that parses as an
    /// IP address stands in it as one.
    pub fn start_tls(authority: &Authority, names: &[&str]) -> Self {
        Self::start_with(Some(authority.server_config(names)))
    }

    /// Starts a listener that accepts connections and never says anything, so that a TLS handshake stalls.
    pub fn silent() -> Self {
        let listener = Listener::start(|socket, _| wire::wait_for_leave(socket));
        Self { scheme: "https", paths: Arc::default(), listener }
    }

    fn start_with(tls: Option<Arc<ServerConfig>>) -> Self {
        let paths = Arc::new(Paths::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::clone(&paths);
        let listener = Listener::start(move |socket, connections| {
            // A client that leaves too early is nothing to report: the test sees it at the client.
            let _ = shared.serve(socket, tls.clone(), connections);
        });
        Self { scheme, paths, listener }
    }

    pub fn port(&self) -> u16 {
        self.listener.port()
    }

    /// The URL of a path, with the address 127.0.0.1.
    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port())
    }

    /// Sets what a path answers from now on. A path is what the request line has, its query included. A path that was
    /// never set answers 404.
    pub fn set(&self, path: &str, answer: Answer) {
        self.script(path, vec![answer]);
    }

    /// Sets what a path answers from now on: one answer after the other, and the last one again and again.
    pub fn script(&self, path: &str, answers: Vec<Answer>) {
        assert!(!answers.is_empty(), "a script has at least one answer");
        self.paths.table.lock().unwrap().entry(path.to_owned()).or_default().answers = answers.into();
    }

    /// How many requests came for a path. A request counts once its head was read, before it is answered.
    pub fn requests(&self, path: &str) -> usize {
        self.paths.table.lock().unwrap().get(path).map_or(0, |path| path.requests)
    }

    /// How many requests came for all paths.
    pub fn all_requests(&self) -> usize {
        self.paths.table.lock().unwrap().values().map(|path| path.requests).sum()
    }

    pub fn last_request(&self, path: &str) -> Option<Request> {
        self.paths.table.lock().unwrap().get(path)?.last.clone()
    }

    /// Waits until at least `count` requests came for a path. Fails the test after half a minute.
    pub fn wait_for_requests(&self, path: &str, count: usize) {
        let table = self.paths.table.lock().unwrap();
        let too_few = |table: &mut HashMap<String, Path>| table.get(path).is_none_or(|path| path.requests < count);
        let (table, timeout) = self.paths.arrived.wait_timeout_while(table, PATIENCE, too_few).unwrap();
        drop(table);
        assert!(!timeout.timed_out(), "fewer than {count} requests came for {path}");
    }

    /// How many TCP connections were accepted, those without a request or with a failed handshake included.
    pub fn connections(&self) -> usize {
        self.listener.accepted()
    }
}

impl Paths {
    fn serve(&self, socket: &TcpStream, tls: Option<Arc<ServerConfig>>, connections: &Connections) -> io::Result<()> {
        let mut wire = Wire::new(socket, tls);
        let request = Request::read(&mut wire)?;
        self.answer(&request).send(&request, &mut wire, connections)?;
        wire::wait_for_leave(socket);
        Ok(())
    }

    /// Notes a request, and takes the answer that is next for its path.
    fn answer(&self, request: &Request) -> Answer {
        let mut table = self.table.lock().unwrap();
        let path = table.entry(request.path.clone()).or_default();
        path.requests += 1;
        path.last = Some(request.clone());
        let answer = if path.answers.len() > 1 { path.answers.pop_front() } else { path.answers.front().cloned() };
        self.arrived.notify_all();
        answer.unwrap_or_else(|| Answer::status(404))
    }
}

/// A port of 127.0.0.1 on which nothing listens, while the test's process lives.
pub fn closed_port() -> u16 {
    // The port is that of a client which stays connected. One that was only bound and freed could be given to the
    // server of another test.
    static HELD: Mutex<Vec<(TcpListener, TcpStream)>> = Mutex::new(Vec::new());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let port = client.local_addr().unwrap().port();
    HELD.lock().unwrap().push((listener, client));
    port
}
