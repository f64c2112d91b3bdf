//! Keeps the cryptography alone with itself.
//!
//! aws-lc asks at run time whether somebody defines these functions, and allocates with them. In `libdoorward.so` it would
//! find those that a host, or another library of it, has for a cryptography of its own. Hidden, they are nobody's. A
//! program that links `libdoorward.a` is one with it, and its functions are used.

#[cfg(target_os = "linux")]
macro_rules! hidden {
    ($($name:literal),+) => {
        std::arch::global_asm!($(concat!(".weak ", $name), concat!(".hidden ", $name)),+);
    };
}

#[cfg(target_os = "linux")]
hidden!("OPENSSL_memory_alloc", "OPENSSL_memory_free", "OPENSSL_memory_get_size", "OPENSSL_memory_realloc", "sdallocx");
