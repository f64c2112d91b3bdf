//! The library, as cargo builds it.

use super::{root, run, scratch, text};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds the library as it is released, and copies files of it to where no other build comes.
fn build(name: &str, arguments: &[&str], files: &[&str]) -> PathBuf {
    let target = crate::target();
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo
        .args(["build", "--quiet", "--release", "--package", "doorward-c", "--target-dir"])
        .arg(&target)
        .args(arguments);
    let output = run(cargo.current_dir(root()));
    assert!(output.status.success(), "{cargo:?}\n{}", text(&output));
    let folder = scratch().join(name);
    fs::create_dir_all(&folder).unwrap();
    for file in files {
        fs::copy(target.join("release").join(file), folder.join(file)).unwrap();
    }
    link(&folder);
    folder
}

/// The name that programs look for when they are started: with the version of the interface.
pub fn soname() -> String {
    let header = fs::read_to_string(root().join("include/doorward.h")).unwrap();
    let number = header.split("#define DOORWARD_ABI_VERSION ").nth(1).and_then(|rest| rest.lines().next());
    format!("libdoorward.so.{}", number.expect("the header names the version of the interface"))
}

fn link(folder: &Path) {
    let link = folder.join(soname());
    if !link.is_symlink() {
        symlink("libdoorward.so", link).unwrap();
    }
}

/// The folders of the library with what only tests call, and of the one that is released.
pub struct Libraries {
    pub testing: PathBuf,
    pub release: PathBuf,
}

pub fn libraries() -> &'static Libraries {
    static ONCE: OnceLock<Libraries> = OnceLock::new();
    ONCE.get_or_init(|| {
        // Last the one without them, so that what stays in the target folder is as it is released.
        let testing = build("testing", &["--features", "test-hooks"], &["libdoorward.so"]);
        Libraries { testing, release: build("release", &[], &["libdoorward.so", "libdoorward.a"]) }
    })
}
