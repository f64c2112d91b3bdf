//! User managers, as written, made into those of each issuer and tenant.

use super::claim_rule::ClaimPath;
use super::compile::{claim_path, index_of};
use super::compile_entra::{self, Tenants};
use super::document::{ApplicationDocument, CaseDocument, ClaimPathDocument, IssuerDocument, UserManagerDocument};
use super::error::ConfigError;
use super::issuer::Users;
use super::text::{check_list, check_text};
use super::user_manager::{ApplicationName, Case, UserManager};
use std::collections::{BTreeMap, HashMap, HashSet};

type Result<T> = std::result::Result<T, ConfigError>;

/// The claims that name a user of Entra ID. `email` is not among them: anybody may set it in a tenant of their own.
const ENTRA_USER_CLAIMS: [&str; 3] = ["upn", "preferred_username", "unique_name"];

/// User managers on the way to be compiled.
pub(super) struct AllUsers {
    managers: Vec<UserManager>,
    /// Of each issuer, by name: the index of a user manager that lists it, the path of that, and the tenants.
    listed: HashMap<String, Vec<Listed>>,
    /// The labels of the configuration.
    labels: HashSet<String>,
}

struct Listed {
    manager: usize,
    path: String,
    tenants: Option<Vec<String>>,
}

impl AllUsers {
    pub(super) fn new(documents: BTreeMap<String, UserManagerDocument>, issuers: &[String]) -> Result<Self> {
        let labels = documents.keys().cloned().collect();
        let mut users = Self { managers: Vec::new(), listed: HashMap::new(), labels };
        for (label, document) in documents {
            users.add(label, document, issuers)?;
        }
        Ok(users)
    }

    fn add(&mut self, label: String, document: UserManagerDocument, issuers: &[String]) -> Result<()> {
        let path = format!("user_managers.{label}");
        check_text(&path, &label)?;
        if label.contains(':') {
            return Err(ConfigError::invalid(path, "a label has no colon: a user is written label:name"));
        }
        check_list(&format!("{path}.issuers"), &document.issuers)?;
        let tenants = document.tenants.as_deref().map(|tenants| {
            compile_entra::listed(&format!("{path}.tenants"), tenants)?;
            Ok(tenants.iter().map(|tenant| tenant.to_ascii_lowercase()).collect::<Vec<_>>())
        });
        let tenants = tenants.transpose()?;
        for (index, issuer) in document.issuers.iter().enumerate() {
            let path = format!("{path}.issuers[{index}]");
            index_of(&path, issuer, issuers, "issuer")?;
            let listed = Listed { manager: self.managers.len(), path, tenants: tenants.clone() };
            self.listed.entry(issuer.clone()).or_default().push(listed);
        }
        self.managers.push(manager(&path, label, document)?);
        Ok(())
    }

    /// The users of an issuer, whose tokens are of these tenants where it is of Entra ID.
    pub(super) fn of(&mut self, path: &str, name: &str, tenants: Option<&Tenants>) -> Result<Users> {
        match self.listed.remove(name) {
            None => self.of_its_own(path, name, tenants),
            Some(listed) => self.of_those(listed, name, tenants),
        }
    }

    /// The label of an issuer without a user manager is its own name, which nobody else may go by.
    fn of_its_own(&mut self, path: &str, name: &str, tenants: Option<&Tenants>) -> Result<Users> {
        if name.contains(':') {
            let message = "a name has no colon, where the issuer has no user manager: a user is written name:user";
            return Err(ConfigError::invalid(path, message));
        }
        if self.labels.contains(name) {
            let message =
                format!("the user manager \"{name}\" has the same name and not this issuer; rename one of them");
            return Err(ConfigError::invalid(path, message));
        }
        self.managers.push(UserManager {
            label: name.to_owned(),
            user_claims: None,
            case: Case::Exact,
            application_name: ApplicationName::ClientId,
            guests: false,
            is_implied: true,
            has_tenants: tenants.is_some_and(Tenants::are_several),
        });
        Ok(Users::OfOne(self.managers.len() - 1))
    }

    fn of_those(&mut self, listed: Vec<Listed>, name: &str, tenants: Option<&Tenants>) -> Result<Users> {
        if let ([Listed { manager, tenants: None, .. }], several) = (listed.as_slice(), tenants) {
            self.note_tenants(*manager, several);
            return Ok(Users::OfOne(*manager));
        }
        let mut by_tenant: HashMap<Box<str>, usize> = HashMap::new();
        let mut other = None;
        for Listed { manager, path, tenants: own } in listed {
            let taken = match own {
                None => other.replace(manager),
                Some(own) => {
                    self.note_tenants(manager, Some(&Tenants::These(own.clone())));
                    check_own(&path, &own, name, tenants)?;
                    let insert = |tenant: String| by_tenant.insert(tenant.into(), manager);
                    own.into_iter().map(insert).fold(None, |taken, next| taken.or(next))
                }
            };
            if let Some(taken) = taken {
                let taken = &self.managers[taken].label;
                let message = format!("the issuer \"{name}\" belongs to the user manager \"{taken}\" already");
                return Err(ConfigError::invalid(path, message));
            }
        }
        if let Some(other) = other {
            self.note_tenants(other, tenants);
        }
        Ok(Users::ByTenant(by_tenant, other))
    }

    /// Notes whether a user manager has users of several tenants, of one issuer or of more.
    fn note_tenants(&mut self, manager: usize, tenants: Option<&Tenants>) {
        let Some(tenants) = tenants else { return };
        let manager = &mut self.managers[manager];
        manager.has_tenants = manager.has_tenants || tenants.are_several();
    }

    pub(super) fn finish(self) -> Vec<UserManager> {
        self.managers
    }
}

/// The tenants of a user manager are those of the issuer.
fn check_own(path: &str, own: &[String], name: &str, tenants: Option<&Tenants>) -> Result<()> {
    let path = path.rsplit_once(".issuers").map_or(path, |(manager, _)| manager);
    let field = |index: usize| format!("{path}.tenants[{index}]");
    match tenants {
        None => {
            let message = format!("only issuers of kind entra have tenants, and \"{name}\" is none");
            Err(ConfigError::invalid(format!("{path}.tenants"), message))
        }
        Some(Tenants::Any) => Ok(()),
        Some(Tenants::These(tenants)) => match own.iter().position(|tenant| !tenants.contains(tenant)) {
            Some(index) => Err(ConfigError::invalid(field(index), format!("it is no tenant of the issuer \"{name}\""))),
            None => Ok(()),
        },
    }
}

fn manager(path: &str, label: String, document: UserManagerDocument) -> Result<UserManager> {
    let claims = document.user_claims.map(|paths| user_claims(&format!("{path}.user_claims"), paths)).transpose()?;
    Ok(UserManager {
        label,
        user_claims: claims,
        case: match document.case {
            CaseDocument::Exact => Case::Exact,
            CaseDocument::Lower => Case::Lower,
        },
        application_name: match document.applications {
            ApplicationDocument::ClientId => ApplicationName::ClientId,
            ApplicationDocument::ObjectId => ApplicationName::ObjectId,
        },
        guests: document.guests,
        is_implied: false,
        has_tenants: document.issuers.len() > 1,
    })
}

fn user_claims(path: &str, documents: Vec<ClaimPathDocument>) -> Result<Vec<ClaimPath>> {
    if documents.is_empty() {
        return Err(ConfigError::invalid(path, "the list is empty"));
    }
    let compile = |(index, document)| claim_path(&format!("{path}[{index}]"), document);
    documents.into_iter().enumerate().map(compile).collect()
}

/// The claims that name a user of an issuer, where its user manager says nothing.
pub(super) fn issuer_user_claims(path: &str, document: &IssuerDocument) -> Result<Vec<ClaimPath>> {
    let names = match (&document.user_claim, document.entra.is_some()) {
        (Some(given), _) => vec![given.clone()],
        (None, true) => ENTRA_USER_CLAIMS.map(|name| ClaimPathDocument::Names(vec![name.to_owned()])).to_vec(),
        (None, false) => vec![ClaimPathDocument::Names(vec!["sub".to_owned()])],
    };
    names.into_iter().map(|document| claim_path(&format!("{path}.user_claim"), document)).collect()
}
