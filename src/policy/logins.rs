//! Which directory a user name leads to.

use super::Api;
use super::check::{Expected, Failure};
use crate::code::Code;
use crate::parse::basic::{Login, Within, check_given, split};

/// The directories of a configuration, by the names that lead to them. There are few, so they are looked through.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    pub(super) entries: Vec<Entry>,
}

/// A directory, as names lead to it. Its place is that in the list.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) label: String,
    /// The place of its user manager.
    pub(crate) manager: usize,
    pub(crate) domain: Option<String>,
    pub(crate) realms: Vec<String>,
    pub(crate) is_default: bool,
}

/// Where a login is to be checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Destination<'p, 'r> {
    /// The place of the directory.
    pub(crate) directory: usize,
    pub(crate) entry: &'p Entry,
    pub(crate) login: Login<'r>,
}

impl Logins {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Finds the directory of user name and password, as the client sent them. `LABEL:user` comes first, then a domain or
    /// realm that is configured, then the directory that the API takes for all others.
    pub(crate) fn find<'p, 'r>(
        &'p self,
        api: &Api,
        user: &'r str,
        password: &'r str,
    ) -> Result<Destination<'p, 'r>, Failure<'p>> {
        let labelled = self.entries.iter().position(|entry| entry.label == user);
        let (given, name, password) = match (labelled, password.split_once(':')) {
            (Some(directory), Some((name, password))) => (Some(directory), name, password),
            _ => (None, user, password),
        };
        let (user, within) = split(name);
        check_given(user, "the user name is empty")?;
        check_given(password, "the password is empty")?;
        let found = given.or_else(|| self.by_name(within)).or(api.default_directory);
        let found = found.and_then(|directory| Some((directory, self.entries.get(directory)?)));
        let (directory, entry) = found.ok_or(Failure::new(
            Code::BasicRejected,
            "",
            Expected::Text("a label, domain or realm that leads to a user manager with a directory"),
        ))?;
        Ok(Destination { directory, entry, login: Login { user, within, password } })
    }

    fn by_name(&self, within: Within<'_>) -> Option<usize> {
        match within {
            Within::Plain => None,
            Within::Domain(domain) => self.entries.iter().position(|entry| entry.has_domain(domain)),
            Within::Realm(realm) => self.entries.iter().position(|entry| entry.has_realm(realm)),
        }
    }
}

impl Entry {
    pub(super) fn has_domain(&self, domain: &str) -> bool {
        self.domain.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(domain))
    }

    pub(super) fn has_realm(&self, realm: &str) -> bool {
        self.realms.iter().any(|own| own.eq_ignore_ascii_case(realm))
    }
}
