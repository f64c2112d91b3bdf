//! Directory servers for the tests: OpenLDAP, Samba, one that is made up, and a proxy before any of them.

mod certificates;
mod fake;
mod proxy;
mod samba;
mod slapd;

pub use certificates::Certificates;
pub use fake::{Fake, done, element, entry, entry_of, result};
pub use proxy::Proxy;
pub use samba::Samba;
pub use slapd::{SERVICE, SPECIAL, Slapd};

use doorward::Code;
use doorward::internal::{PasswordAnswer, Passwords};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A folder for one server, removed at the end.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("doorward-ldap-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether tools are there. Where they are not, it is said, or the test fails where it must not be skipped.
pub fn have(what: &str, tools: &[&str]) -> bool {
    let is_there =
        |tool: &&str| Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap().status.success();
    let all = tools.iter().all(is_there);
    if !all {
        assert!(std::env::var_os("DOORWARD_REQUIRE_DIRECTORIES").is_none(), "{what} is not there");
        println!("SKIPPED: {what} is not there");
    }
    all
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A configuration with one directory.
pub fn configuration(ldap: &Value) -> String {
    json!({ "user_managers": { "K2": { "ldap": ldap } }, "apis": { "api": { "enabled": false } } }).to_string()
}

/// Opens a directory. File names are relative to the folder.
#[track_caller]
pub fn open(ldap: &Value, folder: &Path) -> Passwords {
    Passwords::open(&configuration(ldap), folder).unwrap_or_else(|error| panic!("{error:?}: {ldap}"))
}

pub const TIME: Duration = Duration::from_secs(5);

pub fn ask(passwords: &Passwords, name: &str, password: &str) -> PasswordAnswer {
    passwords.check(name, password, TIME)
}

pub fn proved(user: &str, roles: &[&str]) -> PasswordAnswer {
    PasswordAnswer::Proved(user.to_owned(), roles.iter().map(|role| (*role).to_owned()).collect())
}

pub const REJECTED: PasswordAnswer = PasswordAnswer::Refused(Code::BasicRejected, 0);

pub const fn refused(code: Code) -> PasswordAnswer {
    PasswordAnswer::Refused(code, 0)
}

/// The directory gives no answer, and says so with these words.
#[track_caller]
pub fn assert_unavailable(answer: &PasswordAnswer, words: &str) {
    match answer {
        PasswordAnswer::Unavailable(what) => assert!(what.contains(words), "{what:?} has no {words:?}"),
        other => panic!("{other:?}, not unavailable with {words:?}"),
    }
}

/// `with`, with these members replaced or added.
pub fn changed(with: &Value, change: Value) -> Value {
    let mut changed = with.clone();
    let Value::Object(members) = change else { panic!("an object") };
    for (name, value) in members {
        changed[name] = value;
    }
    changed
}
