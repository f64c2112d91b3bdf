//! APIs, as written, made into rules.

use super::api::{Administrator, Administrators, Api, Required};
use super::by_name::ByName;
use super::claim_rule::{ClaimPath, ClaimRule, Requirement, Scalar};
use super::compile::{Names, index_of};
use super::document::{
    ApiDocument, AppOnlyDocument, ClaimPathDocument, ClaimRuleDocument, MatchDocument, MethodDocument, ScalarDocument,
};
use super::error::ConfigError;
use super::logins::Logins;
use super::text::{check_list, check_text, check_values, sorted};
use super::user_manager::{Case, UserManager};
use crate::limits;

type Result<T> = std::result::Result<T, ConfigError>;

/// What APIs name: issuers and user managers of the same document.
pub(super) struct ApiContext<'a> {
    pub(super) issuers: &'a Names,
    pub(super) labels: &'a Names,
    pub(super) by_label: ByName<&'a str, &'a UserManager>,
    pub(super) logins: &'a Logins,
}

impl ApiContext<'_> {
    /// Compiles one; `index` is its place among the APIs by name.
    pub(super) fn compile(&self, index: usize, name: String, document: ApiDocument) -> Result<(Box<str>, Api)> {
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
            default_directory: self.default_directory(&user_managers),
            user_managers,
            scopes: required(&format!("{path}.scopes"), document.scopes.unwrap_or_default(), document.scopes_match)?,
            roles: required(&format!("{path}.roles"), document.roles, document.roles_match)?,
            clients: document.clients.map(sorted),
            claims: claim_rules(&format!("{path}.claims"), document.claims)?,
            administrators: self.administrators(&format!("{path}.administrators"), &document.administrators)?,
            app_only: document.app_only.map(|document| app_only(&format!("{path}.app_only"), document)).transpose()?,
            allow_no_scopes: document.allow_no_scopes,
        };
        Ok((name.into(), api))
    }

    /// The directory of names that lead nowhere else: the only one that the API takes, or that of all.
    fn default_directory(&self, user_managers: &[String]) -> Option<usize> {
        let entries = || self.logins.entries().iter().enumerate();
        let mut taken = entries().filter(|(_, entry)| user_managers.binary_search(&entry.label).is_ok());
        match (taken.next(), taken.next()) {
            (Some((only, _)), None) => Some(only),
            _ => entries().find(|(_, entry)| entry.is_default).map(|(place, _)| place),
        }
    }

    fn listed_issuers(&self, path: &str, names: &[String]) -> Result<Vec<usize>> {
        check_values(path, names)?;
        let index = |(at, name): (usize, &String)| index_of(&format!("{path}[{at}]"), name, self.issuers, "issuer");
        let mut listed: Vec<usize> = names.iter().enumerate().map(index).collect::<Result<_>>()?;
        listed.sort_unstable();
        Ok(listed)
    }

    /// Names as their user manager writes them. If its users are of several tenants, or named by tokens and by a directory, a
    /// name is not enough: somebody else may have it there.
    fn administrators(&self, path: &str, names: &[String]) -> Result<Administrators> {
        check_values(path, names)?;
        let compile = |(index, name): (usize, &String)| {
            let path = format!("{path}[{index}]");
            let Some((label, user)) = name.split_once(':') else {
                return Err(ConfigError::invalid(path, "an administrator is a fully qualified name, label:user"));
            };
            match (Administrator::of_tenant(label, user), self.by_label.get(label)) {
                (Some(administrator), Some(_)) => Ok(administrator),
                (_, Some(manager)) if manager.has_tenants => {
                    let message = "guests, or users of several tenants, have this label: give label:tenant/object id";
                    Err(ConfigError::invalid(path, message))
                }
                (_, Some(manager)) if manager.has_two_sources => {
                    let message = "tokens and a directory name users of this label, and may call two people alike: give \
                                   label:tenant/object id, or the directory a label of its own";
                    Err(ConfigError::invalid(path, message))
                }
                (_, Some(manager)) => Ok(Administrator::named(label, user, manager.case)),
                (_, None) => Ok(Administrator::named(label, user, Case::Exact)),
            }
        };
        names.iter().enumerate().map(compile).collect()
    }

    fn listed_user_managers(&self, path: &str, labels: &[String]) -> Result<Vec<String>> {
        check_values(path, labels)?;
        for (at, label) in labels.iter().enumerate() {
            index_of(&format!("{path}[{at}]"), label, self.labels, "user manager")?;
        }
        Ok(sorted(labels.to_vec()))
    }
}

fn app_only(path: &str, document: AppOnlyDocument) -> Result<Required> {
    let path = format!("{path}.roles");
    check_values(&path, &document.roles)?;
    required(&path, document.roles, document.roles_match)
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

pub(super) fn claim_path(path: &str, document: ClaimPathDocument) -> Result<ClaimPath> {
    let names = document.names();
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
