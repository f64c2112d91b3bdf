//! Fetched documents on disk: what a restart verifies with while the provider is down.
//!
//! One file for each address, replaced as a whole, readable by its owner only. Its checksum finds damage; that
//! nobody else wrote it is vouched for by the permissions of the file and its folder. A file that is not as it
//! should be is as good as none.

use super::owner::{check_file, check_folder};
use crate::crypto;
use crate::http::{Address, Trust};
use crate::limits;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

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
pub(super) fn read(place: &SnapshotPlace<'_>) -> Result<Option<Snapshot>, String> {
    let path = place.path();
    let file = match open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("it can't be opened: {error}")),
    };
    check_folder(place.folder)?;
    check_file(&file, &path)?;
    let mut bytes = Vec::new();
    let most = limits::SNAPSHOT_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(|error| format!("it can't be read: {error}"))?;
    parse(&bytes, place.address).map(Some)
}

/// Writes the snapshot of an address: into a new file beside it, which then takes its place.
pub(super) fn write(place: &SnapshotPlace<'_>, snapshot: &Snapshot) -> io::Result<()> {
    create_folder(place.folder)?;
    check_folder(place.folder).map_err(|what| io::Error::new(io::ErrorKind::PermissionDenied, what))?;
    let path = place.path();
    let new = path.with_extension("new");
    let written = create_new(&new).and_then(|mut file| {
        file.write_all(&format(snapshot, place.address))?;
        file.sync_all()?;
        drop(file);
        replace(&new, &path)
    });
    match written {
        // Another process writes it just now.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            // What is left of it is of no use, and the first error is the one to tell.
            let _ = fs::remove_file(&new);
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}

/// Where the snapshot of an address is.
#[derive(Debug, Clone, Copy)]
pub(super) struct SnapshotPlace<'p> {
    pub(super) folder: &'p Path,
    pub(super) address: &'p Address,
    /// What was taken from there under another trust is not this one's.
    pub(super) trust: Option<&'p Trust>,
}

impl SnapshotPlace<'_> {
    /// The name of the file is a hash, for an address has characters that names of files can't have.
    pub(super) fn path(&self) -> PathBuf {
        let trust = self.trust.map_or(&[][..], |trust| trust.sum());
        let name = crypto::sha256(&[trust, self.address.to_string().as_bytes()].concat());
        self.folder.join(format!("{}.keys", hex(&name[..16])))
    }
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

/// A file that was not there before, whatever was put in its place. One that a crash left behind makes room.
fn create_new(path: &Path) -> io::Result<File> {
    let made = fs::symlink_metadata(path).and_then(|found| found.modified()).ok();
    // A time in the future is no time of now either.
    if made.is_some_and(|made| made.elapsed().map_or(true, |age| age > LEFT_BEHIND)) {
        fs::remove_file(path)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writing takes milliseconds: a new file that is older than this is nobody's any more.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Opens a file to read it, and not what a link leads to; does not wait for the other end of a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits());
    }
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, OPEN_REPARSE_POINT);
    options.open(path)
}

#[cfg(not(windows))]
use fs::rename as replace;

/// Puts a file in the place of another one. Windows refuses that while somebody has the other one open, who does not let
/// it go: for a moment, such as another process, a backup, or a scanner of viruses.
#[cfg(windows)]
fn replace(new: &Path, path: &Path) -> io::Result<()> {
    let mut refused = fs::rename(new, path);
    for _ in 1..limits::REPLACE_TRIES {
        match refused {
            Err(error) if is_in_use(&error) => std::thread::sleep(REPLACE_PAUSE),
            done => return done,
        }
        refused = fs::rename(new, path);
    }
    refused
}

#[cfg(windows)]
const REPLACE_PAUSE: Duration = Duration::from_millis(20);

/// `ERROR_ACCESS_DENIED` and `ERROR_SHARING_VIOLATION` of winerror.h.
#[cfg(windows)]
fn is_in_use(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32))
}

/// `FILE_FLAG_OPEN_REPARSE_POINT` of winbase.h: a link is opened itself, and is no file then.
#[cfg(windows)]
const OPEN_REPARSE_POINT: u32 = 0x0020_0000;

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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

        fn place<'p>(&'p self, address: &'p Address) -> SnapshotPlace<'p> {
            SnapshotPlace { folder: &self.0, address, trust: None }
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
        let (folder, a) = (Folder::new("read"), address("a"));
        assert_eq!(read(&folder.place(&a)), Ok(None));
        for body in ["{\"keys\":[]}", "", "two\nlines\n"] {
            write(&folder.place(&a), &snapshot(body)).unwrap();
            assert_eq!(read(&folder.place(&a)), Ok(Some(snapshot(body))));
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn every_changed_byte_and_every_truncation_is_refused() {
        let (folder, a) = (Folder::new("damage"), address("a"));
        write(&folder.place(&a), &snapshot("{\"keys\":[]}")).unwrap();
        let good = fs::read(folder.place(&a).path()).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(parse(&bad, &a).is_err(), "byte {at}");
            assert!(parse(&good[..at], &a).is_err(), "cut off at {at}");
        }
        assert!(parse(&[&good[..], b"x"].concat(), &a).is_err());
        assert!(parse(&good, &address("b")).unwrap_err().contains("another address"));
        let newer = String::from_utf8(good).unwrap().replace("snapshot 1", "snapshot 2");
        assert!(parse(newer.as_bytes(), &a).unwrap_err().contains("version"));
    }

    #[cfg(unix)]
    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it_and_nobody_else_may_write() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, a) = (Folder::new("owner"), address("a"));
        let place = folder.place(&a);
        write(&place, &snapshot("x")).unwrap();
        assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o600);
        set_mode(&place.path(), 0o620);
        assert!(read(&place).unwrap_err().contains("may write it"));
        set_mode(&place.path(), 0o600);
        set_mode(&folder.0, 0o777);
        assert!(read(&place).unwrap_err().contains("may write state_dir"));
        assert!(write(&place, &snapshot("y")).is_err());
        set_mode(&folder.0, 0o700);
        assert_eq!(read(&place), Ok(Some(snapshot("x"))));
    }

    #[cfg(unix)]
    #[test]
    fn root_does_not_believe_other_users() {
        let (folder, a) = (Folder::new("root"), address("a"));
        let place = folder.place(&a);
        write(&place, &snapshot("x")).unwrap();
        let nobody = Some(65534);
        if std::os::unix::fs::chown(place.path(), nobody, None).is_err() {
            eprintln!("root_does_not_believe_other_users: skipped, for only root can give files away");
            return;
        }
        assert!(read(&place).unwrap_err().contains("another user"));
        std::os::unix::fs::chown(&folder.0, nobody, None).unwrap();
        assert!(read(&place).unwrap_err().contains("another user"));
        assert!(write(&place, &snapshot("y")).is_err());
    }

    /// Whoever may rename the folder above may put another one in its place.
    #[cfg(unix)]
    #[test]
    fn nobody_else_may_write_the_folders_above() {
        let (outer, a) = (Folder::new("above"), address("a"));
        let (inner, link) =
            (outer.0.join("inner"), std::env::temp_dir().join(format!("doorward-link-{}", std::process::id())));
        let place = SnapshotPlace { folder: &inner, address: &a, trust: None };
        write(&place, &snapshot("x")).unwrap();
        std::os::unix::fs::symlink(&outer.0, &link).unwrap();
        let linked = link.join("inner");
        let by_link = SnapshotPlace { folder: &linked, address: &a, trust: None };
        for (mode, is_taken) in [(0o755, true), (0o777, false), (0o1777, true), (0o775, false), (0o700, true)] {
            set_mode(&outer.0, mode);
            for place in [place, by_link] {
                assert_eq!(read(&place).is_ok(), is_taken, "{mode:o}");
                assert_eq!(write(&place, &snapshot("x")).is_ok(), is_taken, "{mode:o}");
            }
        }
        fs::remove_file(&link).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_neither_followed_nor_written_through() {
        let (folder, a) = (Folder::new("link"), address("a"));
        let (place, victim) = (folder.place(&a), folder.0.join("victim"));
        write(&place, &snapshot("x")).unwrap();
        fs::rename(place.path(), &victim).unwrap();
        let before = fs::read(&victim).unwrap();
        std::os::unix::fs::symlink(&victim, place.path()).unwrap();
        assert!(read(&place).is_err());
        std::os::unix::fs::symlink(&victim, place.path().with_extension("new")).unwrap();
        write(&place, &snapshot("y")).unwrap();
        assert_eq!(fs::read(&victim).unwrap(), before);
    }

    #[test]
    fn a_folder_that_can_not_be_written_is_an_error_and_no_more() {
        let (folder, a) = (Folder::new("readonly"), address("a"));
        let below = folder.0.join("file").join("below");
        fs::write(folder.0.join("file"), "x").unwrap();
        let place = SnapshotPlace { folder: &below, address: &a, trust: None };
        assert!(write(&place, &snapshot("x")).is_err());
        assert!(read(&place).is_err());
    }
}
