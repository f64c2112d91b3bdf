//! The verifier: opened, asked, reloaded, watched.

use crate::guard::{Outcome, guard, guard_value};
use crate::memory::{Buffer, ErrorText, Handle, Object, borrow, borrow_mut, text, write};
use crate::request::{self, doorward_request};
use crate::status::doorward_status;
use crate::verdict::doorward_verdict;
use doorward_core::{Clock, Code, Config, ConfigError, Verifier};
use std::ffi::c_char;
use std::mem::offset_of;
use std::ptr;
use std::time::Duration;

/// Lets the library start no thread: the host calls `doorward_verifier_poll`.
pub const DOORWARD_OPEN_WITHOUT_THREAD: u32 = 1;

/// Verifies requests against a configuration. Any number of threads may use one at a time.
pub struct doorward_verifier(Object<Verifier>);

const _: () = assert!(offset_of!(doorward_verifier, 0) == 0 && offset_of!(Object<Verifier>, value) > 0);

impl doorward_verifier {
    pub(crate) fn value(&self) -> &Verifier {
        &self.0.value
    }
}

impl Handle for doorward_verifier {
    const MAGIC: u64 = 0x646f_6f72_7665_7269;
}

/// What is wrong with a configuration goes into the caller's buffer: its file, where it is of one, the path of the field,
/// and one sentence.
///
/// # Safety
/// As [`ErrorText::tell`].
unsafe fn told<T>(outcome: Result<T, ConfigError>, file: Option<&str>, error: ErrorText) -> Result<T, Code> {
    outcome.map_err(|fault| {
        let text = file.map_or_else(|| fault.to_string(), |file| format!("{file}: {fault}"));
        // SAFETY: as the caller vouches for. That there is no room does not hide what is wrong.
        let _ = unsafe { error.tell(&text) };
        fault.code()
    })
}

/// Opens a verifier, and hands it out.
///
/// # Safety
/// The pointers are NULL, or lead to writable memory.
pub(crate) unsafe fn open_config(
    config: &Config,
    file: Option<&str>,
    clock: Clock,
    verifier: *mut *mut doorward_verifier,
    error: ErrorText,
) -> Outcome {
    // SAFETY: as the caller vouches for.
    let opened = unsafe { told(Verifier::open_with_clock(config, clock), file, error) }?;
    let handle = Box::new(doorward_verifier(Object::of::<doorward_verifier>(opened)));
    // SAFETY: as the caller vouches for.
    unsafe { write(verifier, Box::into_raw(handle)) }
}

fn with_flags(config: Config, flags: u32) -> Config {
    if flags & DOORWARD_OPEN_WITHOUT_THREAD == 0 { config } else { config.without_thread() }
}

/// Clears what goes out, and looks at what comes in by value.
///
/// # Safety
/// The pointers are NULL, or lead to writable memory.
pub(crate) unsafe fn prepare_open(flags: u32, verifier: *mut *mut doorward_verifier, error: ErrorText) -> Outcome {
    // SAFETY: as the caller vouches for.
    let (handle, told) = unsafe { (write(verifier, ptr::null_mut()), error.clear()) };
    handle.and(told)?;
    #[cfg(windows)]
    {
        crate::stay::stay();
        doorward_core::provide_logon_user(crate::windows::logon_user);
        doorward_core::provide_access_check(crate::windows::access::check);
    }
    if flags & !DOORWARD_OPEN_WITHOUT_THREAD == 0 { Ok(()) } else { Err(Code::ArgumentInvalid) }
}

/// Opens a verifier from the text of a configuration, a JSON document in UTF-8.
///
/// Names of files in it are relative to the folder `base`, or to the working directory where it is empty. It reads
/// files, fetches nothing, and starts nothing: a verifier that was opened before a fork serves in every process.
/// `flags` is 0 or `DOORWARD_OPEN_WITHOUT_THREAD`. What is wrong with the configuration is written to `error`, as
/// `path: sentence`, cut to fit and ended with a NUL, with its whole length in `error_needed` (which may be NULL); 1024
/// bytes are mostly enough.
///
/// `*verifier` is NULL on any failure; else free it with `doorward_verifier_free`. Nothing of the input is kept. May block.
///
/// Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_open(
    configuration: *const u8,
    configuration_len: usize,
    base: *const u8,
    base_len: usize,
    flags: u32,
    verifier: *mut *mut doorward_verifier,
    error: *mut c_char,
    error_capacity: usize,
    error_needed: *mut usize,
) -> doorward_status {
    let error = ErrorText(Buffer { data: error, capacity: error_capacity, needed: error_needed });
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            prepare_open(flags, verifier, error)?;
            let config = Config::from_json(text(configuration, configuration_len)?);
            let config = config.relative_to(text(base, base_len)?);
            open_config(&with_flags(config, flags), None, Clock::System, verifier, error)
        }
    })
}

/// Opens a verifier from a file. As `doorward_verifier_open`; names of files are relative to its folder, and an error
/// begins with the name of this one.
///
/// `*verifier` is NULL on any failure; else free it with `doorward_verifier_free`. Nothing of the input is kept. May block.
///
/// Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_open_file(
    path: *const u8,
    path_len: usize,
    flags: u32,
    verifier: *mut *mut doorward_verifier,
    error: *mut c_char,
    error_capacity: usize,
    error_needed: *mut usize,
) -> doorward_status {
    let error = ErrorText(Buffer { data: error, capacity: error_capacity, needed: error_needed });
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            prepare_open(flags, verifier, error)?;
            let file = text(path, path_len)?;
            let config = told(Config::from_file(file), Some(file), error)?;
            open_config(&with_flags(config, flags), Some(file), Clock::System, verifier, error)
        }
    })
}

/// Frees a verifier. NULL is a no-op. No other call with it may be running, nor come after.
///
/// With the last verifier of a process its background thread ends, within a second. Verdicts live on. May block for
/// that long. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_free(verifier: *mut doorward_verifier) {
    guard(|| {
        if verifier.is_null() {
            return Ok(());
        }
        // SAFETY: the caller vouches that it is a verifier that was not freed.
        let mut freed = unsafe {
            borrow_mut(verifier)?;
            Box::from_raw(verifier)
        };
        freed.0.end();
        Ok(())
    });
}

/// 1 where the configuration has an API of this name, switched on or off, else 0: a host whose own configuration names one
/// tells a mistake before requests come.
///
/// Safe to call from many threads. Never blocks, and starts nothing. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_has_api(
    verifier: *const doorward_verifier,
    api: *const u8,
    api_len: usize,
) -> u32 {
    guard_value(0, || {
        // SAFETY: as the caller vouches for.
        let (verifier, api) = unsafe { (borrow(verifier).ok()?, text(api, api_len).ok()?) };
        Some(u32::from(verifier.value().has_api(api)))
    })
}

/// Starts to refresh keys in this process, as the first request would. Starts a thread, unless the verifier was opened
/// without one or has nothing to refresh. Call it in each process that serves, after the fork.
///
/// Safe to call from many threads. Does not wait for keys; reads the file of a denylist again where it has changed, so it
/// may block.
///
/// Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_start(verifier: *const doorward_verifier) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe { borrow(verifier) }?.value().start();
        Ok(())
    })
}

/// Waits until each issuer has keys, at most for so many milliseconds. `*ready` is 1 where they have, else 0.
///
/// Safe to call from many threads. Blocks.
///
/// Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_wait(
    verifier: *const doorward_verifier,
    milliseconds: u64,
    ready: *mut u32,
) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            write(ready, 0)?;
            let keys = borrow(verifier)?.value().wait_for_keys(Duration::from_millis(milliseconds));
            write(ready, u32::from(keys))
        }
    })
}

/// Does the refreshes that are due, on the caller's thread: for hosts that allow no thread. `*next` is how many
/// milliseconds there is nothing more to do, `UINT64_MAX` where there is nothing at all, and on any failure.
///
/// Safe to call from many threads. Blocks for as long as fetches take.
///
/// Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_poll(verifier: *const doorward_verifier, next: *mut u64) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            write(next, u64::MAX)?;
            let idle = borrow(verifier)?.value().poll();
            write(next, idle.map_or(u64::MAX, |idle| u64::try_from(idle.as_millis()).unwrap_or(u64::MAX)))
        }
    })
}

/// Verifies one request against the configuration. Never blocks.
///
/// Borrows everything in `request` for the call only. `verdict` is overwritten; it reads "denied" on any failure. No text
/// of `request` may be one of this verdict's own: DOORWARD_ARGUMENT_INVALID.
///
/// Safe to call from many threads on one verifier, each with a verdict of its own.
///
/// Returns DOORWARD_OK (accepted), DOORWARD_PENDING (call doorward_verifier_resolve from a thread that may block), or
/// the code of the denial (2000 to 6999); a code of the block 1000 when the call itself was wrong. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_verify(
    verifier: *const doorward_verifier,
    request: *const doorward_request,
    verdict: *mut doorward_verdict,
) -> doorward_status {
    // SAFETY: as the caller vouches for.
    unsafe { decide(verifier, request, verdict, |verifier, request, verdict| verifier.verify_into(request, verdict)) }
}

/// Finishes a request that is pending: waits for the keys that it needs, for at most the configuration's
/// `resolve_timeout`, and verifies it again. The answer is never DOORWARD_PENDING.
///
/// Borrows everything in `request` for the call only. `verdict` is overwritten; it reads "denied" on any failure.
///
/// Safe to call from many threads on one verifier, each with a verdict of its own. Blocks.
///
/// Returns what doorward_verifier_verify does. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_resolve(
    verifier: *const doorward_verifier,
    request: *const doorward_request,
    verdict: *mut doorward_verdict,
) -> doorward_status {
    // SAFETY: as the caller vouches for.
    unsafe { decide(verifier, request, verdict, |verifier, request, verdict| verifier.resolve_into(request, verdict)) }
}

type Decide = fn(&Verifier, &doorward_core::Request<'_>, &mut doorward_core::Verdict) -> Code;

/// # Safety
/// The pointers are NULL, or lead to what their types say.
unsafe fn decide(
    verifier: *const doorward_verifier,
    request: *const doorward_request,
    verdict: *mut doorward_verdict,
    how: Decide,
) -> doorward_status {
    let status = guard(|| {
        // SAFETY: as the caller vouches for. The verdict comes first: it reads "denied" whatever else is wrong.
        unsafe {
            let verdict = borrow_mut(verdict)?.value();
            verdict.clear();
            let verifier = borrow(verifier)?.value();
            let request = request::read_beside(request, verdict)?;
            match how(verifier, &request, verdict) {
                Code::Ok => Ok(()),
                code => Err(code),
            }
        }
    });
    // What went wrong before, or in, the decision is the verdict's answer too.
    guard(|| {
        // SAFETY: as the caller vouches for.
        let verdict = unsafe { borrow_mut(verdict) }?.value();
        if verdict.code().number() != status {
            verdict.fail(Code::from_number(status).unwrap_or(Code::InternalPanic));
        }
        Ok(())
    });
    status
}

/// Replaces the configuration: all of it, or on an error nothing of it. As `doorward_verifier_open` for the rest.
///
/// Safe to call from many threads, beside every other call but free. May block.
///
/// Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_reload(
    verifier: *const doorward_verifier,
    configuration: *const u8,
    configuration_len: usize,
    base: *const u8,
    base_len: usize,
    error: *mut c_char,
    error_capacity: usize,
    error_needed: *mut usize,
) -> doorward_status {
    let error = ErrorText(Buffer { data: error, capacity: error_capacity, needed: error_needed });
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            error.clear()?;
            let verifier = borrow(verifier)?.value();
            let config = Config::from_json(text(configuration, configuration_len)?);
            told(verifier.reload(&config.relative_to(text(base, base_len)?)), None, error)
        }
    })
}

/// Replaces the configuration by that of a file. As `doorward_verifier_reload`.
///
/// Safe to call from many threads, beside every other call but free. May block.
///
/// Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_reload_file(
    verifier: *const doorward_verifier,
    path: *const u8,
    path_len: usize,
    error: *mut c_char,
    error_capacity: usize,
    error_needed: *mut usize,
) -> doorward_status {
    let error = ErrorText(Buffer { data: error, capacity: error_capacity, needed: error_needed });
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            error.clear()?;
            let verifier = borrow(verifier)?.value();
            let file = text(path, path_len)?;
            let config = told(Config::from_file(file), Some(file), error)?;
            told(verifier.reload(&config), Some(file), error)
        }
    })
}

/// Revokes tokens in this process: once it returns, no thread lets one in. `lines` is UTF-8 with a JSON object on each
/// line, as in the file of a denylist: docs/revocation.md has every kind.
///
/// All of them are taken, or on a failure none; what is wrong is written to `error`, as `line 3: sentence`, cut
/// to fit and ended with a NUL, with its whole length in `error_needed` (which may be NULL). They survive a reload and end
/// at their `until`; a million can be in force. Other processes don't know of them. Nothing of the input is kept.
///
/// Safe to call from many threads, beside every other call but free. Does not hold up verifications.
///
/// Returns DOORWARD_OK, DOORWARD_ARGUMENT_INVALID where a line is wrong, DOORWARD_DENYLIST_FULL where there is no room, or
/// another code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_revoke(
    verifier: *const doorward_verifier,
    lines: *const u8,
    lines_len: usize,
    error: *mut c_char,
    error_capacity: usize,
    error_needed: *mut usize,
) -> doorward_status {
    let error = ErrorText(Buffer { data: error, capacity: error_capacity, needed: error_needed });
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            error.clear()?;
            let revoked = borrow(verifier)?.value().revoke(text(lines, lines_len)?);
            revoked.map(|_| ()).map_err(|fault| {
                // That there is no room does not hide what is wrong.
                let _ = error.tell(fault.message());
                fault.code()
            })
        }
    })
}

/// Forgets that a user proved a password: the next request is checked by the directory again. `name` is the fully
/// qualified name that verdicts have, such as `K2:CONTOSO\Bob`. Call it when a password was changed, or an account
/// disabled; `doorward_verifier_reload` forgets everybody's.
///
/// It concerns this process. Safe from many threads, and beside `doorward_verifier_verify`. Returns DOORWARD_OK, also
/// where nothing was remembered; else a code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_forget(
    verifier: *const doorward_verifier,
    name: *const u8,
    name_len: usize,
) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe { borrow(verifier)?.value().forget(text(name, name_len)?) };
        Ok(())
    })
}

/// Lifts what was counted against an account after wrong passwords: its next password is checked. `name` is the fully
/// qualified name that verdicts have, such as `K2:CONTOSO\Bob`, or the label with a name that the user logs in by.
/// `*unlocked` is 1 if there was something to lift, else 0. What the directory itself has counted stays.
///
/// It concerns this process; a line of the denylist's file reaches all that share it. Safe from many threads, and beside
/// `doorward_verifier_verify`. Returns DOORWARD_OK, also if there was nothing to lift; else a code of the block 1000.
/// Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verifier_unlock(
    verifier: *const doorward_verifier,
    name: *const u8,
    name_len: usize,
    unlocked: *mut u32,
) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            write(unlocked, 0)?;
            let is_unlocked = borrow(verifier)?.value().unlock(text(name, name_len)?);
            write(unlocked, u32::from(is_unlocked))
        }
    })
}
