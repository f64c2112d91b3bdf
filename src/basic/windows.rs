//! Accounts that a Windows server knows: those of its domain and its own.
//!
//! Windows is asked by a function that is handed over: the call needs unsafe code, and this library has none.

use super::{Answer, Asked, Check, Login, Opening, Person, Reason, Refusal, Refused, Until, Within};
use crate::code::Code;
use crate::entra;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// How it is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Whether names with a realm lead here: principal names, which need not begin as the account is called.
    pub(crate) has_realms: bool,
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

/// Whose password it was, by the token that Windows gave for it: names as Windows writes them, however they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowsAccount {
    /// The NetBIOS name of the domain, or the name of the computer.
    pub domain: String,
    /// The name of the account (`sAMAccountName`).
    pub user: String,
    /// The last number of its security identifier. 501 is Guest.
    pub relative_id: u32,
}

/// `DOMAIN_USER_RID_GUEST` of winnt.h.
const GUEST: u32 = 501;

/// `ERROR_LOGON_FAILURE` of winerror.h.
const LOGON_FAILURE: u32 = 1326;

/// Asks Windows: `LogonUser`, then the token that it gives (`GetTokenInformation`, `LookupAccountSid`), and closes that. The
/// error is that of `GetLastError`.
pub type LogonUser = fn(&WindowsLogon<'_>) -> Result<WindowsAccount, u32>;

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
    fn forms(&self) -> u32 {
        if self.settings.has_realms { 2 } else { 1 }
    }

    fn check(&self, login: &Login<'_>, _: &mut Asked, _: Until) -> Answer {
        let own = self.settings.domain.as_str();
        let (user, domain) = match login.within {
            Within::Realm(realm) => (Cow::Owned(format!("{}@{realm}", login.user)), None),
            Within::Domain(domain) => (Cow::Borrowed(login.user), Some(domain)),
            Within::Plain => (Cow::Borrowed(login.user), Some(own)),
        };
        let logon = WindowsLogon { user: &user, domain, password: login.password, logon: self.settings.logon };
        match (self.logon_user)(&logon) {
            // Where Guest is on, Windows may take everybody for it whom it does not know.
            Ok(account) if account.relative_id == GUEST => answer(LOGON_FAILURE),
            Ok(account) => Answer::Proved(Person { user: full_name(account, domain), ..Person::default() }),
            Err(number) => answer(number),
        }
    }
}

/// Accounts of the server itself, which are asked for as such, have no domain.
fn full_name(account: WindowsAccount, asked: Option<&str>) -> String {
    if asked == Some(".") { account.user } else { format!("{}\\{}", account.domain, account.user) }
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
    use std::time::Instant;

    /// Point 24 of `testkit/cases/entra.toml`: the right to log on, and the states of an account.
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

    /// Windows, as far as this test needs it. Names are found in any case.
    fn stand_in(logon: &WindowsLogon<'_>) -> Result<WindowsAccount, u32> {
        assert_eq!(logon.logon, LogonType::Network);
        let account = |domain: &str, user: &str, relative_id| {
            Ok(WindowsAccount { domain: domain.to_owned(), user: user.to_owned(), relative_id })
        };
        let domain = logon.domain.map(str::to_ascii_uppercase);
        match (logon.user.to_ascii_lowercase().as_str(), domain.as_deref(), logon.password) {
            ("bob", Some("CONTOSO"), "right") | ("robert@contoso.example", None, "right") => {
                account("CONTOSO", "Bob", 1104)
            }
            ("bob", Some("CONTOSO"), "locally") => Err(1385),
            ("bob", Some("OTHER"), "right") => account("OTHER", "bob", 1105),
            ("svc", Some("."), "right") => account("SERVER1", "svc", 1001),
            ("nobody", ..) => account("SERVER1", "Guest", GUEST),
            _ => Err(1326),
        }
    }

    fn check(domain: &str, user: &str, within: Within<'_>, password: &str) -> Answer {
        let settings = Settings { domain: domain.to_owned(), has_realms: false, logon: LogonType::Network };
        let directory = Windows { settings, logon_user: stand_in };
        directory.check(
            &Login { user, within, password },
            &mut Asked::alone(),
            Until { end: Instant::now(), answer: Instant::now() },
        )
    }

    #[test]
    fn a_user_has_the_one_name_that_windows_writes() {
        let check = |user, within| check("CONTOSO", user, within, "right");
        let proved = |user: &str| Answer::Proved(Person { user: user.to_owned(), ..Person::default() });
        for user in ["bob", "Bob", "BOB"] {
            assert_eq!(check(user, Within::Plain), proved("CONTOSO\\Bob"));
            assert_eq!(check(user, Within::Domain("contoso")), proved("CONTOSO\\Bob"));
        }
        assert_eq!(check("Robert", Within::Realm("contoso.example")), proved("CONTOSO\\Bob"));
        assert_eq!(check("bob", Within::Domain("OTHER")), proved("OTHER\\bob"));
    }

    #[test]
    fn accounts_of_the_server_itself_have_no_domain() {
        let proved = |user: &str| Answer::Proved(Person { user: user.to_owned(), ..Person::default() });
        assert_eq!(check(".", "SVC", Within::Plain, "right"), proved("svc"));
        assert_eq!(check(".", "svc", Within::Domain("."), "right"), proved("svc"));
        assert_eq!(check(".", "bob", Within::Domain("CONTOSO"), "right"), proved("CONTOSO\\Bob"), "no local bob");
    }

    #[test]
    fn wrong_passwords_and_guests_are_refused_alike() {
        let check = |user, password| check("CONTOSO", user, Within::Plain, password);
        assert_eq!(check("bob", "wrong"), Answer::Refused(refusal(1326)));
        assert_eq!(check("nobody", "right"), Answer::Refused(refusal(1326)));
        assert_eq!(check("bob", "locally"), Answer::Refused(refusal(1385)));
    }

    #[test]
    fn nothing_of_a_password_is_shown() {
        let logon = WindowsLogon { user: "bob", domain: None, password: "secret", logon: LogonType::Network };
        assert_eq!(format!("{logon:?}"), "WindowsLogon(\"bob\", None, Network)");
    }
}
