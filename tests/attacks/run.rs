//! Tries an attack: its cases, each with a positive control, and its function.

use crate::catalogue::{Attack, Case, Catalogue};
use crate::functions;
use crate::leak::LeakCheck;
use crate::support::{self, NOW};
use doorward::{Clock, Code, Config, ConfigError, Request, Verdict, Verifier};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much was tried.
#[derive(Default)]
pub struct Tally {
    tested: usize,
    cases: usize,
    functions: usize,
    requests: usize,
    controls: usize,
    later: usize,
    partly_later: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tested, cases, functions, requests, controls, later, partly_later } = self;
        write!(
            f,
            "attacks: {tested} tested with {cases} cases ({requests} requests, {controls} controls) and {functions} \
             functions; {later} left for later, {partly_later} in part"
        )
    }
}

type Outcome = Result<(), String>;

/// Tries one attack. The error names it.
pub fn attack(catalogue: &Catalogue, attack: &Attack, tally: &mut Tally) -> Outcome {
    let named = |error: String| format!("attack {} ({}): {error}", attack.id, attack.name);
    match (attack.is_tested(), attack.later.is_some()) {
        (true, later) => {
            (tally.tested, tally.partly_later) = (tally.tested + 1, tally.partly_later + usize::from(later))
        }
        (false, _) => tally.later += 1,
    }
    for (index, case) in attack.cases().iter().enumerate() {
        tally.cases += 1;
        let ran = catch_unwind(AssertUnwindSafe(|| run_case(catalogue, case, tally)));
        let outcome = ran.unwrap_or_else(|_| Err("it panicked, see above".to_owned()));
        outcome.map_err(|error| named(format!("case {}: {error}", index + 1)))?;
    }
    if let Some(name) = &attack.test {
        tally.functions += 1;
        catch_unwind(functions::find(name)).map_err(|_| named(format!("{name} panicked, see above")))?;
    }
    Ok(())
}

fn open(configuration: &Value, now: i64) -> Result<Verifier, ConfigError> {
    Verifier::open_with_clock(&Config::from_json(configuration.to_string()), Clock::fixed(NOW + now))
}

fn run_case(catalogue: &Catalogue, case: &Case, tally: &mut Tally) -> Outcome {
    let configuration = case.configuration(catalogue);
    let opened = open(&configuration, case.now);
    if !support::algorithms().any(|algorithm| algorithm == case.algorithm()) {
        return expect_open(opened.map(|_| ()), "KeyRejected issuers.main.jwks.keys[0]");
    }
    if let Some(expected) = &case.expect_open {
        expect_open(opened.map(|_| ()), expected)?;
    } else {
        let verifier = opened.map_err(|error| format!("the configuration is refused: {error}"))?;
        let requests = case.requests();
        tally.requests += requests.len();
        expect_codes(case, &verifier, &requests, LeakCheck::new(&configuration, case.algorithm()))?;
    }
    run_control(catalogue, case, tally)
}

fn expect_open(opened: Result<(), ConfigError>, expected: &str) -> Outcome {
    let found = match opened {
        Ok(()) => "opened".to_owned(),
        Err(error) => format!("{} {}", error.code().name(), error.path()),
    };
    if found.trim() == expected { Ok(()) } else { Err(format!("at open {expected} was expected, not {found}")) }
}

/// The same configuration lets the token in that nobody touched. A configuration that is refused is
/// compared with the one of the other tests.
fn run_control(catalogue: &Catalogue, case: &Case, tally: &mut Tally) -> Outcome {
    if case.control.is_none() && case.expect.as_ref().is_some_and(|codes| codes.list() == ["Ok"]) {
        return Ok(());
    }
    let mut control: Case = match &case.control {
        Some(table) => table.clone().try_into().map_err(|error| format!("control: {error}"))?,
        None => Case::default(),
    };
    control.alg = control.alg.or(case.alg.clone());
    if case.expect_open.is_none() {
        control.config = control.config.or(case.config.clone());
    }
    tally.controls += 1;
    let verifier = open(&control.configuration(catalogue), control.now)
        .map_err(|error| format!("control: the configuration is refused: {error}"))?;
    for request in control.requests() {
        let verdict = verify(&verifier, &request);
        if verdict.code() != Code::Ok {
            return Err(format!("control: {verdict:?}"));
        }
        check_identity(&control, &verdict)?;
    }
    Ok(())
}

pub fn verify(verifier: &Verifier, headers: &[Vec<u8>]) -> Verdict {
    let request = headers.iter().fold(Request::new("api"), |request, header| request.authorization(header));
    verifier.verify(&request)
}

fn expect_codes(case: &Case, verifier: &Verifier, requests: &[Vec<Vec<u8>>], leaks: LeakCheck) -> Outcome {
    let expected: BTreeSet<String> =
        case.expect.as_ref().map(|codes| codes.list()).unwrap_or_default().into_iter().collect();
    let mut found = BTreeSet::new();
    if requests.is_empty() {
        return Err("no request was made".to_owned());
    }
    for request in requests {
        let verdict = verify(verifier, request);
        let name = verdict.code().name().to_owned();
        if !expected.contains(&name) {
            let headers: Vec<_> = request.iter().map(|header| String::from_utf8_lossy(header)).collect();
            return Err(format!("{expected:?} was expected, not {verdict:?} for {headers:.400?}"));
        }
        found.insert(name);
        check_identity(case, &verdict)?;
        if let Some(denial) = verdict.denial() {
            leaks.check(&verdict, denial, request)?;
        }
    }
    if found == expected { Ok(()) } else { Err(format!("{expected:?} was expected, {found:?} occurred")) }
}

fn check_identity(case: &Case, verdict: &Verdict) -> Outcome {
    let Some(identity) = verdict.identity() else { return Ok(()) };
    if let Some(expected) = case.identity.as_deref().filter(|expected| *expected != identity.qualified_name()) {
        return Err(format!("{expected} was expected, not {identity:?}"));
    }
    match case.administrator {
        Some(expected) if expected != identity.is_administrator() => Err("the wrong administrator".to_owned()),
        _ => Ok(()),
    }
}
