//! A signal of the host breaks no call of the library: it goes on with the time that is left.
//!
//! The process is stopped and continued a hundred times a second. That needs no handler, and a socket with a timeout tells
//! it as it tells any other signal (signal(7), "Interruption of system calls and library functions by stop signals").

use super::threads::{header, resolve};
use doorward::internal::PasswordAnswer;
use doorward::{Code, Config, Verifier};
use doorward_testkit::directory::{Proxy, Slapd, ask, changed, open as open_directory, proved};
use doorward_testkit::fetched::{KEYS, Signer, configuration, set};
use doorward_testkit::server::{Answer, Authority, Server};
use serde_json::json;
use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Who sends the signals, until it is dropped or this process is gone.
struct Sender(Child);

impl Sender {
    fn start() -> Self {
        let text = "while kill -STOP $0 && kill -CONT $0; do sleep 0.01; done";
        let sender = Self(Command::new("sh").args(["-c", text, &std::process::id().to_string()]).spawn().unwrap());
        assert!(breaks_a_read(), "the control: signals break calls");
        sender
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn breaks_a_read() -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::Interrupted)
}

/// Longer than it takes until the next signal.
const PAUSE: Duration = Duration::from_millis(30);

pub fn a_directory_is_asked_through_signals() {
    let Some(slapd) = Slapd::start() else { return };
    let [plain, tls] = [slapd.ldap, slapd.ldaps].map(Proxy::start);
    plain.slow(PAUSE);
    tls.slow(PAUSE);
    let url = |scheme: &str, port: u16| format!("{scheme}://127.0.0.1:{port}");
    let by_dn = slapd.by_dn();
    let _sender = Sender::start();
    for change in [
        json!({ "url": url("ldap", plain.port), "danger_plaintext": true }),
        json!({ "url": url("ldap", plain.port), "start_tls": true }),
        json!({ "url": url("ldaps", tls.port) }),
    ] {
        let ldap = changed(&by_dn, change);
        for _ in 0..5 {
            let passwords = open_directory(&ldap, slapd.folder());
            assert_eq!(ask(&passwords, "alice", "alice-pw"), proved("alice", &[]), "{ldap}");
        }
    }
    ends_in_time(&slapd, &plain);
}

/// A server that says nothing is left when its time is over, whatever signals come.
fn ends_in_time(slapd: &Slapd, proxy: &Proxy) {
    proxy.stall(true);
    let url = format!("ldap://127.0.0.1:{}", proxy.port);
    let ldap = changed(&slapd.by_dn(), json!({ "url": url, "danger_plaintext": true }));
    let passwords = open_directory(&ldap, slapd.folder());
    let answer = passwords.check("alice", "alice-pw", Duration::from_secs(1));
    assert!(matches!(&answer, PasswordAnswer::Unavailable(what) if what.contains("in time")), "{answer:?}");
}

/// On the host's own thread.
pub fn keys_are_fetched_through_signals() {
    let (authority, signer) = (Authority::new(), Signer::new("a"));
    let ca_file = doorward_testkit::scratch().join(format!("signals-{}.pem", std::process::id()));
    fs::write(&ca_file, authority.pem()).unwrap();
    let keys = set(&[&signer]);
    let slow = move |_: &_| {
        thread::sleep(PAUSE);
        Answer::drip(keys.len() / 3 + 1, PAUSE, keys.clone())
    };
    let slow = Answer::dynamic(Arc::new(slow));
    let _sender = Sender::start();
    for server in [Server::start(), Server::start_tls(&authority, &["127.0.0.1"])] {
        server.set(KEYS, slow.clone());
        let mut configuration = configuration(&server);
        if server.url(KEYS).starts_with("https") {
            configuration["issuers"]["main"]["ca_file"] = json!(ca_file.to_str().unwrap());
        }
        let config = Config::from_json(configuration.to_string()).without_thread();
        for _ in 0..5 {
            let verifier = Verifier::open(&config).unwrap();
            assert_eq!(resolve(&verifier, &header(&signer)), Code::Ok, "{:?}", verifier.health());
        }
    }
    fs::remove_file(&ca_file).unwrap();
}
