//! `doorward codes`: every status code.

use crate::console::{CAUTION, FAINT, GOOD, Output, PLAIN, STRONG, column, paint};
use crate::errors_page;
use crate::{Ending, Failure};
use clap::Args;
use doorward::{Block, Code};
use serde_json::{Value, json};
use std::io;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Prints the page docs/errors.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    if arguments.markdown {
        output.line(errors_page::markdown().trim_end())?;
    } else if output.json() {
        output.value(&Code::ALL.iter().map(|code| to_json(*code)).collect())?;
    } else {
        Block::ALL.into_iter().try_for_each(|block| print(block, output))?;
    }
    Ok(Ending::Good)
}

fn to_json(code: Code) -> Value {
    json!({
        "number": code.number(), "name": code.name(), "http": code.http(),
        "error": code.bearer_error().map(|error| error.name()),
        "message": code.message(), "explanation": code.explanation(), "who": code.block().who(),
    })
}

fn print(block: Block, output: &mut Output) -> io::Result<()> {
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(|code| code.block() == block).collect();
    let range = errors_page::range(&codes);
    output.line(format_args!("{}  {}", paint(STRONG, range), paint(FAINT, block.who())))?;
    for code in codes {
        let style = if code.is_ok() { GOOD } else { CAUTION };
        let number = paint(style, format_args!("{:>4}", code.number()));
        let http = code.http().map_or(String::new(), |status| status.to_string());
        let head = format!("  {number}  {}  {http:>3}  ", column(STRONG, code.name(), 25));
        output.wrapped(&head, 40, PLAIN, code.explanation())?;
    }
    output.line("")
}
