//! Published test vectors: each case has the outcome that its publisher says, or stands in a list
//! of exceptions with a reason. The lists are exact: an exception that no longer deviates fails.

mod json;
mod peers;
mod rfc;
mod wycheproof;

use doorward::Algorithm;
use doorward::internal::JwsVerifier;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Reads a JSON document of the vectors.
fn read_json(path: impl AsRef<Path>) -> Value {
    let text = fs::read_to_string(&path).unwrap();
    serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

/// The files of a folder, sorted by name.
fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A key set of one key.
fn set_of(key: &Value) -> String {
    json!({ "keys": [key] }).to_string()
}

/// A key without its private members.
fn public_half(key: &Value) -> Value {
    let mut key = key.clone();
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(member);
    }
    key
}

/// Loads a key for one algorithm; `None` where this build has no such algorithm, after making sure
/// that it says so.
fn open(key: &Value, algorithm: &str) -> Option<JwsVerifier> {
    let algorithm = Algorithm::from_name(algorithm).unwrap();
    let opened = JwsVerifier::open(&set_of(key), &[algorithm]);
    if doorward_testkit::algorithms().any(|supported| supported == algorithm) {
        return Some(opened.unwrap_or_else(|error| panic!("{algorithm}: {error}")));
    }
    assert!(opened.err().unwrap().contains("ES512 is not supported"));
    None
}
