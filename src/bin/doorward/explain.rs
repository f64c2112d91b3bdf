//! `doorward explain`: why a token is accepted or denied, step by step.

use crate::console::{BAD, CAUTION, FAINT, GOOD, Output, STRONG, paint};
use crate::input::{self, Asked};
use crate::{Ending, Failure};
use anstyle::Style;
use clap::Args;
use doorward::{Explanation, Request, StepOutcome, StepReport};
use std::io;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// A token, or the value of an Authorization header. With "-" or without it, it is read from standard input,
    /// which keeps it out of the list of processes
    #[arg(value_name = "TOKEN")]
    words: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let verifier = arguments.asked.verifier()?;
    // Without quotes around it, a header value comes in several words.
    let token = Some(arguments.words.join(" ")).filter(|_| !arguments.words.is_empty());
    let value = header(input::value_or_stdin(token.as_deref(), "the token")?);
    let request = Request::new(&arguments.asked.api);
    let request = if value.is_empty() { request } else { request.authorization(&value) };
    let explanation = verifier.explain(&request);
    if output.json() {
        output.line(explanation.to_json().trim_end())?;
    } else {
        print(&explanation, output)?;
    }
    Ok(if explanation.code().is_ok() { Ending::Good } else { Ending::Denied })
}

/// What would stand in the header. Only what is surely missing or too much is changed, so that the
/// rest can be explained: a token alone gets its scheme, a whole header line loses its name.
fn header(pasted: Vec<u8>) -> Vec<u8> {
    const NAME: &[u8] = b"authorization:";
    let start = pasted.iter().position(|byte| !b" \t\r\n\"'".contains(byte)).unwrap_or(pasted.len());
    let (before, text) = pasted.split_at(start);
    if text.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
        return text[NAME.len()..].trim_ascii_start().to_vec();
    }
    if pasted.is_empty() || begins_with_scheme(text) { pasted.clone() } else { [b"Bearer ", before, text].concat() }
}

fn begins_with_scheme(text: &[u8]) -> bool {
    const SCHEMES: [&str; 6] = ["bearer", "basic", "dpop", "digest", "negotiate", "ntlm"];
    let word = text.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let followed = matches!(text.get(word.len()), None | Some(b' ' | b'\t' | b':'));
    followed && SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

fn print(explanation: &Explanation, output: &mut Output) -> io::Result<()> {
    let code = explanation.code();
    let (style, word) = if code.is_ok() { (GOOD, "accepted") } else { (BAD, "denied") };
    let name = paint(STRONG, format_args!("{} {}", code.number(), code.name()));
    output.line(format_args!("{}  {name}  {}\n", paint(style, word), code.message()))?;
    let width = explanation.steps().iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
    explanation.steps().iter().try_for_each(|step| print_step(step, width, output))?;
    print_advice(explanation.advice(), output)
}

fn print_step(step: &StepReport, width: usize, output: &mut Output) -> io::Result<()> {
    let (style, mark, text) = match step.outcome {
        StepOutcome::Passed => (GOOD, "✓", Style::new()),
        StepOutcome::Failed => (BAD, "✗", STRONG),
        _ => (FAINT, "·", FAINT),
    };
    let head = format!("  {} {}  ", paint(style, mark), crate::console::column(text, step.name, width));
    let indent = width + 6;
    if step.outcome == StepOutcome::Failed {
        output.wrapped(&format!("{head}{}  ", paint(FAINT, "expected")), indent + 10, Style::new(), &step.expected)?;
        let head = if step.expected.is_empty() { head } else { " ".repeat(indent) };
        return output.wrapped(&format!("{head}{}  ", paint(FAINT, "   found")), indent + 10, BAD, &step.found);
    }
    let told = [&step.found, &step.expected].into_iter().find(|told| !told.is_empty());
    let text = if step.outcome == StepOutcome::Passed { Style::new() } else { FAINT };
    output.wrapped(&head, indent, text, told.map_or("-", |told| told.as_str()))
}

fn print_advice(advice: &[String], output: &mut Output) -> io::Result<()> {
    if advice.is_empty() {
        return Ok(());
    }
    output.line(format_args!("\n{}", paint(CAUTION, "What to do")))?;
    advice
        .iter()
        .enumerate()
        .try_for_each(|(index, advice)| output.wrapped(&format!("  {}. ", index + 1), 5, Style::new(), advice))
}

#[cfg(test)]
mod tests {
    use super::header;

    fn text(pasted: &str) -> String {
        String::from_utf8_lossy(&header(pasted.as_bytes().to_vec())).into_owned()
    }

    #[test]
    fn a_token_alone_gets_its_scheme() {
        for token in ["eyJ.eyJ.x", " eyJ.eyJ.x", "\"eyJ.eyJ.x\"", "eyJ. eyJ.x", "bearer.eyJ.x", "x"] {
            assert_eq!(text(token), format!("Bearer {token}"));
        }
    }

    #[test]
    fn a_header_value_stays_as_it_is() {
        for value in ["Bearer x", "bearer  x", "Bearer Bearer x", "'Bearer x'", " Bearer x", "Basic eA==", "Bearer", ""]
        {
            assert_eq!(text(value), value);
        }
    }

    #[test]
    fn a_header_line_loses_its_name() {
        assert_eq!(text("Authorization: Bearer x"), "Bearer x");
        assert_eq!(text("authorization:Bearer Bearer x "), "Bearer Bearer x ");
    }
}
