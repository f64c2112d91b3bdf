//! What goes to the terminal: colours, columns and the end of a pipe.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use textwrap::Options;

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();

/// Columns where the output is no terminal.
const COLUMNS: usize = 120;

/// Columns of text that is read line by line, at most.
const TEXT_COLUMNS: usize = 110;

/// A text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A text in a style, in a column of `width` characters.
pub(crate) fn column(style: Style, text: &str, width: usize) -> String {
    let padding = " ".repeat(width.saturating_sub(text.chars().count()));
    format!("{}{padding}", paint(style, text))
}

/// A text from outside without anything that could steer a terminal, turn the reading direction or hide in it.
pub(crate) fn harmless(text: &str) -> String {
    let is_plain = |character| matches!(character, '"' | '\'' | '\\') || is_printable(character);
    text.chars()
        .map(
            |character| {
                if is_plain(character) { character.to_string() } else { character.escape_default().to_string() }
            },
        )
        .collect()
}

/// Behind a letter, as a mark that belongs to one is.
fn is_printable(character: char) -> bool {
    format!("a{character}").escape_debug().count() == 2
}

/// A text with `…` for each word that looks like a token: one may stand where a name was asked for.
pub(crate) fn without_tokens(text: &str) -> String {
    let in_word = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let words = text.split_inclusive(|character| !in_word(character));
    words
        .map(|piece| {
            let word = piece.trim_end_matches(|character| !in_word(character));
            if is_like_token(word) { format!("…{}", &piece[word.len()..]) } else { piece.to_owned() }
        })
        .collect()
}

/// Whether a word begins as the Base64 of a JSON object does, and is longer than a name.
pub(crate) fn is_like_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() > 24
}

/// Standard output. A closed pipe is no error: the command goes on, so that its exit code stays true.
pub(crate) struct Output {
    stdout: anstream::AutoStream<io::Stdout>,
    closed: bool,
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { stdout: anstream::stdout(), closed: false, json }
    }

    /// Whether JSON is asked for.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Whether nobody reads it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Clears a terminal, for what follows to stand alone.
    pub(crate) fn start_page(&mut self) -> io::Result<()> {
        let clears = io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        if !clears {
            return Ok(());
        }
        // Not by way of `self.stdout`, which takes it away together with the colours.
        let page = "\u{1b}[H\u{1b}[2J";
        io::stdout().write_all(page.as_bytes()).or_else(|error| self.end_of_pipe(error))
    }

    /// The columns to fill.
    pub(crate) fn width(&self) -> usize {
        let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        terminal.map_or(COLUMNS, |(width, _)| usize::from(width.0).clamp(60, 140))
    }

    /// Writes a line, at once.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Writes a value, indented, and ends the line.
    pub(crate) fn value(&mut self, value: &Value) -> io::Result<()> {
        self.line(format_args!("{value:#}"))
    }

    /// Writes a name and its value; nothing where the value is empty. Long values are wrapped.
    pub(crate) fn field(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.wrapped(&format!("  {}  ", column(FAINT, name, 9)), 13, PLAIN, value)
    }

    /// Writes a text after `head`, wrapped and indented by the `indent` columns that `head` fills.
    /// Nothing where the text is empty.
    pub(crate) fn wrapped(&mut self, head: &str, indent: usize, style: Style, text: &str) -> io::Result<()> {
        let text = harmless(text);
        let lines = wrap(&text, self.width().min(TEXT_COLUMNS).saturating_sub(indent));
        for (index, line) in lines.iter().enumerate().filter(|_| !text.is_empty()) {
            let blank = " ".repeat(indent);
            let before = if index == 0 { head } else { &blank };
            self.line(format_args!("{before}{}", paint(style, line)))?;
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        match self.stdout.write_all(bytes).and_then(|()| self.stdout.flush()) {
            Err(error) => self.end_of_pipe(error),
            Ok(()) => Ok(()),
        }
    }

    fn end_of_pipe(&mut self, error: io::Error) -> io::Result<()> {
        self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        if self.closed { Ok(()) } else { Err(error) }
    }
}

/// The lines of a text. A word that is longer than a line stays whole, so that it can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = Options::new(width.max(20)).break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// Writes a line to standard error. Where that is closed there is nobody to tell.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
