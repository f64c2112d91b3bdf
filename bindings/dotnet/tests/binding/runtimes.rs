//! The binding's own tests (`Doorward.Tests`), and every case of `testkit/cases/attacks.toml` and `testkit/cases/entra.toml`, on CoreCLR
//! 8 and 9 and on Mono.

use doorward_dotnet::Runtime;
use doorward_testkit::clouds::Clouds;
use doorward_testkit::{c, doors};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// With less, a part was left out.
const TESTS_MIN: usize = 54;
/// Mono is without those about spans and allocations.
const TESTS_MIN_MONO: usize = 51;

struct CaseFile {
    path: PathBuf,
    expected: String,
    /// The clouds that it was made with.
    _clouds: Clouds,
}

fn case_file() -> &'static CaseFile {
    static ONCE: OnceLock<CaseFile> = OnceLock::new();
    ONCE.get_or_init(|| {
        let clouds = Clouds::start();
        let folder = c::scratch().join("dotnet");
        fs::create_dir_all(&folder).unwrap();
        let cases = doors::cases(&clouds, &folder.join("keys"));
        let path = folder.join("cases.bin");
        fs::write(&path, &cases.bytes).unwrap();
        let expected = format!("{} configurations, {} requests, ", cases.configurations, cases.requests);
        CaseFile { path, expected, _clouds: clouds }
    })
}

fn cases_pass(runtime: Runtime) {
    let Some(mut program) = doorward_dotnet::tests(runtime) else { return };
    let text = doorward_dotnet::said(program.arg("cases").arg(&case_file().path));
    let rest = text.strip_prefix(&case_file().expected).unwrap_or_else(|| panic!("{text}"));
    let as_characters: usize = rest.split(' ').next().unwrap().parse().unwrap();
    assert!(as_characters > 4000, "{text}");
    println!("{text}");
}

#[test]
fn cases_on_coreclr_8() {
    cases_pass(Runtime::CoreClr8);
}

#[test]
fn cases_on_coreclr_9() {
    cases_pass(Runtime::CoreClr9);
}

#[test]
fn cases_on_mono() {
    cases_pass(Runtime::Mono);
}

/// The library for Windows, with .NET for Windows, under Wine. The other tests throw exceptions, and .NET 8 hangs at the
/// second one under Wine 8.
#[test]
fn cases_on_windows() {
    let (Some(_), Some(windows)) = (doorward_dotnet::tests(Runtime::CoreClr8), c::windows()) else { return };
    let built = doorward_dotnet::assembly("Doorward.Tests", "net8.0");
    let folder = c::scratch().join("dotnet-windows");
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(built.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let mut program = windows.dotnet(&folder.join("Doorward.Tests.dll"));
    // Its own name would be that of the assembly.
    fs::rename(folder.join("doorward.dll"), folder.join("libdoorward.dll")).unwrap();
    program.env("DOORWARD_TEST_WORLD", c::windows_path(c::world()));
    let output = c::run(program.arg("cases").arg(c::windows_path(&case_file().path)));
    let told = c::told(&output);
    assert!(output.status.success() && told.starts_with(&case_file().expected), "{}: {told}", output.status);
    println!("{told}");
}

/// A file in which one answer is another one shows that they are compared.
#[test]
fn cases_are_compared() {
    let Some(mut program) = doorward_dotnet::tests(Runtime::CoreClr8) else { return };
    let mut other = fs::read(&case_file().path).unwrap();
    let realm = other.windows(6).position(|window| window == b"realm=").unwrap();
    other[realm] = b'R';
    let path = case_file().path.with_extension("other");
    fs::write(&path, other).unwrap();
    let output = c::run(program.arg("cases").arg(&path));
    assert!(!output.status.success() && c::text(&output).contains("Realm="), "{}", c::text(&output));
}

fn tests_pass(runtime: Runtime, least: usize) {
    let Some(mut program) = doorward_dotnet::tests(runtime) else { return };
    let text = doorward_dotnet::said(&mut program);
    let counts = text.lines().last().unwrap();
    let passed: usize = counts.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"));
    assert!(passed >= least && counts.ends_with(" 0 failed, 0 skipped"), "{text}");
    println!("{text}");
}

#[test]
fn tests_on_coreclr_8() {
    tests_pass(Runtime::CoreClr8, TESTS_MIN);
}

#[test]
fn tests_on_coreclr_9() {
    tests_pass(Runtime::CoreClr9, TESTS_MIN);
}

#[test]
fn tests_on_mono() {
    tests_pass(Runtime::Mono, TESTS_MIN_MONO);
}
