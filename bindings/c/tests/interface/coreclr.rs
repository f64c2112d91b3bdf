//! The C interface, as .NET sees it: a program in C# (`tests/coreclr`) on CoreCLR, with the library as it is tested and
//! as it is released.
//!
//! The program gets a folder with configurations and tokens, and says nothing but how many checks have passed. .NET is
//! what `ci/offline/dotnet` has prepared.

use doorward_testkit::c::*;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A program that hangs is ended, and has failed. It takes some seconds.
const SECONDS_MAX: &str = "120";

/// The program counts about 500: with less, a part of it was left out.
const CHECKS_MIN: usize = 450;

/// Runs the program with one of the libraries, in a folder with configurations and tokens.
fn host(dotnet: &Path, library: &Path, folder: &Path) -> Output {
    let mut timeout = Command::new("timeout");
    timeout.arg("--kill-after=5").arg(SECONDS_MAX).arg(dotnet.join("root/dotnet")).arg(assembly(dotnet));
    run(timeout.arg(folder).env("LD_LIBRARY_PATH", library))
}

fn passes(dotnet: &Path, library: &Path) {
    let output = host(dotnet, library, world());
    let checks = checks(&text(&output));
    assert!(output.status.success(), "{}", output.status);
    assert!(checks >= CHECKS_MIN, "{checks}");
}

#[test]
fn a_host_in_dotnet_passes() {
    let Some(dotnet) = dotnet() else { return };
    passes(&dotnet, &libraries().testing);
}

#[test]
fn a_host_in_dotnet_passes_with_the_released_library() {
    let Some(dotnet) = dotnet() else { return };
    passes(&dotnet, &libraries().release);
}

/// With a world in which the good token is none, the program has to fail, and to say why.
#[test]
fn the_host_in_dotnet_can_fail() {
    let Some(dotnet) = dotnet() else { return };
    let folder = scratch().join("world-without-good");
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(world()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    fs::copy(world().join("forged.token"), folder.join("good.token")).unwrap();
    let output = host(&dotnet, &libraries().testing, &folder);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("expected \"Ok\", got \"SignatureInvalid\"") && !text.contains("passed"), "{text}");
}
