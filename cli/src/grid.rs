//! A table: columns as wide as what stands in them.

use crate::console::{FAINT, Output, column, harmless};
use anstyle::Style;
use std::io;

/// A text and how it looks.
pub(crate) type Cell = (Style, String);

/// Columns of a cell that others make room for. What is longer stays whole, so that it can be copied.
const CELL_COLUMNS: usize = 44;

/// Prints a line of titles, and the rows below it. A cell without a text shows a dash.
pub(crate) fn print<const N: usize>(titles: [&str; N], rows: &[[Cell; N]], output: &mut Output) -> io::Result<()> {
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].1.chars().count().min(CELL_COLUMNS));
        cells.chain([titles[at].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    line(&titles.map(|title| (FAINT, title.to_owned())), &widths, output)?;
    rows.iter().try_for_each(|row| line(row, &widths, output))
}

/// The last cell is wrapped.
fn line(cells: &[Cell], widths: &[usize], output: &mut Output) -> io::Result<()> {
    let Some(((style, last), others)) = cells.split_last() else { return Ok(()) };
    let head: String = others
        .iter()
        .zip(widths)
        .map(|((style, text), width)| format!("{}  ", column(*style, &harmless(shown(text)), *width)))
        .collect();
    let indent = widths.iter().take(others.len()).map(|width| width + 2).sum();
    output.wrapped(&head, indent, *style, shown(last))
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
