//! The text of a configuration, and the folder that file names in it are relative to.

use crate::code::Code;
use crate::limits;
use crate::policy::ConfigError;
use crate::secret::Secret;
use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A configuration, not looked at yet. Its text may hold secrets: it is zeroized when dropped.
///
/// ```
/// use doorward::{Code, Config, Verifier};
/// let config = Config::from_json(r#"{ "apis": { "reports": { "enabeld": true } } }"#);
/// let error = Verifier::open(&config).unwrap_err();
/// assert_eq!((error.code(), error.path()), (Code::FieldUnknown, "apis.reports.enabeld"));
/// assert!(error.message().contains("did you mean \"enabled\"?"));
/// ```
#[derive(Clone)]
pub struct Config {
    text: Zeroizing<String>,
    base: PathBuf,
    file: Option<PathBuf>,
    threads: bool,
}

impl Config {
    /// Takes a JSON document. File names in it are relative to the working directory.
    pub fn from_json(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), base: PathBuf::new(), file: None, threads: true }
    }

    /// Reads a JSON document from a file, at most 16 MiB. File names in it are relative to its folder.
    ///
    /// # Errors
    /// [`Code::FileUnreadable`] where the file can't be read, [`Code::DocumentMalformed`] where it
    /// is too large or not UTF-8.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let bytes = Secret::read(path, limits::CONFIGURATION_BYTES).map_err(|error| {
            let message = format!("can't read the file {}: {error}", path.display());
            ConfigError::new(Code::FileUnreadable, "", message)
        })?;
        let malformed =
            |what| ConfigError::new(Code::DocumentMalformed, "", format!("the file {} {what}", path.display()));
        if bytes.expose().len() > limits::CONFIGURATION_BYTES {
            return Err(malformed("has more than 16 MiB"));
        }
        let text = str::from_utf8(bytes.expose()).map_err(|_| malformed("is not UTF-8"))?;
        let config = Self::from_json(text).relative_to(path.parent().unwrap_or(Path::new("")));
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// Sets the folder that file names are relative to.
    #[must_use]
    pub fn relative_to(mut self, base: impl Into<PathBuf>) -> Self {
        self.base = base.into();
        self
    }

    /// Lets no thread be started: keys are refreshed only in [`crate::Verifier::poll`] and [`crate::Verifier::resolve`].
    #[must_use]
    pub fn without_thread(mut self) -> Self {
        self.threads = false;
        self
    }

    /// The file that it was read from.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(crate) fn may_start_threads(&self) -> bool {
        self.threads
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn base(&self) -> &Path {
        &self.base
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("base", &self.base).finish_non_exhaustive()
    }
}
