//! User managers, as written, made into those of each issuer and tenant.

use super::by_name::ByName;
use super::claim_rule::ClaimPath;
use super::compile::{Names, index_of};
use super::compile_api::claim_path;
use super::compile_entra::{self, Tenants};
use super::document::{ApplicationDocument, CaseDocument, ClaimPathDocument, IssuerDocument, UserManagerDocument};
use super::error::ConfigError;
use super::issuer::Users;
use super::text::{check_list, check_text};
use super::user_manager::{ApplicationName, Case, UserManager};
use crate::entra::USER_CLAIMS;
use crate::limits;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

type Result<T> = std::result::Result<T, ConfigError>;

/// User managers on the way to be compiled.
pub(super) struct AllUsers {
    managers: Vec<Draft>,
    /// Of each issuer, by name: the user managers that list it.
    listed: HashMap<String, Vec<Listed>>,
    /// Of issuers that take any tenant: their users, by the user managers that list them.
    of_any: HashMap<Vec<usize>, Users>,
    /// The tenants of all those, together.
    of_any_count: usize,
    /// The labels of the configuration.
    labels: HashSet<String>,
}

/// Tenants, and their places in the list.
type Own = ByName<String, usize>;

/// A user manager, and whose users are of it so far.
struct Draft {
    manager: UserManager,
    path: String,
    /// The tenants that it lists.
    own: Option<Rc<Own>>,
    /// Those of them that are an issuer's.
    seen: HashSet<String>,
    reach: Reach,
}

/// Whose users have one label.
#[derive(Default)]
struct Reach {
    tenant: Option<String>,
    has_several: bool,
    /// Whether users of an issuer without tenants are among them.
    has_others: bool,
}

impl Reach {
    /// Adds those of an issuer; `None` where it is not of Entra ID.
    fn add(&mut self, tenants: Option<&Tenants>) {
        match tenants {
            Some(Tenants::These(tenants)) => tenants.iter().for_each(|tenant| self.add_one(tenant)),
            Some(Tenants::Any) => self.has_several = true,
            None => self.has_others = true,
        }
    }

    fn add_one(&mut self, tenant: &str) {
        let known = self.tenant.get_or_insert_with(|| tenant.to_owned());
        self.has_several = self.has_several || known != tenant;
    }

    /// Whether a name alone tells nobody apart, and a tenant does.
    fn needs_tenants(&self) -> bool {
        self.has_several || (self.has_others && self.tenant.is_some())
    }
}

struct Listed {
    manager: usize,
    /// The path of the issuer in it.
    path: String,
}

impl AllUsers {
    pub(super) fn new(documents: BTreeMap<String, UserManagerDocument>, issuers: &Names) -> Result<Self> {
        let labels = documents.keys().cloned().collect();
        let mut users =
            Self { managers: Vec::new(), listed: HashMap::new(), of_any: HashMap::new(), of_any_count: 0, labels };
        for (label, document) in documents {
            users.add(label, document, issuers)?;
        }
        Ok(users)
    }

    fn add(&mut self, label: String, document: UserManagerDocument, issuers: &Names) -> Result<()> {
        let path = format!("user_managers.{label}");
        check_text(&path, &label)?;
        if label.contains(':') {
            return Err(ConfigError::invalid(path, "a label has no colon: a user is written label:name"));
        }
        let listed = document.issuers.as_deref();
        listed.map_or(Ok(()), |issuers| check_list(&format!("{path}.issuers"), issuers))?;
        for (index, issuer) in listed.unwrap_or_default().iter().enumerate() {
            let path = format!("{path}.issuers[{index}]");
            index_of(&path, issuer, issuers, "issuer")?;
            self.listed.entry(issuer.clone()).or_default().push(Listed { manager: self.managers.len(), path });
        }
        let own = document.tenants.as_deref().map(|own| own_tenants(&format!("{path}.tenants"), own)).transpose()?;
        let manager = manager(&path, label, document)?;
        self.managers.push(Draft { manager, path, own, seen: HashSet::new(), reach: Reach::default() });
        Ok(())
    }

    /// The users of an issuer, whose tokens are of these tenants where it is of Entra ID.
    pub(super) fn of(&mut self, path: &str, name: &str, tenants: Option<&Tenants>) -> Result<Users> {
        match self.listed.remove(name) {
            None => self.of_its_own(path, name, tenants),
            Some(listed) if matches!(tenants, Some(Tenants::Any)) => self.of_any(listed, name),
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
        let mut reach = Reach::default();
        reach.add(tenants);
        let manager = UserManager {
            label: name.to_owned(),
            user_claims: None,
            case: Case::Exact,
            application_name: ApplicationName::ClientId,
            guests: false,
            is_implied: true,
            has_tenants: false,
            has_two_sources: false,
        };
        self.managers.push(Draft { manager, path: path.to_owned(), own: None, seen: HashSet::new(), reach });
        Ok(Users::OfOne(self.managers.len() - 1))
    }

    /// Any tenant: every issuer that the same user managers list has the same users.
    fn of_any(&mut self, listed: Vec<Listed>, name: &str) -> Result<Users> {
        let managers: Vec<usize> = listed.iter().map(|listed| listed.manager).collect();
        if let Some(users) = self.of_any.get(&managers) {
            return Ok(users.clone());
        }
        let own = managers.iter().filter_map(|manager| self.managers[*manager].own.as_ref());
        self.of_any_count += own.map(|own| own.len()).sum::<usize>();
        if self.of_any_count > limits::SHARED_TENANTS {
            let message = "issuers of any tenant have more than 1000000 tenants of different user managers together";
            return Err(ConfigError::invalid(format!("issuers.{name}.entra"), message));
        }
        let users = self.of_those(listed, name, Some(&Tenants::Any))?;
        self.of_any.insert(managers, users.clone());
        Ok(users)
    }

    fn of_those(&mut self, listed: Vec<Listed>, name: &str, tenants: Option<&Tenants>) -> Result<Users> {
        let mut shares = Shares::new(name, tenants);
        for listed in listed {
            match self.managers[listed.manager].own.clone() {
                None => self.share_all(&mut shares, listed)?,
                Some(own) => self.share_own(&mut shares, listed, &own)?,
            }
        }
        match shares {
            Shares { by_tenant, other: Some(other), .. } if by_tenant.is_empty() => Ok(Users::OfOne(other)),
            Shares { by_tenant, other, .. } => Ok(Users::ByTenant(Arc::new(by_tenant), other)),
        }
    }

    /// A user manager that lists no tenants has all that are left.
    fn share_all(&mut self, shares: &mut Shares<'_>, Listed { manager, path }: Listed) -> Result<()> {
        self.managers[manager].reach.add(shares.tenants);
        match shares.other.replace(manager) {
            None => Ok(()),
            Some(taken) => {
                let taken = &self.managers[taken].manager.label;
                let message = format!("the issuer \"{}\" belongs to the user manager \"{taken}\" already", shares.name);
                Err(ConfigError::invalid(path, message))
            }
        }
    }

    /// Of the tenants that a user manager lists, the issuer may have some, and other issuers the others.
    fn share_own(&mut self, shares: &mut Shares<'_>, Listed { manager, path }: Listed, own: &Own) -> Result<()> {
        let (name, field) = (shares.name, format!("{}.tenants", self.managers[manager].path));
        if shares.tenants.is_none() {
            let message = format!("only issuers of kind entra have tenants, and \"{name}\" is none");
            return Err(ConfigError::invalid(field, message));
        }
        let common = shares.common(own);
        if common.is_empty() {
            let message = format!("the issuer \"{name}\" has none of the tenants that this user manager lists");
            return Err(ConfigError::invalid(path, message));
        }
        for (tenant, at) in common {
            self.managers[manager].note(&tenant);
            if let Some(taken) = shares.by_tenant.insert(tenant.into(), manager) {
                let taken = &self.managers[taken].manager.label;
                let message = format!("the tenant belongs to the user manager \"{taken}\" already");
                return Err(ConfigError::invalid(format!("{field}[{at}]"), message));
            }
        }
        Ok(())
    }

    /// The user managers, each of whose tenants is one of its issuers.
    pub(super) fn finish(self) -> Result<Vec<UserManager>> {
        self.managers.into_iter().map(Draft::finish).collect()
    }
}

/// How the users of one issuer are shared among user managers.
struct Shares<'t> {
    name: &'t str,
    tenants: Option<&'t Tenants>,
    /// The place of each tenant in the issuer's list.
    places: ByName<&'t str, usize>,
    by_tenant: HashMap<Box<str>, usize>,
    other: Option<usize>,
}

impl<'t> Shares<'t> {
    fn new(name: &'t str, tenants: Option<&'t Tenants>) -> Self {
        let these = match tenants {
            Some(Tenants::These(tenants)) => tenants.as_slice(),
            Some(Tenants::Any) | None => &[],
        };
        let places = these.iter().enumerate().map(|(place, tenant)| (tenant.as_str(), place)).collect();
        Self { name, tenants, places, by_tenant: HashMap::new(), other: None }
    }

    /// The tenants of the issuer that a user manager lists, with their places in that list. It takes the shorter of both
    /// lists: there may be many user managers of one issuer, and many issuers of one user manager.
    fn common(&self, own: &Own) -> Vec<(String, usize)> {
        let place = |tenant: &String| Some((tenant.clone(), *own.get(tenant)?));
        match self.tenants {
            Some(Tenants::These(tenants)) if tenants.len() <= own.len() => tenants.iter().filter_map(place).collect(),
            Some(Tenants::These(_)) => self.in_order(own),
            Some(Tenants::Any) => own.iter().map(|(tenant, at)| (tenant.clone(), *at)).collect(),
            None => Vec::new(),
        }
    }

    /// The tenants of a user manager that the issuer has, in the issuer's order.
    fn in_order(&self, own: &Own) -> Vec<(String, usize)> {
        let found = own.iter().filter_map(|(tenant, at)| Some((self.places.get(tenant)?, tenant, at)));
        let ordered: BTreeMap<_, _> = found.map(|(place, tenant, at)| (place, (tenant.clone(), *at))).collect();
        ordered.into_values().collect()
    }
}

impl Draft {
    fn note(&mut self, tenant: &str) {
        self.seen.insert(tenant.to_owned());
        self.reach.add_one(tenant);
    }

    fn finish(self) -> Result<UserManager> {
        let own = self.own.iter().flat_map(|own| own.iter());
        let unseen = own.filter(|(tenant, _)| !self.seen.contains(*tenant)).map(|(_, at)| *at).min();
        match unseen {
            Some(at) => {
                let path = format!("{}.tenants[{at}]", self.path);
                Err(ConfigError::invalid(path, "it is no tenant of the issuers of this user manager"))
            }
            None => Ok(UserManager { has_tenants: self.reach.needs_tenants() || self.manager.guests, ..self.manager }),
        }
    }
}

fn own_tenants(path: &str, tenants: &[String]) -> Result<Rc<Own>> {
    compile_entra::listed(path, tenants)?;
    let place = |(at, tenant): (usize, &String)| (tenant.to_ascii_lowercase(), at);
    Ok(Rc::new(tenants.iter().enumerate().map(place).collect()))
}

fn manager(path: &str, label: String, document: UserManagerDocument) -> Result<UserManager> {
    let has_two_sources = document.issuers.is_some() && document.has_directory();
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
        has_tenants: false,
        has_two_sources,
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
        (None, true) => USER_CLAIMS.map(|name| ClaimPathDocument::Names(vec![name.to_owned()])).to_vec(),
        (None, false) => vec![ClaimPathDocument::Names(vec!["sub".to_owned()])],
    };
    names.into_iter().map(|document| claim_path(&format!("{path}.user_claim"), document)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    #[test]
    fn tenants_of_different_user_managers_have_a_maximum() {
        let manager = |issuers: &[&str]| json!({ "issuers": issuers, "tenants": [TENANT] });
        let documents = json!({ "A": manager(&["a", "same"]), "B": manager(&["b"]), "C": manager(&["c"]) });
        let names = ["a", "b", "c", "same"].map(str::to_owned).into_iter().zip(0..).collect();
        let mut users = AllUsers::new(serde_json::from_value(documents).unwrap(), &names).unwrap();
        users.of_any_count = limits::SHARED_TENANTS - 2;
        let mut of = |name| users.of(&format!("issuers.{name}"), name, Some(&Tenants::Any)).map(|_| ());
        assert_eq!([of("a"), of("b"), of("same")], [Ok(()), Ok(()), Ok(())]);
        let error = of("c").unwrap_err();
        assert_eq!(error.path(), "issuers.c.entra");
        assert!(error.message().contains("more than 1000000 tenants"), "{error}");
    }
}
