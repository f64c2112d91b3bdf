//! What the tests of the binding share: its projects, built; and the runtimes that they run on.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "it is for tests, which fail by panicking"
)]

pub mod http;
pub mod load;
pub mod policy;

use doorward_testkit::c;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// With these variables set, a machine without .NET, or without Mono, fails the tests instead of skipping them.
const REQUIRE_DOTNET: &str = "DOORWARD_REQUIRE_DOTNET";
const REQUIRE_MONO: &str = "DOORWARD_REQUIRE_MONO";

/// A program that hangs is ended, and has failed.
const SECONDS_MAX: &str = "300";

/// The reference assemblies of the .NET Framework, and the runtime.
const MONO: [&str; 3] = ["/usr/lib/mono/4.7.2-api/System.Web.dll", "/usr/bin/mono", "/usr/bin/fastcgi-mono-server4"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    CoreClr8,
    CoreClr9,
    Mono,
}

pub fn at(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// What ci/offline/dotnet has prepared.
pub fn tools() -> Option<PathBuf> {
    let folder = doorward_testkit::target().join("tools/dotnet");
    skipped(folder.is_dir(), REQUIRE_DOTNET, "there is no .NET, which ci/offline/dotnet prepares").then_some(folder)
}

/// Whether Mono is there, and .NET, which builds for it.
pub fn has_mono() -> bool {
    let is_there = MONO.iter().all(|file| Path::new(file).exists());
    skipped(is_there, REQUIRE_MONO, "there is no Mono with its reference assemblies and its FastCGI server")
        && tools().is_some()
}

pub fn skipped(is_there: bool, require: &str, reason: &str) -> bool {
    assert!(is_there || env::var_os(require).is_none(), "{require} is set, but {reason}");
    if !is_there {
        // Not println: the test runner would show that only for a test that fails.
        let _ = writeln!(io::stderr(), "skipped: {reason}");
    }
    is_there
}

/// Where projects come to be.
fn output() -> PathBuf {
    doorward_testkit::scratch().join("dotnet")
}

/// Builds projects, each for one of its frameworks.
pub fn build(tools: &Path, projects: &[(&str, &str)]) {
    let mut build = Command::new("python3");
    build.arg(at("../../ci/offline/msbuild/build.py")).arg(tools).arg(output());
    for (project, framework) in projects {
        build.arg(at(project)).arg(framework);
    }
    c::silent(&mut build);
}

/// The assembly that a project has come to be.
pub fn assembly(name: &str, framework: &str) -> PathBuf {
    output().join(name).join(framework).join(format!("{name}.dll"))
}

/// Which frameworks a program asks for.
pub fn write_runtime_config(assembly: &Path, frameworks: &[(&str, &str)]) {
    let frameworks: Vec<_> =
        frameworks.iter().map(|(name, version)| serde_json::json!({ "name": name, "version": version })).collect();
    let config = serde_json::json!({ "runtimeOptions": {
        "frameworks": frameworks, "configProperties": { "System.Globalization.Invariant": true }
    } });
    fs::write(assembly.with_extension("runtimeconfig.json"), config.to_string()).unwrap();
}

/// The project of the tests, built.
pub fn tests(runtime: Runtime) -> Option<Command> {
    static NET8: OnceLock<Option<PathBuf>> = OnceLock::new();
    static NET472: OnceLock<Option<PathBuf>> = OnceLock::new();
    const PROJECT: &str = "tests/Doorward.Tests/Doorward.Tests.csproj";
    let build_for = |framework: &str| {
        build(&tools()?, &[(PROJECT, framework)]);
        let assembly = assembly("Doorward.Tests", framework);
        write_runtime_config(&assembly, &[("Microsoft.NETCore.App", "8.0.0")]);
        Some(assembly)
    };
    let assembly = match runtime {
        Runtime::Mono => has_mono().then_some(()).and_then(|()| NET472.get_or_init(|| build_for("net472")).clone()),
        _ => NET8.get_or_init(|| build_for("net8.0")).clone(),
    }?;
    Some(program(runtime, &assembly, &c::libraries().testing))
}

/// A program, with the library that is in a folder.
pub fn program(runtime: Runtime, assembly: &Path, library: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(SECONDS_MAX);
    match runtime {
        Runtime::Mono => {
            command.arg("mono");
        }
        _ => {
            command.arg(tools().unwrap().join("root/dotnet"));
        }
    }
    command.arg(assembly);
    if runtime == Runtime::CoreClr9 {
        command.env("DOTNET_ROLL_FORWARD", "LatestMajor");
    }
    command.env("DOORWARD_TEST_WORLD", c::world()).env("DOORWARD_LIBRARY", library.join("libdoorward.so"));
    command.env("LD_LIBRARY_PATH", library);
    command
}

/// What a program says that has to succeed.
pub fn said(command: &mut Command) -> String {
    let output: Output = c::run(command);
    let text = c::text(&output);
    assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
    text
}
