//! Pages that are made from the code are as the code makes them now, and every example opens.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../src/bin/doorward/errors_page.rs"]
#[allow(unreachable_pub, dead_code, reason = "the command line uses more of it")]
mod errors_page;

use doorward::{Code, Config, Verifier};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares line by line, for a short message, and says how to bring the page up to date.
fn assert_fresh(page: &str, made: &str, command: &str) {
    let text = read(page);
    let first = text.lines().zip(made.lines()).find(|(old, new)| old != new);
    let fresh = text.trim_end() == made.trim_end();
    assert!(fresh, "{page} is out of date: run `{command} > {page}`. The first line that differs: {first:?}");
}

#[test]
fn the_page_of_codes_is_fresh() {
    assert_fresh("docs/errors.md", &errors_page::markdown(), "doorward codes --markdown");
}

#[test]
fn the_schema_is_fresh() {
    assert_fresh("docs/configuration.schema.json", &doorward::configuration_schema(), "doorward schema");
}

#[test]
fn the_page_of_codes_has_one_row_for_each_code() {
    let page = errors_page::markdown();
    for code in Code::ALL {
        let start = format!("| {} | `{}` |", code.number(), code.name());
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with(&start)).collect();
        assert_eq!(rows.len(), 1, "{code}");
        assert_eq!(rows[0].matches('|').count(), 7, "a text with a bar breaks the table: {code}");
    }
}

/// The JSON files of a folder that are whole configurations.
fn configurations(folder: &Path) -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(folder).expect("the folder of examples").map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.map(|path| (path.clone(), read(path))).filter(|(_, text)| is_configuration(text)).collect()
}

fn is_configuration(text: &str) -> bool {
    serde_json::from_str(text)
        .is_ok_and(|value: Value| ["issuers", "apis"].iter().all(|field| value.get(field).is_some()))
}

#[test]
fn every_example_opens() {
    let examples = configurations(&Path::new(ROOT).join("docs/examples"));
    assert!(!examples.is_empty(), "there is no example in docs/examples");
    for (path, _) in examples {
        let notes = Verifier::check(&Config::from_file(&path).unwrap());
        let notes = notes.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(notes.is_empty(), "{}: {notes:?}", path.display());
    }
}

/// The blocks of a page that are marked as JSON.
fn json_blocks(page: &str) -> Vec<String> {
    let blocks = page.split("```json\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// Keys that a page names are not there, so a block is good where only its key files are missing.
#[test]
fn every_configuration_on_a_page_opens() {
    let pages = fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut seen = 0;
    for page in pages.chain([Path::new(ROOT).join("README.md")]).filter(|page| page.exists()) {
        for block in json_blocks(&read(&page)).iter().filter(|block| is_configuration(block)) {
            seen += 1;
            let config = Config::from_json(block.as_str()).relative_to(Path::new(ROOT).join("docs/examples"));
            if let Err(error) = Verifier::check(&config) {
                assert_eq!(error.code(), Code::FileUnreadable, "{}: {error}", page.display());
            }
        }
    }
    assert!(seen > 0, "no page has a configuration");
}
