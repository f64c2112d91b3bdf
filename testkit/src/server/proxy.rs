//! A proxy that opens tunnels, by CONNECT.

use super::listener::Listener;
use super::request::Request;
use super::wire::wait_for_leave;
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

const TUNNEL: &str = "HTTP/1.1 200 Scripted\r\n\r\n";
const NO_CONNECT: &str = "HTTP/1.1 405 Scripted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const UNREACHABLE: &str = "HTTP/1.1 502 Scripted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const LOGIN: &str = "HTTP/1.1 407 Scripted\r\nProxy-Authenticate: Basic realm=\"test\"\r\nConnection: close\r\n\
                     Content-Length: 0\r\n\r\n";

/// A proxy on 127.0.0.1 that runs until it is dropped. It takes every name for 127.0.0.1, so that a test can use any
/// and never leaves the machine.
pub struct Proxy {
    state: Arc<State>,
    listener: Listener,
}

#[derive(Default)]
struct State {
    targets: Mutex<Vec<String>>,
    ways: Mutex<HashMap<String, u16>>,
    wants_login: AtomicBool,
}

impl Proxy {
    pub fn start() -> Self {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let listener = Listener::start(move |client, _| {
            // A client that leaves too early is nothing to report: the test sees it at the client.
            let _ = shared.serve(client);
        });
        Self { state, listener }
    }

    pub fn port(&self) -> u16 {
        self.listener.port()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Leads a target, such as `login.example:443`, to a port of this machine from now on.
    pub fn lead(&self, target: &str, port: u16) {
        self.state.ways.lock().unwrap().insert(target.to_owned(), port);
    }

    /// The targets of every CONNECT that came, in their order, as `host:port`.
    pub fn targets(&self) -> Vec<String> {
        self.state.targets.lock().unwrap().clone()
    }

    /// Whether every CONNECT is answered by 407 from now on.
    pub fn answer_407(&self, on: bool) {
        self.state.wants_login.store(on, Ordering::SeqCst);
    }
}

impl State {
    fn serve(&self, mut client: &TcpStream) -> io::Result<()> {
        let request = Request::read(&mut client)?;
        match self.connect(&request) {
            Ok(target) => {
                client.write_all(TUNNEL.as_bytes())?;
                tunnel(client, &target);
            }
            Err(refusal) => {
                client.write_all(refusal.as_bytes())?;
                client.shutdown(Shutdown::Write)?;
                wait_for_leave(client);
            }
        }
        Ok(())
    }

    /// Connects to the target of a request, or has the answer that refuses it.
    fn connect(&self, request: &Request) -> Result<TcpStream, &'static str> {
        if request.method != "CONNECT" {
            return Err(NO_CONNECT);
        }
        self.targets.lock().unwrap().push(request.path.clone());
        if self.wants_login.load(Ordering::SeqCst) {
            return Err(LOGIN);
        }
        let way = self.ways.lock().unwrap().get(&request.path).copied();
        let named = || request.path.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let port = way.or_else(named);
        TcpStream::connect((Ipv4Addr::LOCALHOST, port.ok_or(UNREACHABLE)?)).map_err(|_| UNREACHABLE)
    }
}

/// Passes on what each side says, until both have ended.
fn tunnel(client: &TcpStream, target: &TcpStream) {
    thread::scope(|scope| {
        scope.spawn(|| pass_on(client, target));
        pass_on(target, client);
    });
}

/// Passes on what one side says, and that it has ended. What it says after the other has left is lost.
fn pass_on(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
