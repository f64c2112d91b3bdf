//! A connection on which somebody is bound, to search as that one.

use super::fault::{Fault, said};
use super::filter::Filter;
use super::link::{Credentials, Link};
use super::message::{Entry, Scope, Search};
use super::pool::{Purpose, Server, Times};
use super::refusal::{Bound, judge};
use crate::basic::Refusal;
use std::time::Instant;

/// A connection on which somebody is bound.
pub(super) struct Session {
    link: Link,
    purpose: Purpose,
}

/// What a search looks for, without what every search has.
pub(super) struct Query<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: &'a [u8],
    pub(super) attributes: &'a [&'a str],
    /// Entries, at most: more are an error of the directory.
    pub(super) most: u32,
}

impl Session {
    /// Tries the password of a user, once. The connection is a new one, or one on which only users are bound.
    pub(super) fn of_user(
        server: &Server,
        credentials: &Credentials<'_>,
        times: Times,
    ) -> Result<Result<Self, Refusal>, Fault> {
        let purpose = Purpose::Users;
        let mut link = match server.kept(purpose, times.try_until) {
            Some(link) => link,
            None => server.open(times.try_until)?,
        };
        let outcome = link.bind(credentials, (times.end, times.answer))?;
        match judge(&outcome) {
            Bound::Yes => Ok(Ok(Self { link, purpose })),
            Bound::No(refusal) => {
                server.keep(purpose, link);
                Ok(Err(refusal))
            }
            // Busy, shutting down, without TLS or not the right one: it did not look at the password.
            Bound::Unknown(what) => {
                let was_sent = !matches!(outcome.code, 8 | 10 | 13 | 51 | 52);
                Err(Fault { rests: matches!(outcome.code, 51 | 52), was_sent, ..Fault::of_directory(what) })
            }
        }
    }

    /// A new connection of the service account.
    pub(super) fn of_service(server: &Server, credentials: &Credentials<'_>, until: Instant) -> Result<Self, Fault> {
        let mut link = server.open(until)?;
        let outcome = link.bind(credentials, (until, until)).map_err(|fault| Fault {
            is_final: false,
            was_sent: false,
            ..fault
        })?;
        match outcome.code {
            0 => Ok(Self { link, purpose: Purpose::Service }),
            51 | 52 => Err(Fault::server(said("bound as the service account", &outcome))),
            _ => Err(Fault::outcome("bound as the service account", &outcome)),
        }
    }

    /// One that was kept.
    pub(super) fn kept_of_service(server: &Server, until: Instant) -> Option<Self> {
        server.kept(Purpose::Service, until).map(|link| Self { link, purpose: Purpose::Service })
    }

    pub(super) fn keep(self, server: &Server) {
        server.keep(self.purpose, self.link);
    }

    /// What is found. An answer that is not whole is an error.
    pub(super) fn search(&mut self, query: &Query<'_>, end: Instant) -> Result<Vec<Entry>, Fault> {
        let Query { base, scope, filter, attributes, most } = *query;
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        let seconds = u32::try_from(left).unwrap_or(u32::MAX).saturating_add(1);
        let found = self.link.search(&Search { base, scope, filter, attributes, most, seconds }, end)?;
        match found.outcome.code {
            0 => Ok(found.entries),
            // There are more.
            4 => Err(Fault::of_directory(format!("more than {most} entries were found below \"{base}\""))),
            // Nothing there, or nothing that may be seen.
            32 if scope == Scope::Base => Ok(Vec::new()),
            51 | 52 => Err(Fault::server(said("searched", &found.outcome))),
            _ => Err(Fault::outcome(&format!("searched below \"{base}\""), &found.outcome)),
        }
    }

    /// Reads one entry. `None` where it is not there, or may not be seen.
    pub(super) fn read(&mut self, dn: &str, attributes: &[&str], end: Instant) -> Result<Option<Entry>, Fault> {
        let filter = Filter::Present("objectClass".to_owned()).fill(&[]);
        let query = Query { base: dn, scope: Scope::Base, filter: &filter, attributes, most: 1 };
        Ok(self.search(&query, end)?.pop())
    }
}
