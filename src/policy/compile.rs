//! Turns a document into a policy and the sources of its keys, or says which field is wrong.

use super::api::{Api, Required};
use super::claim_rule::{ClaimPath, ClaimRule, Requirement, Scalar};
use super::document::{
    ApiDocument, ClaimPathDocument, ClaimRuleDocument, Document, IssuerDocument, MatchDocument, MethodDocument,
    ScalarDocument, UserManagerDocument,
};
use super::error::ConfigError;
use super::issuer::{Issuer, TokenTypes};
use super::source::{Fetching, identifier};
use super::text::{self, check_list, check_text, check_values};
use super::{Policy, Settings, read};
use crate::crypto::{Algorithm, AlgorithmSet};
use crate::keys::Source;
use crate::limits;
use crate::parse::jws::without_application;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

/// A policy, and for each of its issuers where the keys come from.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) policy: Policy,
    /// The source and the path of its field, in the order of the policy's issuers.
    pub(crate) sources: Vec<(Source, String)>,
}

type Result<T> = std::result::Result<T, ConfigError>;

/// Compiles a document. File names in it are relative to `base`.
pub(crate) fn compile(document: Document, base: &Path) -> Result<Compiled> {
    let settings = settings(&document)?;
    let fetching = Fetching::new(&document, base)?;
    let names: Vec<String> = document.issuers.keys().cloned().collect();
    let labels = labels(&document.user_managers, &names)?;
    let mut issuers = Vec::new();
    let mut sources = Vec::new();
    for (name, issuer) in document.issuers {
        let path = format!("issuers.{name}");
        check_text(&path, &name)?;
        sources.push(fetching.source(&path, &issuer)?);
        let label = match labels.get(&name) {
            Some(label) => label.clone(),
            None => own_label(&path, &name, &document.user_managers)?,
        };
        issuers.push(compile_issuer(&path, name, label, issuer)?);
    }
    let by_issuer = by_issuer(&issuers)?;
    let labels: Vec<String> = document.user_managers.into_keys().collect();
    let context = ApiContext { issuers: &names, labels: &labels };
    let apis = document.apis.into_iter().enumerate().map(|(index, (name, api))| context.compile(index, name, api));
    let apis: HashMap<Box<str>, Api> = apis.collect::<Result<_>>()?;
    if apis.is_empty() {
        return Err(ConfigError::invalid("apis", "there is no API: no request could ever come in"));
    }
    Ok(Compiled { policy: Policy { issuers, by_issuer, apis, settings }, sources })
}

fn settings(document: &Document) -> Result<Settings> {
    let skew = document.clock_skew.as_deref().unwrap_or("60s");
    let expected = "the unit s or m, from \"0s\" to \"5m\",";
    let clock_skew = text::seconds("clock_skew", skew, 0..=limits::CLOCK_SKEW_SECONDS_MAX, expected)?;
    let timeout = document.resolve_timeout.as_deref().unwrap_or("2s");
    let expected = "the unit s, from \"1s\" to \"30s\",";
    let timeout = text::seconds("resolve_timeout", timeout, 1..=limits::RESOLVE_SECONDS_MAX, expected)?;
    Ok(Settings { clock_skew, resolve_timeout: Duration::from_secs(timeout.unsigned_abs()), watch: document.watch })
}

/// The label of each issuer that a user manager lists.
fn labels(managers: &BTreeMap<String, UserManagerDocument>, issuers: &[String]) -> Result<HashMap<String, String>> {
    let mut labels = HashMap::new();
    for (label, manager) in managers {
        let path = format!("user_managers.{label}");
        check_text(&path, label)?;
        if label.contains(':') {
            return Err(ConfigError::invalid(path, "a label has no colon: a user is written label:name"));
        }
        check_list(&format!("{path}.issuers"), &manager.issuers)?;
        for (index, issuer) in manager.issuers.iter().enumerate() {
            let path = format!("{path}.issuers[{index}]");
            index_of(&path, issuer, issuers, "issuer")?;
            if let Some(other) = labels.insert(issuer.clone(), label.clone()) {
                let message = format!("the issuer \"{issuer}\" belongs to the user manager \"{other}\" already");
                return Err(ConfigError::invalid(path, message));
            }
        }
    }
    Ok(labels)
}

/// The label of an issuer without a user manager is its own name, which nobody else may go by.
fn own_label(path: &str, name: &str, managers: &BTreeMap<String, UserManagerDocument>) -> Result<String> {
    if name.contains(':') {
        let message = "a name has no colon, where the issuer has no user manager: a user is written name:user";
        return Err(ConfigError::invalid(path, message));
    }
    if managers.contains_key(name) {
        let message = format!("the user manager \"{name}\" has the same name and not this issuer; rename one of them");
        return Err(ConfigError::invalid(path, message));
    }
    Ok(name.to_owned())
}

/// The index of a name in a sorted list.
fn index_of(path: &str, name: &str, known: &[String], what: &str) -> Result<usize> {
    known.binary_search_by(|known| known.as_str().cmp(name)).map_err(|_| {
        let hint = read::nearest(name, known.iter().map(String::as_str));
        let hint = hint.map_or(String::new(), |hint| format!("; did you mean \"{hint}\"?"));
        ConfigError::invalid(path, format!("there is no {what} \"{name}\"{hint}"))
    })
}

fn by_issuer(issuers: &[Issuer]) -> Result<HashMap<Box<str>, usize>> {
    let mut by_issuer: HashMap<Box<str>, usize> = HashMap::with_capacity(issuers.len());
    for (index, issuer) in issuers.iter().enumerate() {
        if let Some(other) = by_issuer.insert(issuer.issuer.as_str().into(), index) {
            let other = &issuers[other].name;
            let message = format!("the issuer \"{other}\" has the same value; tokens could not be told apart");
            return Err(ConfigError::invalid(format!("issuers.{}.issuer", issuer.name), message));
        }
    }
    Ok(by_issuer)
}

fn compile_issuer(path: &str, name: String, label: String, document: IssuerDocument) -> Result<Issuer> {
    let issuer = identifier(path, &document)?.to_owned();
    check_list(&format!("{path}.audiences"), &document.audiences)?;
    let user_claim = document.user_claim.unwrap_or(ClaimPathDocument::Names(vec!["sub".to_owned()]));
    Ok(Issuer {
        name,
        label,
        issuer,
        audiences: sorted(document.audiences),
        algorithms: algorithms(&format!("{path}.algorithms"), &document.algorithms)?,
        types: token_types(&format!("{path}.typ"), document.typ)?,
        user_claim: claim_path(&format!("{path}.user_claim"), user_claim)?,
    })
}

fn algorithms(path: &str, names: &[String]) -> Result<AlgorithmSet> {
    check_list(path, names)?;
    let known = || Algorithm::ALL.iter().map(|algorithm| algorithm.name());
    let parse = |(index, name): (usize, &String)| {
        Algorithm::from_name(name).ok_or_else(|| {
            let hint = read::nearest(name, known()).filter(|_| !name.eq_ignore_ascii_case("none"));
            let hint = hint.map_or(format!("; there are {}", known().collect::<Vec<_>>().join(", ")), |hint| {
                format!("; did you mean \"{hint}\"?")
            });
            ConfigError::invalid(format!("{path}[{index}]"), format!("there is no algorithm \"{name}\"{hint}"))
        })
    };
    names.iter().enumerate().map(parse).collect()
}

fn token_types(path: &str, types: Option<Vec<String>>) -> Result<TokenTypes> {
    let Some(types) = types else { return Ok(TokenTypes::Usual) };
    check_list(path, &types)?;
    Ok(TokenTypes::Only(types.iter().map(|typ| without_application(typ).to_owned()).collect()))
}

struct ApiContext<'a> {
    issuers: &'a [String],
    labels: &'a [String],
}

impl ApiContext<'_> {
    fn compile(&self, index: usize, name: String, document: ApiDocument) -> Result<(Box<str>, Api)> {
        let path = format!("apis.{name}");
        check_text(&path, &name)?;
        let realm = document.realm.clone().unwrap_or_else(|| name.clone());
        check_realm(&format!("{path}.realm"), &realm)?;
        let accepts = |method| document.accept.contains(&method);
        let (accepts_bearer, accepts_basic) = (accepts(MethodDocument::Bearer), accepts(MethodDocument::Basic));
        let issuers = self.listed_issuers(&format!("{path}.issuers"), &document.issuers)?;
        let user_managers = self.listed_user_managers(&format!("{path}.user_managers"), &document.user_managers)?;
        if document.enabled {
            check_enabled(&path, &document, accepts_bearer)?;
        }
        check_scopes(&format!("{path}.scopes"), document.scopes.as_deref().unwrap_or_default())?;
        check_values(&format!("{path}.roles"), &document.roles)?;
        check_administrators(&format!("{path}.administrators"), &document.administrators)?;
        if let Some(clients) = &document.clients {
            check_list(&format!("{path}.clients"), clients)?;
        }
        let api = Api {
            index,
            name: name.clone(),
            realm,
            enabled: document.enabled,
            accepts_bearer,
            accepts_basic,
            issuers,
            user_managers,
            scopes: required(&format!("{path}.scopes"), document.scopes.unwrap_or_default(), document.scopes_match)?,
            roles: required(&format!("{path}.roles"), document.roles, document.roles_match)?,
            clients: document.clients,
            claims: claim_rules(&format!("{path}.claims"), document.claims)?,
            administrators: document.administrators,
        };
        Ok((name.into(), api))
    }

    fn listed_issuers(&self, path: &str, names: &[String]) -> Result<Vec<usize>> {
        check_values(path, names)?;
        let index = |(at, name): (usize, &String)| index_of(&format!("{path}[{at}]"), name, self.issuers, "issuer");
        let mut listed: Vec<usize> = names.iter().enumerate().map(index).collect::<Result<_>>()?;
        listed.sort_unstable();
        Ok(listed)
    }

    fn listed_user_managers(&self, path: &str, labels: &[String]) -> Result<Vec<String>> {
        check_values(path, labels)?;
        for (at, label) in labels.iter().enumerate() {
            index_of(&format!("{path}[{at}]"), label, self.labels, "user manager")?;
        }
        Ok(sorted(labels.to_vec()))
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

/// What an API that is switched on has to say, so that nothing is left to a lax default.
fn check_enabled(path: &str, document: &ApiDocument, bearer: bool) -> Result<()> {
    if document.accept.is_empty() {
        return Err(ConfigError::missing(
            format!("{path}.accept"),
            "say which methods the API accepts: \"bearer\", \"basic\"",
        ));
    }
    if bearer && document.issuers.is_empty() && document.user_managers.is_empty() {
        let message = "say whose tokens the API accepts: list issuers, or user_managers that have issuers";
        return Err(ConfigError::missing(format!("{path}.issuers"), message));
    }
    if bearer && document.scopes.is_none() {
        let message = "list the scopes that a token needs, or write [] where none is needed";
        return Err(ConfigError::missing(format!("{path}.scopes"), message));
    }
    Ok(())
}

fn required(path: &str, values: Vec<String>, matching: MatchDocument) -> Result<Required> {
    if values.len() > limits::REQUIRED_VALUES {
        return Err(ConfigError::invalid(path, "the list has more than 64 values"));
    }
    Ok(Required::new(values, matching == MatchDocument::Any))
}

fn claim_rules(path: &str, documents: Vec<ClaimRuleDocument>) -> Result<Vec<ClaimRule>> {
    let compile = |(index, document): (usize, ClaimRuleDocument)| claim_rule(format!("{path}[{index}]"), document);
    documents.into_iter().enumerate().map(compile).collect()
}

fn claim_rule(path: String, document: ClaimRuleDocument) -> Result<ClaimRule> {
    let requirement = match (document.equals, document.any_of, document.present) {
        (Some(value), None, None) => Requirement::OneOf(vec![scalar(value)]),
        (None, Some(values), None) if !values.is_empty() => {
            Requirement::OneOf(values.into_iter().map(scalar).collect())
        }
        (None, None, Some(true)) => Requirement::Present,
        (None, None, Some(false)) => {
            return Err(ConfigError::invalid(format!("{path}.present"), "only true is a rule"));
        }
        (None, Some(_), None) => return Err(ConfigError::invalid(format!("{path}.any_of"), "the list is empty")),
        _ => return Err(ConfigError::invalid(path, "give exactly one of equals, any_of and present")),
    };
    Ok(ClaimRule { path: claim_path(&format!("{path}.claim"), document.claim)?, requirement })
}

fn scalar(document: ScalarDocument) -> Scalar {
    match document {
        ScalarDocument::Text(text) => Scalar::Text(text),
        ScalarDocument::Number(number) => Scalar::Number(number),
        ScalarDocument::Bool(boolean) => Scalar::Bool(boolean),
    }
}

fn claim_path(path: &str, document: ClaimPathDocument) -> Result<ClaimPath> {
    let names: Vec<String> = match document {
        ClaimPathDocument::Dotted(text) => text.split('.').map(str::to_owned).collect(),
        ClaimPathDocument::Names(names) => names,
    };
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err(ConfigError::invalid(path, "a name of the path is empty"));
    }
    if names.len() > limits::CLAIM_PATH_NAMES {
        return Err(ConfigError::invalid(path, "the path has more than 8 names"));
    }
    let text = names.join(".");
    check_text(path, &text)?;
    Ok(ClaimPath { names, text })
}

fn check_administrators(path: &str, names: &[String]) -> Result<()> {
    check_values(path, names)?;
    match names.iter().position(|name| !name.contains(':')) {
        None => Ok(()),
        Some(index) => {
            let message = "an administrator is a fully qualified name, label:user";
            Err(ConfigError::invalid(format!("{path}[{index}]"), message))
        }
    }
}

/// Scopes are printable and hold neither spaces nor quotes (RFC 6749 section 3.3).
fn check_scopes(path: &str, scopes: &[String]) -> Result<()> {
    check_values(path, scopes)?;
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    match scopes.iter().position(|scope| !scope.bytes().all(allowed)) {
        None => Ok(()),
        Some(index) => {
            let message =
                "a scope holds printable ASCII without spaces, quotes and backslashes; write each in its own string";
            Err(ConfigError::invalid(format!("{path}[{index}]"), message))
        }
    }
}

fn check_realm(path: &str, realm: &str) -> Result<()> {
    let allowed = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if realm.bytes().all(allowed) {
        Ok(())
    } else {
        let message =
            "a realm holds printable ASCII without quotes and backslashes; where it is the API's name, give a realm";
        Err(ConfigError::invalid(path, message))
    }
}
