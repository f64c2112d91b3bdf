//! `doorward health`: whether each issuer has keys that may serve, for monitoring.

use crate::console::{BAD, GOOD, Output, PLAIN, STRONG, paint};
use crate::grid::{self, Cell};
use crate::keys::{fetched, span};
use crate::{Ending, Failure, input};
use clap::Args;
use doorward::{Config, Health, IssuerHealth, Verifier};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How long to wait for keys that are fetched, at most
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = input::wait)]
    wait: Duration,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let verifier = Verifier::open(&Config::from_file(&arguments.config)?)?;
    let health = fetched::fetch(&verifier, arguments.wait);
    if output.json() {
        output.line(health.to_json())?;
    } else {
        print(&health, output)?;
    }
    Ok(if health.is_ready() { Ending::Good } else { Ending::Denied })
}

fn print(health: &Health, output: &mut Output) -> io::Result<()> {
    let (style, word) = if health.is_ready() { (GOOD, "ready") } else { (BAD, "not ready") };
    output.line(format_args!("{}\n", paint(style, word)))?;
    let rows: Vec<_> = health.issuers().iter().map(row).collect();
    grid::print(["issuer", "usable", "from", "keys", "age", "failure"], &rows, output)
}

fn row(issuer: &IssuerHealth) -> [Cell; 6] {
    let usable = if issuer.is_usable { (GOOD, "yes".to_owned()) } else { (BAD, "no".to_owned()) };
    let plain = |text: String| (PLAIN, text);
    [
        (STRONG, issuer.name.clone()),
        usable,
        plain(issuer.from.name().to_owned()),
        plain(issuer.keys.to_string()),
        plain(issuer.age.map(span).unwrap_or_default()),
        plain(issuer.failure.as_ref().map(ToString::to_string).unwrap_or_default()),
    ]
}
