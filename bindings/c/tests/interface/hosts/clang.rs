//! The header and the programs of the interface's own tests, by another compiler.

use doorward_testkit::c::{compile_shared, has, program, silent};

const PROGRAMS: &[&str] = &["status", "request", "verdict", "verifier", "threads", "log", "fork", "panic"];

const STANDARDS: &[&str] = &["c99", "c11", "c2x"];

#[test]
fn programs_pass_with_clang() {
    if !has("clang") {
        return;
    }
    for standard in STANDARDS {
        for name in PROGRAMS {
            silent(&mut program(&compile_shared("clang", &format!("{name}.c"), standard, "clang", &["-O2"])));
        }
    }
    silent(program(&compile_shared("clang", "memory.c", "c11", "clang", &["-O2"])).arg("3"));
    if has("clang++") {
        silent(&mut program(&compile_shared("clang++", "cpp.cpp", "c++17", "clang", &["-O2"])));
    }
}
