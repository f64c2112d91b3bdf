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
    /// The place of the directory whose users are meant by names without a label, domain or realm that leads elsewhere.
    pub(crate) default_directory: Option<usize>,
    pub(crate) scopes: Required,
    pub(crate) roles: Required,
    /// Sorted; `None`: any client.
    pub(crate) clients: Option<Vec<String>>,
    pub(crate) claims: Vec<ClaimRule>,
    pub(crate) administrators: Administrators,
    /// The roles that an application of Entra ID needs that calls for itself; `None` refuses it.
    pub(crate) app_only: Option<Required>,
    /// Whether tokens of Entra ID may be without any right.
    pub(crate) allow_no_scopes: bool,
}

/// Who administers an API. A list as long as an operator writes it is looked up in for each request. `T` is a text; one
/// of another type tells a test how often it is looked at.
#[derive(Debug)]
pub(crate) struct Administrators<T = String> {
    /// Fully qualified names, sorted.
    named: Vec<T>,
    /// Label, tenant and object id of users of a tenant, who can't be anybody else whatever the name; sorted.
    of_tenants: Vec<[T; 3]>,
}

/// One of them.
pub(crate) enum Administrator {
    Named(String),
    OfTenant([String; 3]),
}

impl Administrator {
    /// `tenant/object id` after a label.
    pub(crate) fn of_tenant(label: &str, user: &str) -> Option<Self> {
        let (tenant, object_id) = user.split_once('/')?;
        let (tenant, object_id) = (tenant.to_ascii_lowercase(), object_id.to_ascii_lowercase());
        let are_ids = is_tenant_id(&tenant) && is_tenant_id(&object_id);
        are_ids.then(|| Self::OfTenant([label.to_owned(), tenant, object_id]))
    }

    pub(crate) fn named(label: &str, user: &str, case: Case) -> Self {
        let mut name = format!("{label}:");
        case.write(user, &mut name);
        Self::Named(name)
    }
}

impl FromIterator<Administrator> for Administrators {
    fn from_iter<T: IntoIterator<Item = Administrator>>(administrators: T) -> Self {
        let (mut named, mut of_tenants) = (Vec::new(), Vec::new());
        for administrator in administrators {
            match administrator {
                Administrator::Named(name) => named.push(name),
                Administrator::OfTenant(user) => of_tenants.push(user),
            }
        }
        named.sort_unstable();
        of_tenants.sort_unstable();
        Self { named, of_tenants }
    }
}

impl<T: AsRef<str>> Administrators<T> {
    /// Whether the user of this name, label, tenant and object id is one. An application, which is nobody's namesake, has
    /// no name here.
    pub(crate) fn include(&self, name: Option<&str>, label: &str, ids: Option<(&str, &str)>) -> bool {
        let is_of_tenant = |(tenant, object_id)| {
            let user = [label, tenant, object_id];
            self.of_tenants.binary_search_by(|known| known.iter().map(T::as_ref).cmp(user)).is_ok()
        };
        name.is_some_and(|name| holds(&self.named, name)) || ids.is_some_and(is_of_tenant)
    }
}

/// Whether sorted texts hold one.
fn holds(sorted: &[impl AsRef<str>], text: &str) -> bool {
    sorted.binary_search_by(|known| known.as_ref().cmp(text)).is_ok()
}

impl Api {
    /// Whether the API takes users of an issuer and user manager, by one or the other.
    pub(crate) fn takes(&self, issuer: &Issuer, manager: &UserManager) -> bool {
        self.issuers.binary_search(&issuer.number).is_ok() || self.lists(manager)
    }

    /// Whether the API takes users of a user manager by its label.
    pub(crate) fn lists(&self, manager: &UserManager) -> bool {
        self.user_managers.binary_search(&manager.label).is_ok()
    }

    /// Whether the API takes tokens of a client, by one of its names.
    pub(crate) fn takes_client(&self, client: &str) -> bool {
        self.clients.as_ref().is_none_or(|clients| holds(clients, client))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn administrators(count: usize) -> Administrators {
        let id = |index: usize| format!("{TENANT}/{TENANT}").replace("-555555555555", &format!("-{index:012x}"));
        let of_tenant = |index| Administrator::of_tenant("AAD", &id(index)).unwrap();
        let named = |index: usize| Administrator::named("AAD", &format!("user-{index}"), Case::Exact);
        (0..count).rev().flat_map(|index| [named(index), of_tenant(index)]).collect()
    }

    #[test]
    fn administrators_are_those_of_the_list() {
        let administrators = administrators(300);
        let id = "11111111-2222-3333-4444-00000000012b";
        assert!(administrators.include(Some("AAD:user-299"), "AAD", None));
        assert!(administrators.include(None, "AAD", Some((id, id))));
        for (name, label, ids) in [
            ("AAD:user-300", "AAD", None),
            ("AAD:user", "AAD", None),
            ("AAD:x", "AAD", Some((id, TENANT))),
            ("AAD:x", "AAD", Some((TENANT, id))),
            ("AAE:x", "AAE", Some((id, id))),
            ("AAD:x", "AAD", None),
        ] {
            assert!(!administrators.include(Some(name), label, ids), "{name} {ids:?}");
        }
    }

    /// A text that counts how often it is looked at.
    struct Counted(String, Rc<Cell<usize>>);

    impl AsRef<str> for Counted {
        fn as_ref(&self) -> &str {
            self.1.set(self.1.get() + 1);
            &self.0
        }
    }

    /// How many texts are looked at for who is not among so many.
    fn looks(count: usize) -> usize {
        let looks = Rc::new(Cell::new(0));
        let counted = |text| Counted(text, looks.clone());
        let Administrators { named, of_tenants } = administrators(count);
        let named = named.into_iter().map(counted).collect();
        let of_tenants = of_tenants.into_iter().map(|user| user.map(counted)).collect();
        assert!(!Administrators { named, of_tenants }.include(Some("AAD:nobody"), "AAD", Some((TENANT, TENANT))));
        looks.get()
    }

    #[test]
    fn a_longer_list_takes_hardly_more_looks() {
        let (few, many) = (looks(1_000), looks(16_000));
        // To halve a list sixteen times as long takes four steps more: at a name, and at a label, tenant and object id.
        assert!(many <= few + 4 * 4, "sixteen times the administrators take {many} looks after {few}");
        assert!(few <= 4 * 11, "a thousand administrators take {few} looks");
    }
}
