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

/// Both libraries have the same name for cargo, which would build them in turns for each program of tests.
fn is_newer_than_its_sources(library: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let folders = ["src", "bindings/c/src"].map(|folder| crate::root().join(folder));
    let files = ["Cargo.toml", "Cargo.lock", "bindings/c/Cargo.toml", "bindings/c/build.rs"]
        .map(|file| crate::root().join(file));
    let sources = folders.iter().flat_map(|folder| files_below(folder)).chain(files);
    let newest = sources.filter_map(|source| changed(&source)).max();
    changed(library).is_some_and(|built| Some(built) > newest)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
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
        let folders = Libraries { testing: scratch().join("testing"), release: scratch().join("release") };
        if is_newer_than_its_sources(&folders.release.join("libdoorward.so")) {
            return folders;
        }
        // Last the one without them, so that what stays in the target folder is as it is released.
        let testing = build("testing", &["--features", "test-hooks"], &["libdoorward.so"]);
        Libraries { testing, release: build("release", &[], &["libdoorward.so", "libdoorward.a"]) }
    })
}
