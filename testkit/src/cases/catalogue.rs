//! The rows of a file of cases. A field that is not known here is an error.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Patches of the configuration that several cases share, by name. `start`, where it is there, is what all of
    /// them start from.
    pub configurations: BTreeMap<String, String>,
    /// The forms of tokens, by name. `start`, where it is there, is that of each case that names none.
    #[serde(default)]
    pub tokens: BTreeMap<String, Form>,
    #[serde(rename = "attack", alias = "point")]
    pub topics: Vec<Topic>,
}

/// What a token looks like, before a case changes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What is particular about it; for the reader.
    pub note: Option<String>,
    /// The form that this one differs from.
    pub like: Option<String>,
    /// As in a case.
    pub alg: Option<String>,
    pub key: Option<String>,
    /// Members, as merge patches of those of `like`. `$kid` stands for who signs.
    #[serde(default = "nothing")]
    pub header: String,
    #[serde(default = "nothing")]
    pub claims: String,
}

fn nothing() -> String {
    "{}".to_owned()
}

/// An attack, or a point of a specification.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub id: u16,
    pub name: String,
    pub why: String,
    /// Why it, or a part of it, can't be tried yet.
    pub later: Option<String>,
    /// The function that tries what can't be told as data.
    pub test: Option<String>,
    /// Tests of other files that try it: the file, a colon and the function.
    #[serde(default)]
    pub elsewhere: Vec<String>,
    #[serde(default, rename = "case")]
    case_tables: Vec<Table>,
}

/// How a request differs from a good one, and what it comes to.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    /// What is particular about the case; for the reader.
    pub note: Option<String>,
    /// The form of the token.
    pub token: Option<String>,
    /// The algorithm of the configured key. Default: that of the form, or ES256.
    pub alg: Option<String>,
    /// Who signs: "HOLDER" or "HOLDER ALGORITHM". Default: that of the form, or "own", the configured key.
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
    /// Merge patches of the configuration, or names of shared ones, one after the other.
    pub config: Option<OneOrMany>,
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
    /// Further parts of the identity, as `who.rs` tells them.
    pub who: Option<BTreeMap<String, String>>,
    /// Words that the advice of `explain` holds.
    pub advice: Option<OneOrMany>,
    /// Words that it does not hold.
    pub no_advice: Option<OneOrMany>,
    /// What must be accepted under the same configuration. Default: the token as it was.
    pub control: Option<Table>,
}

#[derive(Deserialize, Clone, PartialEq, Eq, Hash)]
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

/// The texts, where there are some.
pub fn texts(given: Option<&OneOrMany>) -> Vec<String> {
    given.map(OneOrMany::list).unwrap_or_default()
}

impl Catalogue {
    pub fn attacks() -> Self {
        Self::parse(include_str!("../../cases/attacks.toml"))
    }

    pub fn entra() -> Self {
        Self::parse(include_str!("../../cases/entra.toml"))
    }

    fn parse(text: &str) -> Self {
        toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The form of a name, and those that it differs from, the last of them first.
    pub fn forms(&self, name: Option<&str>) -> Vec<&Form> {
        let find = |name: &str| self.tokens.get(name);
        let first = match name {
            Some(name) => Some(find(name).unwrap_or_else(|| panic!("there is no form of tokens {name}"))),
            None => find("start"),
        };
        let mut forms: Vec<_> = std::iter::successors(first, |form| find(form.like.as_deref()?)).collect();
        forms.reverse();
        forms
    }
}

impl Topic {
    /// Each test of another file that the topic names is there.
    pub fn check_elsewhere(&self) {
        for named in &self.elsewhere {
            let (file, function) = named.split_once(": ").unwrap_or_else(|| panic!("{}: {named}", self.id));
            let file = crate::root().join(file);
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            let wanted = ["#[test]".to_owned(), format!("fn {function}() {{")];
            let is_there = lines.windows(2).any(|lines| lines == wanted) || is_scenario(&file, function);
            assert!(is_there, "{} ({}): {named}", self.id, self.name);
        }
    }

    pub fn is_tested(&self) -> bool {
        self.test.is_some() || !self.case_tables.is_empty() || !self.elsewhere.is_empty()
    }

    /// The cases, one for each of its `values`.
    pub fn cases(&self) -> Vec<Case> {
        self.case_tables.iter().flat_map(each_value).map(|table| self.case(table)).collect()
    }

    fn case(&self, table: Table) -> Case {
        let case: Case = table.try_into().unwrap_or_else(|error| panic!("{} ({}): {error}", self.id, self.name));
        assert!(case.expect.is_some() != case.expect_open.is_some(), "{}: a case has expect or expect_open", self.id);
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

/// Tests of processes are functions that a list names.
fn is_scenario(file: &Path, function: &str) -> bool {
    let module = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let scenarios = fs::read_to_string(file.with_file_name("scenarios.rs")).unwrap_or_default();
    scenarios.contains(&format!("(\"{function}\", {module}::{function})"))
}
