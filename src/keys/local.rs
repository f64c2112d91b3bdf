//! Keys that are loaded when a configuration is opened: out of it, from a JWKS file or from a PEM file.

use super::set::{KeySet, Skipped};
use crate::code::Code;
use crate::crypto::AlgorithmSet;
use crate::limits;
use crate::parse::jwk::{self, Judged, Jwk, SetFault};
use crate::parse::pem;
use crate::secret::Secret;
use std::io;
use std::path::{Path, PathBuf};

/// A place that keys are loaded from.
#[derive(Debug, Clone)]
pub(crate) enum Local {
    /// The text of a key set, out of the configuration.
    Inline(Secret),
    /// A file with a key set.
    JwksFile(PathBuf),
    /// A file with one public key, and the key id that it shall have.
    PemFile { path: PathBuf, key_id: Option<String> },
}

/// Why keys can't be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceFault {
    pub(crate) code: Code,
    /// The place within the source, such as `.keys[1]`, or nothing.
    pub(crate) place: String,
    pub(crate) what: String,
}

impl SourceFault {
    fn whole(code: Code, what: String) -> Self {
        Self { code, place: String::new(), what }
    }
}

impl Local {
    /// Loads and prepares the keys. Reads files, so never call it where a request waits.
    pub(crate) fn load(&self, algorithms: AlgorithmSet) -> Result<(KeySet, Vec<Skipped>), SourceFault> {
        let text = match self {
            Self::Inline(text) => text,
            Self::JwksFile(path) | Self::PemFile { path, .. } => &read(path)?,
        };
        self.prepare(text.expose(), algorithms).map_err(|fault| self.with_file(fault))
    }

    fn prepare(&self, text: &[u8], algorithms: AlgorithmSet) -> Result<(KeySet, Vec<Skipped>), SourceFault> {
        let judged = match self {
            Self::Inline(_) | Self::JwksFile(_) => parse_set(text)?,
            Self::PemFile { key_id, .. } => vec![parse_pem(text, key_id.clone())?],
        };
        let (set, skipped) = KeySet::prepare(judged, algorithms).map_err(|rejected| SourceFault {
            code: Code::KeyRejected,
            place: self.place(rejected.index),
            what: rejected.why.to_owned(),
        })?;
        if set.is_empty() { Err(self.no_usable_key(&skipped)) } else { Ok((set, skipped)) }
    }

    /// The file, where there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Inline(_) => None,
            Self::JwksFile(path) | Self::PemFile { path, .. } => Some(path),
        }
    }

    /// Adds the name of the file, which the path of the field does not tell.
    fn with_file(&self, fault: SourceFault) -> SourceFault {
        match self {
            Self::Inline(_) => fault,
            Self::JwksFile(path) | Self::PemFile { path, .. } => {
                SourceFault { what: format!("{} (file {})", fault.what, path.display()), ..fault }
            }
        }
    }

    fn place(&self, index: usize) -> String {
        match self {
            Self::PemFile { .. } => String::new(),
            Self::Inline(_) | Self::JwksFile(_) => format!(".keys[{index}]"),
        }
    }

    fn no_usable_key(&self, skipped: &[Skipped]) -> SourceFault {
        let (place, what) = match skipped.first() {
            None => (String::new(), "it holds no key".to_owned()),
            Some(first) => (self.place(first.index), format!("no key is usable: {}", first.why)),
        };
        SourceFault { code: Code::KeyRejected, place, what }
    }
}

pub(super) fn parse_set(text: &[u8]) -> Result<Vec<Judged>, SourceFault> {
    jwk::parse_set(text).map_err(|fault| {
        let what = match fault {
            SetFault::Json(error) => {
                let (line, column) = error.line_and_column(text);
                format!("the key set is not strict JSON: {} (line {line}, column {column})", error.what)
            }
            SetFault::Shape(what) => what.to_owned(),
        };
        SourceFault::whole(Code::KeyRejected, what)
    })
}

fn parse_pem(text: &[u8], id: Option<String>) -> Result<Judged, SourceFault> {
    let material = pem::parse(text).map_err(|what| SourceFault::whole(Code::KeyRejected, what.to_owned()))?;
    Ok(Judged { id: id.clone(), outcome: Ok(Jwk { id, algorithm: None, issuer: None, cloud: None, material }) })
}

/// Reads a file that may hold a secret, up to the maximum of a key set.
fn read(path: &Path) -> Result<Secret, SourceFault> {
    let unreadable = |error: io::Error| {
        SourceFault::whole(Code::FileUnreadable, format!("can't read the file {}: {error}", path.display()))
    };
    let bytes = Secret::read(path, limits::KEY_SET_BYTES).map_err(unreadable)?;
    if bytes.expose().len() > limits::KEY_SET_BYTES {
        let what = format!("the file {} has more than 512 KiB", path.display());
        return Err(SourceFault::whole(Code::KeyRejected, what));
    }
    Ok(bytes)
}
