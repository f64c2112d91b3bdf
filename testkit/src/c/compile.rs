//! Compiling and starting the programs in C.

use super::{bounded, libraries, root, scratch, silent, world};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every compiler warning is an error.
pub const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-pedantic", "-Werror", "-g"];

pub const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1"];

/// Compiles a program against the header, and says where it is. What to link with comes last.
pub fn compile(compiler: &str, source: &str, standard: &str, kind: &str, flags: &[&str], link: &[&str]) -> PathBuf {
    let program = scratch().join(format!("{}-{standard}-{kind}", source.replace('.', "-")));
    let mut command = Command::new(compiler);
    command.arg(format!("-std={standard}")).args(WARNINGS).args(flags).arg("-I").arg(root().join("include"));
    command.arg(root().join("tests/c").join(source)).arg("-o").arg(&program).args(link);
    silent(&mut command);
    program
}

/// With the shared library of the tests.
pub fn compile_shared(compiler: &str, source: &str, standard: &str, kind: &str, flags: &[&str]) -> PathBuf {
    let folder = libraries().testing.to_str().unwrap();
    let (search, path) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    compile(compiler, source, standard, kind, flags, &[&search, &path, "-ldoorward", "-pthread"])
}

pub fn program(path: &Path) -> Command {
    let mut command = bounded(path);
    // Cargo names its own target folder there, which comes before what the program was linked with.
    command.env_remove("LD_LIBRARY_PATH");
    command.arg(world());
    command
}
