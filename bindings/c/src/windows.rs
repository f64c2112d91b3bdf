//! Asks Windows about a password.

use doorward_core::{LogonType, WindowsLogon};
use std::ffi::c_void;
use std::ptr::null;
use zeroize::Zeroizing;

#[link(name = "advapi32")]
unsafe extern "system" {
    fn LogonUserW(
        user: *const u16,
        domain: *const u16,
        password: *const u16,
        logon_type: u32,
        provider: u32,
        token: *mut *mut c_void,
    ) -> i32;
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn CloseHandle(handle: *mut c_void) -> i32;
    fn GetLastError() -> u32;
}

/// `LOGON32_LOGON_INTERACTIVE` and `LOGON32_LOGON_NETWORK` of winbase.h.
const INTERACTIVE: u32 = 2;
const NETWORK: u32 = 3;

/// `LOGON32_PROVIDER_DEFAULT`.
const DEFAULT_PROVIDER: u32 = 0;

/// See [`doorward_core::provide_logon_user`].
pub(crate) fn logon_user(logon: &WindowsLogon<'_>) -> Result<(), u32> {
    let (user, password) = (wide(logon.user), wide(logon.password));
    let domain = logon.domain.map(wide);
    let domain = domain.as_ref().map_or(null(), |domain| domain.as_ptr());
    let logon_type = if logon.logon == LogonType::Interactive { INTERACTIVE } else { NETWORK };
    let mut token = std::ptr::null_mut();
    // SAFETY: every text ends with a zero and lives until after the call; the token is a place for one handle, which is
    // closed where the call succeeded and gave it.
    unsafe {
        if LogonUserW(user.as_ptr(), domain, password.as_ptr(), logon_type, DEFAULT_PROVIDER, &raw mut token) == 0 {
            return Err(GetLastError());
        }
        CloseHandle(token);
    }
    Ok(())
}

/// UTF-16 with a zero at the end. Room is made first, so that no copy is left behind by growing. Names and passwords hold
/// no zero.
fn wide(text: &str) -> Zeroizing<Vec<u16>> {
    let mut wide = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    wide.extend(text.encode_utf16());
    wide.push(0);
    wide
}
