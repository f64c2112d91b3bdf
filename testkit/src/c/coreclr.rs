//! The host in C# (`tests/coreclr`), compiled with what `ci/offline/dotnet` has prepared.

use super::{root, scratch, silent};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// With this variable set, a machine without .NET fails the tests instead of skipping them.
const REQUIRE: &str = "DOORWARD_REQUIRE_DOTNET";

const RUNTIME: &str = r#"{ "runtimeOptions": {
    "framework": { "name": "Microsoft.NETCore.App", "version": "8.0.0" },
    "configProperties": { "System.Globalization.Invariant": true }
} }"#;

/// What ci/offline/dotnet has prepared.
pub fn dotnet() -> Option<PathBuf> {
    let folder = crate::target().join("tools/dotnet");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os(REQUIRE).is_none(), "{REQUIRE} is set, but there is no {}", folder.display());
    // Not println: the test runner would show that only for a test that fails.
    let _ = writeln!(io::stderr(), "skipped: there is no .NET, which ci/offline/dotnet prepares");
    None
}

fn sources() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/coreclr")).unwrap();
    let mut sources: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    sources.retain(|path| path.extension() == Some(OsStr::new("cs")));
    sources.sort();
    sources
}

/// Compiles the program, and says where it is.
pub fn assembly(dotnet: &Path) -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let folder = scratch().join("coreclr");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("host.runtimeconfig.json"), RUNTIME).unwrap();
        let assembly = folder.join("host.dll");
        let mut csc = Command::new("python3");
        csc.arg(crate::root().join("ci/offline/msbuild/csc.py"))
            .arg(dotnet)
            .arg(format!("-out:{}", assembly.display()));
        csc.args(["-unsafe", "-optimize", "-nullable", "-langversion:12", "-warnaserror", "-debug:embedded"]);
        silent(csc.arg(format!("@{}", dotnet.join("net8.rsp").display())).args(sources()));
        assembly
    })
}

/// How many checks it says that it has passed, and nothing else.
pub fn checks(text: &str) -> usize {
    let checks = text.strip_prefix("passed ").and_then(|rest| rest.strip_suffix(" checks\n"));
    checks.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}
