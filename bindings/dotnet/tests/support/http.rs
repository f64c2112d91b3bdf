//! A server in .NET, running, and one request to it over a connection of its own.

use doorward_testkit::c;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A machine under load is slow, and a test that passes does not wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// The word before the address, in the line that a server writes when it serves.
const LISTENS: &str = "listens on http://";

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A process that serves; it is ended when this is dropped.
pub struct Server {
    child: Child,
    pub port: u16,
    output: Arc<Mutex<String>>,
}

impl Server {
    /// Waits until it says where it listens.
    pub fn start(command: &mut Command) -> Self {
        Self::start_saying(LISTENS, command)
    }

    /// In other words.
    pub fn start_saying(listens: &str, command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Self { child, port: 0, output: Arc::default() };
        let (stdout, stderr) = (server.child.stdout.take().unwrap(), server.child.stderr.take().unwrap());
        server.collect(stdout);
        server.collect(stderr);
        let end = Instant::now() + PATIENCE;
        while server.port == 0 {
            assert!(server.child.try_wait().unwrap().is_none(), "{command:?} ended: {}", server.output());
            assert!(Instant::now() < end, "{command:?} does not listen: {}", server.output());
            thread::sleep(Duration::from_millis(20));
            let output = server.output();
            let address = output.split_once(listens).and_then(|(_, rest)| rest.split_once('\n')).map(|(line, _)| line);
            let port = address.and_then(|address| address.trim_end_matches('/').rsplit(':').next()?.parse().ok());
            server.port = port.unwrap_or(0);
        }
        server
    }

    fn collect(&self, from: impl Read + Send + 'static) {
        let output = self.output.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                output.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
    }

    /// What it has written until now.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Waits until it has written these words, and tells all that it has written: a log comes after its request.
    pub fn output_with(&self, words: &str) -> String {
        let end = Instant::now() + PATIENCE;
        while !self.output().contains(words) {
            assert!(Instant::now() < end, "nothing says {words:?}: {}", self.output());
            thread::sleep(Duration::from_millis(20));
        }
        self.output()
    }

    /// Asks for a path, with a credential.
    pub fn get(&self, path: &str, authorization: &str) -> Answer {
        request(self.port, "GET", path, &[authorization], "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = c::run(Command::new("kill").arg(self.child.id().to_string()));
        let _ = self.child.wait();
    }
}

/// Asks for a path, with the values of so many `Authorization` headers that are not empty.
pub fn request(port: u16, method: &str, path: &str, authorizations: &[&str], body: &str) -> Answer {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for value in authorizations.iter().filter(|value| !value.is_empty()) {
        text.push_str(&format!("Authorization: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    parse(&String::from_utf8(answer).unwrap())
}

fn parse(text: &str) -> Answer {
    let (head, rest) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { chunks(rest) } else { rest.to_owned() };
    Answer { status, head: head.to_owned(), body }
}

/// The chunks of a body (RFC 9112, section 7.1), which is ASCII.
fn chunks(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        body.push_str(&after[..length]);
        rest = after[length..].strip_prefix("\r\n").unwrap();
    }
    body
}
