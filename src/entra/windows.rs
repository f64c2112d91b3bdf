//! Why Windows or Active Directory refused a password.
//!
//! A directory tells the same numbers as Windows, in hexadecimal: `data 52e` is the Windows error 1326.

use super::refusal::Actor::{DirectoryAdministrator, PlatformOperator, User};
use super::refusal::Retry::{Later, No};
use super::refusal::{Refusal, find, row};

/// Everything that is known of a Windows error at logon. A sub-code of a directory is the same number, written in
/// hexadecimal: `52e` is `0x52e`, which is 1326. `None` where it is not known.
///
/// It allocates nothing.
///
/// ```
/// use doorward::entra::{Actor, windows_logon};
/// assert_eq!(windows_logon(1385).unwrap().who, Actor::PlatformOperator);
/// assert_eq!(windows_logon(0x52e), windows_logon(1326));
/// assert_eq!(windows_logon(0), None);
/// ```
pub fn windows_logon(number: u32) -> Option<&'static Refusal> {
    find(&TABLE, number)
}

/// Every Windows error that is known, in order.
pub fn windows_logon_numbers() -> impl Iterator<Item = u32> {
    TABLE.iter().map(|refusal| refusal.number)
}

/// Sorted by number.
static TABLE: [Refusal; 10] = [
    row(
        0x525,
        "no such user in the directory",
        User,
        No,
        "The directory has no account with this user name. It is mistyped, or of another domain, or was removed.",
        "Compare the user name, and write the domain with it, as in CONTOSO\\bob. Clients are told only that user or \
         password are wrong, so that nobody can find out which names there are.",
    ),
    row(
        0x52e,
        "wrong user name or password",
        User,
        No,
        "The user name is known, and the password does not fit it. Where the user is unknown, Windows often says this too.",
        "Enter it again by hand, and change it wherever it is stored. Don't repeat it by a program: the account gets \
         locked.",
    ),
    row(
        0x530,
        "outside of the logon hours",
        DirectoryAdministrator,
        Later,
        "The password is right, but the account may not log on at this time of the day or week.",
        "Wait until the account's logon hours begin, or widen them in the directory. An account that calls an API by \
         itself should have no such hours.",
    ),
    row(
        0x531,
        "not from this computer",
        DirectoryAdministrator,
        No,
        "The password is right, but the account may log on to listed computers only, and the server of the API is none \
         of them.",
        "Add the server that checks the password to the computers that the account may log on to, in the directory.",
    ),
    row(
        0x532,
        "the password has expired",
        User,
        No,
        "The password is right, but it has expired. Basic has no way to change it.",
        "Change the password, at a computer of the domain or by a reset, and then wherever it is stored. An account \
         that calls an API by itself needs a policy of its own.",
    ),
    row(
        0x533,
        "the account is disabled",
        DirectoryAdministrator,
        No,
        "The password is right, but the account was disabled in the directory.",
        "Enable the account in the directory, if its owner may still log on. Remove it from what stores its password, \
         if not.",
    ),
    row(
        1385,
        "the right to log on is missing",
        PlatformOperator,
        No,
        "The password is right, but the account may not log on to this server in the way that was asked for \
         (ERROR_LOGON_TYPE_NOT_GRANTED). The platform's Basic needs the right to log on interactively.",
        "Give the user, or a group of the user, the right \"Allow log on locally\" on the server of the API, by local or \
         group policy, and see that \"Deny log on locally\" does not take it away.",
    ),
    row(
        0x701,
        "the account has expired",
        DirectoryAdministrator,
        No,
        "The password is right, but the account was made for a limited time, and that has passed.",
        "Set a later end in the directory, or none, if its owner may still log on.",
    ),
    row(
        0x773,
        "the password must be changed first",
        User,
        No,
        "The password is right, but it must be changed at the next logon, as after a reset. Basic has no way to do that.",
        "Log on to a computer of the domain and choose a new password. For an account that calls an API by itself, \
         switch that demand off when its password is set.",
    ),
    row(
        0x775,
        "the account is locked",
        DirectoryAdministrator,
        Later,
        "There were too many attempts with a wrong password, so the account is locked for a while. It is locked for \
         the right password too.",
        "Find what goes on sending an old password and stop it. Then wait until the lock ends, or unlock the account. \
         Each further attempt prolongs it.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_number_is_found() {
        assert!(TABLE.is_sorted_by(|a, b| a.number < b.number));
        for refusal in &TABLE {
            assert_eq!(windows_logon(refusal.number), Some(refusal));
        }
        assert_eq!((windows_logon(0), windows_logon(1384), windows_logon(u32::MAX)), (None, None, None));
    }
}
