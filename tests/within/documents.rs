//! Pages that are made from the code are as the code makes them now, and every example opens.

use doorward::{Code, Config, Verifier};
use doorward_testkit::root;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
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
fn the_schema_is_fresh() {
    assert_fresh("docs/configuration.schema.json", &doorward::configuration_schema(), "doorward schema");
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
    let examples = configurations(&root().join("docs/examples"));
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
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut seen = 0;
    for page in pages.chain([root().join("README.md")]).filter(|page| page.exists()) {
        for block in json_blocks(&read(&page)).iter().filter(|block| is_configuration(block)) {
            seen += 1;
            let config = Config::from_json(block.as_str()).relative_to(root().join("docs/examples"));
            if let Err(error) = Verifier::check(&config) {
                assert_eq!(error.code(), Code::FileUnreadable, "{}: {error}", page.display());
            }
        }
    }
    assert!(seen > 0, "no page has a configuration");
}
