//! Fetched documents on disk: what a restart verifies with while the provider is down.
//!
//! One file for each address, replaced as a whole, readable by its owner only. Its checksum finds damage; that
//! nobody else wrote it is vouched for by the permissions of the file and its folder. A file that is not as it
//! should be is as good as none.

use crate::crypto;
use crate::keys::http::Address;
use crate::limits;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

/// The first line, with the version of the format.
const FORMAT: &str = "doorward snapshot 1";

/// A document as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) body: Vec<u8>,
    /// Seconds since 1970 when the server last said that this is its document.
    pub(super) checked_at: i64,
}

/// Reads the snapshot of an address. `None` where there is none.
///
/// # Errors
/// Why a file that is there is not used, in one clause.
pub(super) fn read(folder: &Path, address: &Address) -> Result<Option<Snapshot>, String> {
    let path = path(folder, address);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("it can't be opened: {error}")),
    };
    check_owner(&file, folder)?;
    let mut bytes = Vec::new();
    let most = limits::SNAPSHOT_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(|error| format!("it can't be read: {error}"))?;
    parse(&bytes, address).map(Some)
}

/// Writes the snapshot of an address: into a new file beside it, which then takes its place.
pub(super) fn write(folder: &Path, address: &Address, snapshot: &Snapshot) -> io::Result<()> {
    create_folder(folder)?;
    let path = path(folder, address);
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let outcome = write_new(&new, &format(snapshot, address)).and_then(|()| fs::rename(&new, &path));
    if outcome.is_err() {
        // What is left of it is of no use, and the first error is the one to tell.
        let _ = fs::remove_file(&new);
    }
    outcome
}

/// The file of an address: its name is a hash, for an address has characters that names of files can't have.
pub(super) fn path(folder: &Path, address: &Address) -> PathBuf {
    folder.join(format!("{}.keys", hex(&crypto::sha256(address.to_string().as_bytes())[..16])))
}

fn format(snapshot: &Snapshot, address: &Address) -> Vec<u8> {
    let noted = format!("address {address}\nchecked {}\n\n", snapshot.checked_at);
    let content = [noted.as_bytes(), &snapshot.body].concat();
    let sum = hex(&crypto::sha256(&content));
    [format!("{FORMAT}\nsha256 {sum}\n").as_bytes(), &content].concat()
}

fn parse(bytes: &[u8], address: &Address) -> Result<Snapshot, String> {
    if bytes.len() > limits::SNAPSHOT_BYTES {
        return Err("it is too large".to_owned());
    }
    let (format, rest) = line(bytes).ok_or("it is cut off")?;
    if format != FORMAT {
        return Err("it has another format, or is of another version".to_owned());
    }
    let (sum, content) = line(rest).ok_or("it is cut off")?;
    if sum.strip_prefix("sha256 ") != Some(hex(&crypto::sha256(content)).as_str()) {
        return Err("its checksum is wrong: it is damaged".to_owned());
    }
    let (whose, rest) = line(content).ok_or("it is cut off")?;
    if whose.strip_prefix("address ") != Some(address.to_string().as_str()) {
        return Err("it is of another address".to_owned());
    }
    let (checked, rest) = line(rest).ok_or("it is cut off")?;
    let checked_at = checked.strip_prefix("checked ").and_then(|seconds| seconds.parse().ok());
    let body = rest.strip_prefix(b"\n").ok_or("it is cut off")?.to_vec();
    Ok(Snapshot { body, checked_at: checked_at.ok_or("it does not say when it was fetched")? })
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((str::from_utf8(bytes.get(..end)?).ok()?, bytes.get(end + 1..)?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Refuses a file that somebody else may have written: keys in it would let him in. The file has to belong to
/// this process's user or to the owner of the folder, and nobody else may write either of them.
#[cfg(unix)]
fn check_owner(file: &File, folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    const OTHERS_WRITE: u32 = 0o022;
    let unreadable = |error: io::Error| format!("its owner can't be told: {error}");
    let file = file.metadata().map_err(unreadable)?;
    let folder = fs::metadata(folder).map_err(unreadable)?;
    let own = nix::unistd::geteuid().as_raw();
    if ![own, folder.uid()].contains(&file.uid()) || ![own, 0].contains(&folder.uid()) && own != 0 {
        return Err("it belongs to another user".to_owned());
    }
    if (file.mode() | folder.mode()) & OTHERS_WRITE != 0 {
        return Err("others than its owner may write it or its folder".to_owned());
    }
    Ok(())
}

/// Elsewhere the folder's access list decides, which its administrator set.
#[cfg(not(unix))]
fn check_owner(_: &File, _: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("doorward-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            create_folder(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn address(name: &str) -> Address {
        Address::parse(&format!("https://login.example/{name}")).unwrap()
    }

    fn snapshot(body: &str) -> Snapshot {
        Snapshot { body: body.as_bytes().to_vec(), checked_at: 1_700_000_000 }
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = Folder::new("read");
        assert_eq!(read(&folder.0, &address("a")), Ok(None));
        for body in ["{\"keys\":[]}", "", "two\nlines\n"] {
            write(&folder.0, &address("a"), &snapshot(body)).unwrap();
            assert_eq!(read(&folder.0, &address("a")), Ok(Some(snapshot(body))));
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn every_changed_byte_and_every_truncation_is_refused() {
        let folder = Folder::new("damage");
        write(&folder.0, &address("a"), &snapshot("{\"keys\":[]}")).unwrap();
        let path = path(&folder.0, &address("a"));
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(parse(&bad, &address("a")).is_err(), "byte {at}");
            assert!(parse(&good[..at], &address("a")).is_err(), "cut off at {at}");
        }
        assert!(parse(&[&good[..], b"x"].concat(), &address("a")).is_err());
        assert!(parse(&good, &address("b")).unwrap_err().contains("another address"));
        let newer = String::from_utf8(good).unwrap().replace("snapshot 1", "snapshot 2");
        assert!(parse(newer.as_bytes(), &address("a")).unwrap_err().contains("version"));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it_and_nobody_else_may_write() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("owner");
        write(&folder.0, &address("a"), &snapshot("x")).unwrap();
        let path = path(&folder.0, &address("a"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o620)).unwrap();
        assert!(read(&folder.0, &address("a")).unwrap_err().contains("may write"));
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o777)).unwrap();
        assert!(read(&folder.0, &address("a")).unwrap_err().contains("may write"));
        fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o700)).unwrap();
        assert!(read(&folder.0, &address("a")).unwrap().is_some());
    }

    #[test]
    fn a_folder_that_can_not_be_written_is_an_error_and_no_more() {
        let folder = Folder::new("readonly");
        let file = folder.0.join("file");
        fs::write(&file, "x").unwrap();
        assert!(write(&file.join("below"), &address("a"), &snapshot("x")).is_err());
        assert!(read(&file.join("below"), &address("a")).is_err());
    }
}
