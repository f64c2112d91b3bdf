//! The rules of one API.

use super::check::Expected;
use super::claim_rule::ClaimRule;
use super::issuer::Issuer;
use super::user_manager::{Case, UserManager};
use crate::entra::is_tenant_id;
use crate::limits;
use std::fmt;

/// An API, compiled.
#[derive(Debug)]
pub(crate) struct Api {
    /// Its place among the APIs by name.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) realm: String,
    pub(crate) enabled: bool,
    pub(crate) accepts_bearer: bool,
    pub(crate) accepts_basic: bool,
    /// The issuers that are listed, by their places in the configuration, sorted.
    pub(crate) issuers: Vec<usize>,
    /// Labels of the user managers that are listed, sorted.
    pub(crate) user_managers: Vec<String>,
    pub(crate) scopes: Required,
    pub(crate) roles: Required,
    /// `None`: any client.
    pub(crate) clients: Option<Vec<String>>,
    pub(crate) claims: Vec<ClaimRule>,
    pub(crate) administrators: Vec<Administrator>,
    /// The roles that an application of Entra ID needs that calls for itself; `None` refuses it.
    pub(crate) app_only: Option<Required>,
    /// Whether tokens of Entra ID may be without any right.
    pub(crate) allow_no_scopes: bool,
}

/// Who administers an API.
#[derive(Debug)]
pub(crate) enum Administrator {
    /// A fully qualified name.
    Named(String),
    /// A user of a tenant, who can't be anybody else whatever the name.
    OfTenant { label: String, tenant: String, object_id: String },
}

impl Administrator {
    /// `tenant/object id` after a label.
    pub(crate) fn of_tenant(label: &str, user: &str) -> Option<Self> {
        let (tenant, object_id) = user.split_once('/')?;
        let (tenant, object_id) = (tenant.to_ascii_lowercase(), object_id.to_ascii_lowercase());
        let are_ids = is_tenant_id(&tenant) && is_tenant_id(&object_id);
        are_ids.then(|| Self::OfTenant { label: label.to_owned(), tenant, object_id })
    }

    pub(crate) fn named(label: &str, user: &str, case: Case) -> Self {
        let mut name = format!("{label}:");
        case.write(user, &mut name);
        Self::Named(name)
    }

    /// Whether it is the user of this name, tenant and object id.
    pub(crate) fn is(&self, name: &str, label: &str, ids: Option<(&str, &str)>) -> bool {
        match self {
            Self::Named(known) => known == name,
            Self::OfTenant { label: known, tenant, object_id } => {
                known == label && ids == Some((tenant.as_str(), object_id.as_str()))
            }
        }
    }
}

impl Api {
    /// Whether the API takes users of an issuer and user manager, by one or the other.
    pub(crate) fn takes(&self, issuer: &Issuer, manager: &UserManager) -> bool {
        self.issuers.binary_search(&issuer.number).is_ok() || self.user_managers.binary_search(&manager.label).is_ok()
    }
}

/// Values that a token needs; not more than there are bits to note them.
#[derive(Debug)]
pub(crate) struct Required {
    /// As written.
    pub(crate) values: Vec<String>,
    /// The places in `values`, by the order of the values.
    sorted: Vec<usize>,
    /// Whether one of them is enough.
    any: bool,
}

impl Required {
    /// `values` are at most [`limits::REQUIRED_VALUES`].
    pub(crate) fn new(values: Vec<String>, any: bool) -> Self {
        let mut sorted: Vec<usize> = (0..values.len()).collect();
        sorted.sort_by_key(|place| &values[*place]);
        Self { values, sorted, any }
    }

    /// What was required, for the log.
    pub(crate) fn expected(&self) -> Expected<'_> {
        if self.any { Expected::OneOf(&self.values) } else { Expected::AllOf(&self.values) }
    }

    /// Whether the values of a token hold what is required. Each of them is looked at once.
    pub(crate) fn is_met_by<'a>(&self, mut held: impl Iterator<Item = &'a str>) -> bool {
        let place = |value: &str| self.sorted.binary_search_by(|place| self.values[*place].as_str().cmp(value)).ok();
        if self.values.is_empty() {
            return true;
        }
        if self.any {
            return held.any(|value| place(value).is_some());
        }
        let noted = held.filter_map(place).fold(0_u64, |noted, place| noted | 1 << (place % limits::REQUIRED_VALUES));
        noted.count_ones() as usize == self.values.len()
    }
}

impl fmt::Display for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.values.is_empty() { f.write_str("none needed") } else { self.expected().fmt(f) }
    }
}
