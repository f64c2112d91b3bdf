//! Who else could put keys into `state_dir`: a key in a snapshot lets its owner in.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
#[cfg(unix)]
use std::{fs, os::unix::fs::MetadataExt};

/// Says of a file or a folder why others than this process's account and administrators may change it, in one clause; by
/// its owner and its access list.
pub type AccessCheck = fn(&Path) -> Result<(), String>;

static ACCESS_CHECK: OnceLock<AccessCheck> = OnceLock::new();

/// Hands over how Windows is asked who may change a file. The C interface does so on Windows; a host in Rust does it before
/// it opens a verifier whose configuration has a `state_dir`, where nothing is kept otherwise. The first one stays. Elsewhere it is
/// not asked.
pub fn provide_access_check(check: AccessCheck) {
    let _ = ACCESS_CHECK.set(check);
}

/// The folder belongs to this process's user or to root, and nobody else may write it, or put another one in its place: by one
/// of the folders that it is in, or of those that a link leads through.
#[cfg(unix)]
pub(crate) fn check_folder(folder: &Path) -> Result<(), String> {
    let found = fs::metadata(folder).map_err(untold)?;
    let own = nix::unistd::geteuid().as_raw();
    match [own, 0].contains(&found.uid()) {
        false => return Err(format!("state_dir {} belongs to another user", folder.display())),
        true if found.mode() & OTHERS_WRITE != 0 => {
            return Err(format!("others than the owner may write state_dir {}", folder.display()));
        }
        true => {}
    }
    let written = std::path::absolute(folder).map_err(untold)?;
    let real = fs::canonicalize(folder).map_err(untold)?;
    for above in written.ancestors().skip(1).chain(real.ancestors().skip(1)) {
        let found = fs::metadata(above).map_err(untold)?;
        // In a sticky folder each may put aside only what is theirs.
        let others = found.mode() & OTHERS_WRITE != 0 && found.mode() & STICKY == 0;
        if others || ![own, 0].contains(&found.uid()) {
            let (folder, above) = (folder.display(), above.display());
            return Err(format!(
                "others may put another folder in the place of state_dir {folder}: they may write {above}"
            ));
        }
    }
    Ok(())
}

/// The file is one, and belongs to this process's user or to the owner of the folder.
#[cfg(unix)]
pub(super) fn check_file(file: &File, path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let (file, folder) = (file.metadata().map_err(untold)?, fs::metadata(folder).map_err(untold)?);
    let own = nix::unistd::geteuid().as_raw();
    match [own, folder.uid()].contains(&file.uid()) {
        _ if !file.is_file() => Err("it is not a file".to_owned()),
        false => Err("it belongs to another user".to_owned()),
        true if file.mode() & OTHERS_WRITE != 0 => Err("others than its owner may write it".to_owned()),
        true => Ok(()),
    }
}

#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// The folder is this account's or an administrator's, and nobody else may change it.
#[cfg(not(unix))]
pub(crate) fn check_folder(folder: &Path) -> Result<(), String> {
    check_access(folder).map_err(|what| format!("state_dir {}: {what}", folder.display()))
}

/// The file is one, and nobody else may change it.
#[cfg(not(unix))]
pub(super) fn check_file(file: &File, path: &Path) -> Result<(), String> {
    match file.metadata() {
        Ok(found) if found.is_file() => check_access(path),
        Ok(_) => Err("it is not a file".to_owned()),
        Err(error) => Err(untold(error)),
    }
}

#[cfg(not(unix))]
fn check_access(path: &Path) -> Result<(), String> {
    let check = ACCESS_CHECK.get().ok_or("who may change it is not known: the host has to provide_access_check")?;
    check(path)
}

fn untold(error: io::Error) -> String {
    format!("its owner can't be told: {error}")
}
