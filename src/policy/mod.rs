//! What the operator wants: the configuration as written, compiled, and one function for each rule.
//!
//! It holds no key and names no cryptography library; only `compile` says where keys come from. It
//! never sees a token that was not verified, but for its issuer.

pub(crate) mod api;
mod by_name;
pub(crate) mod check;
pub(crate) mod claim_rule;
mod compile;
mod compile_api;
mod compile_entra;
mod compile_logins;
mod compile_users;
mod directory;
pub(crate) mod document;
pub(crate) mod entra;
mod error;
mod form;
pub(crate) mod issuer;
pub(crate) mod logins;
pub(crate) mod paths;
mod read;
mod schema;
mod source;
mod text;
pub(crate) mod user_manager;

pub(crate) use api::Api;
pub(crate) use compile::{Compiled, compile};
pub(crate) use directory::Plan;
pub use error::ConfigError;
pub(crate) use issuer::Issuer;
pub(crate) use read::read;
pub(crate) use schema::schema;
pub(crate) use source::certificate_files;
pub(crate) use user_manager::UserManager;

use crate::code::Code;
use crate::entra::{PERSONAL_ACCOUNTS, before_tenant};
use check::Failure;
use logins::Logins;
use paths::Paths;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

/// A compiled configuration, without keys.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Sorted by name. Those of one name in the configuration stand together: Entra ID has one for each version of tokens.
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) user_managers: Vec<UserManager>,
    by_label: HashMap<Box<str>, usize>,
    /// Indices into `issuers`, by the exact value of `iss`.
    pub(crate) by_issuer: HashMap<Box<str>, usize>,
    /// Indices of the issuers that take any tenant, by what stands before its id: two at most, one for each version.
    pub(crate) of_any_tenant: HashMap<Box<str>, Vec<usize>>,
    pub(crate) apis: HashMap<Box<str>, Api>,
    /// Leads to `apis`.
    pub(crate) paths: Paths,
    /// Leads to the directories.
    pub(crate) logins: Logins,
    pub(crate) settings: Settings,
}

/// What holds for every issuer and API.
#[derive(Debug)]
pub(crate) struct Settings {
    /// In seconds.
    pub(crate) clock_skew: i64,
    pub(crate) resolve_timeout: Duration,
    /// Requests that wait for one key set, and for keys in the process.
    pub(crate) max_waiting: u32,
    pub(crate) max_waiting_of_process: u32,
    /// Whether the files of the configuration are watched.
    pub(crate) watch: bool,
    /// The file of the denylist.
    pub(crate) denylist: Option<PathBuf>,
}

impl Policy {
    /// The index and the rules of the issuer whose `iss` is exactly this.
    pub(crate) fn issuer(&self, iss: &str) -> Option<(usize, &Issuer)> {
        let index = self.by_issuer.get(iss).copied().or_else(|| self.issuer_of_any_tenant(iss))?;
        Some((index, self.issuers.get(index)?))
    }

    /// The user manager of a label, that of an issuer without one among them.
    pub(crate) fn labelled(&self, label: &str) -> Option<&UserManager> {
        self.by_label.get(label).and_then(|index| self.user_managers.get(*index))
    }

    /// Whether there is an issuer of this name.
    pub(crate) fn has_issuer_named(&self, name: &str) -> bool {
        self.issuers.binary_search_by(|issuer| issuer.name.as_str().cmp(name)).is_ok()
    }

    fn issuer_of_any_tenant(&self, iss: &str) -> Option<usize> {
        let is_of = |index: &usize| {
            let entra = self.issuers.get(*index).and_then(|issuer| issuer.entra.as_ref());
            entra.and_then(|entra| entra.issuers.tenant_of(iss)).is_some_and(|tenant| tenant != PERSONAL_ACCOUNTS)
        };
        self.of_any_tenant.get(before_tenant(iss)?)?.iter().copied().find(is_of)
    }

    /// Whose users the tokens of an issuer and tenant are.
    pub(crate) fn user_manager(&self, issuer: &Issuer, tenant: Option<&str>) -> Option<&UserManager> {
        self.user_managers.get(issuer.users.of(tenant)?)
    }

    /// Every user manager that an issuer has users of.
    pub(crate) fn user_managers_of(&self, issuer: &Issuer) -> impl Iterator<Item = &UserManager> {
        issuer.users.all().filter_map(|index| self.user_managers.get(index))
    }

    pub(crate) fn api(&self, name: &str) -> Option<&Api> {
        self.apis.get(name)
    }

    /// The API that a path belongs to.
    pub(crate) fn api_of_path(&self, target: &[u8]) -> Result<&Api, Failure<'static>> {
        let prefix = self.paths.find(target).map_err(|astray| astray.failure)?;
        self.api(&prefix.api).ok_or(Code::ApiUnknown.into())
    }
}
