//! The same checks as `verify`, told step by step, with advice.
//!
//! For people who look for the reason of a 401: it shows what a token holds, so it is never sent
//! to a client, and it allocates.

mod advice;
mod basic;
mod shown;
mod steps;

use crate::code::{Block, Code};
use crate::decide::{Step, Trace};
use crate::request::Request;
use crate::verdict::Verdict;
use crate::verifier::Verifier;
use serde_json::json;
use std::fmt;
use steps::Entry;

/// How a step of the decision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// The check was fulfilled.
    Passed,
    /// The check failed; the decision ended here.
    Failed,
    /// The decision had ended before.
    NotReached,
}

impl StepOutcome {
    /// The outcome in lower case with underscores, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

/// One step of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// What is checked, in one or two words.
    pub name: &'static str,
    /// How it ended.
    pub outcome: StepOutcome,
    /// What was expected, in words; empty where the step was not reached.
    pub expected: String,
    /// What was found, in words, without control characters; empty where the step was not reached.
    pub found: String,
}

/// A decision, told step by step.
#[derive(Debug, Clone)]
pub struct Explanation {
    code: Code,
    steps: Vec<StepReport>,
    advice: Vec<String>,
}

impl Explanation {
    /// The code of the verdict, the same as `verify` gives.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Every step in its order, also those that were not reached. The first is the path where the host asks by it, else
    /// the API.
    pub fn steps(&self) -> &[StepReport] {
        &self.steps
    }

    /// What to change, in plain words, the likeliest first. Empty where the request is accepted.
    pub fn advice(&self) -> &[String] {
        &self.advice
    }

    /// The explanation as one JSON object: `code`, `name`, `http`, `message`, `steps`, `advice`.
    pub fn to_json(&self) -> String {
        let step = |step: &StepReport| {
            json!({
                "name": step.name,
                "outcome": step.outcome.name(),
                "expected": step.expected,
                "found": step.found,
            })
        };
        json!({
            "code": self.code.number(),
            "name": self.code.name(),
            "http": self.code.http(),
            "message": self.code.message(),
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "advice": self.advice,
        })
        .to_string()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.code)?;
        for step in &self.steps {
            match step.outcome {
                StepOutcome::Passed => writeln!(f, "  ok    {:<13} {}", step.name, step.found)?,
                StepOutcome::NotReached => writeln!(f, "  -     {:<13} not reached", step.name)?,
                StepOutcome::Failed => {
                    writeln!(f, "  FAIL  {:<13} expected {}", step.name, step.expected)?;
                    writeln!(f, "        {:<13} found    {}", "", step.found)?;
                }
            }
        }
        self.advice.iter().try_for_each(|advice| writeln!(f, "=> {advice}"))
    }
}

impl Verifier {
    /// Decides as `verify` does, and tells each step with what was expected and found, and what
    /// to change. It allocates and formats, so it is not for every request.
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// use doorward::{Request, Verifier};
    /// let explanation = Verifier::open(&config)?.explain(&Request::new("reports"));
    /// assert_eq!(explanation.advice(), ["Set apis.reports.enabled to true to switch the API on."]);
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub fn explain(&self, request: &Request<'_>) -> Explanation {
        let mut recorder = Recorder::default();
        let mut verdict = Verdict::new();
        self.verify_traced(request, &mut verdict, &mut recorder);
        recorder.finish(&verdict)
    }
}

/// Writes down each step that is entered.
#[derive(Default)]
struct Recorder {
    entries: Vec<Entry>,
}

impl Trace for Recorder {
    fn enter(&mut self, step: Step<'_>) {
        self.entries.push(steps::describe(step));
    }
}

impl Recorder {
    fn finish(mut self, verdict: &Verdict) -> Explanation {
        let code = verdict.code();
        let at = self.entries.iter().position(|entry| entry.name == steps::HEADER);
        if let Some(at) = at.filter(|_| code.block() == Block::Header) {
            self.entries.truncate(at + 1);
        }
        let mut advice = Vec::new();
        if let (Some(denial), Some(last)) = (verdict.denial(), self.entries.last_mut()) {
            // A fault of shape is what was found. An entry of the denylist was found before, and an account is no claim.
            if denial.claim().is_none() && last.name != steps::REVOCATION {
                last.found = denial.expected().map_or(std::mem::take(&mut last.found), str::to_owned);
            }
            // The step was described before the signature was looked at.
            if code == Code::SignatureInvalid {
                "a signature that does not fit".clone_into(&mut last.found);
            }
            advice = std::mem::take(&mut last.advice);
            advice.retain(|(on, _)| *on == code);
        }
        let has_path = self.entries.first().is_some_and(|entry| entry.name == steps::PATH);
        let reached = self.entries.len() + usize::from(!has_path);
        let mut steps: Vec<_> = self.entries.into_iter().map(Entry::passed).collect();
        if !code.is_ok()
            && let Some(last) = steps.last_mut()
        {
            last.outcome = StepOutcome::Failed;
        }
        let is_basic = steps.iter().any(|step| step.name == steps::CREDENTIALS);
        let names = if is_basic { &steps::BASIC_NAMES[..] } else { &steps::NAMES };
        steps.extend(names.iter().skip(reached).map(|name| StepReport {
            name,
            outcome: StepOutcome::NotReached,
            expected: String::new(),
            found: String::new(),
        }));
        Explanation { code, steps, advice: advice.into_iter().map(|(_, text)| text).collect() }
    }
}
