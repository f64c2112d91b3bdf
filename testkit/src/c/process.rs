//! Running other programs.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The folder of the C interface.
pub fn root() -> PathBuf {
    crate::root().join("bindings/c")
}

pub fn scratch() -> PathBuf {
    crate::scratch().join("c-abi")
}

pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A program that is ended, with all that it has started, if it hangs: for five minutes, which none takes.
pub fn bounded(program: impl AsRef<OsStr>) -> Command {
    if Command::new("timeout").arg("--version").output().is_err() {
        return Command::new(program);
    }
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", "300"]).arg(program);
    command
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command that has to succeed, and to say nothing.
pub fn silent(command: &mut Command) {
    let output = run(command);
    let text = text(&output);
    assert!(output.status.success() && text.is_empty(), "{command:?}: {}\n{text}", output.status);
}

/// Whether a program is there that not every machine has.
pub fn has(program: &str) -> bool {
    available(program, Command::new(program).arg("--version").output().is_ok())
}

/// Says that something is skipped, where what it needs is not there. `DOORWARD_REQUIRE_CMAKE=1`, or with another name,
/// makes that a failure.
pub fn available(name: &str, is: bool) -> bool {
    let required = format!("DOORWARD_REQUIRE_{}", name.to_uppercase().replace('-', "_").replace('+', "X"));
    assert!(is || env::var_os(&required).is_none(), "{required} is set, and there is no {name}");
    if !is {
        println!("skipped: there is no {name}");
    }
    is
}
