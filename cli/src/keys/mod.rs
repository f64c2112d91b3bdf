//! `doorward keys`: the keys of a configuration, as they are held and as they are published.

mod picture;
mod row;
mod watch;

pub(crate) mod fetched;

use crate::console::Output;
use crate::{Ending, Failure, input};
use clap::{Args, Subcommand};
use doorward::{Config, Verifier};
use picture::Picture;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use picture::{skipped_json, skipped_line, span};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Shows the keys that are at hand: of the configuration, and those of state_dir. Fetches nothing
    Show(Show),
    /// Fetches keys now, and shows them
    Fetch(Fetch),
}

#[derive(Args)]
pub(crate) struct Show {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Goes on until Ctrl-C: reads everything again each second, and shows what has changed
    #[arg(long)]
    watch: bool,
}

#[derive(Args)]
pub(crate) struct Fetch {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How long to wait for the keys, at most
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = input::wait)]
    wait: Duration,
    /// Goes on until Ctrl-C: refreshes keys as a host does, and shows what has changed
    #[arg(long)]
    watch: bool,
}

pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Ending, Failure> {
    match command {
        Command::Show(show) => run_show(show, output),
        Command::Fetch(fetch) => run_fetch(fetch, output),
    }
}

fn run_show(show: &Show, output: &mut Output) -> Result<Ending, Failure> {
    let look = || {
        let config = Config::from_file(&show.config)?;
        let health = Verifier::open(&config)?.health();
        Ok(Picture { health, config, fetched: false })
    };
    watch::run(look()?, show.watch, look, output)?;
    Ok(Ending::Good)
}

fn run_fetch(fetch: &Fetch, output: &mut Output) -> Result<Ending, Failure> {
    let config = Config::from_file(&fetch.config)?;
    let verifier = Verifier::open(&config)?;
    let picture = |health| Picture { health, config: config.clone(), fetched: true };
    let first = picture(fetched::fetch(&verifier, fetch.wait));
    let last = watch::run(first, fetch.watch, || Ok(picture(verifier.health())), output)?;
    Ok(if last.is_good() { Ending::Good } else { Ending::Denied })
}
