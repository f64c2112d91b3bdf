//! Runs the command line as a shell does: arguments, standard input, output and exit code.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub fn start(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, with `stdin` on its standard input.
pub fn run(arguments: &[&str], stdin: &[u8]) -> Output {
    finish(start(arguments), stdin)
}

pub fn finish(mut command: Command, stdin: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    // A command that needs no input may end before it is written.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Standard output of a command that has to end with `expected`.
#[track_caller]
pub fn text(arguments: &[&str], stdin: &[u8], expected: i32) -> String {
    let output = run(arguments, stdin);
    assert_eq!(code(&output), expected, "{arguments:?}\n{}\n{}", stdout(&output), stderr(&output));
    stdout(&output).to_owned()
}

#[track_caller]
pub fn json(arguments: &[&str], stdin: &[u8], expected: i32) -> Value {
    serde_json::from_str(&text(arguments, stdin, expected)).unwrap()
}

/// A new folder for one test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = doorward_testkit::scratch().join(format!("cli-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub fn exists(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
