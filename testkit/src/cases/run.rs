//! Tries a topic: its cases, each with a positive control, and its function.

use super::catalogue::{Case, Catalogue, OneOrMany, Topic, texts};
use super::expand::expand;
use super::leak::LeakCheck;
use crate::NOW;
use doorward::{Clock, Code, Config, ConfigError, Explanation, Request, Verdict, Verifier};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

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
            "{tested} tested with {cases} cases ({requests} requests, {controls} controls) and {functions} functions; \
             {later} left for later, {partly_later} in part"
        )
    }
}

type Outcome = Result<(), String>;

/// A function that tries what can't be told as data, by the name that the catalogue has for it.
pub type Function = (&'static str, fn());

/// Tries the cases of a catalogue.
pub struct Runner<'r> {
    pub catalogue: &'r Catalogue,
    /// Adds to a configuration what is particular to this run.
    pub complete: &'r dyn Fn(&mut Value) -> bool,
    pub functions: &'r [Function],
    pub tally: Tally,
    opened: HashMap<(String, i64), Rc<Verifier>>,
}

impl<'r> Runner<'r> {
    pub fn new(catalogue: &'r Catalogue, complete: &'r dyn Fn(&mut Value) -> bool, functions: &'r [Function]) -> Self {
        Self { catalogue, complete, functions, tally: Tally::default(), opened: HashMap::new() }
    }

    /// Tries everything, and fails the test with what goes wrong.
    pub fn run(mut self) {
        let topics = self.catalogue.topics.iter();
        let outcomes: Vec<_> = topics.map(|topic| self.topic(topic)).collect();
        let failures: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
        println!("{}", self.tally);
        assert!(failures.is_empty(), "{} go wrong:\n{}", failures.len(), failures.join("\n"));
    }

    /// Tries one topic. The error names it.
    fn topic(&mut self, topic: &Topic) -> Outcome {
        let named = |error: String| format!("{} ({}): {error}", topic.id, topic.name);
        let tally = &mut self.tally;
        match (topic.is_tested(), topic.later.is_some()) {
            (true, later) => {
                (tally.tested, tally.partly_later) = (tally.tested + 1, tally.partly_later + usize::from(later))
            }
            (false, _) => tally.later += 1,
        }
        for (index, case) in topic.cases().iter().enumerate() {
            self.tally.cases += 1;
            let ran = catch_unwind(AssertUnwindSafe(|| self.case(case)));
            let outcome = ran.unwrap_or_else(|_| Err("it panicked, see above".to_owned()));
            outcome.map_err(|error| named(format!("case {}: {error}", index + 1)))?;
        }
        if let Some(name) = &topic.test {
            self.tally.functions += 1;
            catch_unwind(self.function(name)).map_err(|_| named(format!("{name} panicked, see above")))?;
        }
        Ok(())
    }

    fn function(&self, name: &str) -> fn() {
        let found = self.functions.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("there is no function {name}")).1
    }

    fn configuration(&self, case: &Case) -> Value {
        let mut configuration = case.configuration(self.catalogue);
        (self.complete)(&mut configuration);
        configuration
    }

    /// Cases of one configuration and time share a verifier. What is to be fetched is there.
    fn open(&mut self, configuration: &Value, now: i64) -> Result<Rc<Verifier>, ConfigError> {
        let place = (configuration.to_string(), now);
        if let Some(verifier) = self.opened.get(&place) {
            return Ok(Rc::clone(verifier));
        }
        let verifier = open_anew(configuration, now)?;
        self.opened.insert(place, Rc::clone(&verifier));
        Ok(verifier)
    }

    fn case(&mut self, case: &Case) -> Outcome {
        let configuration = self.configuration(case);
        let opened = self.open(&configuration, case.now);
        let algorithm = case.algorithm(self.catalogue);
        if !crate::algorithms().any(|known| known == algorithm) {
            return expect_open(opened.map(|_| ()), "KeyRejected issuers.main.jwks.keys[0]");
        }
        if let Some(expected) = &case.expect_open {
            expect_open(opened.map(|_| ()), expected)?;
        } else {
            let verifier = opened.map_err(|error| format!("the configuration is refused: {error}"))?;
            let requests = case.requests(self.catalogue);
            self.tally.requests += requests.len();
            // A key is known to be missing after a refresh that was asked for, and a minute has one.
            let asks = texts(case.expect.as_ref()).contains(&Code::KeyUnknown.name().to_owned());
            let anew = || open_anew(&configuration, case.now).unwrap_or_else(|error| panic!("{error}"));
            let verifier = || if asks { anew() } else { Rc::clone(&verifier) };
            expect_codes(case, verifier, &requests, &LeakCheck::new(&configuration, algorithm))?;
        }
        self.control(case)
    }

    /// The same configuration lets the token in that nobody touched. A configuration that is refused is
    /// compared with the one of the other tests.
    fn control(&mut self, case: &Case) -> Outcome {
        if case.control.is_none() && texts(case.expect.as_ref()) == ["Ok"] {
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
        self.tally.controls += 1;
        let configuration = self.configuration(&control);
        let verifier = self
            .open(&configuration, control.now)
            .map_err(|error| format!("control: the configuration is refused: {error}"))?;
        for request in control.requests(self.catalogue) {
            let verdict = verify(&verifier, &request);
            if verdict.code() != Code::Ok {
                return Err(format!("control: {verdict:?}\n{}", explain(&verifier, &request)));
            }
            check_identity(&control, &verdict).map_err(|error| format!("control: {error}"))?;
        }
        Ok(())
    }
}

fn open_anew(configuration: &Value, now: i64) -> Result<Rc<Verifier>, ConfigError> {
    let config = Config::from_json(configuration.to_string()).without_thread();
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW + now))?;
    verifier.poll();
    Ok(Rc::new(verifier))
}

fn expect_open(opened: Result<(), ConfigError>, expected: &str) -> Outcome {
    let found = match opened {
        Ok(()) => "opened".to_owned(),
        Err(error) => format!("{} {}", error.code().name(), error.path()),
    };
    if found.trim() == expected { Ok(()) } else { Err(format!("at open {expected} was expected, not {found}")) }
}

fn request(headers: &[Vec<u8>]) -> Request<'_> {
    headers.iter().fold(Request::new("api"), |request, header| request.authorization(header))
}

/// The answer, after what it had to wait for.
fn verify(verifier: &Verifier, headers: &[Vec<u8>]) -> Verdict {
    let verdict = verifier.verify(&request(headers));
    if verdict.code() == Code::Pending { verifier.resolve(&request(headers)) } else { verdict }
}

fn explain(verifier: &Verifier, headers: &[Vec<u8>]) -> Explanation {
    verifier.explain(&request(headers))
}

fn expect_codes(
    case: &Case,
    verifier: impl Fn() -> Rc<Verifier>,
    requests: &[Vec<Vec<u8>>],
    leaks: &LeakCheck,
) -> Outcome {
    let expected: BTreeSet<String> = texts(case.expect.as_ref()).into_iter().collect();
    let mut found = BTreeSet::new();
    if requests.is_empty() {
        return Err("no request was made".to_owned());
    }
    for request in requests {
        let verifier = &verifier();
        let verdict = verify(verifier, request);
        let name = verdict.code().name().to_owned();
        if !expected.contains(&name) {
            let headers: Vec<_> = request.iter().map(|header| String::from_utf8_lossy(header)).collect();
            let told = explain(verifier, request);
            return Err(format!("{expected:?} was expected, not {verdict:?} for {headers:.400?}\n{told}"));
        }
        found.insert(name);
        check_identity(case, &verdict)?;
        check_advice(case, &verdict, &explain(verifier, request))?;
        if let Some(denial) = verdict.denial() {
            leaks.check(&verdict, denial, request)?;
        }
    }
    if found == expected { Ok(()) } else { Err(format!("{expected:?} was expected, {found:?} occurred")) }
}

fn check_identity(case: &Case, verdict: &Verdict) -> Outcome {
    let Some(identity) = verdict.identity() else { return Ok(()) };
    let expected = case.identity.as_deref().map(expand);
    if let Some(expected) = expected.filter(|expected| expected != identity.qualified_name()) {
        return Err(format!("{expected} was expected, not {identity:?}"));
    }
    for (part, expected) in case.who.iter().flatten() {
        let (found, expected) = (super::who::part(identity, part), expand(expected));
        if found != expected {
            return Err(format!("{part} {expected:?} was expected, not {found:?}"));
        }
    }
    match case.administrator {
        Some(expected) if expected != identity.is_administrator() => Err("the wrong administrator".to_owned()),
        _ => Ok(()),
    }
}

/// `explain` comes to the same, and says what it has to.
fn check_advice(case: &Case, verdict: &Verdict, told: &Explanation) -> Outcome {
    if told.code() != verdict.code() {
        return Err(format!("explain differs from {verdict:?}:\n{told}"));
    }
    let advice = told.advice().join("\n");
    let all = |words: Option<&OneOrMany>| texts(words).into_iter().map(|words| expand(&words));
    let missing = all(case.advice.as_ref()).find(|words| !advice.contains(words.as_str()));
    let wrong = all(case.no_advice.as_ref()).find(|words| advice.contains(words.as_str()));
    match (missing, wrong) {
        (Some(words), _) => Err(format!("{words:?} is not in the advice:\n{told}")),
        (None, Some(words)) => Err(format!("{words:?} is in the advice:\n{told}")),
        (None, None) => Ok(()),
    }
}
