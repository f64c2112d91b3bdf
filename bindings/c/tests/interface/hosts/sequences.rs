//! Sequences of calls with drawn arguments: as they are, watched, and with arguments that a fuzzer chooses.

use super::{build, shared, start, world};
use doorward_testkit::c::{SANITIZERS, available, compile, has, run, scratch, silent, text};
use std::fs;
use std::process::Command;

/// How many seeds, and calls for each.
const PLAIN: [&str; 2] = ["200", "2000"];
const SANITIZED: [&str; 2] = ["15", "2000"];
const WITH_VALGRIND: [&str; 2] = ["2", "300"];

const FUZZER_SECONDS: u32 = 10;

#[test]
fn any_sequence_of_calls_is_survived() {
    let program = build("sequences", "host", &["-O2"], &shared());
    silent(start(&program).arg("0").args(PLAIN));
    let sanitized = build("sequences", "sanitized", SANITIZERS, &shared());
    silent(start(&sanitized).arg("1000").args(SANITIZED));
    if has("valgrind") {
        let mut valgrind = Command::new("valgrind");
        valgrind.env_remove("LD_LIBRARY_PATH").args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
        valgrind.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
        silent(valgrind.arg(program).arg(&world().folder).arg("2000").args(WITH_VALGRIND));
    }
}

/// Clang's own library for fuzzing is a package of its own in some systems.
fn can_fuzz() -> bool {
    let program = scratch().join("can-fuzz");
    let source = scratch().join("can-fuzz.c");
    fs::write(&source, "int LLVMFuzzerTestOneInput(const char *d, long n) { return d == 0 && n > 0; }\n").unwrap();
    let output = run(Command::new("clang").arg("-fsanitize=fuzzer").arg(source).arg("-o").arg(program));
    available("fuzzer", output.status.success())
}

#[test]
fn a_fuzzer_finds_no_sequence() {
    if !has("clang") || !can_fuzz() {
        return;
    }
    let flags = ["-O1", "-DFUZZ", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"];
    let link = shared();
    let link: Vec<_> = link.iter().map(String::as_str).collect();
    let program = compile("clang", "sequences.c", "c11", "fuzz", &flags, &link);
    let (folder, finds) = (scratch().join("corpus"), scratch().join("finds"));
    for folder in [&folder, &finds] {
        fs::create_dir_all(folder).unwrap();
    }
    for seed in 0..16_u32 {
        // Any bytes are a sequence of calls.
        let bytes: Vec<_> = (0..400_u32).map(|at| (at.wrapping_mul(seed * 2 + 77) >> 3) as u8).collect();
        fs::write(folder.join(format!("seed-{seed}")), bytes).unwrap();
    }
    let mut fuzzer = Command::new(program);
    fuzzer.env_remove("LD_LIBRARY_PATH").env("DOORWARD_FOLDER", &world().folder).arg(&folder);
    fuzzer.arg(format!("-max_total_time={FUZZER_SECONDS}")).arg(format!("-artifact_prefix={}/", finds.display()));
    let output = run(fuzzer.arg("-max_len=4096"));
    let text = text(&output);
    let runs = text.split("Done ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(output.status.success() && runs.is_some_and(|runs| runs > 100), "{text}");
}
