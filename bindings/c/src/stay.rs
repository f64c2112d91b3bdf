//! Lets the library stay where it is, on Windows, when a host unloads it: its threads live on, as they do on Linux, where
//! `-z nodelete` does the same.

use std::ptr::null_mut;
use std::sync::Once;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// Before something is made that a thread serves.
pub(crate) fn stay() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (here, mut module) = (&raw const ONCE, null_mut());
        let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
        // SAFETY: with these flags the first pointer is an address within the library, and the second one a place for a
        // handle. It does not fail for a library whose code runs.
        unsafe { GetModuleHandleExW(flags, here.cast(), &raw mut module) };
    });
}
