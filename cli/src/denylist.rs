//! The file of a configuration's denylist, which commands add lines to.

use crate::Failure;
use doorward::Verifier;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the library says is wrong with a line. It is refused for a list in memory, so that the file stays as it is.
pub(crate) fn check(verifier: &Verifier, line: &str) -> Result<usize, Failure> {
    let checked = verifier.revoke(line);
    checked.map_err(|error| error.message().trim_start_matches("line 1: ").to_owned().into())
}

/// The file, where the configuration names one.
pub(crate) fn file(verifier: &Verifier) -> Option<PathBuf> {
    verifier.health().denylist().map(|denylist| denylist.file.clone())
}

/// Adds a line in one piece, so that nobody sees a half of it, nor mixes another one in.
pub(crate) fn append(path: &Path, line: &str) -> Result<(), Failure> {
    let written = try_append(path, line);
    written.map_err(|error| format!("can't write the file {}: {error}", path.display()).into())
}

fn try_append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = File::options().read(true).append(true).open(path)?;
    let start = if ends_within_a_line(&mut file)? { "\n" } else { "" };
    file.write_all(format!("{start}{line}\n").as_bytes())?;
    file.sync_all()
}

fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
