//! Advice on user names and passwords.

use super::Advice;
use crate::basic::{Directory, Doubt};
use crate::code::Code;
use crate::explain::shown;
use crate::policy::{Api, Policy};

pub(in crate::explain) fn credentials() -> Advice {
    let advice = "Nobody has an empty user name or password: the client's variable for it is probably empty.";
    vec![(Code::BasicRejected, advice.to_owned())]
}

/// `label`: that of the directory which the name leads to; empty where there is none.
pub(in crate::explain) fn directory(api: &Api, label: &str, policy: &Policy) -> Advice {
    let listed = shown::list(policy.logins.entries().iter().map(|entry| &entry.label));
    let nowhere = format!(
        "Write the label before the user name, as in label:user; there are {listed}. Or give the domain or realm of the name \
         to one of their directories, or make one of them the \"default\"."
    );
    let other = format!("Add \"{label}\" to apis.{}.user_managers, if its users may call this API.", api.name);
    vec![(Code::BasicRejected, nowhere), (Code::UserManagerNotAllowed, other)]
}

/// `why`: why there is no answer so far.
pub(in crate::explain) fn password(directory: &Directory, doubt: Doubt, why: &str) -> Advice {
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
                "Find who goes on sending a wrong password for this user. After {} of them none is checked until {window} \
                 minutes have passed without one, so that the directory does not lock the account \
                 (user_managers.{label}.passwords). To lift it at once: doorward unlock \"{label}:USER\" --config \
                 FILE, which reaches all processes that share the denylist; or let the host call unlock.",
                directory.rules.max_failures
            ),
        ),
        (Code::DirectoryBusy, format!("More requests wait for the directory of {label} than may. Try again later.")),
        (Code::DirectoryUnavailable, format!("See to the directory of {label}: {why}.")),
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
