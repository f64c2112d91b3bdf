//! `doorward entra`: what is particular to Microsoft Entra ID. It helps people; it decides nothing.

mod argument;
mod check;
mod configured;
mod consent_url;
mod explain;
mod pasted;
mod postman;
mod settings;
mod sheet;

use crate::console::Output;
use crate::{Ending, Failure};
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Prints the address at which an administrator of a tenant consents to a client; on standard error, who opens it
    ConsentUrl(consent_url::Arguments),
    /// Tells what an error of Entra ID, Windows or a directory means, who has to act, and what to do
    Explain(explain::Arguments),
    /// Prints what to enter in an API client tool to get a token and to call the platform's APIs
    Postman(postman::Arguments),
    /// Tells for each issuer of kind entra what its tokens must look like, and with --online whether cloud, keys and
    /// clock are as they should be
    Check(check::Arguments),
}

pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Ending, Failure> {
    match command {
        Command::ConsentUrl(arguments) => consent_url::run(arguments, output),
        Command::Explain(arguments) => explain::run(arguments, output),
        Command::Postman(arguments) => postman::run(arguments, output),
        Command::Check(arguments) => check::run(arguments, output),
    }
}
