//! What Entra ID's refusal means.
//!
//! The number of the error is known best; where it is not known, `error` and `suberror` decide.

use crate::basic::{Answer, Reason, Refusal};
use crate::code::Code;
use crate::entra;
use serde::Deserialize;

/// The body of a refusal. More stands in it, for people.
#[derive(Debug, Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
    #[serde(default)]
    suberror: String,
    #[serde(default)]
    error_codes: Vec<u32>,
}

/// The answer to a status other than 200.
pub(super) fn of(status: u16, body: &[u8]) -> Answer {
    if status == 503 {
        return Answer::Unavailable("the token endpoint answers 503".to_owned());
    }
    if status >= 500 {
        return Answer::Unanswered(format!("the token endpoint answers {status}"));
    }
    let Ok(refused) = serde_json::from_slice::<Refused>(body) else {
        return Answer::Unanswered(format!("the token endpoint answers {status}, and not as Entra ID does"));
    };
    let known = refused.error_codes.iter().find_map(|number| Some((*number, by_number(*number)?)));
    match known {
        Some((number @ NO_SUCH_USER, Meaning::Refused(code))) => {
            Answer::Missing(Refusal { code, reason: Reason::Aadsts(number) })
        }
        Some((number, Meaning::Refused(code))) => answer(code, Some(number)),
        Some((number, Meaning::Operator)) => unavailable(&refused, Some(number)),
        Some((number, Meaning::Premises)) => premises(number),
        None => by_name(&refused),
    }
}

/// The account is not there.
const NO_SUCH_USER: u32 = 50034;

/// The Active Directory on the premises did not answer in time.
const AGENT_TIMEOUT: u32 = 80002;

/// What a number says.
enum Meaning {
    /// No, to this account or password.
    Refused(Code),
    /// The operator has to act; the password was not looked at.
    Operator,
    /// Whoever should look at the password can't be reached (pass-through authentication).
    Premises,
}

fn answer(code: Code, number: Option<u32>) -> Answer {
    Answer::Refused(Refusal { code, reason: number.map_or(Reason::None, Reason::Aadsts) })
}

fn by_number(number: u32) -> Option<Meaning> {
    Some(Meaning::Refused(match number {
        50020 | 50034 | 50056 | 50126 => Code::BasicRejected,
        50072 | 50074 | 50076 | 50079 | 50158 | 500_121 => Code::MfaRequired,
        50055 | 50135 | 50142 | 50144 => Code::PasswordExpired,
        50053 => Code::AccountLocked,
        50105 => Code::LogonRightMissing,
        50057 => Code::AccountDisabled,
        80012 => Code::LogonRestricted,
        50131 | 53000..=53004 | 530_032 | 530_035 => Code::SignInBlocked,
        50001 | 50011 | 65001 | 90094 | 500_011 | 500_014 | 700_016 | 7_000_112 | 7_000_215 | 7_000_218 | 7_000_222 => {
            return Some(Meaning::Operator);
        }
        80001 | AGENT_TIMEOUT | 80005 | 80007 | 80010 | 80013 | 80014 => return Some(Meaning::Premises),
        _ => return None,
    }))
}

fn by_name(refused: &Refused) -> Answer {
    let number = refused.error_codes.first().copied();
    match (refused.error.as_str(), refused.suberror.as_str()) {
        (_, "user_password_expired") => answer(Code::PasswordExpired, number),
        (_, "consent_required") => unavailable(refused, number),
        // A sign-in in a browser would not help either.
        (_, "message_only" | "protection_policy_required" | "device_authentication_failed") | ("access_denied", _) => {
            answer(Code::SignInBlocked, number)
        }
        ("interaction_required", _) | ("invalid_grant", "basic_action" | "additional_action") => {
            answer(Code::MfaRequired, number)
        }
        ("invalid_grant", _) => answer(Code::BasicRejected, number),
        _ => unavailable(refused, number),
    }
}

/// The advice is the same for all of them.
fn premises(number: u32) -> Answer {
    let cure = entra::aadsts(AGENT_TIMEOUT).map_or("", |known| known.cure);
    Answer::Unavailable(format!("Entra ID can't have passwords checked on the premises (AADSTS{number}): {cure}"))
}

/// The password was not looked at: what is wrong is the operator's to mend.
fn unavailable(refused: &Refused, number: Option<u32>) -> Answer {
    let told = number.and_then(entra::aadsts).map(|known| format!("{}. {}", known.title, known.cure));
    let by_name = || entra::oauth_error(&refused.error).map(|known| known.meaning.to_owned());
    let told = told
        .or_else(by_name)
        .unwrap_or_else(|| "the application's registration or its configuration is wrong".to_owned());
    let number = number.map_or(String::new(), |number| format!(" (AADSTS{number})"));
    Answer::Unavailable(format!("Entra ID refuses the application's request{number}: {told}"))
}
