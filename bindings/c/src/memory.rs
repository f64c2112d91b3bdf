//! What comes in by pointers, and what goes out by them.

use doorward_core::Code;
use std::ffi::c_char;
use std::ptr;
use std::slice;

/// A text that belongs to the object it was asked of: UTF-8, never NULL, not NUL-terminated.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct doorward_str {
    /// The first byte.
    pub data: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl doorward_str {
    pub(crate) const EMPTY: Self = Self { data: c"".as_ptr(), len: 0 };

    pub(crate) fn new(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }
}

/// What an object begins with, that C holds by a pointer: it says what it is, so that another object, or one that was
/// freed, is recognised as long as its memory is still there.
#[repr(C)]
pub(crate) struct Object<T> {
    magic: u64,
    pub(crate) value: T,
}

impl<T> Object<T> {
    /// An object of the handle `H`.
    pub(crate) fn of<H: Handle>(value: T) -> Self {
        Self { magic: magic::<H>(), value }
    }

    /// From here on it is recognised as nothing.
    pub(crate) fn end(&mut self) {
        // An ordinary write just before the memory is freed is one that nobody reads: it would be left out.
        // SAFETY: it is a field of ours.
        unsafe { ptr::write_volatile(&raw mut self.magic, 0) };
    }
}

/// A struct that holds one [`Object`], at its very beginning.
pub(crate) trait Handle {
    const MAGIC: u64;
}

/// What a handle of this kind begins with. A process may hold several copies of the library, and each takes only its own
/// handles: another may be of another version, or have another heap.
fn magic<T: Handle>() -> u64 {
    static COPY: u8 = 0;
    T::MAGIC ^ (&raw const COPY).addr() as u64
}

/// Whether a pointer leads to a handle of this kind. Only the first word is read.
///
/// # Safety
/// The pointer is NULL, or leads to at least eight readable bytes.
unsafe fn recognise<T: Handle>(handle: *const T) -> Result<(), Code> {
    check(handle)?;
    // SAFETY: it is not NULL, and aligned as `T`, whose first word is a `u64`.
    let magic = unsafe { handle.cast::<u64>().read() };
    if magic == self::magic::<T>() { Ok(()) } else { Err(Code::ArgumentInvalid) }
}

/// Borrows an object.
///
/// # Safety
/// As [`recognise`]; where it is a `T`, nobody writes it as long as `'a`.
pub(crate) unsafe fn borrow<'a, T: Handle>(handle: *const T) -> Result<&'a T, Code> {
    // SAFETY: as the caller vouches for; what is recognised is a `T`.
    unsafe {
        recognise(handle)?;
        Ok(&*handle)
    }
}

/// Borrows an object to change it.
///
/// # Safety
/// As [`borrow`], and nobody else reads it as long as `'a`.
pub(crate) unsafe fn borrow_mut<'a, T: Handle>(handle: *mut T) -> Result<&'a mut T, Code> {
    // SAFETY: as the caller vouches for; what is recognised is a `T`.
    unsafe {
        recognise(handle)?;
        Ok(&mut *handle)
    }
}

/// Whether a pointer may lead to a `T`.
pub(crate) fn check<T>(pointer: *const T) -> Result<(), Code> {
    if pointer.is_null() {
        Err(Code::NullArgument)
    } else if !pointer.is_aligned() {
        Err(Code::ArgumentInvalid)
    } else {
        Ok(())
    }
}

/// Borrows bytes. `(NULL, 0)` is empty.
///
/// # Safety
/// The pointer is NULL, or leads to `len` readable bytes that nobody writes as long as `'a`.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize) -> Result<&'a [u8], Code> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Code::NullArgument),
        (false, _) if isize::try_from(len).is_err() => Err(Code::ArgumentInvalid),
        // SAFETY: it is not NULL, the length is possible, and the caller vouches for the bytes.
        (false, _) => Ok(unsafe { slice::from_raw_parts(data, len) }),
    }
}

/// Borrows a text, which has to be UTF-8.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn text<'a>(data: *const u8, len: usize) -> Result<&'a str, Code> {
    // SAFETY: as the caller vouches for.
    let bytes = unsafe { bytes(data, len) }?;
    str::from_utf8(bytes).map_err(|_| Code::ArgumentInvalid)
}

/// Writes a value where the caller wants it.
///
/// # Safety
/// The pointer is NULL, or leads to writable memory for a `T`.
pub(crate) unsafe fn write<T>(out: *mut T, value: T) -> Result<(), Code> {
    check(out)?;
    // SAFETY: it is not NULL and aligned, and the caller vouches for the memory.
    unsafe { out.write(value) };
    Ok(())
}

/// A buffer of the caller's, for a text that is made on demand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Buffer {
    pub(crate) data: *mut c_char,
    pub(crate) capacity: usize,
    pub(crate) needed: *mut usize,
}

impl Buffer {
    /// Says that nothing is needed yet. `needed` may be NULL.
    ///
    /// # Safety
    /// `needed` is NULL, or leads to writable memory.
    pub(crate) unsafe fn clear(self) -> Result<(), Code> {
        if self.needed.is_null() {
            return Ok(());
        }
        // SAFETY: as the caller vouches for.
        unsafe { write(self.needed, 0) }
    }

    /// Writes a text, without an end. One that does not fit is not written, and only its length is told.
    ///
    /// # Safety
    /// `data` is NULL, or leads to `capacity` writable bytes; `needed` as in [`Buffer::clear`].
    pub(crate) unsafe fn fill(self, text: &str) -> Result<(), Code> {
        if !self.needed.is_null() {
            // SAFETY: as the caller vouches for.
            unsafe { write(self.needed, text.len()) }?;
        }
        if text.len() > self.capacity {
            return Err(Code::BufferTooSmall);
        }
        if text.is_empty() {
            return Ok(());
        }
        check(self.data)?;
        // SAFETY: the buffer is not NULL and has room, and a text of the library's does not lie in it.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr().cast(), self.data, text.len()) };
        Ok(())
    }
}

/// A buffer of the caller's, for what is wrong with a configuration: what does not fit of it is cut, and it has an end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorText(pub(crate) Buffer);

impl ErrorText {
    /// Says that nothing is wrong yet.
    ///
    /// # Safety
    /// As [`Buffer::fill`].
    pub(crate) unsafe fn clear(self) -> Result<(), Code> {
        // SAFETY: as the caller vouches for.
        unsafe {
            self.0.clear()?;
            self.end(0)
        }
    }

    /// Writes as much of a text as there is room for, and tells its whole length.
    ///
    /// # Safety
    /// As [`Buffer::fill`].
    pub(crate) unsafe fn tell(self, text: &str) -> Result<(), Code> {
        // Names of fields and files stand in it, with whatever they hold: a NUL would end it, a line feed forge a log.
        let text = &text.replace(char::is_control, " ");
        let room = self.0.capacity.saturating_sub(1).min(text.len());
        let room = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        // SAFETY: as the caller vouches for.
        unsafe {
            if !self.0.needed.is_null() {
                write(self.0.needed, text.len())?;
            }
            Buffer { capacity: room, needed: ptr::null_mut(), ..self.0 }.fill(&text[..room])?;
            self.end(room)
        }
    }

    /// Ends the text with a NUL, where there is a buffer with room.
    ///
    /// # Safety
    /// As [`Buffer::fill`].
    unsafe fn end(self, at: usize) -> Result<(), Code> {
        if self.0.data.is_null() || at >= self.0.capacity {
            return Ok(());
        }
        check(self.0.data)?;
        // SAFETY: it is not NULL, and the caller vouches for so many bytes.
        unsafe { self.0.data.add(at).write(0) };
        Ok(())
    }
}
