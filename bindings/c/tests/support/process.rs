//! Running other programs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-abi")
}

pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
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

/// Whether a program is there that not every machine has. `DOORWARD_REQUIRE_CMAKE=1` makes it an error that cmake is not.
pub fn has(program: &str) -> bool {
    let has = Command::new(program).arg("--version").output().is_ok();
    let required = format!("DOORWARD_REQUIRE_{}", program.to_uppercase().replace('-', "_"));
    assert!(has || env::var_os(&required).is_none(), "{required} is set, and there is no {program}");
    if !has {
        println!("skipped: there is no {program}");
    }
    has
}
