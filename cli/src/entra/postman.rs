//! `doorward entra postman`: what to enter in an API client tool to get a token and to call the platform's APIs.

use super::argument;
use super::configured::{Configured, EntraIssuer};
use super::settings::Settings;
use super::sheet;
use crate::console::Output;
use crate::{Ending, Failure, input};
use clap::Args;
use doorward::entra::{Cloud, Tenant, is_guid};
use serde_json::json;
use std::path::PathBuf;

/// The platform's App ID URI, unless an installation chose another.
const RESOURCE: &str = "https://api.k2.com/";

#[derive(Args)]
pub(crate) struct Arguments {
    /// The configuration: tenant, cloud, resource and APIs are taken from it; "-": standard input
    #[arg(long, value_name = "FILE", requires = "api")]
    config: Option<PathBuf>,
    /// The API that is called, by its name in the configuration
    #[arg(long, value_name = "NAME", requires = "config", value_parser = input::name)]
    api: Option<String>,
    /// The tenant: its id (GUID) or one of its verified domains. Default: that of the configuration
    #[arg(long, value_name = "TENANT", required_unless_present = "config")]
    tenant: Option<String>,
    /// The cloud: public, us_government, china, or the address of another authority. Default: that of the
    /// configuration, else public
    #[arg(long, value_name = "CLOUD", value_parser = argument::cloud)]
    cloud: Option<String>,
    /// The application (client) id of the client. Default: none, and the settings say where to find it
    #[arg(long, value_name = "ID", value_parser = argument::client_id)]
    client_id: Option<String>,
    /// The App ID URI of the API. Default: the first one among the audiences of the configuration, else
    /// https://api.k2.com/
    #[arg(long, value_name = "URI", value_parser = argument::resource)]
    resource: Option<String>,
    /// Where the tool gets the answer: a redirect URI that the app registration of the client has to list
    #[arg(long, value_name = "URI", default_value = "https://oauth.pstmn.io/v1/callback", value_parser = argument::uri)]
    callback: String,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let configured = arguments.config.as_deref().map(Configured::read).transpose()?;
    let issuer = match (&configured, &arguments.api) {
        (Some(configured), Some(api)) => Some(issuer(configured, api, arguments.tenant.as_deref())?),
        _ => None,
    };
    let authority = authority(arguments, issuer.as_ref());
    let audiences = issuer.as_ref().map(EntraIssuer::audiences).unwrap_or_default();
    let config = arguments.config.as_ref().map_or("FILE".to_owned(), |path| path.display().to_string());
    let settings = Settings {
        tenant: Tenant::new(&authority, tenant(arguments, issuer.as_ref())?).map_err(str::to_owned)?,
        client_id: arguments.client_id.as_deref(),
        resource: resource(arguments, &audiences),
        callback: &arguments.callback,
        audiences: &audiences,
        configured: configured.as_ref(),
        asked: (config, arguments.api.as_deref().unwrap_or("NAME")),
    };
    print(&settings, output)?;
    Ok(Ending::Good)
}

fn print(settings: &Settings<'_>, output: &mut Output) -> Result<(), Failure> {
    let sections = settings.sections();
    if !output.json() {
        return Ok(sheet::print(&sections, output)?);
    }
    let mut object = sheet::to_json(&sections);
    object.insert("resource".to_owned(), json!(settings.resource));
    object.insert("scope".to_owned(), json!(settings.scope()));
    Ok(output.value(&object.into())?)
}

/// The one issuer of the API that the settings are for.
fn issuer<'a>(configured: &'a Configured, api: &str, tenant: Option<&str>) -> Result<EntraIssuer<'a>, Failure> {
    let mut issuers: Vec<_> = configured.issuers_of(configured.api(api)?).collect();
    if issuers.len() > 1 {
        issuers.retain(|issuer| tenant.is_some_and(|tenant| issuer.lets_in(tenant)));
        if issuers.len() != 1 {
            return Err(
                format!("the API {api} takes tokens of several issuers: choose one by the id of its --tenant").into()
            );
        }
    }
    issuers.pop().ok_or_else(|| format!("the API {api} takes tokens of no issuer that has entra").into())
}

fn tenant<'a>(arguments: &'a Arguments, issuer: Option<&EntraIssuer<'a>>) -> Result<&'a str, Failure> {
    let tenants = issuer.map(EntraIssuer::tenants).unwrap_or_default();
    match (arguments.tenant.as_deref(), tenants.as_slice()) {
        (Some(tenant), _) | (None, &[tenant]) => Ok(tenant),
        (None, _) => Err("the issuer lets several tenants in: choose one by --tenant".to_owned().into()),
    }
}

fn authority(arguments: &Arguments, issuer: Option<&EntraIssuer<'_>>) -> String {
    let configured = || issuer.map(EntraIssuer::authority);
    let authority = arguments.cloud.clone().or_else(configured);
    authority.unwrap_or_else(|| Cloud::Public.authority().to_owned())
}

/// An App ID URI where there is one: a token of v2 has the id of the API as its audience.
fn resource(arguments: &Arguments, audiences: &[&str]) -> String {
    let uri = audiences.iter().find(|audience| !is_guid(audience)).or(audiences.first());
    let resource = arguments.resource.as_deref().or(uri.copied());
    resource.unwrap_or(RESOURCE).to_owned()
}
