//! What the demonstration prints.

use super::Outcome;
use super::cases::Case;
use super::measure::{Rate, Throughput, threads};
use crate::console::{BAD, CAUTION, COMMAND, FAINT, GOOD, Output, STRONG, column, harmless, paint, wrap};
use doorward::Code;
use std::cell::Cell;
use std::io;
use std::path::Path;

const VERDICT_WIDTH: usize = 8;
const HTTP_WIDTH: usize = 4;
const TIME_WIDTH: usize = 5;

/// Columns from which there is room for the names of the codes.
const WIDTH_FOR_NAMES: usize = 116;

/// A row for each case, and a title for each group of them.
pub(super) struct Table {
    names: bool,
    what_width: usize,
    code_width: usize,
    group: Cell<&'static str>,
}

impl Table {
    pub(super) fn new(cases: &[Case], width: usize) -> Self {
        let names = width >= WIDTH_FOR_NAMES;
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        Self {
            names,
            what_width: widest(&mut cases.iter().map(|case| case.what.len())),
            code_width: widest(&mut cases.iter().map(|case| label(case.expected, names).len())),
            group: Cell::new(""),
        }
    }

    pub(super) fn head(&self, output: &mut Output) -> io::Result<()> {
        let version = env!("CARGO_PKG_VERSION");
        output.line(format_args!(
            "{}  may this request in, and as whom?",
            paint(STRONG, format_args!("Doorward {version}"))
        ))?;
        let made = "Keys, issuers, APIs and requests were made just now. No file, no network.";
        output.line(paint(FAINT, made))?;
        if cfg!(debug_assertions) {
            output.line(paint(CAUTION, "This is a debug build: a release build is several times as fast."))?;
        }
        let head = format!(
            "{:what$}  {:VERDICT_WIDTH$} {:HTTP_WIDTH$}  {:code$}  {:>TIME_WIDTH$}  reason",
            "request",
            "verdict",
            "HTTP",
            "code",
            "µs",
            what = self.what_width + 1,
            code = self.code_width,
        );
        output.line(format_args!("\n{}", paint(FAINT, head)))
    }

    pub(super) fn row(&self, outcome: &Outcome<'_>, output: &mut Output) -> io::Result<()> {
        if self.group.replace(outcome.case.group) != outcome.case.group {
            output.line(paint(STRONG, outcome.case.group))?;
        }
        let (style, word) = if outcome.verdict.is_accepted() { (GOOD, "accepted") } else { (BAD, "denied") };
        let head = format!(
            " {:what$}  {} {:<HTTP_WIDTH$}  {:code$}  {:>TIME_WIDTH$.1}  ",
            outcome.case.what,
            column(style, word, VERDICT_WIDTH),
            outcome.http(),
            label(outcome.code(), self.names),
            outcome.microseconds,
            what = self.what_width,
            code = self.code_width,
        );
        self.reason(&head, outcome, output)
    }

    fn reason(&self, head: &str, outcome: &Outcome<'_>, output: &mut Output) -> io::Result<()> {
        let indent = self.what_width + self.code_width + VERDICT_WIDTH + HTTP_WIDTH + TIME_WIDTH + 10;
        let width = output.width().saturating_sub(indent);
        for (index, line) in wrap(&harmless(outcome.reason()), width).iter().enumerate() {
            let blank = " ".repeat(indent);
            output.line(format_args!("{}{line}", if index == 0 { head } else { &blank }))?;
        }
        if !outcome.is_expected() {
            let expected = format!("{}^ expected {}", " ".repeat(indent), label(outcome.case.expected, true));
            output.line(paint(BAD, expected))?;
        }
        Ok(())
    }
}

/// The number, and the name where there is room.
fn label(code: Code, with_name: bool) -> String {
    let name = if with_name { code.name() } else { "" };
    format!("{:4} {name}", code.number()).trim_end().to_owned()
}

pub(super) fn total(good: usize, all: usize, output: &mut Output) -> io::Result<()> {
    let style = if good == all { GOOD } else { BAD };
    output.line(format_args!("\n{}", paint(style, format_args!("{good} of {all} verdicts are as expected."))))
}

pub(super) fn throughput_head(output: &mut Output) -> io::Result<()> {
    let all = match threads() {
        1 => "all threads (1)".to_owned(),
        threads => format!("all {threads} threads"),
    };
    output.line(format_args!("\n{}", paint(FAINT, format_args!("{:10}  {:<27}  {all}", "throughput", "one thread"))))
}

pub(super) fn throughput_row(throughput: &Throughput, output: &mut Output) -> io::Result<()> {
    let algorithm = throughput.algorithm.map_or("", |algorithm| algorithm.name());
    let rate = |rate: &Rate| {
        let each = paint(FAINT, format_args!("{:>6.1} µs each", rate.microseconds_each()));
        format!("{:>9} /s  {each}", thousands(rate.per_second))
    };
    let algorithm = column(STRONG, algorithm, 10);
    output.line(format_args!("{algorithm}  {}  {}", rate(&throughput.one), rate(&throughput.all)))
}

/// A whole number with a comma after each thousand.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What to try next.
pub(super) fn next(folder: Option<&Path>, output: &mut Output) -> io::Result<()> {
    output.line(format_args!("\n{}", paint(STRONG, "Next: ask why one of them was denied.")))?;
    let name = folder.map_or_else(|| "try".to_owned(), |folder| folder.display().to_string());
    if folder.is_none() {
        output.line(format_args!("  {}", paint(COMMAND, "doorward demo --quick --out try")))?;
    }
    let explain = format!(
        "doorward explain --config {name}/doorward.json --api workflow-rest < {name}/audience-lacks-its-slash.txt"
    );
    output.line(format_args!("  {}", paint(COMMAND, explain)))
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_have_commas() {
        let cases = [(0.4, "0"), (999.0, "999"), (1000.0, "1,000"), (12_345.0, "12,345"), (1_234_567.8, "1,234,568")];
        for (number, expected) in cases {
            assert_eq!(thousands(number), expected);
        }
    }
}
