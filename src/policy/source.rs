//! Where the keys of an issuer come from, by what the configuration says.

use super::document::{Document, IssuerDocument};
use super::error::ConfigError;
use super::text::{self, check_list, check_text};
use crate::code::Code;
use crate::crypto::Algorithm;
use crate::http::{Address, ProxyChoice, Transport, Trust};
use crate::keys::{Local, Origin, Remote, Source};
use crate::limits;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

type Result<T> = std::result::Result<T, ConfigError>;

/// Below the address of an OpenID provider (OpenID Connect Discovery 1.0 section 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What holds for the keys of every issuer.
pub(super) struct Fetching<'a> {
    base: &'a Path,
    state_dir: Option<PathBuf>,
    max_key_age: i64,
    /// The files of certificates that were read: thousands of issuers may name the same one.
    trusts: RefCell<HashMap<PathBuf, Trust>>,
}

/// The exact value of `iss`.
pub(super) fn identifier<'d>(path: &str, document: &'d IssuerDocument) -> Result<&'d str> {
    let path = format!("{path}.issuer");
    let Some(issuer) = document.issuer.as_deref().or(document.oidc.as_deref()) else {
        return Err(ConfigError::missing(path, "the field is missing: the exact value of the claim iss"));
    };
    check_text(&path, issuer).map(|()| issuer)
}

/// The files of certificates that a document names.
pub(crate) fn certificate_files(document: &Document, base: &Path) -> Vec<PathBuf> {
    document.issuers.values().filter_map(|issuer| Some(base.join(issuer.ca_file.as_ref()?))).collect()
}

impl<'a> Fetching<'a> {
    pub(super) fn new(document: &Document, base: &'a Path) -> Result<Self> {
        let state_dir = document.state_dir.as_deref();
        state_dir.map_or(Ok(()), |folder| check_text("state_dir", folder))?;
        let age = document.max_key_age.as_deref().unwrap_or("24h");
        let allowed = limits::KEY_AGE_SECONDS_MIN..=limits::KEY_AGE_SECONDS_MAX;
        let expected = "the unit m or h, from \"5m\" to \"720h\",";
        Ok(Self {
            base,
            state_dir: state_dir.map(|folder| base.join(folder)),
            max_key_age: text::seconds("max_key_age", age, allowed, expected)?,
            trusts: RefCell::default(),
        })
    }

    /// The source of an issuer's keys, and the path of the field that names it.
    pub(super) fn source(&self, path: &str, issuer: &IssuerDocument) -> Result<(Source, String)> {
        check_fields(path, issuer)?;
        let field = |name: &str| format!("{path}.{name}");
        let local = |source| Source::Local(source);
        let given = (&issuer.oidc, &issuer.jwks_url, &issuer.jwks, &issuer.jwks_file, &issuer.pem_file);
        match given {
            (Some(oidc), None, None, None, None) => {
                Ok((self.remote(path, issuer, discovery(path, issuer, oidc)?)?, field("oidc")))
            }
            (None, Some(url), None, None, None) => {
                let address = address(&field("jwks_url"), url)?;
                Ok((self.remote(path, issuer, Origin::KeySet(address))?, field("jwks_url")))
            }
            (None, None, Some(inline), None, None) => Ok((local(Local::Inline(inline.0.clone())), field("jwks"))),
            (None, None, None, Some(file), None) => {
                Ok((local(Local::JwksFile(self.base.join(file))), field("jwks_file")))
            }
            (None, None, None, None, Some(file)) => {
                let source = Local::PemFile { path: self.base.join(file), key_id: issuer.key_id.clone() };
                Ok((local(source), field("pem_file")))
            }
            (None, None, None, None, None) => Err(ConfigError::missing(
                path,
                "it has no keys: give one of entra, oidc, jwks_url, jwks, jwks_file and pem_file",
            )),
            _ => {
                Err(ConfigError::invalid(path, "give only one of entra, oidc, jwks_url, jwks, jwks_file and pem_file"))
            }
        }
    }

    /// The source of the keys of one version of Entra ID's tokens.
    pub(super) fn entra(&self, path: &str, issuer: &IssuerDocument, origin: Origin) -> Result<(Source, String)> {
        check_fields(path, issuer)?;
        Ok((self.remote(path, issuer, origin)?, format!("{path}.entra")))
    }

    fn remote(&self, path: &str, issuer: &IssuerDocument, origin: Origin) -> Result<Source> {
        let transport = Transport {
            trust: issuer.ca_file.as_ref().map(|file| self.trust(path, self.base.join(file))).transpose()?,
            proxy: proxy(&format!("{path}.proxy"), issuer.proxy.as_deref())?,
            timeout: timeout(path, issuer.timeout.as_deref())?,
        };
        let (state_dir, max_key_age) = (self.state_dir.clone(), self.max_key_age);
        Ok(Source::Remote(Box::new(Remote { origin, transport, state_dir, max_key_age })))
    }

    fn trust(&self, path: &str, file: PathBuf) -> Result<Trust> {
        if let Some(known) = self.trusts.borrow().get(&file) {
            return Ok(known.clone());
        }
        let read = trust(path, &file)?;
        self.trusts.borrow_mut().insert(file, read.clone());
        Ok(read)
    }
}

/// Reads certificates, so that a mistake shows when the configuration is opened.
pub(super) fn trust(path: &str, file: &Path) -> Result<Trust> {
    Trust::read(file).map_err(|what| ConfigError::new(Code::FileUnreadable, format!("{path}.ca_file"), what))
}

/// How long one exchange may take.
pub(super) fn timeout(path: &str, text: Option<&str>) -> Result<Duration> {
    let allowed = limits::FETCH_SECONDS_MIN..=limits::FETCH_SECONDS_MAX;
    let expected = "the unit s, from \"1s\" to \"30s\",";
    let seconds = text::seconds(&format!("{path}.timeout"), text.unwrap_or("5s"), allowed, expected)?;
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

fn check_fields(path: &str, issuer: &IssuerDocument) -> Result<()> {
    let texts = [
        ("oidc", &issuer.oidc),
        ("jwks_url", &issuer.jwks_url),
        ("jwks_file", &issuer.jwks_file),
        ("pem_file", &issuer.pem_file),
        ("key_id", &issuer.key_id),
        ("ca_file", &issuer.ca_file),
        ("proxy", &issuer.proxy),
        ("timeout", &issuer.timeout),
    ];
    for (field, text) in texts {
        text.as_deref().map_or(Ok(()), |text| check_text(&format!("{path}.{field}"), text))?;
    }
    check_files(path, issuer)?;
    check_company(path, issuer)?;
    let fetched = is_fetched(issuer);
    let symmetric = |name: &String| Algorithm::from_name(name).is_some_and(Algorithm::is_symmetric);
    match issuer.algorithms.iter().flatten().position(symmetric) {
        Some(index) if fetched => {
            let message = "it needs a secret, and a secret is not fetched: give it in jwks or jwks_file";
            Err(ConfigError::invalid(format!("{path}.algorithms[{index}]"), message))
        }
        _ => Ok(()),
    }
}

fn is_fetched(issuer: &IssuerDocument) -> bool {
    issuer.entra.is_some() || issuer.oidc.is_some() || issuer.jwks_url.is_some()
}

/// Names of files that are addresses.
fn check_files(path: &str, issuer: &IssuerDocument) -> Result<()> {
    for (field, text) in [("jwks_file", &issuer.jwks_file), ("pem_file", &issuer.pem_file)] {
        if text.as_deref().is_some_and(|text| text.starts_with("https://") || text.starts_with("http://")) {
            let message = "this is an address: to fetch a key set from it, write jwks_url instead";
            return Err(ConfigError::invalid(format!("{path}.{field}"), message));
        }
    }
    Ok(())
}

/// Fields that mean something beside another one only.
fn check_company(path: &str, issuer: &IssuerDocument) -> Result<()> {
    let fetched = is_fetched(issuer);
    let with_fetched = "it goes with entra, oidc or jwks_url only: nothing else is fetched";
    let fields = [
        (
            "key_id",
            issuer.key_id.is_some(),
            issuer.pem_file.is_some(),
            "it goes with pem_file only; key sets name their keys",
        ),
        ("jwks_hosts", issuer.jwks_hosts.is_some(), issuer.oidc.is_some(), "it goes with oidc only"),
        ("ca_file", issuer.ca_file.is_some(), fetched, with_fetched),
        ("proxy", issuer.proxy.is_some(), fetched, with_fetched),
        ("timeout", issuer.timeout.is_some(), fetched, with_fetched),
    ];
    match fields.into_iter().find(|(_, given, company, _)| *given && !company) {
        Some((field, .., message)) => Err(ConfigError::invalid(format!("{path}.{field}"), message)),
        None => Ok(()),
    }
}

pub(super) fn address(path: &str, text: &str) -> Result<Address> {
    Address::parse(text).map_err(|what| ConfigError::invalid(path, what))
}

/// An address without a path; as it is, save for a slash at the end.
pub(super) fn check_authority(path: &str, text: &str) -> Result<String> {
    address(path, text)?;
    let text = text.strip_suffix('/').unwrap_or(text);
    match text.split_once("://").filter(|(_, host)| !host.contains(['/', '?'])) {
        Some(_) => Ok(text.to_owned()),
        None => Err(ConfigError::invalid(path, "only a scheme and a host are expected, such as https://login.example")),
    }
}

fn discovery(path: &str, issuer: &IssuerDocument, oidc: &str) -> Result<Origin> {
    let field = format!("{path}.oidc");
    if oidc.ends_with(WELL_KNOWN) {
        return Err(ConfigError::invalid(field, format!("leave {WELL_KNOWN} out: it is added")));
    }
    address(&field, oidc)?;
    let document = address(&field, &format!("{}{WELL_KNOWN}", oidc.strip_suffix('/').unwrap_or(oidc)))?;
    let hosts = issuer.jwks_hosts.clone().unwrap_or_default();
    check_hosts(&format!("{path}.jwks_hosts"), issuer.jwks_hosts.as_deref())?;
    Ok(Origin::Discovery { document, issuer: identifier(path, issuer)?.to_owned(), hosts })
}

fn check_hosts(path: &str, hosts: Option<&[String]>) -> Result<()> {
    let Some(hosts) = hosts else { return Ok(()) };
    check_list(path, hosts)?;
    if hosts.len() > limits::KEY_SET_HOSTS {
        return Err(ConfigError::invalid(path, "the list has more than 16 hosts"));
    }
    let is_host = |host: &String| {
        Address::parse(&format!("https://{host}/")).is_ok_and(|address| address.host() == host.to_ascii_lowercase())
    };
    match hosts.iter().position(|host| !is_host(host)) {
        Some(index) => {
            let message = "a host is a name only, such as keys.example: no https://, port or path";
            Err(ConfigError::invalid(format!("{path}[{index}]"), message))
        }
        None => Ok(()),
    }
}

pub(super) fn proxy(path: &str, text: Option<&str>) -> Result<ProxyChoice> {
    match text {
        None => Ok(ProxyChoice::Never),
        Some("environment") => Ok(ProxyChoice::Environment),
        Some(address) if ProxyChoice::is_address(address) => Ok(ProxyChoice::At(address.to_owned())),
        Some(_) => {
            let message = "an address such as \"http://proxy.example:3128\" is expected, or \"environment\"";
            Err(ConfigError::invalid(path, message))
        }
    }
}
