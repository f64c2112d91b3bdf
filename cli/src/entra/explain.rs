//! `doorward entra explain`: what an error of Entra ID, Windows or a directory means.

use super::pasted::{Number, Pasted};
use crate::console::{CAUTION, FAINT, Output, STRONG, paint};
use crate::{Ending, Failure, explain, input};
use clap::Args;
use doorward::entra::{Actor, ErrorField, Refusal, aadsts, oauth_error, oauth_suberror, windows_logon};
use serde_json::{Value, json};
use std::io;

const NUMBER_IS_ADVICE: &str = "A program goes by error and suberror of the response. The number is advice for people: \
                                Entra ID may change it at any time.";

const NEXT_CLAIMS: &str =
    "The response has a value claims: send it unchanged with the next sign-in, or it ends here again.";

const MORE: &str = "There are more numbers than these.";

#[derive(Args)]
pub(crate) struct Arguments {
    /// A number (AADSTS90094, 1385, 52e), a whole error response, the address of a redirect, or a line of a log. With
    /// "-" or without it, it is read from standard input, up to 1 MiB
    #[arg(value_name = "ERROR")]
    words: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    explain::refuse_file_name(&arguments.words)?;
    let text = Some(arguments.words.join(" ")).filter(|_| !arguments.words.is_empty());
    let pasted = Pasted::read(&input::value_or_stdin(text.as_deref(), "the error")?);
    if pasted.is_empty() {
        return Err("no error is found in it: an AADSTS number, a Windows error or sub-code, or an error response of \
                    OAuth is expected"
            .to_owned()
            .into());
    }
    if output.json() {
        output.value(&to_json(&pasted))?;
    } else {
        print(&pasted, output)?;
    }
    Ok(if is_known(&pasted) { Ending::Good } else { Ending::Denied })
}

/// Whether there is something to say of all of it.
fn is_known(pasted: &Pasted) -> bool {
    let fields = [error(pasted), suberror(pasted)];
    pasted.numbers.iter().all(|number| known(*number).is_some())
        && fields.iter().flatten().all(|(_, field)| field.is_some())
}

fn known(number: Number) -> Option<&'static Refusal> {
    match number {
        Number::Entra(number) => aadsts(number),
        Number::Windows(number) => windows_logon(number),
    }
}

/// A value of the response, and what is known of it.
type Field<'a> = (&'a str, Option<&'static ErrorField>);

fn error(pasted: &Pasted) -> Option<Field<'_>> {
    pasted.error.as_deref().map(|name| (name, oauth_error(name)))
}

fn suberror(pasted: &Pasted) -> Option<Field<'_>> {
    pasted.suberror.as_deref().map(|name| (name, oauth_suberror(name)))
}

fn name(number: Number) -> String {
    match number {
        Number::Entra(number) => format!("AADSTS{number}"),
        Number::Windows(number) => format!("Windows {number}, sub-code {number:x}"),
    }
}

/// Where a number that is not known here can be looked up.
fn look_up(number: Number) -> String {
    match number {
        Number::Entra(number) => format!(
            "Nothing is known of this number here. Look it up at https://login.microsoftonline.com/error?code={number}, \
             and the sign-in in the tenant's sign-in log."
        ),
        Number::Windows(number) => format!(
            "Nothing is known of this number here. On Windows, net helpmsg {number} tells its text; the security log of \
             the server tells the logon."
        ),
    }
}

fn who(actor: Actor) -> String {
    actor.name().replace('_', " ")
}

fn print(pasted: &Pasted, output: &mut Output) -> io::Result<()> {
    for number in &pasted.numbers {
        print_number(*number, output)?;
    }
    for (label, field) in [("error", error(pasted)), ("suberror", suberror(pasted))] {
        field.map_or(Ok(()), |field| print_field(label, field, output))?;
    }
    print_rest(pasted, output)
}

fn print_number(number: Number, output: &mut Output) -> io::Result<()> {
    let Some(refusal) = known(number) else {
        output.line(format_args!("{}  {}", paint(STRONG, name(number)), paint(CAUTION, "not known")))?;
        output.field("do", &look_up(number))?;
        return output.line("");
    };
    output.line(format_args!("{}  {}", paint(STRONG, name(number)), refusal.title))?;
    output.field("means", refusal.meaning)?;
    output.field("who", &who(refusal.who))?;
    output.field("do", refusal.cure)?;
    output.field("retry", refusal.retry.meaning())?;
    output.line("")
}

fn print_field(label: &str, (name, field): Field<'_>, output: &mut Output) -> io::Result<()> {
    let title = if field.is_some() { String::new() } else { format!("  {}", paint(CAUTION, "not known")) };
    output.line(format_args!("{} {}{title}", paint(FAINT, label), paint(STRONG, name)))?;
    let unknown = "Nothing is known of this value here. A program that doesn't know it stops, and tells the user.";
    output.field("means", field.map_or(unknown, |field| field.meaning))?;
    output.field("retry", field.map_or("", |field| field.retry.meaning()))?;
    output.line("")
}

fn print_rest(pasted: &Pasted, output: &mut Output) -> io::Result<()> {
    let has_entra = pasted.numbers.iter().any(|number| matches!(number, Number::Entra(_)));
    let notes = [(pasted.has_more, MORE), (pasted.has_claims, NEXT_CLAIMS), (has_entra, NUMBER_IS_ADVICE)];
    for (_, note) in notes.iter().filter(|(is_said, _)| *is_said) {
        output.wrapped("", 0, FAINT, note)?;
    }
    let ids = [("correlation id", &pasted.correlation_id), ("trace id", &pasted.trace_id)];
    ids.iter().filter_map(|(label, id)| Some((label, id.as_deref()?))).try_for_each(|(label, id)| {
        output.line(format_args!("{} {id}, for the tenant's sign-in log", paint(FAINT, label)))
    })
}

fn to_json(pasted: &Pasted) -> Value {
    json!({
        "known": is_known(pasted),
        "numbers": pasted.numbers.iter().map(|number| number_json(*number)).collect::<Vec<_>>(),
        "more_numbers": pasted.has_more,
        "oauth": { "error": error(pasted).map(field_json), "suberror": suberror(pasted).map(field_json) },
        "claims": pasted.has_claims,
        "correlation_id": pasted.correlation_id, "trace_id": pasted.trace_id,
    })
}

fn number_json(number: Number) -> Value {
    let (family, digits) = match number {
        Number::Entra(digits) => ("entra", digits),
        Number::Windows(digits) => ("windows", digits),
    };
    let known = known(number);
    json!({
        "family": family, "number": digits, "name": name(number), "known": known.is_some(),
        "title": known.map(|refusal| refusal.title), "means": known.map(|refusal| refusal.meaning),
        "who": known.map(|refusal| refusal.who.name()), "do": known.map(|refusal| refusal.cure),
        "retry": known.map(|refusal| refusal.retry.name()),
    })
}

fn field_json((name, field): Field<'_>) -> Value {
    json!({
        "name": name, "known": field.is_some(), "means": field.map(|field| field.meaning),
        "retry": field.map(|field| field.retry.name()),
    })
}
