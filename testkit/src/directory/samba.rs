//! Samba as the domain controller of an Active Directory domain, for one test.

use super::{Certificates, Folder, have};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A server. `samba_users.py` has its users.
pub struct Samba {
    child: Child,
    folder: Folder,
    pub address: String,
}

impl Samba {
    /// `None` where it is not installed, or its ports can't be used, which is said.
    pub fn start() -> Option<Self> {
        let address = free_address();
        let python = Command::new("/usr/bin/python3").args(["-c", "import samba.samdb"]).output();
        let is_there = python.is_ok_and(|output| output.status.success());
        let tool = if is_there && address.is_some() { "samba-tool" } else { "nothing-that-is-there" };
        if !have("Samba as a domain controller, or the right to use its ports,", &["samba", tool]) {
            return None;
        }
        let (folder, address) = (Folder::new(), address?);
        Certificates::write(folder.path(), &["dc1.contoso.example", &address]);
        let log = File::create(folder.path().join("log")).unwrap();
        let script = crate::root().join("testkit/src/directory/samba.sh");
        let mut command = Command::new("bash");
        command.arg(script).arg(folder.path()).arg(&address).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut samba = Self { child, folder, address };
        samba.wait();
        Some(samba)
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while TcpStream::connect((self.address.as_str(), 636)).is_err() {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(self.child.try_wait().unwrap().is_none(), "Samba ends: {}", log());
            assert!(start.elapsed() < Duration::from_secs(90), "Samba does not start: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The smallest configuration, but for the address and the authority.
    pub fn directory(&self) -> Value {
        json!({
            "url": format!("ldaps://{}", self.address), "ca_file": "ca.pem", "domain": "CONTOSO",
            "realms": ["contoso.example"],
        })
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        // It ends its children when it is asked to end.
        let _ = kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), Signal::SIGTERM);
        let start = Instant::now();
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) && start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of the loopback interface on which the ports of a domain controller are free and may be used.
fn free_address() -> Option<String> {
    let is_free = |address: &String| {
        [389, 636, 3268, 3269].iter().all(|port| TcpListener::bind((address.as_str(), *port)).is_ok())
    };
    let number = std::process::id() % 200 + 20;
    (1..=250_u32).map(|last| format!("127.0.{number}.{last}")).take(5).find(is_free)
}
