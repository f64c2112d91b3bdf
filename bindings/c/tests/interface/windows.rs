//! The library for Windows: programs in C, those of `tests/c` and some for Windows alone (`tests/windows`), and the host in
//! C#, under Wine. The attacks of `cases.rs` go through it too.
//!
//! Of `tests/c` what forks, blocks signals, looks into /proc or replaces malloc is left out, for Windows has none of it; and
//! what is about hosts on Linux (`tests/hosts.rs`).

use doorward_testkit::c::*;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const PROGRAMS: &[&str] = &[
    "c/status",
    "c/request",
    "c/verdict",
    "c/verifier",
    "c/revoke",
    "c/basic",
    "c/threads",
    "c/log",
    "c/panic",
    "windows/paths",
    "windows/loads",
];

/// The host in C# counts about 440 under Wine: with less, a part of it was left out.
const CHECKS_MIN: usize = 400;

#[test]
fn programs_pass() {
    let Some(windows) = windows() else { return };
    for name in PROGRAMS {
        let program = windows.compile(&format!("{name}.c"));
        let output = run(windows.wine(&program).arg(windows_path(world())));
        assert_eq!(told(&output), "passed\n", "{name}: {}", output.status);
    }
}

/// A program that fails says so: with a folder in which nothing is, the first file that it reads is missing.
#[test]
fn a_program_can_fail() {
    let Some(windows) = windows() else { return };
    let program = windows.compile("c/control.c");
    let output = run(windows.wine(&program).arg(windows_path(&scratch().join("nothing"))));
    let told = told(&output);
    assert!(!output.status.success() && told.contains("stream != NULL") && !told.contains("passed"), "{told}");
}

/// A folder with a configuration whose keys a server of this test has, and which keeps them.
fn kept(name: &str) -> PathBuf {
    let folder = scratch().join(format!("windows-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut configuration: Value = serde_json::from_slice(&fs::read(world().join("files.json")).unwrap()).unwrap();
    let server = super::hosts::key_server(fs::read_to_string(world().join("keys.json")).unwrap());
    let issuer = configuration["issuers"]["contoso"].as_object_mut().unwrap();
    issuer.remove("jwks_file");
    issuer.insert("jwks_url".to_owned(), json!(format!("http://{server}/keys")));
    configuration["state_dir"] = json!("state");
    fs::write(folder.join("fetched.json"), configuration.to_string()).unwrap();
    folder
}

/// Twice: written where there is nothing, and put in the place of a file that somebody has open.
/// Wine shows permissions of this system as access lists: the folder as it was made, and such that everybody may write it.
#[test]
fn keys_that_others_may_change_are_not_taken() {
    let Some(windows) = windows() else { return };
    let (folder, program) = (kept("access"), windows.compile("windows/access.c"));
    let state = folder.join("state");
    let takes = |whether: &str| {
        let output = run(windows.wine(&program).arg(windows_path(&folder)).arg(whether));
        assert_eq!(told(&output), "passed\n", "{whether}: {}", output.status);
    };
    takes("fetches");
    takes("takes");
    let file = fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
    for path in [&state, &file] {
        let usual = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        takes("refuses");
        fs::set_permissions(path, usual).unwrap();
        takes("takes");
    }
}

#[test]
fn keys_are_kept() {
    let Some(windows) = windows() else { return };
    let (folder, program) = (kept("kept"), windows.compile("windows/snapshots.c"));
    for files in ["0", "1"] {
        let output = run(windows.wine(&program).arg(windows_path(&folder)).arg(files));
        assert_eq!(told(&output), "passed\n", "{files} files: {}", output.status);
    }
}

#[test]
fn a_host_in_dotnet_passes() {
    let (Some(windows), Some(dotnet)) = (windows(), dotnet()) else { return };
    let output = run(windows.dotnet(assembly(&dotnet)).arg(windows_path(world())).arg("wine"));
    let checks = checks(&told(&output));
    assert!(output.status.success() && checks >= CHECKS_MIN, "{checks}: {}", output.status);
}
