//! The header is made from the sources: what is committed is what they say now, and every export is in it.

use doorward_core::Code;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const HEADER: &str = "include/doorward.h";

/// Set to write the header instead of comparing it.
const UPDATE: &str = "DOORWARD_UPDATE_HEADER";

/// What holds for every function.
const HEAD: &str = include_str!("../../include/head.txt");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `KeysNeverLoaded` as `DOORWARD_KEYS_NEVER_LOADED`.
fn constant(name: &str) -> String {
    name.chars().fold("DOORWARD".to_owned(), |mut text, character| {
        if character.is_uppercase() {
            text.push('_');
        }
        text.push(character.to_ascii_uppercase());
        text
    })
}

fn codes() -> String {
    let mut text = "/** Every status code. docs/errors.md tells what to do about each. */\nenum {\n".to_owned();
    for code in Code::ALL {
        let _ = writeln!(text, "    /** {} */\n    {} = {},", code.explanation(), constant(code.name()), code.number());
    }
    text + "};\n"
}

fn made() -> String {
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    config.header = Some(HEAD.trim_end().to_owned());
    config.after_includes = Some(format!("{}\n{}", include_str!("../../include/macros.txt"), codes()));
    let builder = cbindgen::Builder::new().with_crate(root()).with_config(config);
    let mut bytes = Vec::new();
    builder.generate().unwrap().write(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    // What a Rust caller has to know stands at the head, for C.
    text.replace(" *\n * # Safety\n * As the head of this header says.\n", "")
}

#[test]
fn the_header_is_fresh() {
    let (path, made) = (root().join(HEADER), made());
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &made).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    let first = text.lines().zip(made.lines()).find(|(old, new)| old != new);
    assert!(
        text == made,
        "{HEADER} is out of date: run the test with {UPDATE}=1. The first line that differs: {first:?}"
    );
}

/// The texts of the files below a folder.
fn sources(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = paths.map(|path| if path.is_dir() { sources(&path) } else { vec![fs::read_to_string(path).unwrap()] });
    texts.flatten().collect()
}

#[test]
fn every_export_is_declared() {
    let header = fs::read_to_string(root().join(HEADER)).unwrap();
    let mut exports = 0;
    for source in sources(&root().join("src")) {
        for rest in source.split("#[unsafe(no_mangle)]").skip(1) {
            let name = rest.split(" fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap();
            let is_test = name.starts_with("doorward_test_");
            assert_eq!(header.contains(&format!("{name}(")), !is_test, "{name}");
            exports += 1;
        }
    }
    assert!(exports > 40, "{exports} exports were found");
}
