//! Accounts that a Windows server knows: those of its domain and its own.
//!
//! Windows is asked by a function that is handed over: the call needs unsafe code, and this library has none.

use super::{Answer, Check, Login, Opening, Person, Reason, Refusal, Refused, Within};
use crate::code::Code;
use crate::entra;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// How it is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// That of names without one: a NetBIOS name, or "." for the server's own accounts.
    pub(crate) domain: String,
    pub(crate) logon: LogonType,
}

/// How Windows is asked: which right to log on the account needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogonType {
    /// As over the network: "Access this computer from the network".
    Network,
    /// As at the console: "Allow log on locally".
    Interactive,
}

/// What Windows is asked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct WindowsLogon<'a> {
    /// The name, without a domain; or `user@realm`.
    pub user: &'a str,
    /// `None` with `user@realm`.
    pub domain: Option<&'a str>,
    /// The password.
    pub password: &'a str,
    /// How it is asked.
    pub logon: LogonType,
}

/// The password is never shown.
impl fmt::Debug for WindowsLogon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, domain, logon, .. } = self;
        write!(f, "WindowsLogon({user:?}, {domain:?}, {logon:?})")
    }
}

/// Asks Windows: `LogonUser`, and closes what it gives. The error is that of `GetLastError`.
pub type LogonUser = fn(&WindowsLogon<'_>) -> Result<(), u32>;

static LOGON_USER: OnceLock<LogonUser> = OnceLock::new();

/// Hands over how Windows is asked. The C interface does so on Windows; a host in Rust does it before it opens a
/// verifier whose configuration has a user manager with `windows`. The first one stays.
pub fn provide_logon_user(logon_user: LogonUser) {
    let _ = LOGON_USER.set(logon_user);
}

#[derive(Debug)]
struct Windows {
    settings: Settings,
    logon_user: LogonUser,
}

pub(super) fn open(settings: &Settings) -> Result<Opening, Refused> {
    let missing = || (Code::FieldInvalid, "only Windows knows such accounts, and this is another system".to_owned());
    let logon_user = *LOGON_USER.get().ok_or_else(missing)?;
    let directory = Arc::new(Windows { settings: settings.clone(), logon_user });
    Ok(Opening { directory, notes: Vec::new() })
}

impl Check for Windows {
    fn check(&self, login: &Login<'_>, _: Instant) -> Answer {
        let own = self.settings.domain.as_str();
        let (name, user, domain) = match login.within {
            Within::Realm(realm) => {
                let name = format!("{}@{realm}", login.user);
                (name.clone(), name, None)
            }
            Within::Domain(domain) if !domain.eq_ignore_ascii_case(own) => {
                (format!("{domain}\\{}", login.user), login.user.to_owned(), Some(domain))
            }
            Within::Domain(_) | Within::Plain => (full_name(own, login.user), login.user.to_owned(), Some(own)),
        };
        let logon = WindowsLogon { user: &user, domain, password: login.password, logon: self.settings.logon };
        match (self.logon_user)(&logon) {
            Ok(()) => Answer::Proved(Person { user: name, ..Person::default() }),
            Err(number) => answer(number),
        }
    }
}

fn full_name(domain: &str, user: &str) -> String {
    if domain == "." { user.to_owned() } else { format!("{domain}\\{user}") }
}

/// The answer to a logon that failed.
fn answer(number: u32) -> Answer {
    match entra::windows_logon(number) {
        Some(_) => Answer::Refused(refusal(number)),
        None => Answer::Unavailable(format!("Windows could not check the password (error {number})")),
    }
}

/// By the Windows error, which directories tell, too.
pub(super) fn refusal(number: u32) -> Refusal {
    let code = match number {
        0x530 | 0x531 => Code::LogonRestricted,
        0x532 | 0x773 => Code::PasswordExpired,
        0x533 => Code::AccountDisabled,
        1385 => Code::LogonRightMissing,
        0x701 => Code::AccountExpired,
        0x775 => Code::AccountLocked,
        _ => Code::BasicRejected,
    };
    // Which of name and password is wrong stays untold.
    let reason = if code == Code::BasicRejected { Reason::None } else { Reason::Windows(number) };
    Refusal { code, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_windows_has_its_code() {
        for (number, expected) in [
            (1317, Code::BasicRejected),
            (1326, Code::BasicRejected),
            (1328, Code::LogonRestricted),
            (1329, Code::LogonRestricted),
            (1330, Code::PasswordExpired),
            (1331, Code::AccountDisabled),
            (1385, Code::LogonRightMissing),
            (1793, Code::AccountExpired),
            (1907, Code::PasswordExpired),
            (1909, Code::AccountLocked),
        ] {
            let Answer::Refused(refusal) = answer(number) else { panic!("{number}") };
            let reason = if expected == Code::BasicRejected { Reason::None } else { Reason::Windows(number) };
            assert_eq!(refusal, Refusal { code: expected, reason }, "{number}");
        }
        assert_eq!(entra::windows_logon_numbers().count(), 10, "each that is known stands above");
    }

    #[test]
    fn other_errors_say_nothing_of_the_password() {
        for number in [0, 5, 1311, 1722, u32::MAX] {
            assert!(matches!(answer(number), Answer::Unavailable(what) if what.contains(&number.to_string())));
        }
    }

    /// Windows, as far as this test needs it.
    fn stand_in(logon: &WindowsLogon<'_>) -> Result<(), u32> {
        assert_eq!(logon.logon, LogonType::Network);
        match (logon.user, logon.domain, logon.password) {
            ("bob", Some("CONTOSO"), "right") | ("bob@contoso.example", None, "right") => Ok(()),
            ("bob", Some("CONTOSO"), "locally") => Err(1385),
            ("bob", Some("OTHER"), "right") => Ok(()),
            _ => Err(1326),
        }
    }

    #[test]
    fn names_go_to_windows_as_it_takes_them() {
        let settings = Settings { domain: "CONTOSO".to_owned(), logon: LogonType::Network };
        let directory = Windows { settings, logon_user: stand_in };
        let check = |user, within, password| directory.check(&Login { user, within, password }, Instant::now());
        let proved = |user: &str| Answer::Proved(Person { user: user.to_owned(), ..Person::default() });
        assert_eq!(check("bob", Within::Plain, "right"), proved("CONTOSO\\bob"));
        assert_eq!(check("bob", Within::Domain("contoso"), "right"), proved("CONTOSO\\bob"));
        assert_eq!(check("bob", Within::Domain("OTHER"), "right"), proved("OTHER\\bob"));
        assert_eq!(check("bob", Within::Realm("contoso.example"), "right"), proved("bob@contoso.example"));
        assert_eq!(check("bob", Within::Plain, "wrong"), Answer::Refused(refusal(1326)));
        assert_eq!(check("bob", Within::Plain, "locally"), Answer::Refused(refusal(1385)));
        assert_eq!(full_name(".", "bob"), "bob");
    }

    #[test]
    fn nothing_of_a_password_is_shown() {
        let logon = WindowsLogon { user: "bob", domain: None, password: "secret", logon: LogonType::Network };
        assert_eq!(format!("{logon:?}"), "WindowsLogon(\"bob\", None, Network)");
    }
}
