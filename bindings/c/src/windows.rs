//! Asks Windows about a password, and whose it was.

pub(crate) mod access;

use doorward_core::{LogonType, WindowsAccount, WindowsLogon};
use std::ptr::{null, null_mut};
use windows_sys::Win32::Foundation::{CloseHandle, GetLastError, HANDLE};
use windows_sys::Win32::Security::{
    GetSidSubAuthority, GetSidSubAuthorityCount, GetTokenInformation, LOGON32_LOGON_INTERACTIVE, LOGON32_LOGON_NETWORK,
    LOGON32_PROVIDER_DEFAULT, LogonUserW, LookupAccountSidW, PSID, TOKEN_USER, TokenUser,
};
use zeroize::Zeroizing;

/// Units of UTF-16 for a name: a user's has at most 256 (`UNLEN`), a domain's in DNS 255. A zero follows.
const NAME_UNITS: usize = 257;

/// Words of 8 bytes for a `TOKEN_USER` (16 bytes) and the identifier that it leads to (`SECURITY_MAX_SID_SIZE`, 68).
const TOKEN_USER_WORDS: usize = 11;

/// What a logon gives. It is closed when it is dropped.
struct Token(HANDLE);

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: the handle came from LogonUserW, and nobody else closes it.
        unsafe { CloseHandle(self.0) };
    }
}

/// See [`doorward_core::provide_logon_user`].
pub(crate) fn logon_user(logon: &WindowsLogon<'_>) -> Result<WindowsAccount, u32> {
    account(&log_on(logon)?)
}

fn log_on(logon: &WindowsLogon<'_>) -> Result<Token, u32> {
    let (user, password) = (wide(logon.user), wide(logon.password));
    let domain = logon.domain.map(wide);
    let domain = domain.as_ref().map_or(null(), |domain| domain.as_ptr());
    let logon_type = match logon.logon {
        LogonType::Interactive => LOGON32_LOGON_INTERACTIVE,
        _ => LOGON32_LOGON_NETWORK,
    };
    let (user, password, mut token) = (user.as_ptr(), password.as_ptr(), null_mut());
    // SAFETY: every text ends with a zero and lives until after the call; the token is a place for one handle.
    let done = unsafe { LogonUserW(user, domain, password, logon_type, LOGON32_PROVIDER_DEFAULT, &raw mut token) };
    if done == 0 { Err(last_error()) } else { Ok(Token(token)) }
}

/// Whose token it is.
fn account(token: &Token) -> Result<WindowsAccount, u32> {
    // Aligned as a TOKEN_USER has to be.
    let mut room = [0_u64; TOKEN_USER_WORDS];
    let size = size_of_val(&room) as u32;
    let (start, mut len) = (room.as_mut_ptr(), 0);
    // SAFETY: the room has as many bytes as are told, and `len` is a place for a number.
    let done = unsafe { GetTokenInformation(token.0, TokenUser, start.cast(), size, &raw mut len) };
    if done == 0 {
        return Err(last_error());
    }
    // SAFETY: the call filled a TOKEN_USER in at the start of the room, which is aligned for it.
    let sid = unsafe { (*start.cast::<TOKEN_USER>()).User.Sid };
    // SAFETY: the identifier stands in the room, which lives until after the call.
    unsafe { account_of(sid) }
}

/// # Safety
/// The identifier is a valid one.
unsafe fn account_of(sid: PSID) -> Result<WindowsAccount, u32> {
    let (mut user, mut domain) = ([0; NAME_UNITS], [0; NAME_UNITS]);
    let (mut user_len, mut domain_len, mut kind) = (NAME_UNITS as u32, NAME_UNITS as u32, 0);
    // SAFETY: as the caller vouches for; both rooms have as many units as are told.
    let done = unsafe {
        let (user, domain) = (user.as_mut_ptr(), domain.as_mut_ptr());
        LookupAccountSidW(null(), sid, user, &raw mut user_len, domain, &raw mut domain_len, &raw mut kind)
    };
    if done == 0 {
        return Err(last_error());
    }
    // SAFETY: as the caller vouches for.
    let relative_id = unsafe { relative_id(sid) };
    Ok(WindowsAccount { domain: text(&domain), user: text(&user), relative_id })
}

/// The last number of an identifier; 0 of one that has none.
///
/// # Safety
/// The identifier is a valid one.
unsafe fn relative_id(sid: PSID) -> u32 {
    // SAFETY: as the caller vouches for, both lead into the identifier; the last number is below the count.
    unsafe {
        match *GetSidSubAuthorityCount(sid) {
            0 => 0,
            count => *GetSidSubAuthority(sid, u32::from(count) - 1),
        }
    }
}

fn last_error() -> u32 {
    // SAFETY: it takes nothing.
    unsafe { GetLastError() }
}

/// What stands before the zero.
fn text(units: &[u16]) -> String {
    String::from_utf16_lossy(units.split(|unit| *unit == 0).next().unwrap_or_default())
}

/// UTF-16 with a zero at the end. Room is made first, so that no copy is left behind by growing. Names and passwords hold
/// no zero.
fn wide(text: &str) -> Zeroizing<Vec<u16>> {
    let mut wide = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    wide.extend(text.encode_utf16());
    wide.push(0);
    wide
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_names_and_a_last_number() {
        // S-1-5-18, the system itself, as winnt.h lays it out: revision, count, authority, numbers.
        let mut sid = [0x0000_0101_u32, 0x0500_0000, 18];
        // SAFETY: it is a valid identifier.
        let account = unsafe { account_of(sid.as_mut_ptr().cast()) }.unwrap();
        assert_eq!(account.relative_id, 18);
        assert!(!account.user.is_empty() && !account.domain.is_empty(), "{account:?}");
    }

    #[test]
    fn what_is_no_token_is_nobodys() {
        assert!(account(&Token(null_mut())).is_err());
    }

    #[test]
    fn texts_go_there_and_come_back() {
        for told in ["", "bob", "Zürich-密码-\u{1f511}"] {
            let units = wide(told);
            assert_eq!((units.last(), text(&units)), (Some(&0), told.to_owned()));
            assert!(units.capacity() >= units.len() && units.len() <= told.len() + 1);
        }
    }
}
