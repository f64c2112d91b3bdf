//! The text of a configuration, and the folder that file names in it are relative to.

use crate::code::Code;
use crate::limits;
use crate::mark::Mark;
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
    file: Option<(PathBuf, Mark)>,
    threads: bool,
}

impl Config {
    /// Takes a JSON document. File names in it are relative to the working directory.
    pub fn from_json(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), base: absolute(Path::new("")), file: None, threads: true }
    }

    /// Reads a JSON document from a file, at most 16 MiB. File names in it are relative to its folder.
    ///
    /// # Errors
    /// [`Code::FileUnreadable`] where the file can't be read, [`Code::DocumentMalformed`] where it
    /// is too large or not UTF-8.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = &absolute(path.as_ref());
        let mark = Mark::of(path);
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
        Ok(Self { file: Some((path.clone(), mark)), ..config })
    }

    /// Sets the folder that file names are relative to.
    #[must_use]
    pub fn relative_to(mut self, base: impl Into<PathBuf>) -> Self {
        self.base = absolute(&base.into());
        self
    }

    /// Lets no thread be started: the host refreshes keys by calling [`crate::Verifier::poll`] every second, or when
    /// it says. What a pending request waits for is fetched in [`crate::Verifier::resolve`], too. A reload does not
    /// change it.
    #[must_use]
    pub fn without_thread(mut self) -> Self {
        self.threads = false;
        self
    }

    /// The file that it was read from, and how it was just before.
    pub(crate) fn file(&self) -> Option<&(PathBuf, Mark)> {
        self.file.as_ref()
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

/// A host may change its working directory later. An empty path is the working directory of now.
fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("base", &self.base).finish_non_exhaustive()
    }
}
