//! Passwords of Entra ID: the resource owner password credentials grant (RFC 6749 section 4.3).
//!
//! It works for accounts of one tenant without multi-factor authentication. The token that comes with a right password is
//! read for who the user is, and dropped: it came from the token endpoint itself, so its signature is not looked at
//! (OpenID Connect Core section 3.1.3.7 point 6).

mod form;
mod outcome;
mod person;

use super::{Answer, Check, Login, Opening, Reason, Refusal, Refused, Within};
use crate::code::Code;
use crate::http::{Address, Client, Transport};
use crate::secret::Secret;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// How it is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The token endpoint.
    pub(crate) endpoint: Address,
    /// The id of the tenant, where it is configured by its id.
    pub(crate) tenant: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) resource: String,
    /// Those of its users' names.
    pub(crate) realms: Vec<String>,
    pub(crate) transport: Transport,
    /// The files that it names.
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug)]
struct EntraPassword {
    settings: Settings,
    client: Client,
}

pub(super) fn open(settings: &Settings) -> Result<Opening, Refused> {
    let directory = EntraPassword { settings: settings.clone(), client: Client::of_thread() };
    Ok(Opening { directory: Arc::new(directory), notes: Vec::new() })
}

impl Check for EntraPassword {
    fn check(&self, login: &Login<'_>, end: Instant) -> Answer {
        let Settings { endpoint, transport, .. } = &self.settings;
        let Some(user) = self.user(login) else {
            return Answer::Refused(Refusal { code: Code::BasicRejected, reason: Reason::None });
        };
        let form = form::of(&self.settings, &user, login.password);
        match self.client.post(endpoint, &form, transport, end) {
            Ok((200, body)) => person::of(&body, &self.settings, &user),
            Ok((status, body)) => outcome::of(status, &body),
            Err(fault) => Answer::Unavailable(format!("the token endpoint can't be asked: {}", fault.what)),
        }
    }
}

impl EntraPassword {
    /// The name that Entra ID knows; `None` where it is none of this directory's, whose password is nobody's business.
    fn user(&self, login: &Login<'_>) -> Option<String> {
        let realms = &self.settings.realms;
        let realm = match (login.within, realms.as_slice()) {
            (Within::Realm(realm), _) => realms.iter().find(|own| own.eq_ignore_ascii_case(realm)).map(|_| realm)?,
            (Within::Plain, [only]) => only,
            (Within::Plain | Within::Domain(_), _) => return None,
        };
        Some(format!("{}@{realm}", login.user))
    }
}
