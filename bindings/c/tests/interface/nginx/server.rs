//! An nginx of the test's own: a master and two workers on a free port, gone when it is dropped.

use super::client;
use super::module::NGINX;
use doorward_testkit::c::{scratch, text};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::thread;
use std::time::{Duration, Instant};

pub const WORKERS: usize = 2;

/// A machine under load is slow, and a test that passes does not wait.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Nginx {
    folder: PathBuf,
    pub port: u16,
    master: Option<Child>,
}

/// Waits until something holds.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What nginx is told, but for its locations. Bodies and answers of other servers are never buffered here, but each
/// kind has its folder made.
fn configuration(port: u16, module: Option<&Path>, locations: &str) -> String {
    let load = module.map(|path| format!("load_module {};", path.display())).unwrap_or_default();
    format!(
        "{load}
worker_processes {WORKERS};
daemon off;
error_log error.log info;
pid nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path temporary; proxy_temp_path temporary; fastcgi_temp_path temporary;
    uwsgi_temp_path temporary; scgi_temp_path temporary;
    server {{
        listen 127.0.0.1:{port};
{locations}
    }}
}}
"
    )
}

impl Nginx {
    /// Writes the files of a server, and starts nothing.
    pub fn new(name: &str, module: Option<&Path>, locations: &str) -> Self {
        let folder = scratch().join("nginx").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let nginx = Self { folder, port: free_port(), master: None };
        nginx.configure(module, locations);
        nginx
    }

    pub fn configure(&self, module: Option<&Path>, locations: &str) {
        self.write("nginx.conf", &configuration(self.port, module, locations));
    }

    /// Writes a file beside nginx.conf, in one step.
    pub fn write(&self, name: &str, text: &str) {
        let new = self.folder.join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.folder.join(name)).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(NGINX);
        // Cargo names its own target folder there, which comes before what the module was linked with.
        command.env_remove("LD_LIBRARY_PATH");
        command.arg("-p").arg(&self.folder).args(["-c", "nginx.conf", "-e", "error.log"]);
        command
    }

    /// Runs nginx to the end, as `nginx -t` or `nginx -s reload` does.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    pub fn start(&mut self) {
        // In a group of its own, so that workers can be found even where the master has gone.
        self.master = Some(self.command().process_group(0).spawn().unwrap());
        until("nginx listens", || TcpStream::connect(("127.0.0.1", self.port)).ok());
        until("nginx has workers", || (self.workers().len() == WORKERS).then_some(()));
        until("nginx has written its id", || fs::read_to_string(self.folder.join("nginx.pid")).ok());
    }

    pub fn master(&self) -> u32 {
        self.master.as_ref().unwrap().id()
    }

    /// The ids of the workers, those that are about to end among them.
    pub fn workers(&self) -> Vec<u32> {
        let master = self.master();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap_or_default();
        children.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("error.log")).unwrap_or_default()
    }

    /// Lets the master read its configuration again, and waits until all workers are others.
    pub fn reload(&self) {
        let before = self.workers();
        let output = self.run(&["-s", "reload"]);
        assert!(output.status.success(), "{}", text(&output));
        until("the workers are replaced", || {
            let now = self.workers();
            (now.len() == WORKERS && now.iter().all(|id| !before.contains(id))).then_some(())
        });
    }

    /// As an administrator's `kill` does it: no configuration is read before the master does.
    pub fn signal(&self, signal: &str) {
        assert!(kill(signal, &self.master().to_string()).success());
    }

    pub fn get(&self, path: &str, authorizations: &[&str]) -> client::Answer {
        client::get(self.port, path, authorizations)
    }

    /// Ends nginx in peace, and sees that nothing went wrong in any of its processes.
    pub fn quit(mut self) {
        self.signal("QUIT");
        let status = until("nginx ends", || self.master.as_mut().unwrap().try_wait().unwrap());
        self.master = None;
        assert!(ExitStatus::success(&status), "{status}\n{}", self.log());
        let log = self.log();
        let bad = ["exited on signal", "[alert]", "[crit]", "exited with fatal code"];
        assert!(bad.iter().all(|bad| !log.contains(bad)), "{log}");
        assert_eq!(log.matches(" exited with code 0").count(), log.matches("start worker process ").count(), "{log}");
    }
}

/// By the shell, for not every machine has a program for it.
fn kill(signal: &str, whom: &str) -> ExitStatus {
    Command::new("bash").args(["-c", "kill -s $0 -- $1", signal, whom]).status().unwrap()
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if let Some(mut master) = self.master.take() {
            println!("{}", self.log());
            kill("KILL", &format!("-{}", master.id()));
            let _ = master.wait();
        }
    }
}
