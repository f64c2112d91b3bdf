//! OpenLDAP, with a directory of its own, for one test.

use super::{Certificates, Folder, free_port, have};
use base64_simd::STANDARD;
use serde_json::{Value, json};
use std::fs::File;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const BASE: &str = "dc=example,dc=test";

/// The service account.
pub const SERVICE: &str = "cn=svc,dc=example,dc=test";
const SERVICE_PASSWORD: &str = "service-pw";

/// Lets everything in that a careless administrator may have allowed: binds without a password above all.
const CONFIGURATION: &str = "
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile FOLDER/slapd.pid
argsfile FOLDER/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
allow bind_anon_cred bind_anon_dn
referral ldap://127.0.0.1:1/
TLSCACertificateFile FOLDER/ca.pem
TLSCertificateFile FOLDER/cert.pem
TLSCertificateKeyFile FOLDER/key.pem
database mdb
maxsize 16777216
suffix \"dc=example,dc=test\"
rootdn \"cn=admin,dc=example,dc=test\"
directory FOLDER/db
overlay ppolicy
ppolicy_default \"cn=policy,dc=example,dc=test\"
ppolicy_use_lockout
access to attrs=userPassword by anonymous auth by * none
access to dn.exact=\"uid=hidden,ou=people,dc=example,dc=test\" by dn.exact=\"cn=svc,dc=example,dc=test\" read by anonymous auth by * none
access to * by users read by anonymous auth by * none
";

/// A server.
pub struct Slapd {
    child: Child,
    folder: Folder,
    pub ldap: u16,
    pub ldaps: u16,
}

impl Slapd {
    /// `None` where it is not installed, which is said. It locks an account after three wrong passwords.
    pub fn start() -> Option<Self> {
        Self::start_with_lock(3, 0)
    }

    /// It locks an account for good after so many wrong passwords, which it forgets after so many seconds; 0 for never.
    pub fn start_with_lock(failures: u32, seconds: u32) -> Option<Self> {
        if !have("OpenLDAP", &["/usr/sbin/slapd", "/usr/sbin/slapadd", "ldapwhoami"]) {
            return None;
        }
        let folder = Folder::new();
        Certificates::write(folder.path(), &["localhost", "127.0.0.1"]);
        let text = CONFIGURATION.replace("FOLDER", folder.path().to_str().unwrap());
        std::fs::write(folder.path().join("slapd.conf"), text).unwrap();
        std::fs::write(folder.path().join("svc.pw"), format!("{SERVICE_PASSWORD}\n")).unwrap();
        std::fs::create_dir(folder.path().join("db")).unwrap();
        let ldif = folder.path().join("init.ldif");
        std::fs::write(&ldif, ldif_text(failures, seconds)).unwrap();
        let output = Command::new("/usr/sbin/slapadd")
            .arg("-f")
            .arg(folder.path().join("slapd.conf"))
            .arg("-l")
            .arg(ldif)
            .output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (ldap, ldaps) = (free_port(), free_port());
        let child = spawn(&folder, ldap, ldaps);
        Some(Self { child, folder, ldap, ldaps })
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Stops it at once.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn start_again(&mut self) {
        self.child = spawn(&self.folder, self.ldap, self.ldaps);
    }

    /// Lines of its log that have all of these words: it notes each operation.
    pub fn logged(&self, words: &[&str]) -> usize {
        let log = std::fs::read(self.folder.path().join("log")).unwrap();
        String::from_utf8_lossy(&log).lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// Password attempts for users, not for the service account.
    pub fn binds(&self) -> usize {
        self.logged(&[" BIND dn=", "method=128"]) - self.logged(&[" BIND dn=\"cn=svc,", "method=128"])
    }

    /// A directory that searches by the service account, over TLS.
    pub fn by_search(&self) -> Value {
        json!({
            "url": format!("ldaps://127.0.0.1:{}", self.ldaps), "ca_file": "ca.pem", "base": BASE,
            "search": { "service_user": SERVICE, "service_password_file": "svc.pw" },
        })
    }

    /// A directory that makes the distinguished name of a user's.
    pub fn by_dn(&self) -> Value {
        json!({
            "url": format!("ldaps://127.0.0.1:{}", self.ldaps), "ca_file": "ca.pem",
            "dn": format!("uid={{user}},ou=people,{BASE}"),
        })
    }

    /// Tries a password with the client of OpenLDAP: whether it succeeds, and as whom.
    pub fn whoami(&self, dn: &str, password: &str) -> Result<String, String> {
        let url = format!("ldap://127.0.0.1:{}", self.ldap);
        let output = Command::new("ldapwhoami").args(["-x", "-H", &url, "-D", dn, "-w", password]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(folder: &Folder, ldap: u16, ldaps: u16) -> Child {
    let log = File::options().create(true).append(true).open(folder.path().join("log")).unwrap();
    let urls = format!("ldap://127.0.0.1:{ldap}/ ldaps://127.0.0.1:{ldaps}/");
    let mut command = Command::new("/usr/sbin/slapd");
    command.args(["-d", "256", "-h", &urls, "-f"]).arg(folder.path().join("slapd.conf"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", ldap)).is_err() || TcpStream::connect(("127.0.0.1", ldaps)).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "slapd ends; see its log in {:?}", folder.path());
        assert!(start.elapsed() < Duration::from_secs(20), "slapd does not start");
        thread::sleep(Duration::from_millis(20));
    }
    child
}

/// Users whose names try to be something else, with the password `special-pw` each.
pub const SPECIAL: [&str; 17] = [
    "a*b",
    "a)(b",
    "(a",
    "a\\2ab",
    "a\\b",
    "x,ou=admins",
    "#616c",
    "plus+uid=bob",
    "quo\"te",
    "eq=x",
    "<lt>",
    "semi;colon",
    "*",
    "ünïcode",
    "*)(uid=*",
    "a|b&c",
    "sp ace",
];

fn ldif_text(failures: u32, seconds: u32) -> String {
    let [failures, seconds] = [failures, seconds].map(|number| number.to_string());
    let mut text = String::new();
    let mut add = |dn: &str, attributes: &[(&str, &str)]| {
        let encode = |value: &str| STANDARD.encode_to_string(value);
        text += &format!("dn:: {}\n", encode(dn));
        for (name, value) in attributes {
            text += &format!("{name}:: {}\n", encode(value));
        }
        text += "\n";
    };
    add(BASE, &[("objectClass", "dcObject"), ("objectClass", "organization"), ("dc", "example"), ("o", "Example")]);
    for unit in ["people", "groups", "admins"] {
        add(&format!("ou={unit},{BASE}"), &[("objectClass", "organizationalUnit"), ("ou", unit)]);
    }
    add(
        &format!("cn=policy,{BASE}"),
        &policy(
            "policy",
            &[
                ("pwdLockout", "TRUE"),
                ("pwdMaxFailure", &failures),
                ("pwdFailureCountInterval", &seconds),
                ("pwdLockoutDuration", "600"),
            ],
        ),
    );
    add(&format!("cn=aging,{BASE}"), &policy("aging", &[("pwdMaxAge", "60")]));
    add(
        SERVICE,
        &[
            ("objectClass", "organizationalRole"),
            ("objectClass", "simpleSecurityObject"),
            ("cn", "svc"),
            ("userPassword", SERVICE_PASSWORD),
        ],
    );
    let aging = format!("cn=aging,{BASE}");
    let mut user = |uid: &str, password: &str, more: &[(&str, &str)]| {
        let mut attributes =
            vec![("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", uid), ("sn", uid), ("userPassword", password)];
        attributes.extend(more);
        add(&format!("uid={},ou=people,{BASE}", escaped(uid)), &attributes);
    };
    let readers = format!("cn=Readers,ou=groups,{BASE}");
    let elsewhere = "cn=Elsewhere,ou=other,dc=test";
    user(
        "alice",
        "alice-pw",
        &[("mail", "double"), ("departmentNumber", "Sales"), ("seeAlso", &readers), ("seeAlso", elsewhere)],
    );
    user("bob", "bob-pw", &[("mail", "double")]);
    user("lock", "lock-pw", &[]);
    user("hidden", "hidden-pw", &[]);
    user("reset", "reset-pw", &[("pwdReset", "TRUE")]);
    user("expired", "expired-pw", &[("pwdPolicySubentry", &aging), ("pwdChangedTime", "20200101000000Z")]);
    for name in SPECIAL {
        user(name, "special-pw", &[]);
    }
    let away = "ldap://127.0.0.1:1/uid=away,dc=example,dc=test";
    add(
        &format!("uid=away,ou=people,{BASE}"),
        &[("objectClass", "referral"), ("objectClass", "extensibleObject"), ("uid", "away"), ("ref", away)],
    );
    let member = |name: &str| format!("uid={name},ou=people,{BASE}");
    let (alice, bob) = (member("alice"), member("bob"));
    add(&readers, &[("objectClass", "groupOfNames"), ("cn", "Readers"), ("member", &alice)]);
    let writers = format!("cn=Writers,ou=groups,{BASE}");
    add(&writers, &[("objectClass", "groupOfNames"), ("cn", "Writers"), ("member", &alice), ("member", &bob)]);
    text
}

/// The attributes of a password policy.
fn policy<'a>(name: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut attributes = vec![("objectClass", "device"), ("objectClass", "pwdPolicy"), ("cn", name)];
    attributes.extend([("pwdAttribute", "userPassword"), ("pwdMustChange", "TRUE")]);
    attributes.extend(more);
    attributes
}

/// As RFC 4514 says, in another way than the library's.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for (at, character) in value.char_indices() {
        let needs =
            matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=') || (at == 0 && character == '#');
        text.extend(needs.then_some('\\'));
        text.push(character);
    }
    text
}
