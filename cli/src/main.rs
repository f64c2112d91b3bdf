//! The command line `doorward`: tries a configuration and a token out, and says why.
//!
//! It decides nothing itself: every verdict is the library's.

mod check;
mod codes;
mod console;
mod demo;
mod denylist;
mod entra;
mod errors_page;
mod explain;
mod failure;
mod grid;
mod health;
mod input;
mod key;
mod keys;
mod online;
mod password;
mod revoke;
mod schema;
mod token;
mod unlock;
mod verify;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use console::Output;
use failure::Failure;
use std::process::ExitCode;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0  accepted, or done
  1  denied; for keys fetch, health and check --online: keys are missing;
     for entra check --online: also where the clock is off;
     for entra explain: an error is not known; for demo: a verdict was not the expected one
  2  the command line is wrong
  3  the configuration, a key, a file or other input is wrong";

const HINTS: &str = "\
Colour: on a terminal only; NO_COLOR=1 turns it off, CLICOLOR_FORCE=1 on.
New here? Try: doorward demo";

/// Bytes of an argument that is repeated in a message, at most.
const ARGUMENT_BYTES: usize = 40;

/// Decides in microseconds whether a request may come in, and as whom; and says why not.
#[derive(Parser)]
#[command(name = "doorward", version, styles = STYLES, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Prints JSON, for scripts
    #[arg(long, global = true, display_order = 100)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Shows what Doorward does; needs no file and no network
    Demo(demo::Arguments),
    /// Checks a configuration and the keys that it names
    Check(check::Arguments),
    /// Verifies an Authorization header, as a host does
    Verify(verify::Arguments),
    /// Tells step by step why a token is accepted or denied, and what to do
    Explain(explain::Arguments),
    /// Prints the JSON Schema of the configuration
    Schema,
    /// Lists every status code, and who has to act on it
    Codes(codes::Arguments),
    /// Shows and fetches the keys of a configuration
    #[command(subcommand)]
    Keys(keys::Command),
    /// Adds an entry to the denylist of a configuration: what must not come in any more
    Revoke(revoke::Arguments),
    /// Lifts what was counted against an account after wrong passwords, by a line in the denylist
    Unlock(unlock::Arguments),
    /// Tells whether each issuer has keys that may serve, for monitoring
    Health(health::Arguments),
    /// Helps with Microsoft Entra ID: consent, errors, tokens, and what is wrong with it
    #[command(subcommand)]
    Entra(entra::Command),
    /// Makes and tries the lines of a file of passwords
    #[command(subcommand)]
    Password(password::Command),
    /// Makes and shows keys, for tests
    #[command(subcommand)]
    Key(key::Command),
    /// Signs tokens, for tests
    #[command(subcommand)]
    Token(token::Command),
}

/// How a command ended that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Accepted, or done.
    Good,
    /// Denied, or not as expected.
    Denied,
}

fn main() -> ExitCode {
    let Cli { command, json } = match parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut output = Output::new(json);
    match run(command, &mut output) {
        Ok(Ending::Good) => ExitCode::SUCCESS,
        Ok(Ending::Denied) => ExitCode::from(1),
        Err(failure) => {
            failure.report(&mut output);
            ExitCode::from(3)
        }
    }
}

fn parse() -> Result<Cli, clap::Error> {
    let command = Cli::command().after_help(format!("{EXIT_CODES}\n\n{HINTS}"));
    let command = command.mut_subcommands(|subcommand| subcommand.after_help(EXIT_CODES));
    Cli::from_arg_matches(&command.try_get_matches()?)
}

/// Prints the help that was asked for, or what is wrong with the command line. A long argument may be
/// a token in the wrong place, so it is not repeated.
fn usage(error: &clap::Error) -> ExitCode {
    let mut text = error.render().ansi().to_string();
    for argument in std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()) {
        let value = argument.split_once('=').map_or("", |(_, value)| value);
        for long in [argument.as_str(), value].into_iter().filter(|part| part.len() > ARGUMENT_BYTES) {
            text = text.replace(long, "…");
        }
    }
    if error.use_stderr() {
        console::say(text.trim_end());
        return ExitCode::from(2);
    }
    // Whoever closed the pipe has read enough of it.
    let _ = Output::new(false).line(text.trim_end());
    ExitCode::SUCCESS
}

fn run(command: Command, output: &mut Output) -> Result<Ending, Failure> {
    match command {
        Command::Demo(arguments) => demo::run(&arguments, output),
        Command::Check(arguments) => check::run(&arguments, output),
        Command::Verify(arguments) => verify::run(&arguments, output),
        Command::Explain(arguments) => explain::run(&arguments, output),
        Command::Schema => schema::run(output),
        Command::Codes(arguments) => codes::run(&arguments, output),
        Command::Keys(command) => keys::run(&command, output),
        Command::Revoke(arguments) => revoke::run(&arguments, output),
        Command::Unlock(arguments) => unlock::run(&arguments, output),
        Command::Health(arguments) => health::run(&arguments, output),
        Command::Entra(command) => entra::run(&command, output),
        Command::Password(command) => password::run(&command, output),
        Command::Key(command) => key::run(&command, output),
        Command::Token(command) => token::run(&command, output),
    }
}
