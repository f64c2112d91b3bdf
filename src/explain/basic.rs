//! What the steps of Basic credentials expect and find. The password is never shown.

use super::steps::{Entry, REVOCATION};
use super::{advice, shown};
use crate::basic::{Directory, Doubt, Login, Question, Reason, Refusal, Within};
use crate::clock::Moment;
use crate::code::Code;
use crate::denylist::{Asked, Denylist, Hit};
use crate::parse::basic::{Room, parse};
use crate::policy::{Api, Policy};
use std::sync::Arc;

pub(super) fn credentials(credential: &[u8]) -> Entry {
    let found = match parse(credential, &mut Room::new()) {
        Ok((user, _)) => format!("the user name {}, and a password", shown::text(user)),
        Err(fault) => fault.what.to_owned(),
    };
    Entry::new("credentials", "base64 of user name, colon and password, in UTF-8", found).advised(advice::credentials())
}

pub(super) fn directory(api: &Api, user: &str, password: &str, policy: &Policy) -> Entry {
    let found = match policy.logins.find(api, user, password) {
        Ok(found) => format!("{}, which leads to {}", name(&found.login), found.entry.label),
        Err(_) => format!("{}, which leads to none", shown::text(user)),
    };
    let label = policy.logins.find(api, user, password).map(|found| found.entry.label.as_str()).unwrap_or_default();
    Entry::new("directory", format!("a user of {}", shown::list(&api.user_managers)), found)
        .advised(advice::directory(api, label, policy))
}

fn name(login: &Login<'_>) -> String {
    match login.within {
        Within::Plain => shown::text(login.user),
        Within::Domain(domain) => shown::text(&format!("{domain}\\{}", login.user)),
        Within::Realm(realm) => shown::text(&format!("{}@{realm}", login.user)),
    }
}

pub(super) fn password(directory: &Directory, question: &Question<'_>, now: Moment) -> Entry {
    let expected = format!("the password that {} ({}) has", directory.label, directory.kind);
    let found = match (directory.proof(question, now, Arc::clone), directory.doubt(question, now)) {
        (Some(proof), _) => format!("the password of {}, which the directory said lately", shown::text(proof.user())),
        (None, Doubt::Refused(refusal)) => refused(refusal),
        (None, Doubt::Nothing) => not_checked(directory),
    };
    Entry::new("password", expected, found).advised(advice::password(
        directory,
        directory.doubt(question, now),
        &not_checked(directory),
    ))
}

fn refused(refusal: Refusal) -> String {
    match (refusal.reason.known(), refusal.reason) {
        (Some(known), _) => known.title.to_owned(),
        // Whoever searches for it has the number at least.
        (None, Reason::Aadsts(number)) => format!("what Entra ID refused (AADSTS{number})"),
        (None, Reason::None | Reason::NoSuchUser | Reason::Windows(_)) => "what the directory refused".to_owned(),
    }
}

fn not_checked(directory: &Directory) -> String {
    match &*directory.counts.failure.load() {
        Some(failure) => format!("a directory that gives no answer: {}", shown::text(&failure.message)),
        None => "a password that was not checked yet".to_owned(),
    }
}

pub(super) fn revocation(hit: Option<Hit>, denylist: &Denylist, asked: Asked<'_>) -> Entry {
    let Some(hit) = hit else {
        return Entry::new(REVOCATION, "a user that is not revoked", "one that is not");
    };
    let found = format!("one that is revoked {}", advice::place(hit, denylist));
    let advice = advice::revocation(hit, denylist, asked).into_iter();
    Entry::new(REVOCATION, "a user that is not revoked", found)
        .advised(advice.map(|(_, text)| (Code::CredentialsRevoked, text)).collect())
}
