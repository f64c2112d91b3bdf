//! Paths of claims, and rules for what a claim must be.

use crate::parse::json::{Kind, Value};
use std::fmt;

/// The names that lead to a claim, from the outside in. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimPath {
    pub(crate) names: Vec<String>,
    /// The names with dots between, for messages.
    pub(crate) text: String,
}

impl ClaimPath {
    pub(crate) fn find<'a>(&self, claims: Value<'a>) -> Option<Value<'a>> {
        self.names.iter().try_fold(claims, |value, name| value.get(name))
    }
}

/// What a claim must be.
#[derive(Debug)]
pub(crate) struct ClaimRule {
    pub(crate) path: ClaimPath,
    pub(crate) requirement: Requirement,
}

#[derive(Debug)]
pub(crate) enum Requirement {
    Present,
    OneOf(Vec<Scalar>),
}

/// A value that a claim is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text(String),
    Number(i64),
    Bool(bool),
}

impl Scalar {
    fn equals(&self, value: Value<'_>) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::Number(number) => value.as_number().and_then(|text| text.parse().ok()) == Some(*number),
            Self::Bool(boolean) => value.as_bool() == Some(*boolean),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Bool(boolean) => boolean.fmt(f),
        }
    }
}

impl Requirement {
    /// Whether a claim that is there fulfils it. An array does where one of its elements does.
    pub(crate) fn is_met_by(&self, value: Value<'_>) -> bool {
        match self {
            Self::Present => value.kind() != Kind::Null,
            Self::OneOf(values) => match value.as_array() {
                Some(mut elements) => elements.any(|element| values.iter().any(|scalar| scalar.equals(element))),
                None => values.iter().any(|scalar| scalar.equals(value)),
            },
        }
    }
}
