//! The example of a server, running, and what a client of it needs.

use super::world;
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// A client waits longer for an answer than the server does for a request.
const PATIENCE: Duration = Duration::from_secs(20);

pub const WORKFLOW: &str = "/api/workflow/v1/tasks?top=5";
/// Its keys are fetched, and nobody serves them.
pub const ODATA: &str = "/api/odata/v3";

pub struct Server {
    process: Child,
    pub address: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u32,
    pub head: String,
    pub body: String,
}

/// A configuration with the two APIs of the server's routes.
fn configuration() -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let text = fs::read_to_string(world().join("remote.json")).unwrap();
        let mut configuration: Value = serde_json::from_str(&text).unwrap();
        let apis = configuration["apis"].as_object_mut().unwrap();
        let remote = apis.remove("remote").unwrap();
        apis.insert("smartobject-odata".to_owned(), remote);
        let path = world().join("server.json");
        fs::write(&path, configuration.to_string()).unwrap();
        path
    })
}

/// The value of an `Authorization` header.
pub fn token(name: &str) -> String {
    fs::read_to_string(world().join(format!("{name}.token"))).unwrap()
}

/// A request with these lines beside the usual ones.
pub fn request(path: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
}

/// Ends a connection at once: what is sent to it from then on is an error.
pub fn reset(stream: TcpStream) {
    set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
}

impl Server {
    /// On a port that is free.
    pub fn start(program: &mut Command) -> Self {
        program.arg(configuration()).arg("0").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Self { process: program.spawn().unwrap(), address: String::new() };
        let mut line = String::new();
        BufReader::new(server.process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            panic!("{program:?}: {}", server.complaint());
        }
        server.address = line.trim().strip_prefix("http://").unwrap().to_owned();
        server
    }

    /// What the process writes until it ends.
    fn complaint(&mut self) -> String {
        let mut text = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        // The server reads what it refuses too.
        stream.write_all(request.as_bytes()).unwrap();
        Answer::read(stream)
    }

    /// Asks with the value of one header.
    pub fn ask_with(&self, path: &str, authorization: &str) -> Answer {
        self.ask(&request(path, &[&format!("Authorization: {authorization}")]))
    }

    /// Asks the process to end, as a service manager does: it ends well, and has complained of nothing.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let complaint = self.complaint();
        let status = self.process.wait().unwrap();
        assert!(status.success() && complaint.is_empty(), "{status}\n{complaint}");
    }
}

impl Drop for Server {
    /// A test that failed leaves no server behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    pub fn read(mut stream: TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap_or_else(|error| panic!("{error}, after {text:?}"));
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.strip_prefix("HTTP/1.1 ").unwrap().get(..3).unwrap().parse().unwrap();
        assert_eq!(Self::find(head, "content-length").unwrap(), body.len().to_string(), "{text}");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn find<'a>(head: &'a str, name: &str) -> Option<&'a str> {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(each, _)| each.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        Self::find(&self.head, name)
    }
}
