//! Passwords of Entra ID: the resource owner password credentials grant (RFC 6749 section 4.3).
//!
//! It works for accounts of one tenant without multi-factor authentication. The token that comes with a right password is
//! read for who the user is, and dropped: it came from the token endpoint itself, so its signature is not looked at
//! (OpenID Connect Core section 3.1.3.7 point 6).

mod form;
mod outcome;
mod person;

use super::{Answer, Asked, Check, Found, Login, Opening, Refused, Until, Within};
use crate::http::{Address, Client, Posted, Transport};
use crate::limits;
use crate::secret::Secret;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// The claims that may name a user, in their order, each as the names that lead to it: those that name the users of tokens,
    /// so that both call one user alike. `None`: Entra ID's own.
    pub(crate) user_claims: Option<Vec<Vec<String>>>,
    pub(crate) transport: Transport,
    /// The files that it names.
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug)]
struct EntraPassword {
    settings: Settings,
    client: Client,
    opened: Instant,
    /// In seconds since it was opened: until then the tenant is left alone.
    rest_end: AtomicU64,
}

pub(super) fn open(settings: &Settings) -> Result<Opening, Refused> {
    let directory = EntraPassword {
        settings: settings.clone(),
        client: Client::of_thread(),
        opened: Instant::now(),
        rest_end: AtomicU64::new(0),
    };
    Ok(Opening { directory: Arc::new(directory), notes: Vec::new() })
}

impl Check for EntraPassword {
    fn check(&self, login: &Login<'_>, _: &mut Asked, until: Until) -> Answer {
        let Settings { endpoint, transport, .. } = &self.settings;
        let Some(user) = self.user(login) else { return Answer::Elsewhere };
        if let Some(seconds) = self.rests() {
            return resting(seconds);
        }
        let form = form::of(&self.settings, &user, login.password);
        match self.client.post(endpoint, &form, transport, (until.end, until.answer)) {
            Ok(Posted { status: 200, body, .. }) => person::of(&body, &self.settings, &user),
            Ok(Posted { status: 429, retry_after, .. }) => resting(self.rest(retry_after)),
            Ok(Posted { status, body, .. }) => outcome::of(status, &body),
            Err((fault, was_sent)) => {
                let what = format!("the token endpoint can't be asked: {}", fault.what);
                if was_sent { Answer::Unanswered(what) } else { Answer::Unavailable(what) }
            }
        }
    }

    fn find<'a>(&'a self, login: &Login<'a>) -> Found<'a> {
        if self.user(login).is_some() { Found::Untold } else { Found::Elsewhere }
    }

    /// Users of two realms may be called alike.
    fn name<'a>(&self, login: &Login<'a>) -> Cow<'a, str> {
        self.user(login).map_or(Cow::Borrowed(login.user), Cow::Owned)
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn cancel(&self) {
        self.client.cancel();
    }
}

fn resting(seconds: u32) -> Answer {
    let what = format!("the token endpoint answers 429: the tenant is left alone for {seconds} seconds");
    Answer::Resting(what, seconds)
}

impl EntraPassword {
    /// For how many seconds more nothing is asked.
    fn rests(&self) -> Option<u32> {
        let left = self.rest_end.load(Ordering::Relaxed).saturating_sub(self.opened.elapsed().as_secs());
        u32::try_from(left).ok().filter(|left| *left > 0)
    }

    /// Asks nothing for as long as the endpoint wants, within bounds. How many seconds.
    fn rest(&self, retry_after: Option<u32>) -> u32 {
        let seconds = retry_after.unwrap_or(limits::DIRECTORY_RETRY_SECONDS).clamp(1, limits::REST_SECONDS);
        self.rest_end.store(self.opened.elapsed().as_secs() + u64::from(seconds), Ordering::Relaxed);
        seconds
    }

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
