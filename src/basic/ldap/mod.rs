//! Directories that speak LDAP: Active Directory, OpenLDAP and their like.
//!
//! A password is checked by a bind, one for each check. Who it was is read from the directory, never guessed from what was
//! typed. Referrals are not followed, and nothing goes over a connection without TLS that was not allowed to.
//!
//! The client is our own, small and blocking. What it is for fits in three requests; a complete one brings a runtime, and
//! neither its time nor the size of an answer can be bounded.

mod ber;
mod check;
mod dn;
mod fault;
mod filter;
mod link;
mod message;
mod names;
mod pace;
mod person;
mod pool;
mod refusal;
mod roles;
mod session;

pub(crate) use dn::{Dn, DnTemplate};
pub(crate) use filter::{Filter, attribute};

use super::{Opening, Refused, Within};
use crate::code::Code;
use crate::http::{self, Trust};
use crate::limits;
use crate::secret::Secret;
use check::Ldap;
use rustls::ClientConfig;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How it is configured.
#[derive(Debug)]
pub(crate) struct Settings {
    /// In order of preference.
    pub(crate) endpoints: Vec<Endpoint>,
    /// The certificates to trust, instead of the operating system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// How long a server is tried before the next one.
    pub(crate) timeout: Duration,
    /// The NetBIOS name, such as `CONTOSO`.
    pub(crate) domain: Option<String>,
    /// What stands after the @ of its users' names.
    pub(crate) realms: Vec<String>,
    pub(crate) bind: Bind,
    /// What its users are below of. `None`: what the server says.
    pub(crate) base: Option<String>,
    /// What holds a user's name.
    pub(crate) user_attribute: String,
    pub(crate) roles: Option<Roles>,
    /// The files that it names.
    pub(crate) files: Vec<PathBuf>,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Not at all.
    Never,
    /// With the connection.
    Always,
    /// By a request, before anything else (RFC 4511 section 4.14).
    Start,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls == Tls::Always { "ldaps" } else { "ldap" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

/// How a password is tried.
#[derive(Debug)]
pub(crate) enum Bind {
    /// By the user's name in Active Directory: `CONTOSO\bob` or `bob@contoso.example`.
    Name,
    /// By a distinguished name that is made from the user's name.
    Dn(DnTemplate),
    /// By the distinguished name of the entry that is found.
    Search(Box<SearchBind>),
}

/// How users are found.
#[derive(Debug)]
pub(crate) struct SearchBind {
    /// With `{user}`.
    pub(crate) filter: Filter,
    /// For names with a realm: with `{user}` and `{realm}`.
    pub(crate) realm_filter: Filter,
    /// Who searches.
    pub(crate) service_user: String,
    pub(crate) service_password_file: PathBuf,
}

/// What a user's roles are.
#[derive(Debug)]
pub(crate) struct Roles {
    pub(crate) from: RolesFrom,
    /// What groups have to be below of.
    pub(crate) base: Option<String>,
    pub(crate) value: RoleValue,
}

/// Where groups are from.
#[derive(Debug)]
pub(crate) enum RolesFrom {
    /// The values of an attribute of the user.
    Attribute(String),
    /// Groups that have the user as a member, or have such a group as a member (Active Directory).
    Nested,
    /// Groups that a filter finds, with `{dn}` and `{user}`.
    Search(Filter),
}

/// What a group is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoleValue {
    /// Its common name.
    Name,
    /// Its distinguished name.
    Dn,
}

/// What an operator should know of names that can't be known to be one.
const TWO_NAMES: &str = ": an account logs in by its name and by its principal name. Until it has, each has half of \
                         passwords.max_failures; with search both are counted as one from the beginning";

impl Settings {
    /// How many names, without domain and realm, an account may have: in Active Directory a name and a principal name,
    /// which need not begin alike. With `search` the account is found before anything counts.
    fn forms(&self) -> u32 {
        if matches!(self.bind, Bind::Name) && !self.realms.is_empty() { 2 } else { 1 }
    }

    /// Whether names that came with that are of this directory.
    fn has(&self, within: Within<'_>) -> bool {
        match within {
            Within::Plain => true,
            Within::Domain(domain) => self.domain.iter().any(|known| is_same(known, domain)),
            Within::Realm(realm) => self.realms.iter().any(|known| is_same(known, realm)),
        }
    }
}

/// Domains and realms have no case.
fn is_same(one: &str, other: &str) -> bool {
    one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}

/// Reads the files that the settings name; connects to nobody.
pub(super) fn open(settings: &Arc<Settings>) -> Result<Opening, Refused> {
    let needs_tls = settings.endpoints.iter().any(|endpoint| endpoint.tls != Tls::Never);
    let tls = if needs_tls { Some(tls(settings.ca_file.as_deref())?) } else { None };
    let service = match &settings.bind {
        Bind::Search(search) => Some(read_password(&search.service_password_file)?),
        Bind::Name | Bind::Dn(_) => None,
    };
    let mut notes = Vec::new();
    if settings.endpoints.iter().any(|endpoint| endpoint.tls == Tls::Never) {
        notes.push(": passwords go to the directory without TLS (danger_plaintext)".to_owned());
    }
    if settings.forms() > 1 {
        notes.push(TWO_NAMES.to_owned());
    }
    Ok(Opening { directory: Arc::new(Ldap::new(settings, tls, service)), notes })
}

/// TLS that trusts the certificates of a file, or the operating system's.
fn tls(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Refused> {
    let unreadable = |what| (Code::FileUnreadable, what);
    let trust = ca_file.map(Trust::read).transpose().map_err(unreadable)?;
    http::tls_config(trust.as_ref()).map_err(|fault| unreadable(fault.what.into_owned()))
}

/// The password of the service account.
fn read_password(path: &Path) -> Result<Secret, Refused> {
    let unusable = |what| (Code::FileUnreadable, format!("the password in {} {what}", path.display()));
    Secret::read_line(path, limits::BASIC_BYTES).map_err(unusable)
}
