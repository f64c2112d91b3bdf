//! Pages that the command prints are in the documents as it prints them now.

use super::command::text;
use doorward::Code;
use doorward_testkit::root;
use std::fs;

fn errors_page() -> String {
    text(&["codes", "--markdown"], b"", 0)
}

#[test]
fn the_page_of_codes_is_fresh() {
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let made = errors_page();
    let first = page.lines().zip(made.lines()).find(|(old, new)| old != new);
    let fresh = page.trim_end() == made.trim_end();
    assert!(fresh, "run `doorward codes --markdown > docs/errors.md`. The first line that differs: {first:?}");
}

#[test]
fn the_page_of_codes_has_one_row_for_each_code() {
    let page = errors_page();
    for code in Code::ALL {
        let start = format!("| {} | `{}` |", code.number(), code.name());
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with(&start)).collect();
        assert_eq!(rows.len(), 1, "{code}");
        assert_eq!(rows[0].matches('|').count(), 7, "a text with a bar breaks the table: {code}");
    }
}
