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
    if status == 429 || status >= 500 {
        return Answer::Unavailable(format!("the token endpoint answers {status}"));
    }
    let Ok(refused) = serde_json::from_slice::<Refused>(body) else {
        return Answer::Unavailable(format!("the token endpoint answers {status}, and not as Entra ID does"));
    };
    let known = refused.error_codes.iter().find_map(|number| Some((*number, by_number(*number)?)));
    let first = refused.error_codes.first().copied();
    match known {
        Some((number, Some(code))) => answer(code, Some(number)),
        Some((number, None)) => unavailable(&refused, Some(number)),
        None => by_name(&refused, first),
    }
}

fn answer(code: Code, number: Option<u32>) -> Answer {
    Answer::Refused(Refusal { code, reason: number.map_or(Reason::None, Reason::Aadsts) })
}

/// Of a known number: the code, or nothing where the operator has to act and the password was not even looked at.
fn by_number(number: u32) -> Option<Option<Code>> {
    let code = match number {
        50126 | 50034 | 50020 | 50056 => Code::BasicRejected,
        50072 | 50074 | 50076 | 50079 | 50158 => Code::MfaRequired,
        50053 => Code::AccountLocked,
        50057 => Code::AccountDisabled,
        50055 | 50144 => Code::PasswordExpired,
        53003 => Code::SignInBlocked,
        50001 | 50011 | 65001 | 90094 | 500011 | 700016 | 7000215 | 7000218 | 7000222 => return Some(None),
        _ => return None,
    };
    Some(Some(code))
}

fn by_name(refused: &Refused, number: Option<u32>) -> Answer {
    match (refused.error.as_str(), refused.suberror.as_str()) {
        (_, "user_password_expired") => answer(Code::PasswordExpired, number),
        (_, "consent_required") => unavailable(refused, number),
        ("interaction_required", _) | ("invalid_grant", "basic_action" | "additional_action") => {
            answer(Code::MfaRequired, number)
        }
        ("invalid_grant", _) => answer(Code::BasicRejected, number),
        _ => unavailable(refused, number),
    }
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
