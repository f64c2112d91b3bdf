//! `doorward demo`: good and bad requests, the verdict on each, and how fast it comes.

mod cases;
mod measure;
mod table;
mod world;

use crate::console::Output;
use crate::key::{private_text, write_private};
use crate::{Ending, Failure};
use cases::Case;
use clap::Args;
use doorward::{Code, Config, Request, Verdict, Verifier};
use measure::{Effort, Throughput};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use world::World;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Measures for a moment only
    #[arg(long)]
    quick: bool,
    /// Also writes the configuration, the keys and the requests into a new folder, to go on with
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// A case and what came of it.
struct Outcome<'a> {
    case: &'a Case,
    verdict: Verdict,
    microseconds: f64,
}

impl Outcome<'_> {
    fn code(&self) -> Code {
        self.verdict.code()
    }

    fn is_expected(&self) -> bool {
        self.code() == self.case.expected
    }

    fn http(&self) -> u16 {
        self.verdict.denial().map_or(200, |denial| denial.http())
    }

    /// Who came in, or why not.
    fn reason(&self) -> &str {
        self.verdict.identity().map_or(self.code().message(), |identity| identity.qualified_name())
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let world = World::new()?;
    let configuration = world.configuration();
    let verifier = Verifier::open(&Config::from_json(configuration.to_string()))?;
    let cases = cases::all(&world)?;
    if let Some(folder) = &arguments.out {
        write(folder, &world, &configuration, &cases)?;
    }
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let expected = if output.json() {
        run_for_scripts(&verifier, &cases, effort, output)?
    } else {
        run_for_people(&verifier, &cases, effort, arguments.out.as_deref(), output)?
    };
    Ok(if expected { Ending::Good } else { Ending::Denied })
}

fn run_for_people(
    verifier: &Verifier,
    cases: &[Case],
    effort: Effort,
    folder: Option<&Path>,
    output: &mut Output,
) -> Result<bool, Failure> {
    let table = table::Table::new(cases, output.width());
    table.head(output)?;
    let mut good = 0;
    for case in cases {
        let outcome = judge(verifier, case, effort);
        good += usize::from(outcome.is_expected());
        table.row(&outcome, output)?;
    }
    table::total(good, cases.len(), output)?;
    table::throughput_head(output)?;
    for case in cases.iter().filter(|case| case.throughput.is_some()) {
        table::throughput_row(&Throughput::of(verifier, case, effort), output)?;
    }
    table::next(folder, output)?;
    Ok(good == cases.len())
}

fn run_for_scripts(verifier: &Verifier, cases: &[Case], effort: Effort, output: &mut Output) -> Result<bool, Failure> {
    let outcomes: Vec<_> = cases.iter().map(|case| judge(verifier, case, effort)).collect();
    let throughput = cases.iter().filter(|case| case.throughput.is_some());
    let throughput: Vec<_> = throughput.map(|case| Throughput::of(verifier, case, effort).to_json()).collect();
    let expected = outcomes.iter().all(Outcome::is_expected);
    output.value(&json!({
        "as_expected": expected,
        "cases": outcomes.iter().map(to_json).collect::<Vec<_>>(),
        "throughput": throughput,
    }))?;
    Ok(expected)
}

fn judge<'a>(verifier: &Verifier, case: &'a Case, effort: Effort) -> Outcome<'a> {
    let verdict = verifier.verify(&request(case));
    Outcome { case, verdict, microseconds: measure::median_microseconds(verifier, case, effort) }
}

fn request(case: &Case) -> Request<'_> {
    let headers = case.headers.iter();
    headers.fold(Request::new(case.api), |request, header| request.authorization(header.as_bytes()))
}

fn to_json(outcome: &Outcome<'_>) -> Value {
    json!({
        "what": outcome.case.what, "group": outcome.case.group, "api": outcome.case.api,
        "accepted": outcome.verdict.is_accepted(), "code": outcome.code().number(), "name": outcome.code().name(),
        "http": outcome.http(), "reason": outcome.reason(), "microseconds": outcome.microseconds,
        "file": outcome.case.file_name(),
        "expected": outcome.case.expected.number(), "as_expected": outcome.is_expected(),
    })
}

/// Writes what a reader needs to go on: `doorward.json`, the private keys, and each request that has
/// one `Authorization` header.
fn write(folder: &Path, world: &World, configuration: &Value, cases: &[Case]) -> Result<(), Failure> {
    let cannot = |error| format!("can't write into the new folder {}: {error}", folder.display());
    let mut files = vec![("doorward.json".to_owned(), format!("{configuration:#}\n"))];
    for (name, key) in world.keys() {
        let ending = if key.algorithm().is_symmetric() { "jwk.json" } else { "pem" };
        files.push((format!("{name}.{ending}"), private_text(key)?));
    }
    for case in cases {
        files.extend(case.file_name().map(|name| (name, format!("{}\n", case.headers.concat()))));
    }
    fs::create_dir(folder).map_err(cannot)?;
    Ok(files.iter().try_for_each(|(name, text)| write_private(&folder.join(name), text)).map_err(cannot)?)
}
