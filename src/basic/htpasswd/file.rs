//! The lines of a file of passwords.

use crate::crypto::Keyed;
use crate::crypto::password::PasswordHash;
use crate::limits;
use crate::secret::Secret;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Notes that are kept of one file: more are not read.
const NOTES: usize = 100;

/// The users of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Users {
    hashes: Arc<HashMap<String, PasswordHash>>,
    /// The names, for who is looked for in vain.
    names: Arc<[String]>,
    /// What an operator should know, with the number of the line.
    pub(super) notes: Vec<String>,
}

impl Users {
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(super) fn find(&self, name: &str) -> Option<&PasswordHash> {
        self.hashes.get(name)
    }

    /// Whose hash is computed for a name that is not in the file: for one name always the same.
    pub(super) fn stand_in(&self, key: &Keyed, name: &str) -> Option<&PasswordHash> {
        let digest = key.digest(&[name.as_bytes()]);
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let place = usize::try_from(number % self.names.len().max(1) as u64).unwrap_or(0);
        self.names.get(place).and_then(|name| self.find(name))
    }
}

/// Reads a file, and tells whether it ends as a file does that nobody is writing. The error is one sentence.
pub(super) fn read(path: &Path, takes_weak: bool) -> Result<(Users, bool), String> {
    let text = Secret::read(path, limits::HTPASSWD_BYTES).map_err(|error| error.to_string())?;
    if text.expose().len() > limits::HTPASSWD_BYTES {
        return Err("the file has more than 16 MiB".to_owned());
    }
    let mut reading = Reading { takes_weak, hashes: HashMap::new(), notes: Vec::new() };
    for (index, line) in text.expose().split(|byte| *byte == b'\n').enumerate() {
        reading.line(index + 1, line);
    }
    Ok((reading.finish(), text.expose().ends_with(b"\n")))
}

struct Reading {
    takes_weak: bool,
    hashes: HashMap<String, PasswordHash>,
    notes: Vec<String>,
}

impl Reading {
    fn line(&mut self, number: usize, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
        if line.is_empty() || line.starts_with(b"#") {
            return;
        }
        if let Err(what) = self.user(number, line) {
            self.note(format!("line {number}: {what}"));
        }
    }

    fn user(&mut self, number: usize, line: &[u8]) -> Result<(), String> {
        let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        let (name, hash) = line.split_once(':').ok_or("there is no colon after the user name")?;
        if name.is_empty() || name.trim() != name || name.chars().any(char::is_control) {
            return Err(
                "the user name is empty, begins or ends with white space, or holds a control character".to_owned()
            );
        }
        if self.hashes.len() >= limits::HTPASSWD_USERS {
            return Err("there are more than 100000 users".to_owned());
        }
        if self.hashes.contains_key(name) {
            return Err("the user stands in the file already; the first line holds".to_owned());
        }
        // Some tools write further fields, with another colon before them.
        let hash = if hash.starts_with(['$', '{']) { hash.split(':').next().unwrap_or(hash) } else { hash };
        let hash = PasswordHash::read(hash, self.takes_weak)?;
        if hash.is_cheap() {
            self.note(format!("line {number}: {} at this cost is guessed cheaply", hash.kind()));
        }
        self.hashes.insert(name.to_owned(), hash);
        Ok(())
    }

    fn note(&mut self, note: String) {
        match self.notes.len() {
            0..NOTES => self.notes.push(note),
            NOTES => self.notes.push("more lines are wrong or weak, which are not told".to_owned()),
            _ => {}
        }
    }

    fn finish(self) -> Users {
        let mut names: Vec<String> = self.hashes.keys().cloned().collect();
        names.sort_unstable();
        Users { hashes: Arc::new(self.hashes), names: names.into(), notes: self.notes }
    }
}
