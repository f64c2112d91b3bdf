//! The verdict: what was decided about one request, and as whom it comes in.

pub mod denial;

use crate::guard::{guard, guard_value};
use crate::memory::{Handle, Object, borrow, borrow_mut, doorward_str, text, write};
use crate::status::doorward_status;
use doorward_core::{Code, Identity, Verdict};
use std::mem::offset_of;
use std::ptr;

/// The answer to a request, and the room that it was worked out in. Make one for each thread or request, and use it
/// again: then a call allocates nothing. One thread at a time.
pub struct doorward_verdict(Object<Verdict>);

const _: () = assert!(offset_of!(doorward_verdict, 0) == 0 && offset_of!(Object<Verdict>, value) > 0);

impl Handle for doorward_verdict {
    const MAGIC: u64 = 0x646f_6f72_7665_7264;
}

impl doorward_verdict {
    pub(crate) fn value(&mut self) -> &mut Verdict {
        &mut self.0.value
    }
}

/// Makes a verdict, which reads "denied".
///
/// `*verdict` is NULL on any failure; else free it with `doorward_verdict_free`. Never blocks.
///
/// Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn doorward_verdict_new(verdict: *mut *mut doorward_verdict) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            write(verdict, ptr::null_mut())?;
            let made = Box::new(doorward_verdict(Object::of::<doorward_verdict>(Verdict::new())));
            write(verdict, Box::into_raw(made))
        }
    })
}

/// Frees a verdict, and with it every text that was asked of it. NULL is a no-op. It does not need its verifier.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_free(verdict: *mut doorward_verdict) {
    guard(|| {
        if verdict.is_null() {
            return Ok(());
        }
        // SAFETY: the caller vouches that it is a verdict that was not freed.
        let mut freed = unsafe {
            borrow_mut(verdict)?;
            Box::from_raw(verdict)
        };
        freed.0.end();
        Ok(())
    });
}

/// The status code of a verdict; only DOORWARD_OK lets the request in. For NULL it is DOORWARD_NULL_ARGUMENT.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_status(verdict: *const doorward_verdict) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        match unsafe { borrow(verdict) }?.0.value.code() {
            Code::Ok => Ok(()),
            code => Err(code),
        }
    })
}

/// Reads a text of an accepted verdict.
///
/// # Safety
/// The pointer is NULL, or leads to a verdict.
unsafe fn identity<T>(
    verdict: *const doorward_verdict,
    otherwise: T,
    read: impl FnOnce(Identity<'_>) -> Option<T>,
) -> T {
    // SAFETY: as the caller vouches for.
    guard_value(otherwise, || read(unsafe { borrow(verdict) }.ok()?.0.value.identity()?))
}

/// Accepted: the label, which tells the user manager.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_label(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| Some(doorward_str::new(identity.label()))) }
}

/// Accepted: the name of the user, from the claim that the issuer's configuration names.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_user(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| Some(doorward_str::new(identity.user()))) }
}

/// Accepted: the fully qualified name, `label:user`.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_qualified_name(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| Some(doorward_str::new(identity.qualified_name()))) }
}

/// Accepted: how the request proved its identity: `bearer` or `basic`.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_method(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| Some(doorward_str::new(identity.method().name()))) }
}

/// Accepted: the issuer of the token (`iss`).
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_issuer(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.issuer().map(doorward_str::new)) }
}

/// Accepted: the subject (`sub`), unique within the issuer.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_subject(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.subject().map(doorward_str::new)) }
}

/// Accepted: the tenant (`tid`).
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_tenant(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.tenant().map(doorward_str::new)) }
}

/// Accepted: the object id (`oid`), unique within the tenant.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_object_id(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.object_id().map(doorward_str::new)) }
}

/// Accepted: the client application (`azp`, `appid` or `client_id`).
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_client(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.client().map(doorward_str::new)) }
}

/// Accepted: the id of the token (`jti` or `uti`).
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_token_id(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.token_id().map(doorward_str::new)) }
}

/// Accepted: when the token expires (`exp`), in seconds since 1970; 0 where it is not accepted.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_expires_at(verdict: *const doorward_verdict) -> i64 {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, 0, |identity| identity.expires_at()) }
}

/// Accepted: 1 where the API's configuration lists the user as an administrator, else 0.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_is_administrator(verdict: *const doorward_verdict) -> u32 {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, 0, |identity| Some(u32::from(identity.is_administrator()))) }
}

/// Accepted: 1 where an application calls for itself, without a user, else 0.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_is_app_only(verdict: *const doorward_verdict) -> u32 {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, 0, |identity| Some(u32::from(identity.is_app_only()))) }
}

/// Accepted: how many scopes the token has (`scp` and `scope`).
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_scope_count(verdict: *const doorward_verdict) -> usize {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, 0, |identity| Some(identity.scopes().count())) }
}

/// Accepted: how many roles the token has (`roles`).
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_role_count(verdict: *const doorward_verdict) -> usize {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, 0, |identity| Some(identity.roles().count())) }
}

/// Accepted: a scope, by its place from 0.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_scope(verdict: *const doorward_verdict, index: usize) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.scopes().nth(index).map(doorward_str::new)) }
}

/// Accepted: a role, by its place from 0.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_role(verdict: *const doorward_verdict, index: usize) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, doorward_str::EMPTY, |identity| identity.roles().nth(index).map(doorward_str::new)) }
}

/// Accepted: how many claims the token has.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_claim_count(verdict: *const doorward_verdict) -> usize {
    // SAFETY: as the caller vouches for.
    unsafe { identity(verdict, 0, |identity| Some(identity.claims().count())) }
}

/// Accepted: the name of a claim, by its place from 0, in the order of the token.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_claim_name(verdict: *const doorward_verdict, index: usize) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe {
        identity(verdict, doorward_str::EMPTY, |identity| {
            identity.claims().nth(index).map(|(name, _)| doorward_str::new(name))
        })
    }
}

/// Accepted: the text of a claim that is a string, by its name.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_claim(
    verdict: *const doorward_verdict,
    name: *const u8,
    name_len: usize,
) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe {
        identity(verdict, doorward_str::EMPTY, |identity| {
            let claim = identity.claim(text(name, name_len).ok()?)?;
            claim.as_str().map(doorward_str::new)
        })
    }
}

/// Accepted: a claim of any type, as the JSON text that stands in the token, by its name.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_claim_json(
    verdict: *const doorward_verdict,
    name: *const u8,
    name_len: usize,
) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe {
        identity(verdict, doorward_str::EMPTY, |identity| {
            let claim = identity.claim(text(name, name_len).ok()?)?;
            Some(doorward_str::new(claim.as_json()))
        })
    }
}

/// Accepted: a claim that is a whole number, by its name. `*number` is 0 where it is none.
///
/// Never blocks.
///
/// Returns DOORWARD_OK, DOORWARD_CLAIM_MISSING, DOORWARD_CLAIM_MALFORMED (it is no whole number of 64 bits), or a code of
/// the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_claim_number(
    verdict: *const doorward_verdict,
    name: *const u8,
    name_len: usize,
    number: *mut i64,
) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            write(number, 0)?;
            let name = text(name, name_len)?;
            let identity = borrow(verdict)?.0.value.identity().ok_or(Code::ClaimMissing)?;
            let claim = identity.claim(name).ok_or(Code::ClaimMissing)?;
            write(number, claim.as_i64().ok_or(Code::ClaimMalformed)?)
        }
    })
}
