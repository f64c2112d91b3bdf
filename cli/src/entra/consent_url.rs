//! `doorward entra consent-url`: where an administrator of a tenant consents to a client.

use super::argument;
use crate::console::{Output, STRONG, column, harmless, say, wrap};
use crate::{Ending, Failure};
use clap::Args;
use doorward::entra::{Endpoint, Tenant};
use serde_json::json;

/// What the platform's application asks for, as its articles say.
const RIGHTS: [&str; 3] = ["Directory.Read.All", "User.Read", "Directory.AccessAsUser.All"];

/// Columns of a label.
const LABEL: usize = 10;

/// Columns of what stands after a label.
const TEXT: usize = 98;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The tenant: its id (GUID) or one of its verified domains
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// The cloud: public, us_government, china, or the address of another authority
    #[arg(long, value_name = "CLOUD", default_value = "public", value_parser = argument::cloud)]
    cloud: String,
    /// The application (client) id that is consented to. There is no default: each installation registers its own,
    /// and a wrong one would give rights to a stranger
    #[arg(long, value_name = "ID", value_parser = argument::client_id)]
    client_id: String,
    /// Where the browser goes afterwards: a redirect URI of the app registration, exactly. Default: none is named,
    /// and Entra ID takes the registered one. --v2 needs it
    #[arg(long, value_name = "URI", value_parser = argument::uri)]
    redirect_uri: Option<String>,
    /// The App ID URI of the platform's API
    #[arg(long, value_name = "URI", default_value = "https://api.k2.com", value_parser = argument::resource)]
    resource: String,
    /// The form of the v2 endpoint (adminconsent, with a scope) instead of the platform's (authorize, with a resource)
    #[arg(long, requires = "redirect_uri")]
    v2: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Ending, Failure> {
    let tenant = Tenant::new(&arguments.cloud, &arguments.tenant).map_err(str::to_owned)?;
    let endpoint = if arguments.v2 { Endpoint::V2 } else { Endpoint::V1 };
    let redirect_uri = arguments.redirect_uri.as_deref();
    let url = tenant.consent_url(endpoint, &arguments.client_id, redirect_uri, &arguments.resource);
    let notes = notes(arguments);
    if output.json() {
        let notes: serde_json::Map<_, _> =
            notes.map(|(label, text)| (label.to_owned(), json!(text))).into_iter().collect();
        output.value(&json!({
            "url": url, "tenant": arguments.tenant, "authority": arguments.cloud, "client_id": arguments.client_id,
            "redirect_uri": redirect_uri, "resource": arguments.resource, "rights": RIGHTS, "notes": notes,
        }))?;
    } else {
        output.line(url)?;
        notes.iter().for_each(|(label, text)| print_note(label, text));
    }
    Ok(Ending::Good)
}

fn notes(arguments: &Arguments) -> [(&'static str, String); 6] {
    let tenant = &arguments.tenant;
    let rights = RIGHTS.join(", ");
    [
        ("who", format!("an administrator of the tenant {tenant}, who may consent for everybody in it")),
        (
            "how",
            "open the address in a private window of a browser, sign in as that administrator, and accept".to_owned(),
        ),
        ("rights", format!("{rights}: compare what the page asks for with these before you accept")),
        (
            "MFA",
            "must be off for that account while it consents, as the platform's articles say, and can be on again \
             right after; for everybody else it stays as it is"
                .to_owned(),
        ),
        ("afterwards", afterwards(arguments.redirect_uri.as_deref())),
        ("not needed", "where all users come from Active Directory".to_owned()),
    ]
}

fn afterwards(redirect_uri: Option<&str>) -> String {
    let place = redirect_uri.map_or_else(|| "the registered redirect URI".to_owned(), harmless);
    format!(
        "the browser goes to {place}, even if nothing answers there. An address with admin_consent=True and without \
         error means that it is done, once for the tenant: sign in again as a user. One with error=… goes into \
         doorward entra explain"
    )
}

fn print_note(label: &str, text: &str) {
    for (index, line) in wrap(text, TEXT).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        say(format_args!("{}  {line}", column(STRONG, label, LABEL)));
    }
}
