//! What a good configuration says of Entra ID, as it is written.

use super::argument;
use crate::{Failure, input};
use doorward::Verifier;
use serde_json::{Map, Value};
use std::path::Path;

/// A configuration that was found to be good, so that this only reads values out of it.
pub(super) struct Configured {
    pub(super) document: Value,
}

/// An issuer of kind `entra`.
pub(super) struct EntraIssuer<'a> {
    pub(super) name: &'a str,
    document: &'a Value,
}

impl Configured {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (config, text) = input::configuration(path)?;
        Verifier::check(&config)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(Self { document: serde_json::from_str(text).map_err(|error| error.to_string())? })
    }

    pub(super) fn api(&self, name: &str) -> Result<&Value, Failure> {
        let names = || self.apis().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let found = self.apis().find(|(known, _)| *known == name).map(|(_, api)| api);
        found.ok_or_else(|| format!("the configuration has no API {name}; there are {}", names()).into())
    }

    pub(super) fn apis(&self) -> impl Iterator<Item = (&String, &Value)> {
        members(&self.document["apis"])
    }

    /// The issuers of kind `entra`, by name.
    pub(super) fn issuers(&self) -> impl Iterator<Item = EntraIssuer<'_>> {
        let issuers = members(&self.document["issuers"]).filter(|(_, issuer)| issuer["entra"].is_object());
        issuers.map(|(name, document)| EntraIssuer { name, document })
    }

    /// The names and documents of the APIs that take an issuer's tokens and are on.
    pub(super) fn apis_of<'a>(&'a self, issuer: &str) -> Vec<(&'a String, &'a Value)> {
        let takes = |api: &'a Value| self.issuers_of(api).any(|taken| taken.name == issuer);
        self.apis().filter(|(_, api)| api["enabled"] == true && takes(api)).collect()
    }

    /// Those whose tokens an API takes: by their own name, or by that of a user manager.
    pub(super) fn issuers_of<'a>(&'a self, api: &'a Value) -> impl Iterator<Item = EntraIssuer<'a>> {
        let managers = texts(&api["user_managers"]).into_iter();
        let of_managers = managers.flat_map(|label| texts(&self.document["user_managers"][label]["issuers"]));
        let names: Vec<_> = texts(&api["issuers"]).into_iter().chain(of_managers).collect();
        self.issuers().filter(move |issuer| names.contains(&issuer.name))
    }
}

impl<'a> EntraIssuer<'a> {
    /// The ids of the tenants that are let in; none where each is.
    pub(super) fn tenants(&self) -> Vec<&'a str> {
        let entra = &self.document["entra"];
        match entra["tenant"].as_str() {
            Some("any") => texts(&entra["allowed_tenants"]),
            Some(tenant) => vec![tenant],
            None => texts(&entra["tenant"]),
        }
    }

    pub(super) fn lets_in(&self, tenant: &str) -> bool {
        self.tenants().iter().any(|known| known.eq_ignore_ascii_case(tenant))
    }

    pub(super) fn authority(&self) -> String {
        let entra = &self.document["entra"];
        let written = entra["authority"].as_str().or_else(|| entra["cloud"].as_str());
        // It was found to be good.
        argument::cloud(written.unwrap_or("public")).unwrap_or_default()
    }

    pub(super) fn audiences(&self) -> Vec<&'a str> {
        texts(&self.document["audiences"])
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The texts of an array.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
