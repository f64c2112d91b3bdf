//! The C interface, as C sees it: programs in C and C++ (`tests/c`), built with every warning in three standards, run as
//! they are, with sanitizers, under valgrind, and linked with the static library; and the symbols of the library.
//!
//! A program gets a folder with configurations and tokens, prints nothing where it passes, and else says which line failed.

use doorward_testkit::c::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a host that links libdoorward.a adds. From glibc 2.34 on these libraries are empty, and it may do without.
/// docs/c-abi.md says the same.
const STATIC_LINK_FLAGS: &[&str] = &["-lpthread", "-ldl"];

const PROGRAMS: &[&str] =
    &["status", "request", "verdict", "verifier", "revoke", "basic", "threads", "log", "fork", "panic"];

/// gcc 12 calls C23 by this name, and later ones know it too.
const STANDARDS: &[&str] = &["c99", "c11", "c2x"];

/// Verifications of each thread under valgrind, which runs one thread at a time.
const TIMES_WITH_VALGRIND: &str = "10";

#[test]
fn programs_pass_in_each_standard() {
    for standard in STANDARDS {
        for name in PROGRAMS {
            silent(&mut program(&compile_shared("cc", &format!("{name}.c"), standard, "plain", &["-O2"])));
        }
    }
    if has("c++") {
        silent(&mut program(&compile_shared("c++", "cpp.cpp", "c++17", "plain", &["-O2"])));
    }
}

/// The example for hosts in C: what it says of a token that is good, and of one that is not.
#[test]
fn the_example_verifies() {
    let (program, folder) = (scratch().join("example"), libraries().testing.to_str().unwrap());
    let mut cc = Command::new("cc");
    cc.arg("-std=c11").args(WARNINGS).arg("-I").arg(root().join("include"));
    cc.arg(root().join("../../examples/c/verify.c")).arg("-o").arg(&program);
    silent(cc.args([&format!("-L{folder}"), &format!("-Wl,-rpath,{folder}"), "-ldoorward"]));
    let verify = |token: &str| {
        let mut command = Command::new(&program);
        command.env_remove("LD_LIBRARY_PATH").arg(world().join("config.json")).arg("workflow-rest");
        text(&run(command.stdin(fs::File::open(world().join(token)).unwrap())))
    };
    assert_eq!(verify("good.token"), "200, it is AAD:alice\n");
    let denied = verify("expired.token");
    assert!(denied.starts_with("401, 3010 the token has expired\nWWW-Authenticate: Bearer realm="), "{denied}");
}

#[test]
fn programs_pass_with_sanitizers() {
    let control = run(&mut program(&compile_shared("cc", "control.c", "c11", "sanitized", SANITIZERS)));
    assert!(!control.status.success() && text(&control).contains("heap-use-after-free"), "{}", text(&control));
    for name in PROGRAMS {
        silent(&mut program(&compile_shared("cc", &format!("{name}.c"), "c11", "sanitized", SANITIZERS)));
    }
    if has("c++") {
        silent(&mut program(&compile_shared("c++", "cpp.cpp", "c++17", "sanitized", SANITIZERS)));
    }
}

/// What is lost for sure is an error. The library's state of the process is held by pointers into blocks, which
/// valgrind takes for lost perhaps: that it does not grow is the test below.
fn valgrind(options: &[&str], path: &Path, times: &str) -> Command {
    let mut command = bounded("valgrind");
    command.env_remove("LD_LIBRARY_PATH").args(["--error-exitcode=9", "--leak-check=full"]).args(options);
    command.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
    command.arg(path).arg(world()).arg(times);
    command
}

fn compile_watched(name: &str) -> PathBuf {
    compile_shared("cc", &format!("{name}.c"), "c11", "watched", &["-O1"])
}

#[test]
fn programs_pass_under_valgrind() {
    if !has("valgrind") {
        return;
    }
    let control = run(&mut valgrind(&["--quiet"], &compile_watched("control"), "1"));
    assert!(control.status.code() == Some(9) && text(&control).contains("Invalid read"), "{}", text(&control));
    for name in PROGRAMS {
        // A child keeps what it has of its parent's threads for ever, on purpose: it must not touch them.
        let leaks = if *name == "fork" { "--leak-check=no" } else { "--leak-check=full" };
        silent(&mut valgrind(&["--quiet", leaks], &compile_watched(name), TIMES_WITH_VALGRIND));
    }
    if has("c++") {
        let program = compile_shared("c++", "cpp.cpp", "c++17", "watched", &["-O1"]);
        silent(&mut valgrind(&["--quiet"], &program, "1"));
    }
}

/// The bytes and blocks that are not freed where `memory.c` has done its work so often.
fn left_of(times: &str) -> String {
    let output = run(&mut valgrind(&[], &compile_watched("memory"), times));
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    text.split("in use at exit: ").nth(1).and_then(|rest| rest.lines().next()).unwrap().to_owned()
}

#[test]
fn what_is_freed_is_gone() {
    if has("valgrind") {
        assert_eq!(left_of("2"), left_of("12"), "after two times (left) and twelve (right)");
    }
}

#[test]
fn the_static_library_links() {
    let library = libraries().release.join("libdoorward.a");
    let link: Vec<_> = [library.to_str().unwrap()].iter().chain(STATIC_LINK_FLAGS).copied().collect();
    for source in ["verdict.c", "verifier.c", "fork.c"] {
        silent(&mut program(&compile("cc", source, "c11", "static", &["-O2"], &link)));
    }
    if has("c++") {
        silent(&mut program(&compile("c++", "cpp.cpp", "c++17", "static", &["-O2"], &link)));
    }
}

/// What the released library exports.
fn exports() -> BTreeSet<String> {
    let library = libraries().release.join("libdoorward.so");
    let output = run(Command::new("nm").args(["--dynamic", "--defined-only", "--format=posix"]).arg(library));
    assert!(output.status.success(), "{}", text(&output));
    text(&output).lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// The functions that the header declares. Only its comments speak of other things with parentheses.
fn declarations() -> BTreeSet<String> {
    let header = fs::read_to_string(root().join("include/doorward.h")).unwrap();
    let code: String = header
        .split("/*")
        .enumerate()
        .map(|(at, part)| match part.split_once("*/") {
            Some((_, code)) => code,
            None if at == 0 => part,
            None => panic!("a comment without an end"),
        })
        .collect();
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let names = code.split('(').map(|before| before.rsplit(|character| !is_name(character)).next().unwrap());
    names.filter(|name| name.starts_with("doorward_")).map(str::to_owned).collect()
}

#[test]
fn the_library_exports_what_the_header_declares() {
    let listed = fs::read_to_string(root().join("tests/c/symbols.txt")).unwrap();
    let lines: Vec<_> = listed.lines().map(str::to_owned).collect();
    let listed: BTreeSet<_> = lines.iter().cloned().collect();
    assert!(lines.is_sorted() && lines.len() == listed.len(), "symbols.txt is sorted, and each stands once");
    assert!(listed.len() > 40, "{listed:?}");
    assert_eq!(declarations(), listed, "the header (left) and tests/c/symbols.txt (right)");
    assert_eq!(exports(), listed, "libdoorward.so (left) and tests/c/symbols.txt (right)");
}
