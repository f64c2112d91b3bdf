//! What a server's answer to a bind means.

use super::fault::said;
use super::message::Outcome;
use crate::basic::{Reason, Refusal, windows};
use crate::code::Code;

/// What became of a bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// The password is right, and the account may come in.
    Yes,
    No(Refusal),
    /// The server does not say.
    Unknown(String),
}

/// `ERROR_NO_SUCH_USER` as Active Directory writes it.
const NO_SUCH_USER: u32 = 0x525;

/// Judges the answer to a bind.
pub(super) fn judge(outcome: &Outcome) -> Bound {
    let no = |code| Bound::No(Refusal { code, reason: Reason::None });
    match (outcome.code, outcome.password) {
        // The password is right, but nothing else is allowed until it is changed.
        (0, Some(0 | 2)) => no(Code::PasswordExpired),
        (0, _) => Bound::Yes,
        (49, Some(state)) => no(of_policy(state)),
        (49, None) => match sub_code(&outcome.text) {
            Some(NO_SUCH_USER) => Bound::No(Refusal { code: Code::BasicRejected, reason: Reason::NoSuchUser }),
            Some(number) => Bound::No(windows::refusal(number)),
            None => no(Code::BasicRejected),
        },
        // No such entry; a name that is none; an entry without a password. Servers that are careful say 49 to all.
        (32 | 34 | 48, _) => no(Code::BasicRejected),
        // 389 Directory Server says so of an account that is locked.
        (19, _) => no(Code::AccountLocked),
        _ => Bound::Unknown(said("asked about the password", outcome)),
    }
}

/// draft-behera-ldap-password-policy-10, section 6.2.
const fn of_policy(state: u32) -> Code {
    match state {
        0 | 2 => Code::PasswordExpired,
        1 => Code::AccountLocked,
        _ => Code::BasicRejected,
    }
}

/// The number that Active Directory writes into its words: `… error, data 52e, v1db1`.
fn sub_code(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once(", data ")?;
    let digits = rest.split([',', ' ']).next().filter(|digits| digits.len() <= 8)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: u32, text: &str, password: Option<u32>) -> Outcome {
        Outcome { code, text: text.to_owned(), password }
    }

    fn data(number: &str) -> Outcome {
        let text =
            format!("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {number}, v1db1");
        outcome(49, &text, None)
    }

    #[test]
    fn sub_codes_of_active_directory() {
        for (number, code) in [
            ("525", Code::BasicRejected),
            ("52e", Code::BasicRejected),
            ("530", Code::LogonRestricted),
            ("531", Code::LogonRestricted),
            ("532", Code::PasswordExpired),
            ("533", Code::AccountDisabled),
            ("569", Code::LogonRightMissing),
            ("701", Code::AccountExpired),
            ("773", Code::PasswordExpired),
            ("775", Code::AccountLocked),
            ("57", Code::BasicRejected),
            ("", Code::BasicRejected),
            ("fffffffff", Code::BasicRejected),
        ] {
            let Bound::No(refusal) = judge(&data(number)) else { panic!("{number}") };
            let reason = match code {
                Code::BasicRejected if number == "525" => Reason::NoSuchUser,
                Code::BasicRejected => Reason::None,
                _ => Reason::Windows(u32::from_str_radix(number, 16).unwrap()),
            };
            assert_eq!(refusal, Refusal { code, reason }, "{number}");
        }
    }

    #[test]
    fn results_of_other_servers() {
        let no = |code| Bound::No(Refusal { code, reason: Reason::None });
        for (code, password, expected) in [
            (0, None, Bound::Yes),
            (0, Some(2), no(Code::PasswordExpired)),
            (49, None, no(Code::BasicRejected)),
            (49, Some(0), no(Code::PasswordExpired)),
            (49, Some(1), no(Code::AccountLocked)),
            (49, Some(2), no(Code::PasswordExpired)),
            (49, Some(7), no(Code::BasicRejected)),
            (32, None, no(Code::BasicRejected)),
            (19, None, no(Code::AccountLocked)),
        ] {
            assert_eq!(judge(&outcome(code, "", password)), expected, "{code} {password:?}");
        }
        for (code, words) in
            [(8, "TLS"), (13, "TLS"), (10, "refers"), (51, "busy"), (53, "unwilling"), (80, "80"), (14, "14")]
        {
            let Bound::Unknown(what) = judge(&outcome(code, "", None)) else { panic!("{code}") };
            assert!(what.contains(words), "{what}");
        }
    }
}
