//! Who may change a file or a folder, by its owner and its access list.

use super::{account_of, last_error};
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_SUCCESS, GENERIC_ALL, GENERIC_WRITE, HANDLE, HLOCAL, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{GetNamedSecurityInfoW, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, CreateWellKnownSid, DACL_SECURITY_INFORMATION, EqualSid, GetAce, GetTokenInformation,
    INHERIT_ONLY_ACE, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
    WELL_KNOWN_SID_TYPE, WinBuiltinAdministratorsSid, WinLocalSystemSid,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// Words of 8 bytes for an identifier (`SECURITY_MAX_SID_SIZE`, 68), and for a `TOKEN_USER` (16 bytes) that leads to one.
const SID_WORDS: usize = 9;
const TOKEN_USER_WORDS: usize = 11;

/// `FILE_WRITE_DATA` or `FILE_ADD_FILE`, `FILE_APPEND_DATA` or `FILE_ADD_SUBDIRECTORY`, `FILE_DELETE_CHILD`, `DELETE`,
/// `WRITE_DAC` and `WRITE_OWNER` of winnt.h, and what stands for them.
const CHANGES: u32 = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | GENERIC_WRITE | GENERIC_ALL;

/// `ACCESS_ALLOWED_ACE_TYPE` of winnt.h, and those that deny: plain, for objects, and both with conditions.
const ALLOWED: u8 = 0;
const DENIED: [u8; 4] = [1, 6, 10, 12];

/// See [`doorward_core::provide_access_check`].
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let found = Found::of(path)?;
    let trusted =
        Trusted::new().map_err(|error| format!("whose process this is can't be told: Windows error {error}"))?;
    if !trusted.has(found.owner) {
        let owner = name(found.owner);
        return Err(format!("it belongs to {owner}, who is neither this process's account nor an administrator"));
    }
    if found.list.is_null() {
        return Err("everybody may change it, for it has no access list".to_owned());
    }
    // SAFETY: the list is one that Windows gave, and lives as long as `found`.
    let count = unsafe { (*found.list).AceCount };
    (0..u32::from(count)).try_for_each(|index| check_entry(&found, index, &trusted))
}

fn check_entry(found: &Found, index: u32, trusted: &Trusted) -> Result<(), String> {
    let mut entry = null_mut();
    // SAFETY: the list is one that Windows gave, and `entry` a place for an address.
    if unsafe { GetAce(found.list, index, &raw mut entry) } == 0 {
        return Err(format!("its access list can't be read: Windows error {}", last_error()));
    }
    let entry: *mut ACCESS_ALLOWED_ACE = entry.cast();
    // SAFETY: every entry begins with a header.
    let header = unsafe { (*entry).Header };
    if DENIED.contains(&header.AceType) || u32::from(header.AceFlags) & INHERIT_ONLY_ACE != 0 {
        return Ok(());
    }
    if header.AceType != ALLOWED {
        return Err(format!("its access list has an entry of the kind {}, which is not looked into", header.AceType));
    }
    // SAFETY: an entry of this kind has a mask, and an identifier that begins at its last field.
    let (mask, who) = unsafe { ((*entry).Mask, (&raw mut (*entry).SidStart).cast()) };
    if mask & CHANGES != 0 && !trusted.has(who) {
        return Err(format!("{} may change it", name(who)));
    }
    Ok(())
}

/// What Windows says of a file, freed when it is dropped.
struct Found {
    descriptor: PSECURITY_DESCRIPTOR,
    /// Both stand in the descriptor.
    owner: PSID,
    list: *mut ACL,
}

impl Found {
    fn of(path: &Path) -> Result<Self, String> {
        let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
        let mut found = Self { descriptor: null_mut(), owner: null_mut(), list: null_mut() };
        let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
        let (owner, list, descriptor) = (&raw mut found.owner, &raw mut found.list, &raw mut found.descriptor);
        // SAFETY: the name ends with a zero and lives until after the call; the rest are places for addresses, or nothing.
        let error = unsafe {
            GetNamedSecurityInfoW(
                name.as_ptr(),
                SE_FILE_OBJECT,
                wanted,
                owner,
                null_mut(),
                list,
                null_mut(),
                descriptor,
            )
        };
        if error == ERROR_SUCCESS && !found.owner.is_null() {
            return Ok(found);
        }
        Err(format!("its owner and access list can't be told: Windows error {error}"))
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        // SAFETY: Windows made the descriptor for us to free; of nothing it frees nothing.
        unsafe { LocalFree(self.descriptor as HLOCAL) };
    }
}

/// Who may change what is trusted: this process's account, the system, and administrators.
struct Trusted {
    /// A `TOKEN_USER`, which leads into itself: so it has to stay where it is.
    own: Box<[u64; TOKEN_USER_WORDS]>,
    others: [[u64; SID_WORDS]; 2],
}

impl Trusted {
    fn new() -> Result<Self, u32> {
        let others = [well_known(WinLocalSystemSid)?, well_known(WinBuiltinAdministratorsSid)?];
        Ok(Self { own: own_account()?, others })
    }

    fn has(&self, who: PSID) -> bool {
        // SAFETY: Windows filled a TOKEN_USER in at the start, which is aligned for it, and its identifier behind it.
        let own = unsafe { (*self.own.as_ptr().cast::<TOKEN_USER>()).User.Sid };
        let others = self.others.iter().map(|room| room.as_ptr().cast_mut().cast());
        // SAFETY: all are identifiers that Windows wrote.
        std::iter::once(own).chain(others).any(|known: PSID| unsafe { EqualSid(known, who) } != 0)
    }
}

fn well_known(kind: WELL_KNOWN_SID_TYPE) -> Result<[u64; SID_WORDS], u32> {
    let mut room = [0_u64; SID_WORDS];
    let mut len = size_of_val(&room) as u32;
    // SAFETY: the room has as many bytes as are told.
    let done = unsafe { CreateWellKnownSid(kind, null_mut(), room.as_mut_ptr().cast(), &raw mut len) };
    if done == 0 { Err(last_error()) } else { Ok(room) }
}

fn own_account() -> Result<Box<[u64; TOKEN_USER_WORDS]>, u32> {
    let mut token: HANDLE = null_mut();
    // SAFETY: the handle of this process needs no closing; the token is a place for one.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(last_error());
    }
    let mut room = Box::new([0_u64; TOKEN_USER_WORDS]);
    let (size, mut len) = (size_of_val(&*room) as u32, 0);
    // SAFETY: the room has as many bytes as are told, and `len` is a place for a number.
    let done = unsafe { GetTokenInformation(token, TokenUser, room.as_mut_ptr().cast(), size, &raw mut len) };
    let error = last_error();
    // SAFETY: it was opened above, and nobody else closes it.
    unsafe { CloseHandle(token) };
    if done == 0 { Err(error) } else { Ok(room) }
}

/// The name of an account, for the log.
fn name(who: PSID) -> String {
    // SAFETY: the callers have it of Windows.
    match unsafe { account_of(who) } {
        Ok(account) if account.domain.is_empty() => account.user,
        Ok(account) => format!("{}\\{}", account.domain, account.user),
        Err(_) => "an account that has no name".to_owned(),
    }
}
