//! `doorward entra check`: what tokens of Entra ID have to look like, and whether cloud, keys and clock are in order.

use super::configured::{Configured, EntraIssuer, texts};
use super::sheet::{self, Row, Section, row};
use crate::console::{Output, harmless};
use crate::keys::fetched::trouble;
use crate::online::{self, Finding};
use crate::{Ending, Failure, input};
use clap::Args;
use doorward::entra::Cloud;
use doorward::{Health, IssuerHealth};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What stands for the tenant in issuers of several.
const PLACEHOLDER: &str = "{tenantid}";

#[derive(Args)]
pub(crate) struct Arguments {
    /// The configuration; "-": standard input
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Also fetches metadata and keys, and compares the clock with the server's
    #[arg(long)]
    online: bool,
    /// With --online: how long to wait for the keys, at most
    #[arg(long, value_name = "TIME", default_value = "10s", requires = "online", value_parser = input::wait)]
    wait: Duration,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let configured = Configured::read(&arguments.config)?;
    let planned = online::open(&configured.document, &arguments.config)?.health();
    let wait = Some(arguments.wait).filter(|_| arguments.online);
    let fetched = wait.map(|wait| online::fetch(&configured.document, &arguments.config, wait)).transpose()?;
    let looks = looks(&configured, &planned, fetched.as_ref());
    if looks.is_empty() {
        return Err("no issuer of the configuration has entra".to_owned().into());
    }
    let is_good = looks.iter().all(Look::is_good);
    if output.json() {
        let issuers: Vec<_> = looks.iter().map(Look::to_json).collect();
        output.value(&json!({ "ok": is_good, "issuers": issuers }))?;
    } else {
        sheet::print(&looks.iter().flat_map(Look::sections).collect::<Vec<_>>(), output)?;
    }
    Ok(if is_good { Ending::Good } else { Ending::Denied })
}

/// One version of the tokens of an issuer.
struct Look<'a> {
    configured: &'a Configured,
    issuer: EntraIssuer<'a>,
    /// Before anything was fetched, and after.
    planned: &'a IssuerHealth,
    fetched: Option<&'a IssuerHealth>,
}

fn looks<'a>(configured: &'a Configured, planned: &'a Health, fetched: Option<&'a Health>) -> Vec<Look<'a>> {
    let look = |planned: &'a IssuerHealth| {
        let (name, _) = online::written(&configured.document, &planned.name);
        let issuer = configured.issuers().find(|issuer| issuer.name == name)?;
        let fetched = fetched.and_then(|health| health.issuers().iter().find(|issuer| issuer.name == planned.name));
        Some(Look { configured, issuer, planned, fetched })
    };
    planned.issuers().iter().filter_map(look).collect()
}

impl Look<'_> {
    fn is_good(&self) -> bool {
        self.fetched.is_none_or(|issuer| trouble(issuer).is_none() && !self.is_clock_off(issuer))
    }

    fn sections(&self) -> Vec<Section> {
        let mark = match self.fetched {
            None => "",
            Some(_) if self.is_good() => "✓ ",
            Some(_) => "✗ ",
        };
        let mut rows = self.place();
        rows.extend(self.fetched.map(|issuer| self.online(issuer)).into_iter().flatten());
        rows.extend(self.token());
        vec![Section::new("issuer", format!("{mark}{}", self.planned.name), rows)]
    }

    /// Where the tenants are.
    fn place(&self) -> Vec<Row> {
        let authority = self.issuer.authority();
        let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.authority() == authority);
        let cloud = cloud.map_or("an authority of its own", Cloud::name);
        vec![row("cloud", format!("{cloud}: {authority}")), row("metadata", self.metadata())]
    }

    fn metadata(&self) -> &str {
        self.planned.address.as_deref().unwrap_or_default()
    }

    fn online(&self, issuer: &IssuerHealth) -> Vec<Row> {
        let lines = Finding::new(issuer, &self.configured.document).lines();
        let mut rows: Vec<_> = lines.into_iter().map(|(label, text)| row(label, text)).collect();
        rows.push(row("key issuers", key_issuers(issuer)));
        let cloud = issuer.cloud.as_deref().map(|cloud| format!("{cloud} (cloud_instance_name of the metadata)"));
        rows.push(row("instance", cloud.unwrap_or_default()));
        rows.push(row("clock", self.clock(issuer)));
        rows
    }

    fn clock(&self, issuer: &IssuerHealth) -> String {
        let Some(difference) = issuer.clock_difference else { return "the server did not tell its time".to_owned() };
        let way = if difference < 0 { "behind" } else { "ahead of" };
        let seconds = difference.unsigned_abs();
        let judged = match self.is_clock_off(issuer) {
            true => format!("more than clock_skew, {:#}: set this machine's clock", self.skew()),
            false => format!("clock_skew allows {:#}", self.skew()),
        };
        format!("the server's is {seconds} s {way} ours; {judged}")
    }

    fn is_clock_off(&self, issuer: &IssuerHealth) -> bool {
        let skew = self.skew().as_secs().unsigned_abs();
        issuer.clock_difference.is_some_and(|difference| difference.unsigned_abs() > skew)
    }

    fn skew(&self) -> SignedDuration {
        let written = self.configured.document["clock_skew"].as_str().and_then(input::span);
        written.unwrap_or(SignedDuration::from_mins(1))
    }

    /// What a token has to hold.
    fn token(&self) -> Vec<Row> {
        let tenants = self.issuer.tenants();
        let tid = if tenants.is_empty() { "the id of any tenant".to_owned() } else { tenants.join(" or ") };
        let apis = self.configured.apis_of(self.issuer.name);
        let rights = apis.into_iter().map(|(name, api)| row("rights", format!("{name}: {}", rights(api))));
        let fixed = [
            row("iss", self.iss(&tenants)),
            row("aud", format!("one of {}", self.issuer.audiences().join(", "))),
            row("ver", self.version()),
            row("tid", tid),
        ];
        fixed.into_iter().chain(rights).collect()
    }

    fn iss(&self, tenants: &[&str]) -> String {
        match tenants {
            [tenant] => self.planned.issuer.replace(PLACEHOLDER, &tenant.to_ascii_lowercase()),
            _ => format!("{}, with the id in tid", self.planned.issuer),
        }
    }

    /// The value of `ver`: issuers of v2 end in it.
    fn version(&self) -> &'static str {
        if self.planned.issuer.ends_with("/v2.0") { "2.0" } else { "1.0" }
    }

    fn to_json(&self) -> Value {
        let tenants = self.issuer.tenants();
        let rights = |(name, api): (&String, &Value)| {
            json!({
                "api": name, "scopes": texts(&api["scopes"]), "roles": texts(&api["roles"]),
                "application_roles": api["app_only"].is_object().then(|| texts(&api["app_only"]["roles"])),
            })
        };
        let rights: Vec<_> = self.configured.apis_of(self.issuer.name).into_iter().map(rights).collect();
        json!({
            "name": self.planned.name, "ok": self.is_good(), "authority": self.issuer.authority(),
            "metadata": self.metadata(),
            "token": {
                "iss": self.planned.issuer, "aud": self.issuer.audiences(), "ver": self.version(), "tid": tenants,
                "rights": rights,
            },
            "online": self.fetched.map(online_json),
        })
    }
}

/// What a user needs in `scp` and `roles`, and an application in `roles`.
fn rights(api: &Value) -> String {
    let needs = |claim: &str, values: &Value, how: &Value| match texts(values).as_slice() {
        [] => String::new(),
        [one] => format!("{claim} with {one}"),
        several => format!("{claim} with {} of {}", how.as_str().unwrap_or("all"), several.join(", ")),
    };
    let user = [needs("scp", &api["scopes"], &api["scopes_match"]), needs("roles", &api["roles"], &api["roles_match"])];
    let user = user.into_iter().filter(|need| !need.is_empty()).collect::<Vec<_>>().join(" and ");
    let user = match user.is_empty() {
        false => user,
        true if api["allow_no_scopes"] == true => "token, with or without scp and roles".to_owned(),
        true => "scp or roles with anything".to_owned(),
    };
    let app_only = &api["app_only"];
    let application = needs("roles", &app_only["roles"], &app_only["roles_match"]);
    match (app_only.is_object(), application.is_empty()) {
        (false, _) => format!("a user's {user}; no application"),
        (true, true) => format!("a user's {user}; any application"),
        (true, false) => format!("a user's {user}; an application's {application}"),
    }
}

/// The issuers that keys name, each with its keys.
fn key_issuers(issuer: &IssuerHealth) -> String {
    let mut by_issuer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, of) in &issuer.key_issuers {
        by_issuer.entry(of).or_default().push(id.as_deref().unwrap_or("a key without an id"));
    }
    let texts: Vec<_> = by_issuer.iter().map(|(of, ids)| format!("{of}: {}", ids.join(", "))).collect();
    if texts.is_empty() { "none is named".to_owned() } else { harmless(&texts.join("; ")) }
}

fn online_json(issuer: &IssuerHealth) -> Value {
    let key_issuer = |(id, of): &(Option<String>, String)| json!({ "key_id": id, "issuer": of });
    json!({
        "address": issuer.address, "keys": issuer.keys, "failure": trouble(issuer),
        "key_issuers": issuer.key_issuers.iter().map(key_issuer).collect::<Vec<_>>(),
        "cloud_instance_name": issuer.cloud, "clock_difference_seconds": issuer.clock_difference,
    })
}
