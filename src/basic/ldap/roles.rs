//! The groups that a user is in, as roles.

use super::dn::{Dn, first};
use super::fault::Fault;
use super::filter::Filter;
use super::message::{Entry, Scope};
use super::person::{check_within, one_value};
use super::session::{Query, Session};
use super::{RoleValue, Roles, RolesFrom};
use crate::http::shown;
use crate::limits;
use std::time::Instant;

/// Members of members too (LDAP_MATCHING_RULE_IN_CHAIN).
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// What groups are looked for by.
pub(super) struct Member<'a> {
    pub(super) entry: &'a Entry,
    /// As the directory writes it.
    pub(super) user: &'a str,
    /// Where groups are, where nothing else is said.
    pub(super) base: Option<&'a str>,
}

/// The roles of a user. All of them, or an error.
pub(super) fn roles(
    settings: Option<&Roles>,
    member: &Member<'_>,
    session: &mut Session,
    end: Instant,
) -> Result<Vec<String>, Fault> {
    let Some(roles) = settings else { return Ok(Vec::new()) };
    let names = match &roles.from {
        RolesFrom::Attribute(name) => of_attribute(roles, name, member.entry),
        RolesFrom::Nested => {
            let rule = format!("(member:{IN_CHAIN}:={{dn}})");
            let filter = Filter::parse(&rule, &["dn"]).map_err(Fault::of_directory)?;
            of_search(roles, &filter, member, session, end)
        }
        RolesFrom::Search(filter) => of_search(roles, filter, member, session, end),
    };
    let mut names = names?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn of_attribute(roles: &Roles, name: &str, entry: &Entry) -> Result<Vec<String>, Fault> {
    let values = entry.values(name);
    if entry.is_cut(name) || values.len() > limits::LDAP_GROUPS as usize {
        return Err(Fault::of_directory(format!("{} is in too many groups", shown(&entry.dn))));
    }
    let base = roles.base.as_deref().and_then(Dn::parse);
    let mut names = Vec::new();
    for value in values {
        let text = std::str::from_utf8(value);
        let text = text.map_err(|_| Fault::of_directory(format!("a value of the attribute {name} is not UTF-8")))?;
        let dn = Dn::parse(text);
        let is_within = base.as_ref().is_none_or(|base| dn.as_ref().is_some_and(|dn| dn.is_within(base)));
        match roles.value {
            _ if !is_within => {}
            RoleValue::Dn => names.push(text.to_owned()),
            // What is no distinguished name is a name already.
            RoleValue::Name => {
                let named = dn.and_then(|_| first(text)).map(|(_, value)| value);
                names.push(named.unwrap_or_else(|| text.to_owned()));
            }
        }
    }
    Ok(names)
}

fn of_search(
    roles: &Roles,
    filter: &Filter,
    member: &Member<'_>,
    session: &mut Session,
    end: Instant,
) -> Result<Vec<String>, Fault> {
    let base = roles.base.as_deref().or(member.base).unwrap_or_default();
    let filter = filter.fill(&[("dn", &member.entry.dn), ("user", member.user)]);
    let attributes = if roles.value == RoleValue::Name { ["cn"] } else { ["1.1"] };
    let query =
        Query { base, scope: Scope::Subtree, filter: &filter, attributes: &attributes, most: limits::LDAP_GROUPS };
    let groups = session.search(&query, end)?;
    let name = |group: &Entry| {
        check_within(&group.dn, base)?;
        if roles.value == RoleValue::Name { one_value(group, "cn") } else { Ok(group.dn.clone()) }
    };
    groups.iter().map(name).collect()
}
