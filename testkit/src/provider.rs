//! A real OpenID provider, written by others: the folder `testkit/provider`, run by Node on this machine.
//!
//! Its tokens have the time of now, not that of `crate::NOW`. It speaks plain HTTP and does no TLS.

use serde_json::Value;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdout, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

/// The resources that the provider has tokens for, by the algorithm of their tokens. A token names its resource as
/// the audience.
pub const RESOURCE_RS256: &str = "https://api.k2.com/";
pub const RESOURCE_ES256: &str = "https://api-es.k2.com/";

/// Every token has this subject and this scope, and the role `reader`.
pub const CLIENT: &str = "svc";
pub const SCOPE: &str = "api:read";

/// `svc:svc-secret` in base64.
const CLIENT_AUTHORIZATION: &str = "Basic c3ZjOnN2Yy1zZWNyZXQ=";

/// With this variable set, a machine that cannot run the provider fails the test instead of skipping it.
const REQUIRE: &str = "DOORWARD_REQUIRE_PROVIDER";

const READY_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

const FILES: [(&str, &str); 4] = [
    (".npmrc", include_str!("../provider/.npmrc")),
    ("package.json", include_str!("../provider/package.json")),
    ("package-lock.json", include_str!("../provider/package-lock.json")),
    ("provider.mjs", include_str!("../provider/provider.mjs")),
];

/// A provider that runs until this is dropped, with keys and a port of its own.
pub struct Provider {
    _running: Running,
    issuer: String,
    jwks_url: String,
    token_url: String,
}

impl Provider {
    /// Installs the provider, where that is not done yet, and starts it. Returns nothing, and says so in one line,
    /// where it cannot be installed: without Node, or without its packages.
    pub fn start() -> Option<Self> {
        static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        match FOLDER.get_or_init(installed).clone().and_then(|folder| Running::spawn(&folder)) {
            Ok(running) => Some(Self::when_ready(running)),
            Err(reason) => skip(&reason),
        }
    }

    fn when_ready(mut running: Running) -> Self {
        let ready = ready_line(running.0.stdout.take().unwrap());
        let issuer = text(&json(&ready), "issuer");
        let discovery = json(&http("GET", &format!("{issuer}/.well-known/openid-configuration"), "", ""));
        assert_eq!(discovery["issuer"], issuer.as_str(), "the issuer of discovery");
        Self {
            _running: running,
            jwks_url: text(&discovery, "jwks_uri"),
            token_url: text(&discovery, "token_endpoint"),
            issuer,
        }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn jwks_url(&self) -> &str {
        &self.jwks_url
    }

    /// Gets an access token, valid for 300 seconds.
    pub fn token(&self, resource: &str) -> String {
        let form = format!("grant_type=client_credentials&scope={SCOPE}&resource={resource}");
        let headers =
            format!("Authorization: {CLIENT_AUTHORIZATION}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        text(&json(&http("POST", &self.token_url, &headers, &form)), "access_token")
    }

    /// The ids of the published keys, those that sign first.
    pub fn key_ids(&self) -> Vec<String> {
        let set = json(&http("GET", &self.jwks_url, "", ""));
        set["keys"].as_array().expect("keys").iter().map(|key| text(key, "kid")).collect()
    }

    /// Signs with new keys from now on, with the staged ones where there are some. The old keys stay published.
    pub fn rotate(&self) {
        self.change("_rotate");
    }

    /// Publishes new keys, which do not sign yet.
    pub fn stage(&self) {
        self.change("_stage");
    }

    /// Keeps only the newest keys, which sign from now on.
    pub fn drop_old(&self) {
        self.change("_drop_old");
    }

    fn change(&self, name: &str) {
        http("POST", &format!("{}/{name}", self.issuer), "", "");
    }
}

/// The process. It also ends by itself when its standard input is closed, so that it outlives no test program.
struct Running(Child);

impl Running {
    fn spawn(folder: &Path) -> Result<Self, String> {
        let mut command = Command::new("node");
        command.arg("provider.mjs").current_dir(folder).env("PORT", "0");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().map(Self).map_err(|error| without_node("node", &error))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits on a thread of its own, for a pipe has no time limit.
fn ready_line(stdout: ChildStdout) -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    let line = receiver.recv_timeout(READY_WITHIN).expect("the provider is ready in time");
    line.expect("the provider's first line")
}

/// The folder of the installed provider. Each version of the files has its own, so it never has to be replaced while
/// another test program runs from it.
fn installed() -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    let root = crate::scratch().join("provider");
    let folder = root.join(format!("{:016x}", hasher.finish()));
    if !folder.is_dir() {
        install(&root.join(format!("unfinished-{}", process::id())), &folder)?;
    }
    Ok(folder)
}

/// Makes the folder under another name first, so that it is there only when it is whole.
fn install(unfinished: &Path, folder: &Path) -> Result<(), String> {
    // It is there only if an earlier process with our id was killed.
    let _ = fs::remove_dir_all(unfinished);
    fs::create_dir_all(unfinished).unwrap();
    for (name, text) in FILES {
        fs::write(unfinished.join(name), text).unwrap();
    }
    let packages = npm_ci(unfinished);
    if packages.is_ok() && fs::rename(unfinished, folder).is_ok() {
        return Ok(());
    }
    let _ = fs::remove_dir_all(unfinished);
    packages?;
    // Another test program was faster, and its folder is as good.
    if folder.is_dir() { Ok(()) } else { Err(format!("{} cannot be made", folder.display())) }
}

fn npm_ci(folder: &Path) -> Result<(), String> {
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).stdin(Stdio::null());
    let output = command.output().map_err(|error| without_node("npm", &error))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let first = errors.lines().find(|line| line.starts_with("npm error")).unwrap_or("no reason given");
    Err(format!("its packages cannot be installed ({first})"))
}

fn without_node(program: &str, error: &io::Error) -> String {
    format!("this machine is without Node ({program}: {error})")
}

fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var_os(REQUIRE).is_none(), "{REQUIRE} is set, but the provider cannot run: {reason}");
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not eprintln: the test runner would show that only for a test that fails.
    let _ = writeln!(io::stderr(), "{test}: skipped, the provider cannot run: {reason}");
    None
}

/// Sends one request and returns the body of the answer, which has to be a good one. It asks in HTTP/1.0: then the
/// answer is one piece, and ends with the connection.
fn http(method: &str, url: &str, headers: &str, body: &str) -> String {
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a URL of plain HTTP");
    let length = body.len();
    let request =
        format!("{method} /{path} HTTP/1.0\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    let mut stream = TcpStream::connect(host).unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    stream.set_read_timeout(Some(ANSWER_WITHIN)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {url}: {answer:?}"));
    assert!(head.starts_with("HTTP/1.1 2"), "{method} {url}: {answer}");
    body.to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}")).to_owned()
}
