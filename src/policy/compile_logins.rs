//! Directories, made into where user names lead. What could lead to two of them is an error.

use super::Plan;
use super::error::ConfigError;
use super::logins::{Entry, Logins};
use super::text::{check_text, check_values};
use crate::limits;

type Result<T> = std::result::Result<T, ConfigError>;

pub(super) fn compile(plans: &[Plan]) -> Result<Logins> {
    if plans.len() > limits::DIRECTORIES {
        return Err(ConfigError::invalid("user_managers", "there are more than 64 directories"));
    }
    let mut logins = Logins::default();
    for plan in plans {
        let entry = Entry {
            label: plan.label.clone(),
            manager: plan.manager,
            domain: plan.domain.clone(),
            realms: plan.realms.clone(),
            is_default: plan.is_default,
        };
        check_names(&plan.path, &entry)?;
        check_apart(&plan.path, &entry, &logins.entries)?;
        logins.entries.push(entry);
    }
    Ok(logins)
}

fn check_names(path: &str, entry: &Entry) -> Result<()> {
    check_values(&format!("{path}.realms"), &entry.realms)?;
    for (index, realm) in entry.realms.iter().enumerate() {
        if realm.contains(['@', '\\', ':']) {
            let message = "a realm is what stands after the @ of a user name, such as contoso.example";
            return Err(ConfigError::invalid(format!("{path}.realms[{index}]"), message));
        }
    }
    let Some(domain) = &entry.domain else { return Ok(()) };
    let path = format!("{path}.domain");
    check_text(&path, domain)?;
    if domain.contains(['@', '\\', ':']) {
        let message = "a domain is what stands before the backslash of a user name, such as CONTOSO";
        return Err(ConfigError::invalid(path, message));
    }
    Ok(())
}

fn check_apart(path: &str, entry: &Entry, others: &[Entry]) -> Result<()> {
    for other in others {
        let message = |what: &str| {
            format!("the user manager \"{}\" has {what}, too; a user name could lead to both", other.label)
        };
        if let Some(domain) = entry.domain.as_deref().filter(|domain| other.has_domain(domain)) {
            return Err(ConfigError::invalid(format!("{path}.domain"), message(&format!("the domain \"{domain}\""))));
        }
        if let Some((at, realm)) = entry.realms.iter().enumerate().find(|(_, realm)| other.has_realm(realm)) {
            return Err(ConfigError::invalid(
                format!("{path}.realms[{at}]"),
                message(&format!("the realm \"{realm}\"")),
            ));
        }
        if entry.is_default && other.is_default {
            let path = format!("user_managers.{}.default", entry.label);
            return Err(ConfigError::invalid(path, message("all other names (default)")));
        }
    }
    Ok(())
}
