//! What comes in: files, standard input, and the verifier that a command asks.

use crate::console::{is_like_token, say};
use crate::failure::Failure;
use base64_simd::STANDARD;
use clap::Args;
use doorward::limits::{COMMAND_LINE_INPUT_BYTES, CONFIGURATION_BYTES, NUMERIC_DATE_MAX};
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use jiff::SignedDuration;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a pending verdict waits for the first keys, as requests do after the start of a host.
pub(crate) const FIRST_KEYS: Duration = Duration::from_secs(5);

/// Whom to ask, and about what.
#[derive(Args)]
pub(crate) struct Asked {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    api: ApiBy,
    /// Decides as if it were this time, in seconds since 1970, instead of now
    #[arg(long, value_name = "SECONDS", value_parser = time)]
    pub(crate) now: Option<i64>,
}

/// Which API the request is for: one of the two is given.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct ApiBy {
    /// The API that the request is for, by its name in the configuration
    #[arg(long, value_name = "NAME", value_parser = name)]
    api: Option<String>,
    /// The path of the request instead, as the client sends it; the API is found by the paths of the configuration
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
}

impl Asked {
    /// A request for the API that is asked about, without credentials so far.
    pub(crate) fn request(&self) -> Request<'_> {
        match &self.api {
            ApiBy { path: Some(path), .. } => Request::for_path(path.as_bytes()),
            ApiBy { api, path: None } => Request::new(api.as_deref().unwrap_or_default()),
        }
    }

    pub(crate) fn verifier(&self) -> Result<Verifier, Failure> {
        let config = Config::from_file(&self.config)?;
        Ok(Verifier::open_with_clock(&config, self.clock())?)
    }

    pub(crate) fn clock(&self) -> Clock {
        self.now.map_or(Clock::System, Clock::fixed)
    }
}

/// The verdict on a request, never pending. Keys that are fetched and may decide it are awaited for so long:
/// [`FIRST_KEYS`], or no time where a password is asked about.
pub(crate) fn verdict(verifier: &Verifier, request: &Request<'_>, keys: Duration) -> Verdict {
    let mut verdict = verifier.verify(request);
    if verdict.code() == Code::Pending {
        // Where they don't come, the verdict says so.
        verifier.wait_for_keys(keys);
        verifier.resolve_into(request, &mut verdict);
    }
    verdict
}

/// A password, from standard input.
pub(crate) fn password() -> Result<Zeroizing<String>, Failure> {
    let bytes = value_or_stdin(None, "the password, which is shown,")?;
    let password = String::from_utf8(bytes).map_err(|_| "the password is not UTF-8".to_owned())?;
    Ok(Zeroizing::new(password))
}

/// The header of Basic credentials, with a password from standard input.
pub(crate) fn basic_header(user: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let plain = Zeroizing::new(format!("{user}:{}", *password()?));
    Ok(Zeroizing::new(format!("Basic {}", STANDARD.encode_to_string(plain.as_bytes())).into_bytes()))
}

/// A span of time, such as 30s, 5m or -1h.
pub(crate) fn span(text: &str) -> Option<SignedDuration> {
    text.parse().ok()
}

/// How long to wait.
pub(crate) fn wait(text: &str) -> Result<Duration, String> {
    let span = span(text).filter(|span| (SignedDuration::ZERO..=SignedDuration::from_hours(1)).contains(span));
    let wait = span.and_then(|span| Duration::try_from(span).ok());
    wait.ok_or_else(|| "a time such as 10s or 2m is expected, at most 1h".to_owned())
}

/// A name, which answers repeat. A token must not get there.
pub(crate) fn name(text: &str) -> Result<String, String> {
    if is_like_token(text) {
        Err("a name is expected, and this looks like a token".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

pub(crate) fn time(text: &str) -> Result<i64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0..=NUMERIC_DATE_MAX).contains(seconds));
    seconds.ok_or_else(|| "seconds since 1970 are expected, as `date +%s` prints them".to_owned())
}

/// A configuration and its text. It is read once, so that a pipe will do; `-` is standard input.
pub(crate) fn configuration(path: &Path) -> Result<(Config, String), Failure> {
    let read = |source: &mut dyn Read| {
        let mut text = String::new();
        // One byte more than is allowed, so that the library says itself that it is too much.
        source.take(CONFIGURATION_BYTES as u64 + 1).read_to_string(&mut text).map(|_| text)
    };
    if path == Path::new("-") {
        let text = read(&mut io::stdin().lock()).map_err(|error| format!("can't read standard input: {error}"))?;
        return Ok((Config::from_json(text.as_str()), text));
    }
    match File::open(path).and_then(|mut file| read(&mut file)) {
        Ok(text) => Ok((Config::from_json(text.as_str()).relative_to(folder(path)), text)),
        Err(error) => {
            // The library has a code for what is wrong with a file.
            Config::from_file(path)?;
            Err(unreadable(path, &error).into())
        }
    }
}

/// The folder that file names in a configuration are relative to.
pub(crate) fn folder(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new(""))
}

/// A value of the command line; where it is `-` or absent, what stands on standard input, without
/// its last line break. `what` is for the prompt.
pub(crate) fn value_or_stdin(value: Option<&str>, what: &str) -> Result<Vec<u8>, Failure> {
    if let Some(value) = value.filter(|value| *value != "-") {
        return Ok(value.as_bytes().to_vec());
    }
    if io::stdin().is_terminal() {
        say(format_args!("Paste {what}, press Enter, then Ctrl-D. A terminal cuts lines off at 4095 characters:"));
        say("for a longer one use a file, as in: doorward … < FILE");
    }
    let mut bytes = read(io::stdin().lock()).map_err(|error| format!("can't read standard input: {error}"))?;
    for end in [b'\n', b'\r'] {
        bytes.pop_if(|last| *last == end);
    }
    Ok(bytes)
}

/// A file as text; where its name is `-` or absent, standard input.
pub(crate) fn text_of(path: Option<&Path>, what: &str) -> Result<String, Failure> {
    let bytes = match path.filter(|path| *path != Path::new("-")) {
        None => value_or_stdin(None, what)?,
        Some(path) => File::open(path).and_then(read).map_err(|error| unreadable(path, &error))?,
    };
    let name = path.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    Ok(String::from_utf8(bytes).map_err(|_| format!("{what} in {name} is not UTF-8 text"))?)
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("can't read the file {}: {error}", path.display())
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(COMMAND_LINE_INPUT_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > COMMAND_LINE_INPUT_BYTES {
        return Err(io::Error::other("it has more than 1 MiB"));
    }
    Ok(bytes)
}
