//! Every case of `testkit/cases/attacks.toml` and `testkit/cases/entra.toml` through the C door: what the Rust library answers is
//! written to a file, with the configuration and the request, and a program in C has to come to the same, word for word: on
//! this system, and under Wine, with the library for Windows.

use doorward_testkit::clouds::Clouds;
use doorward_testkit::{c, doors};
use std::fs;

#[test]
fn both_doors_answer_the_same() {
    let clouds = Clouds::start();
    let cases = doors::cases(&clouds, &c::scratch().join("keys"));
    let file = c::scratch().join("cases.bin");
    fs::create_dir_all(c::scratch()).unwrap();
    fs::write(&file, &cases.bytes).unwrap();
    let program = c::compile_shared("cc", "cases.c", "c11", "plain", &["-O2"]);
    let output = c::run(c::program(&program).arg(&file));
    let expected = format!("{} configurations, {} requests\n", cases.configurations, cases.requests);
    assert_eq!(c::text(&output), expected, "{}", output.status);
    println!("{expected}");
    if let Some(windows) = c::windows() {
        let program = windows.compile("c/cases.c");
        let output = c::run(windows.wine(&program).arg(c::windows_path(c::world())).arg(c::windows_path(&file)));
        assert_eq!(c::told(&output), format!("{expected}passed\n"), "{}", output.status);
    }

    // A file in which one answer is another one shows that they are compared.
    let mut other = cases.bytes;
    let realm = other.windows(6).position(|window| window == b"realm=").unwrap();
    other[realm] = b'R';
    fs::write(&file, other).unwrap();
    let output = c::run(c::program(&program).arg(&file));
    assert!(!output.status.success() && c::text(&output).contains("Realm="), "{}", c::text(&output));
}
