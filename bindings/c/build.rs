//! How the shared library is linked on Linux.

#[allow(unreachable_pub, reason = "it is public in the library")]
mod src {
    pub(crate) mod abi;
}

fn main() {
    println!("cargo:rerun-if-changed=src/abi.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // A host finds the library of the interface that it was built with, or none.
        link(&format!("-soname,libdoorward.so.{}", src::abi::DOORWARD_ABI_VERSION));
        // A host may unload the library, but its thread, and what it does after a fork and when a thread ends, live on.
        link("-z,nodelete");
    }
}

fn link(flags: &str) {
    println!("cargo:rustc-cdylib-link-arg=-Wl,{flags}");
}
