//! Directories that check passwords: as written, and made into what opens them.

mod entra_password;
mod ldap;
mod passwords;
mod windows;

pub(crate) use entra_password::EntraPasswordDocument;
pub(crate) use ldap::LdapDocument;
pub(crate) use passwords::PasswordsDocument;
pub(crate) use windows::WindowsDocument;

use super::document::{ApplicationDocument, IssuerDocument, UserManagerDocument};
use super::error::ConfigError;
use super::text::check_text;
use crate::basic::{Rules, Source, htpasswd};
use std::collections::BTreeMap;
use std::path::Path;

type Result<T> = std::result::Result<T, ConfigError>;

/// A directory that is to be opened.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Its user manager's place.
    pub(crate) manager: usize,
    pub(crate) label: String,
    pub(crate) is_default: bool,
    /// The path of its field.
    pub(crate) path: String,
    pub(crate) source: Source,
    pub(crate) rules: Rules,
    /// What stands before the backslash of its users' names.
    pub(crate) domain: Option<String>,
    /// What stands after the @ of its users' names.
    pub(crate) realms: Vec<String>,
}

/// The directories of all user managers, whose tokens are of these issuers.
pub(super) fn compile(
    documents: &BTreeMap<String, UserManagerDocument>,
    issuers: &BTreeMap<String, IssuerDocument>,
    base: &Path,
) -> Result<Vec<Plan>> {
    let plan = |(manager, (label, document)): (usize, (&String, &UserManagerDocument))| {
        let path = format!("user_managers.{label}");
        let source = source(&path, document, base).transpose()?;
        check_companions(&path, document, source.is_some())?;
        check_one_name(&path, document, issuers)?;
        let Some((source, field)) = source else { return Ok(None) };
        let passwords = document.passwords.as_ref();
        let rules = passwords::compile(&format!("{path}.passwords"), passwords, source.concurrent())?;
        let (domain, realms) = names(document);
        let (label, is_default) = (label.clone(), document.default);
        Ok(Some(Plan { manager, label, is_default, path: field, source, rules, domain, realms }))
    };
    documents.iter().enumerate().map(plan).filter_map(Result::transpose).collect()
}

/// The domain and the realms whose users' names lead to the directory.
fn names(document: &UserManagerDocument) -> (Option<String>, Vec<String>) {
    let UserManagerDocument { ldap, entra_password, windows, .. } = document;
    let (ldap, entra, windows) = (ldap.as_ref(), entra_password.as_ref(), windows.as_ref());
    let domain = ldap.and_then(LdapDocument::domain).or_else(|| windows.and_then(WindowsDocument::domain));
    let realms = [
        ldap.map(LdapDocument::realms),
        entra.map(EntraPasswordDocument::realms),
        windows.map(WindowsDocument::realms),
    ];
    (domain.map(str::to_owned), realms.into_iter().flatten().flatten().cloned().collect())
}

/// A user of Entra ID has one name, by token and by password. Without `user_claims` a password names by the claims of Entra ID's
/// own tokens, and so have its issuers to do.
fn check_one_name(
    path: &str,
    document: &UserManagerDocument,
    issuers: &BTreeMap<String, IssuerDocument>,
) -> Result<()> {
    if document.entra_password.is_none() || document.user_claims.is_some() {
        return Ok(());
    }
    let names_otherwise =
        |name: &&String| issuers.get(*name).is_some_and(|issuer| issuer.user_claim.is_some() || issuer.entra.is_none());
    match document.issuers.iter().flatten().find(names_otherwise) {
        None => Ok(()),
        Some(name) => {
            let message = format!(
                "tokens of \"{name}\" and passwords would call one user by two names: give the claims by which both call \
                 their users, such as [\"upn\", \"unique_name\"]"
            );
            Err(ConfigError::missing(format!("{path}.user_claims"), message))
        }
    }
}

/// Fields that say something about another one need it.
fn check_companions(path: &str, document: &UserManagerDocument, has_directory: bool) -> Result<()> {
    let has_issuers = document.issuers.is_some();
    if !has_issuers && !has_directory {
        let message = "it has no users: give issuers, or one of htpasswd, ldap, entra_password and windows";
        return Err(ConfigError::missing(path, message));
    }
    let without = |has: bool, fields: &[(&str, bool)], message: &str| match fields.iter().find(|(_, given)| *given) {
        Some((name, _)) if !has => Err(ConfigError::invalid(format!("{path}.{name}"), message)),
        _ => Ok(()),
    };
    let of_directory = [("default", document.default), ("passwords", document.passwords.is_some())];
    without(has_directory, &of_directory, "no directory checks its passwords")?;
    let of_file = [("danger_weak_hashes", document.danger_weak_hashes)];
    without(document.htpasswd.is_some(), &of_file, "no file has its hashes: it goes with htpasswd")?;
    let of_tokens = [
        ("user_claims", document.user_claims.is_some()),
        ("applications", document.applications != ApplicationDocument::default()),
        ("guests", document.guests),
    ];
    without(has_issuers, &of_tokens, "no tokens are of its users: it goes with issuers")
}

/// The directory of a user manager, and the path of its field; `None` where it has none.
fn source(path: &str, document: &UserManagerDocument, base: &Path) -> Option<Result<(Source, String)>> {
    let field = |name: &str| format!("{path}.{name}");
    let UserManagerDocument { htpasswd, ldap, entra_password, windows, .. } = document;
    let (source, name) = match (htpasswd, ldap, entra_password, windows) {
        (None, None, None, None) => return None,
        (Some(file), None, None, None) => (htpasswd_source(&field("htpasswd"), file, document, base), "htpasswd"),
        (None, Some(ldap), None, None) => {
            let settings = ldap::compile(&field("ldap"), ldap, base);
            (settings.map(|settings| Source::Ldap(std::sync::Arc::new(settings))), "ldap")
        }
        (None, None, Some(entra), None) => {
            let settings =
                entra_password::compile(&field("entra_password"), entra, document.user_claims.as_deref(), base);
            (settings.map(|settings| Source::EntraPassword(Box::new(settings))), "entra_password")
        }
        (None, None, None, Some(windows)) => {
            (windows::compile(&field("windows"), windows).map(Source::Windows), "windows")
        }
        _ => {
            let message = "give only one of htpasswd, ldap, entra_password and windows";
            (Err(ConfigError::invalid(path, message)), "")
        }
    };
    Some(source.map(|source| (source, field(name))))
}

fn htpasswd_source(path: &str, file: &str, document: &UserManagerDocument, base: &Path) -> Result<Source> {
    check_text(path, file)?;
    let danger_weak_hashes = document.danger_weak_hashes;
    Ok(Source::Htpasswd(htpasswd::Settings { file: base.join(file), danger_weak_hashes }))
}
