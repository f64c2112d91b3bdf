//! The rows of `attacks.toml`. A field that is not known here is an error.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Table, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Patches of the configuration that several cases share, by name.
    pub configurations: BTreeMap<String, String>,
    #[serde(rename = "attack")]
    pub attacks: Vec<Attack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    pub id: u16,
    pub name: String,
    pub why: String,
    /// Why the attack, or a part of it, can't be tried yet.
    pub later: Option<String>,
    /// The function that tries what can't be told as data.
    pub test: Option<String>,
    #[serde(default, rename = "case")]
    case_tables: Vec<Table>,
}

/// How an attack makes its request out of a good one, and what it comes to.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    /// What is particular about the case; for the reader.
    pub note: Option<String>,
    /// The algorithm of the configured key. Default: ES256.
    pub alg: Option<String>,
    /// Who signs: "HOLDER" or "HOLDER ALGORITHM". Default: "own", the configured key.
    pub key: Option<String>,
    /// Signs by HMAC instead, with this form of the configured public key: "FORM" or "FORM ALGORITHM".
    pub secret: Option<String>,
    /// Members to set in the header; null takes one away.
    pub header: Option<String>,
    /// Members written after the others, without a look at what is there.
    pub header_more: Option<String>,
    /// The text of the header. `$header` stands for what it would be.
    pub header_raw: Option<String>,
    pub claims: Option<String>,
    pub claims_more: Option<String>,
    pub claims_raw: Option<String>,
    /// What is done to the finished token: a name of `mutations.rs`.
    pub mutate: Option<String>,
    /// A merge patch of the configuration, or the name of a shared one.
    pub config: Option<String>,
    /// Seconds by which the clock is off.
    pub now: i64,
    /// The values of the Authorization headers. `$token` stands for the token. Default: "Bearer $token".
    pub authorization: Option<OneOrMany>,
    /// The codes; each has to occur, and no other may.
    pub expect: Option<OneOrMany>,
    /// The code and the path of the error at open.
    pub expect_open: Option<String>,
    /// The fully qualified name of who is let in.
    pub identity: Option<String>,
    pub administrator: Option<bool>,
    /// What must be accepted under the same configuration. Default: the token as it was.
    pub control: Option<Table>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::Many(texts) => texts.clone(),
        }
    }
}

impl Catalogue {
    pub fn read() -> Self {
        toml::from_str(include_str!("../attacks.toml")).unwrap_or_else(|error| panic!("attacks.toml: {error}"))
    }
}

impl Attack {
    pub fn is_tested(&self) -> bool {
        self.test.is_some() || !self.case_tables.is_empty()
    }

    /// The cases, one for each of its `values`.
    pub fn cases(&self) -> Vec<Case> {
        self.case_tables.iter().flat_map(each_value).map(|table| self.case(table)).collect()
    }

    fn case(&self, table: Table) -> Case {
        let case: Case = table.try_into().unwrap_or_else(|error| panic!("attacks.toml: attack {}: {error}", self.id));
        assert!(
            case.expect.is_some() != case.expect_open.is_some(),
            "attack {}: a case has expect or expect_open",
            self.id
        );
        case
    }
}

fn each_value(table: &Table) -> Vec<Table> {
    let mut table = table.clone();
    let Some(values) = table.remove("values") else { return vec![table] };
    let values: Vec<String> = values.try_into().expect("values is a list of strings");
    assert!(!values.is_empty(), "values is empty");
    let fill = |value: &String| {
        let filled = fill_in(&Value::Table(table.clone()), value);
        filled.try_into().expect("a table stays one")
    };
    values.iter().map(fill).collect()
}

fn fill_in(template: &Value, value: &str) -> Value {
    match template {
        Value::String(text) => Value::String(text.replace("$value", value)),
        Value::Array(list) => Value::Array(list.iter().map(|element| fill_in(element, value)).collect()),
        Value::Table(table) => {
            Value::Table(table.iter().map(|(name, element)| (name.clone(), fill_in(element, value))).collect())
        }
        other => other.clone(),
    }
}
