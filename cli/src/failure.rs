//! Why a command could not do its work.

use crate::console::{BAD, Output, harmless, paint, say, without_tokens};
use doorward::ConfigError;
use serde_json::{Value, json};
use std::fmt;
use std::io;

/// A failure, in one sentence. It never holds a token or a secret.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration is wrong.
    Config(ConfigError),
    /// Other input is wrong.
    Input(String),
    /// Standard output can't be written.
    Output(io::Error),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Input(message)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{} {}: {error}", error.code().number(), error.code().name()),
            Self::Input(message) => f.write_str(message),
            Self::Output(error) => write!(f, "can't write the output: {error}"),
        }
    }
}

impl Failure {
    /// Says it on standard error.
    pub(crate) fn say(&self) {
        say(format_args!("{}: {}", paint(BAD, "error"), harmless(&without_tokens(&self.to_string()))));
    }

    /// Says it on standard error; where JSON is asked for, also there.
    pub(crate) fn report(&self, output: &mut Output) {
        self.say();
        if output.json() && !matches!(self, Self::Output(_)) {
            // The exit code tells it too, should this fail.
            let _ = output.value(&json!({ "error": self.to_json() }));
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Config(error) => json!({
                "code": error.code().number(), "name": error.code().name(),
                "path": without_tokens(error.path()), "message": without_tokens(error.message()),
            }),
            Self::Input(_) | Self::Output(_) => json!({ "message": without_tokens(&self.to_string()) }),
        }
    }
}
