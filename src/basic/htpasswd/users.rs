//! The users that the lines of a file give.

use crate::crypto::password::PasswordHash;
use crate::crypto::sha256;
use crate::limits;
use crate::parse::invisible::holds_invisible;
use crate::secret::Secret;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Notes that are kept of one file: more are not read.
const NOTES: usize = 100;

/// The users of a file.
#[derive(Debug)]
pub(super) struct Users {
    hashes: HashMap<String, Hashed>,
    /// Their names, in the order of what their hashes cost.
    pub(super) names: Vec<String>,
    /// The smallest digest of a line: who has the file, has it, in every process, and few changes of the file change it.
    secret: Secret,
    /// What an operator should know, with the number of the line.
    pub(super) notes: Vec<String>,
}

impl Users {
    pub(super) fn read(text: &[u8], takes_weak: bool) -> Self {
        let mut reading = Reading { takes_weak, ..Reading::default() };
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            reading.line(index + 1, line);
        }
        reading.finish()
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(super) fn find(&self, name: &str) -> Option<&PasswordHash> {
        self.hashes.get(name).map(|hashed| &hashed.hash)
    }

    /// What changes with a user's line.
    pub(super) fn mark(&self, name: &str) -> Option<u64> {
        self.hashes.get(name).map(|hashed| hashed.mark)
    }

    /// Whose hash is computed for a name that is not in the file. For one name that is always a hash of the same cost, also
    /// in other processes, and with few exceptions also after a change of the file: as it is for a name in the file.
    pub(super) fn stand_in(&self, name: &str) -> Option<&PasswordHash> {
        let digest = sha256(&[self.secret.expose(), name.as_bytes()].concat());
        let place = (u128::from(first_bytes(&digest)) * self.names.len() as u128) >> 64;
        let name = self.names.get(usize::try_from(place).ok()?)?;
        self.find(name)
    }
}

/// A hash, and what changes with its line.
#[derive(Debug)]
struct Hashed {
    hash: PasswordHash,
    mark: u64,
}

type Refused = Cow<'static, str>;

#[derive(Default)]
struct Reading {
    takes_weak: bool,
    /// Whose first line was read, good or not.
    seen: HashSet<String>,
    hashes: HashMap<String, Hashed>,
    secret: Option<[u8; 32]>,
    notes: Vec<String>,
}

impl Reading {
    fn line(&mut self, number: usize, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii_end().is_empty() || line.starts_with(b"#") {
            return;
        }
        if let Err(what) = self.user(number, line) {
            self.note(format!("line {number}: {what}"));
        }
    }

    fn user(&mut self, number: usize, line: &[u8]) -> Result<(), Refused> {
        let (name, hash) = split(line)?;
        if self.seen.len() >= limits::HTPASSWD_USERS {
            return Err("there are more than 100000 users".into());
        }
        // A line that is wrong holds, too: who is locked out by one does not come in by another.
        if !self.seen.insert(name.to_owned()) {
            return Err("the user stands in the file already; the first line holds".into());
        }
        if line.len() > limits::HTPASSWD_LINE_BYTES {
            return Err("it has more than 4096 bytes".into());
        }
        let hash = read_hash(hash, self.takes_weak)?;
        if hash.is_cheap() {
            self.note(format!("line {number}: {} at this cost is guessed cheaply", hash.kind()));
        }
        let digest = sha256(line);
        self.secret = Some(self.secret.map_or(digest, |least| least.min(digest)));
        self.hashes.insert(name.to_owned(), Hashed { hash, mark: first_bytes(&digest) });
        Ok(())
    }

    fn note(&mut self, note: String) {
        match self.notes.len() {
            0..NOTES => self.notes.push(note),
            NOTES => self.notes.push("more lines are wrong or weak, which are not told".to_owned()),
            _ => {}
        }
    }

    fn finish(mut self) -> Users {
        if self.hashes.is_empty() {
            self.notes.insert(0, "there is no user in it who can come in".to_owned());
        }
        let hashes = self.hashes;
        let mut ordered: Vec<(&String, &Hashed)> = hashes.iter().collect();
        ordered.sort_unstable_by_key(|(name, hashed)| (hashed.hash.cost(), *name));
        let names = ordered.into_iter().map(|(name, _)| name.clone()).collect();
        Users { names, hashes, secret: Secret::new(self.secret.unwrap_or_default().to_vec()), notes: self.notes }
    }
}

fn first_bytes(digest: &[u8; 32]) -> u64 {
    digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
}

/// Name and hash.
fn split(line: &[u8]) -> Result<(&str, &[u8]), Refused> {
    let at = memchr::memchr(b':', line).ok_or("there is no colon after the user name")?;
    let (name, hash) = (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
    let name = std::str::from_utf8(name).map_err(|_| "the user name is not UTF-8")?;
    if name.is_empty() || name.trim() != name || holds_invisible(name) {
        return Err(
            "the user name is empty, begins or ends with white space, or holds a character that nobody sees".into()
        );
    }
    Ok((name, hash))
}

fn read_hash(hash: &[u8], takes_weak: bool) -> Result<PasswordHash, Refused> {
    let hash = std::str::from_utf8(hash).map_err(|_| "the hash is not UTF-8")?;
    PasswordHash::read(hash, takes_weak)
}
