//! What the steps of Basic credentials expect and find, and advice on them. The password is never shown.

use super::steps::{Entry, REVOCATION};
use super::{advice, shown};
use crate::basic::{Directory, Doubt, Login, Reason, Refusal, Within};
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
    let advice = "Nobody has an empty user name or password: the client's variable for it is probably empty.";
    Entry::new("credentials", "base64 of user name, colon and password, in UTF-8", found)
        .advised(vec![(Code::BasicRejected, advice.to_owned())])
}

pub(super) fn directory(api: &Api, user: &str, password: &str, policy: &Policy) -> Entry {
    let taken: Vec<&str> = policy.logins.entries().iter().map(|entry| entry.label.as_str()).collect();
    let found = match policy.logins.find(api, user, password) {
        Ok(found) => format!("{}, which leads to {}", name(&found.login), found.entry.label),
        Err(_) => format!("{}, which leads to none", shown::text(user)),
    };
    let label = policy.logins.find(api, user, password).map(|found| found.entry.label.as_str()).unwrap_or_default();
    let listed = shown::list(&taken);
    let nowhere = format!(
        "Write the label before the user name, as in label:user; there are {listed}. Or give the domain or realm of the name \
         to one of their directories, or make one of them the \"default\"."
    );
    let other = format!("Add \"{label}\" to apis.{}.user_managers, if its users may call this API.", api.name);
    Entry::new("directory", format!("a user of {}", shown::list(&api.user_managers)), found)
        .advised(vec![(Code::BasicRejected, nowhere), (Code::UserManagerNotAllowed, other)])
}

fn name(login: &Login<'_>) -> String {
    match login.within {
        Within::Plain => shown::text(login.user),
        Within::Domain(domain) => shown::text(&format!("{domain}\\{}", login.user)),
        Within::Realm(realm) => shown::text(&format!("{}@{realm}", login.user)),
    }
}

pub(super) fn password(directory: &Directory, login: &Login<'_>, now: i64) -> Entry {
    let digest = directory.digest(login);
    let expected = format!("the password that {} ({}) has", directory.label, directory.kind);
    let found = match (directory.proof(&digest, now, Arc::clone), directory.doubt(&digest, now)) {
        (Some(proof), _) => format!("the password of {}, which the directory said lately", shown::text(proof.user())),
        (None, Doubt::Refused(refusal)) => refused(refusal),
        (None, Doubt::Nothing | Doubt::Recognised) => not_checked(directory),
    };
    Entry::new("password", expected, found).advised(password_advice(directory, directory.doubt(&digest, now)))
}

fn refused(refusal: Refusal) -> String {
    match (refusal.reason.known(), refusal.reason) {
        (Some(known), _) => known.title.to_owned(),
        // Whoever searches for it has the number at least.
        (None, Reason::Aadsts(number)) => format!("what Entra ID refused (AADSTS{number})"),
        (None, Reason::None | Reason::Windows(_)) => "what the directory refused".to_owned(),
    }
}

fn not_checked(directory: &Directory) -> String {
    match &*directory.counts.failure.load() {
        Some(failure) => format!("a directory that gives no answer: {}", shown::text(&failure.message)),
        None => "a password that was not checked yet".to_owned(),
    }
}

fn password_advice(directory: &Directory, doubt: Doubt) -> Vec<(Code, String)> {
    let label = &directory.label;
    let window = directory.rules.failure_window.as_secs() / 60;
    let mut advice = vec![
        (
            Code::Pending,
            format!("The answer takes time: let the host call resolve, which asks the directory of {label}."),
        ),
        (
            Code::AttemptsLimited,
            format!(
                "Find who goes on sending a wrong password for this user. At most {} are checked in {window} minutes, so \
                 that the directory does not lock the account (user_managers.{label}.passwords).",
                directory.rules.max_failures
            ),
        ),
        (Code::DirectoryBusy, format!("More requests wait for the directory of {label} than may. Try again later.")),
        (Code::DirectoryUnavailable, format!("See to the directory of {label}: {}.", not_checked(directory))),
    ];
    if let Doubt::Refused(refusal) = doubt {
        let text = refusal
            .reason
            .known()
            .map_or_else(|| usual(refusal.code), |known| format!("{} {}", known.meaning, known.cure));
        advice.push((refusal.code, text));
    }
    advice
}

fn usual(code: Code) -> String {
    match code {
        Code::BasicRejected => {
            "Compare user name and password with what the directory has. Which of them is wrong is not told."
        }
        Code::MfaRequired => {
            "This account has MFA: use OAuth. Let the client get a bearer token by a sign-in in a browser."
        }
        Code::PasswordExpired => "Change the password, and then wherever it is stored.",
        Code::AccountLocked => "Have the account unlocked or enabled in the directory, if its owner may still log on.",
        Code::AccountDisabled => "Have the account enabled in the directory, if its owner may still log on.",
        Code::LogonRestricted => "Have the account's logon hours and computers widened in the directory.",
        Code::AccountExpired => "Have a later end set for the account in the directory.",
        _ => "Have the account looked at in the directory.",
    }
    .to_owned()
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
