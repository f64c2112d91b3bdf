//! `doorward explain`: why a token is accepted or denied, step by step.

use crate::console::{BAD, CAUTION, FAINT, GOOD, Output, PLAIN, STRONG, column, paint};
use crate::input::{self, Asked, FIRST_KEYS};
use crate::{Ending, Failure};
use clap::Args;
use doorward::{Explanation, StepOutcome, StepReport};
use std::io;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

const NOT_REACHED: &str = "not reached";

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// A token, or the value of an Authorization header. With "-" or without it, it is read from standard input,
    /// which keeps it out of the list of processes
    #[arg(value_name = "TOKEN")]
    words: Vec<String>,
    /// Instead: a user name, such as "CONTOSO\\bob", whose password is read from standard input (Basic)
    #[arg(long, value_name = "NAME", conflicts_with = "words")]
    user: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    refuse_file_name(&arguments.words)?;
    let verifier = arguments.asked.verifier()?;
    let value = value(arguments)?;
    let request = arguments.asked.request();
    let request = if value.is_empty() { request } else { request.authorization(&value) };
    // To explain asks nobody: the keys that the token needs, and what the directory says, are there after the verdict.
    let keys = if arguments.user.is_some() { Duration::ZERO } else { FIRST_KEYS };
    input::verdict(&verifier, &request, keys);
    let explanation = verifier.explain(&request);
    if output.json() {
        output.line(explanation.to_json())?;
    } else {
        print(&explanation, output)?;
    }
    Ok(if explanation.code().is_ok() { Ending::Good } else { Ending::Denied })
}

/// What stands in the header.
fn value(arguments: &Arguments) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if let Some(user) = &arguments.user {
        return input::basic_header(user);
    }
    // Without quotes around it, a header value comes in several words.
    let token = Some(arguments.words.join(" ")).filter(|_| !arguments.words.is_empty());
    Ok(Zeroizing::new(header(input::value_or_stdin(token.as_deref(), "the token")?)))
}

/// A file's name in the place of what is explained would be explained as if it were one.
pub(crate) fn refuse_file_name(words: &[String]) -> Result<(), Failure> {
    match words {
        [name] if name != "-" && Path::new(name).is_file() => {
            Err(format!("{name} is a file; to explain what it holds, write < {name}").into())
        }
        _ => Ok(()),
    }
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
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let word = text.split(|byte| !in_word(byte)).next().unwrap_or_default();
    match text.get(word.len()) {
        // White space within the header of a token makes no scheme of its beginning.
        Some(b' ' | b'\t' | b':') => !word.is_empty() && !word.starts_with(b"eyJ"),
        Some(_) => false,
        None => word.eq_ignore_ascii_case(b"bearer"),
    }
}

fn print(explanation: &Explanation, output: &mut Output) -> io::Result<()> {
    let code = explanation.code();
    let (style, word) = if code.is_ok() { (GOOD, "accepted") } else { (BAD, "denied") };
    let name = paint(STRONG, format_args!("{} {}", code.number(), code.name()));
    output.line(format_args!("{}  {name}  {}\n", paint(style, word), code.message()))?;
    let (not_reached, reached): (Vec<_>, Vec<_>) =
        explanation.steps().iter().partition(|step| step.outcome == StepOutcome::NotReached);
    let names = reached.iter().map(|step| step.name.chars().count());
    let width = names.max().unwrap_or(0).max(NOT_REACHED.len());
    reached.iter().try_for_each(|step| print_step(step, width, output))?;
    let names: Vec<_> = not_reached.iter().map(|step| step.name).collect();
    let head = format!("  {} {}  ", paint(FAINT, "·"), column(FAINT, NOT_REACHED, width));
    output.wrapped(&head, width + 6, FAINT, &names.join(", "))?;
    print_advice(explanation.advice(), output)
}

fn print_step(step: &StepReport, width: usize, output: &mut Output) -> io::Result<()> {
    let indent = width + 6;
    if step.outcome == StepOutcome::Passed {
        let head = format!("  {} {}  ", paint(GOOD, "✓"), column(PLAIN, step.name, width));
        return output.wrapped(&head, indent, PLAIN, if step.found.is_empty() { "-" } else { &step.found });
    }
    let head = format!("  {} {}  ", paint(BAD, "✗"), column(STRONG, step.name, width));
    let label = |head: &str, label| format!("{head}{}  ", column(FAINT, label, 8));
    output.wrapped(&label(&head, "expected"), indent + 10, PLAIN, &step.expected)?;
    let head = if step.expected.is_empty() { head } else { " ".repeat(indent) };
    output.wrapped(&label(&head, "found"), indent + 10, BAD, &step.found)
}

fn print_advice(advice: &[String], output: &mut Output) -> io::Result<()> {
    if advice.is_empty() {
        return Ok(());
    }
    output.line(format_args!("\n{}", paint(CAUTION, "What to do")))?;
    advice
        .iter()
        .enumerate()
        .try_for_each(|(index, advice)| output.wrapped(&format!("  {}. ", index + 1), 5, PLAIN, advice))
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
        for value in [
            "Bearer x",
            "bearer  x",
            "Bearer Bearer x",
            "'Bearer x'",
            " Bearer x",
            "Basic eA==",
            "ApiKey 1",
            "MAC x=1",
            "Bearer",
            "",
        ] {
            assert_eq!(text(value), value);
        }
    }

    #[test]
    fn a_header_line_loses_its_name() {
        assert_eq!(text("Authorization: Bearer x"), "Bearer x");
        assert_eq!(text("authorization:Bearer Bearer x "), "Bearer Bearer x ");
    }
}
