//! The hosts: started on loopback, asked by a request line as it stands, and ended with the test.

use super::PREFIXES;
use doorward_testkit::c::available;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Host {
    port: u16,
    child: Child,
}

impl Drop for Host {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

impl Host {
    /// Starts a command, in a group of its own, and waits until it listens.
    fn start(port: u16, command: &mut Command) -> Self {
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let host = Self { port, child };
        doorward_testkit::until("the host to listen", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        host
    }

    /// The API that serves a path; `None` if the host refuses it, or has nothing to do with an API.
    pub fn serves(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("x-api:"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder of the host's own, with a file.
fn folder(name: &str, file: &str, text: &str) -> PathBuf {
    let folder = doorward_testkit::scratch().join("paths").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(file), text).unwrap();
    folder
}

/// By its locations, which are compared as texts.
pub fn nginx() -> Option<Host> {
    const NGINX: &str = "/usr/sbin/nginx";
    if !available("nginx", Path::new(NGINX).exists()) {
        return None;
    }
    let port = free_port();
    let locations: String = PREFIXES
        .iter()
        .map(|(path, api)| format!("        location {path} {{ add_header X-Api {api} always; return 204; }}\n"))
        .collect();
    let configuration = format!(
        "daemon off;\nmaster_process off;\nerror_log error.log;\npid nginx.pid;\nevents {{}}\nhttp {{\n    access_log off;\n    \
         client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;\n    \
         server {{\n        listen 127.0.0.1:{port};\n{locations}    }}\n}}\n"
    );
    let folder = folder("nginx", "nginx.conf", &configuration);
    Some(Host::start(port, Command::new(NGINX).arg("-p").arg(&folder).args(["-c", "nginx.conf", "-e", "error.log"])))
}

/// By `Location`, the later ones over the earlier ones.
pub fn apache() -> Option<Host> {
    const APACHE: &str = "/usr/sbin/apache2";
    if !available("apache", Path::new(APACHE).exists()) {
        return None;
    }
    let port = free_port();
    let locations: String = PREFIXES
        .iter()
        .map(|(path, api)| {
            format!("<Location \"{path}\">\n    Header always set X-Api {api}\n    Require all granted\n</Location>\n")
        })
        .collect();
    let modules: String = ["mpm_event", "authz_core", "headers"]
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    let folder = folder("apache", "page", "");
    let here = folder.display();
    let configuration = format!(
        "{modules}ServerRoot {here}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {here}/pid\nErrorLog {here}/log\n\
         DocumentRoot {here}\n{locations}"
    );
    fs::write(folder.join("apache.conf"), configuration).unwrap();
    Some(Host::start(port, Command::new(APACHE).arg("-f").arg(folder.join("apache.conf")).arg("-DFOREGROUND")))
}

/// By routes with a format behind a dot, as its documentation adds them.
pub fn django() -> Option<Host> {
    let packages = doorward_testkit::target().join("tools/django");
    if !available("django", packages.join("rest_framework").exists()) {
        return None;
    }
    let port = free_port();
    let mut python = Command::new("python3");
    python.arg("-c").arg(include_str!("django.py")).arg(port.to_string()).env("PYTHONPATH", packages);
    PREFIXES.iter().for_each(|(path, api)| _ = python.arg(format!("{path}={api}")));
    Some(Host::start(port, &mut python))
}

/// By mounts, which end at a slash or at a dot.
pub fn connect() -> Option<Host> {
    let packages = doorward_testkit::target().join("tools/connect");
    if !available("connect", packages.join("node_modules/connect").exists()) {
        return None;
    }
    let port = free_port();
    let mut node = Command::new("node");
    node.arg("-e").arg(include_str!("connect.js")).arg("--").arg(port.to_string()).current_dir(packages);
    PREFIXES.iter().for_each(|(path, api)| _ = node.arg(format!("{path}={api}")));
    Some(Host::start(port, &mut node))
}
