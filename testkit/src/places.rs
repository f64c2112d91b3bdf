//! Where things are: the sources, what cargo builds, and room for files of tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the sources.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Cargo's target folder: the one that this program was built in.
pub fn target() -> PathBuf {
    let program = env::current_exe().unwrap();
    program.ancestors().nth(3).expect("target/PROFILE/deps/PROGRAM").to_owned()
}

/// Room for the files of tests, in the target folder.
pub fn scratch() -> PathBuf {
    let folder = target().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The folder of published test vectors, where this machine has it: `DOORWARD_VECTORS`, or
/// `shared/vectors` beside the checkout. Says in one line when a test is skipped without it.
pub fn vectors(test: &str) -> Option<PathBuf> {
    let beside = || root().join("../shared/vectors");
    let folder = std::env::var_os("DOORWARD_VECTORS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("{test}: skipped, for the published test vectors are not on this machine");
    None
}
