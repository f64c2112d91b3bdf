//! A directory that speaks LDAP, as written, and made into what opens it.

use super::Result;
use crate::basic::ldap::{
    Bind, Dn, DnTemplate, Endpoint, Filter, RoleValue, Roles, RolesFrom, SearchBind, Settings, Tls, attribute,
};
use crate::limits;
use crate::policy::ConfigError;
use crate::policy::document::OneOrMany;
use crate::policy::form::{given, given_object, word};
use crate::policy::text::{check_list, check_text, seconds};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::http::Uri;

/// A directory that speaks LDAP, such as Active Directory or OpenLDAP. With neither `dn` nor `search` it is Active
/// Directory, and a password is tried with the user's name as it is, `CONTOSO\bob` or `bob@contoso.example`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LdapDocument {
    /// The address of the server, such as "ldaps://dc1.contoso.example", or several in order of preference. One that gives
    /// no answer is asked last for 30 seconds.
    pub(crate) url: OneOrMany,
    /// True asks servers at `ldap://` to go on in TLS before anything is sent. One that doesn't is not used. Default: false.
    #[serde(default)]
    pub(crate) start_tls: bool,
    /// True sends passwords to servers at `ldap://` without TLS: whoever is on the way reads and changes what he likes.
    /// Default: such an address is refused without `start_tls`.
    #[serde(default)]
    pub(crate) danger_plaintext: bool,
    /// A file with the certificates to trust (PEM), relative to this document. Default: those of the operating system.
    #[serde(default, deserialize_with = "given")]
    pub(crate) ca_file: Option<String>,
    /// The NetBIOS name of an Active Directory domain, such as "CONTOSO". A name `CONTOSO\bob` leads here, and users are
    /// written like that. Default: none.
    #[serde(default, deserialize_with = "given")]
    pub(crate) domain: Option<String>,
    /// What stands after the @ of users' names, such as "contoso.example": the suffixes of their principal names. A name
    /// `bob@contoso.example` leads here. Default: none.
    #[serde(default)]
    pub(crate) realms: Vec<String>,
    /// The distinguished name that all users are below of, such as "dc=contoso,dc=example". Default: what the server says,
    /// which only Active Directory does; with `dn`: not needed.
    #[serde(default, deserialize_with = "given")]
    pub(crate) base: Option<String>,
    /// The distinguished name of a user, with {user} for the name, such as "uid={user},ou=people,dc=example,dc=test".
    #[serde(default, deserialize_with = "given")]
    pub(crate) dn: Option<String>,
    /// Finds the user's entry first. Its distinguished name is what a password is tried with.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) search: Option<SearchDocument>,
    /// The attribute with the one name that a user is called by, however it was typed. Default: "sAMAccountName" in Active
    /// Directory or with `domain`, else "uid".
    #[serde(default, deserialize_with = "given")]
    pub(crate) user_attribute: Option<String>,
    /// Makes a user's groups the roles of the user. Default: users have no roles.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) roles: Option<RolesDocument>,
    /// How long one server is tried before the next, from "1s" to "30s", within the time that is left for all of them.
    /// Default: "2s".
    #[serde(default, deserialize_with = "given")]
    pub(crate) timeout: Option<String>,
}

/// How users are found, and by whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchDocument {
    /// What the user's entry fulfils (RFC 4515), with {user} for the name without domain and realm. It has to find one entry
    /// at most. Default: "(uid={user})"; with `domain`: "(&(objectClass=user)(sAMAccountName={user}))".
    #[serde(default, deserialize_with = "given")]
    pub(crate) filter: Option<String>,
    /// The same for names with one of `realms`, with {user} and {realm} for what stands before and after the @. Default: as
    /// `filter`; with `domain`: "(&(objectClass=user)(userPrincipalName={user}@{realm}))".
    #[serde(default, deserialize_with = "given")]
    pub(crate) realm_filter: Option<String>,
    /// The service account that searches: its distinguished name, or in Active Directory its principal name. It needs to read
    /// users and groups, and nothing else.
    pub(crate) service_user: String,
    /// A file with the password of the service account on one line, relative to this document.
    pub(crate) service_password_file: String,
}

/// What a user's roles are: groups by `attribute`, `nested` or `filter`, one of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesDocument {
    /// The attribute of a user that names the groups. Default: "memberOf". Groups within groups are not in it.
    #[serde(default, deserialize_with = "given")]
    pub(crate) attribute: Option<String>,
    /// True asks Active Directory for the groups, and for those that these are in, and so on. Default: false.
    #[serde(default)]
    pub(crate) nested: bool,
    /// What groups of the user fulfil (RFC 4515), with {dn} and {user} for the user's distinguished name and name, such as
    /// "(member={dn})" or "(memberUid={user})".
    #[serde(default, deserialize_with = "given")]
    pub(crate) filter: Option<String>,
    /// The distinguished name that groups are below of; others are no roles. Default: with `nested` or `filter`: the `base`
    /// of users; with `attribute`: any.
    #[serde(default, deserialize_with = "given")]
    pub(crate) base: Option<String>,
    /// What a role is: the "name" of the group (cn), or its "dn", which nobody can give to another group. Default: "name".
    #[serde(default, deserialize_with = "given")]
    pub(crate) value: Option<RoleValueDocument>,
}

/// What a role is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum RoleValueDocument {
    /// The common name of the group.
    Name,
    /// Its distinguished name.
    Dn,
}

impl<'de> Deserialize<'de> for RoleValueDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        word(deserializer, &["name", "dn"], &[Self::Name, Self::Dn])
    }
}

impl LdapDocument {
    pub(super) fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    pub(super) fn realms(&self) -> &[String] {
        &self.realms
    }
}

/// File names are relative to `folder`.
pub(super) fn compile(path: &str, document: &LdapDocument, folder: &Path) -> Result<Settings> {
    let field = |name: &str| format!("{path}.{name}");
    let LdapDocument { domain, realms, base, .. } = document;
    check_domain(&field("domain"), domain.as_deref())?;
    check_dn(&field("base"), base.as_deref())?;
    let endpoints = endpoints(path, document)?;
    let ca_file = file(&field("ca_file"), document.ca_file.as_deref(), folder)?;
    let bind = bind(path, document, folder)?;
    let is_active_directory = domain.is_some() || matches!(bind, Bind::Name);
    let default = if is_active_directory { "sAMAccountName" } else { "uid" };
    let user_attribute = named(&field("user_attribute"), document.user_attribute.as_deref().unwrap_or(default))?;
    let roles = document.roles.as_ref().map(|roles| compile_roles(&field("roles"), roles, document)).transpose()?;
    let timeout = document.timeout.as_deref().unwrap_or("2s");
    let timeout = seconds(&field("timeout"), timeout, 1..=30, "the unit s, from \"1s\" to \"30s\",")?;
    let password = match &bind {
        Bind::Search(search) => Some(search.service_password_file.clone()),
        Bind::Name | Bind::Dn(_) => None,
    };
    let files = ca_file.clone().into_iter().chain(password).collect();
    let timeout = Duration::from_secs(timeout.unsigned_abs());
    let (domain, realms, base) = (domain.clone(), realms.clone(), base.clone());
    Ok(Settings { endpoints, ca_file, timeout, domain, realms, bind, base, user_attribute, roles, files })
}

/// What no domain may have is looked for where all names are compared.
fn check_domain(path: &str, domain: Option<&str>) -> Result<()> {
    // A dot is in DNS names only.
    match domain.filter(|domain| domain.len() > 15 || domain.contains(['.', '/', '"'])) {
        Some(_) => {
            Err(ConfigError::invalid(path, "a NetBIOS name is expected, such as CONTOSO: at most 15 characters"))
        }
        None => Ok(()),
    }
}

fn endpoints(path: &str, document: &LdapDocument) -> Result<Vec<Endpoint>> {
    let (urls, one) = match &document.url {
        OneOrMany::One(url) => (std::slice::from_ref(url), true),
        OneOrMany::Many(urls) => (urls.as_slice(), false),
    };
    let place = |at: usize| if one { format!("{path}.url") } else { format!("{path}.url[{at}]") };
    check_list(&format!("{path}.url"), urls)?;
    if urls.len() > limits::LDAP_SERVERS {
        return Err(ConfigError::invalid(format!("{path}.url"), "there are more than 16 servers"));
    }
    let endpoint = |(at, url): (usize, &String)| endpoint(&place(at), url, document);
    let endpoints: Vec<Endpoint> = urls.iter().enumerate().map(endpoint).collect::<Result<_>>()?;
    let without = |name: &str, given: bool, of: Tls| match given && !endpoints.iter().any(|known| known.tls == of) {
        true => Err(ConfigError::invalid(format!("{path}.{name}"), "no address begins with ldap://")),
        false => Ok(()),
    };
    without("start_tls", document.start_tls, Tls::Start)?;
    without("danger_plaintext", document.danger_plaintext, Tls::Never)?;
    Ok(endpoints)
}

fn endpoint(path: &str, url: &str, document: &LdapDocument) -> Result<Endpoint> {
    let invalid = |message: &str| ConfigError::invalid(path, message);
    let shape = "an address is expected, such as ldaps://dc1.contoso.example or ldap://dc1.contoso.example:389";
    let uri: Uri = url.parse().map_err(|_| invalid(shape))?;
    let authority = uri.authority().ok_or_else(|| invalid(shape))?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let has_port = authority.as_str().len() > authority.host().len();
    let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !url.contains('#');
    if host.is_empty() || authority.as_str().contains('@') || !is_bare || (has_port && authority.port().is_none()) {
        return Err(invalid(shape));
    }
    let (tls, port) = match (uri.scheme_str(), document.start_tls, document.danger_plaintext) {
        (Some("ldaps"), _, _) => (Tls::Always, 636),
        (Some("ldap"), true, true) => return Err(invalid("give only one of start_tls and danger_plaintext")),
        (Some("ldap"), true, false) => (Tls::Start, 389),
        (Some("ldap"), false, true) => (Tls::Never, 389),
        (Some("ldap"), false, false) => {
            return Err(invalid("passwords would go without TLS: begin it with ldaps://, or set start_tls"));
        }
        _ => return Err(invalid(shape)),
    };
    Ok(Endpoint { host, port: authority.port_u16().unwrap_or(port), tls })
}

fn bind(path: &str, document: &LdapDocument, folder: &Path) -> Result<Bind> {
    match (&document.dn, &document.search) {
        (Some(_), Some(_)) => Err(ConfigError::invalid(path, "give only one of dn and search")),
        (Some(dn), None) => {
            let place = format!("{path}.dn");
            check_text(&place, dn)?;
            DnTemplate::parse(dn).map(Bind::Dn).map_err(|what| ConfigError::invalid(place, what))
        }
        (None, Some(search)) => compile_search(path, search, document, folder),
        (None, None) if document.domain.is_none() && document.realms.is_empty() => {
            let message = "with Active Directory, give domain or realms; with other directories, dn or search";
            Err(ConfigError::missing(path, message))
        }
        (None, None) => Ok(Bind::Name),
    }
}

fn compile_search(path: &str, search: &SearchDocument, document: &LdapDocument, folder: &Path) -> Result<Bind> {
    let field = |name: &str| format!("{path}.search.{name}");
    let (plain, of_realm) = match &document.domain {
        Some(_) => {
            ("(&(objectClass=user)(sAMAccountName={user}))", "(&(objectClass=user)(userPrincipalName={user}@{realm}))")
        }
        None => ("(uid={user})", search.filter.as_deref().unwrap_or("(uid={user})")),
    };
    if document.base.is_none() && document.domain.is_none() {
        return Err(ConfigError::missing(format!("{path}.base"), "a search needs a base, such as dc=example,dc=test"));
    }
    let filter = filter(&field("filter"), search.filter.as_deref().unwrap_or(plain), &["user"])?;
    let realm_filter = search.realm_filter.as_deref().unwrap_or(of_realm);
    let realm_filter = self::filter(&field("realm_filter"), realm_filter, &["user", "realm"])?;
    for (name, filter) in [("filter", &filter), ("realm_filter", &realm_filter)] {
        if !filter.has("user") {
            return Err(ConfigError::invalid(
                field(name),
                "{user} is missing: it would find the same entry for everybody",
            ));
        }
    }
    check_text(&field("service_user"), &search.service_user)?;
    let password = &field("service_password_file");
    check_text(password, &search.service_password_file)?;
    let service_password_file = folder.join(&search.service_password_file);
    let service_user = search.service_user.clone();
    Ok(Bind::Search(Box::new(SearchBind { filter, realm_filter, service_user, service_password_file })))
}

fn compile_roles(path: &str, roles: &RolesDocument, document: &LdapDocument) -> Result<Roles> {
    let field = |name: &str| format!("{path}.{name}");
    check_dn(&field("base"), roles.base.as_deref())?;
    let from = match (&roles.attribute, roles.nested, &roles.filter) {
        (None, true, None) => RolesFrom::Nested,
        (None, false, Some(text)) => RolesFrom::Search(member_filter(&field("filter"), text)?),
        (name, false, None) => RolesFrom::Attribute(named(&field("attribute"), name.as_deref().unwrap_or("memberOf"))?),
        _ => return Err(ConfigError::invalid(path, "give only one of attribute, nested and filter")),
    };
    let searches = !matches!(from, RolesFrom::Attribute(_));
    if searches && document.dn.is_some() && document.base.is_none() && roles.base.is_none() {
        return Err(ConfigError::missing(field("base"), "it says what groups are below of"));
    }
    let value = match roles.value {
        Some(RoleValueDocument::Dn) => RoleValue::Dn,
        Some(RoleValueDocument::Name) | None => RoleValue::Name,
    };
    Ok(Roles { from, base: roles.base.clone(), value })
}

fn member_filter(path: &str, text: &str) -> Result<Filter> {
    let filter = filter(path, text, &["dn", "user"])?;
    if filter.has("dn") || filter.has("user") {
        return Ok(filter);
    }
    Err(ConfigError::invalid(path, "{dn} or {user} is missing: it would find the same groups for everybody"))
}

fn filter(path: &str, text: &str, places: &[&'static str]) -> Result<Filter> {
    check_text(path, text)?;
    Filter::parse(text, places).map_err(|what| ConfigError::invalid(path, what))
}

fn named(path: &str, name: &str) -> Result<String> {
    check_text(path, name)?;
    attribute(name).map_err(|what| ConfigError::invalid(path, what))
}

fn check_dn(path: &str, dn: Option<&str>) -> Result<()> {
    let Some(dn) = dn else { return Ok(()) };
    check_text(path, dn)?;
    match Dn::parse(dn).filter(|dn| !dn.is_empty()) {
        Some(_) => Ok(()),
        None => Err(ConfigError::invalid(path, "a distinguished name is expected, such as dc=contoso,dc=example")),
    }
}

fn file(path: &str, name: Option<&str>, folder: &Path) -> Result<Option<PathBuf>> {
    let Some(name) = name else { return Ok(None) };
    check_text(path, name)?;
    Ok(Some(folder.join(name)))
}
