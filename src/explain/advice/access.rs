//! Advice on what the API lets in.

use super::Advice;
use crate::code::Code;
use crate::explain::shown;
use crate::parse::claims::Claims;
use crate::parse::json::Value;
use crate::policy::check::{self, Caller};
use crate::policy::claim_rule::ClaimPath;
use crate::policy::{Api, Issuer, Policy, UserManager};
use std::collections::BTreeSet;

pub(in crate::explain) fn user_manager(
    api: &Api,
    claims: Claims<'_>,
    issuer: &Issuer,
    policy: &Policy,
    manager: Option<&UserManager>,
) -> Advice {
    let (others, api, issuer) = (policy.user_managers_of(issuer), &api.name, &issuer.name);
    let text = match manager.map(|manager| &manager.label) {
        None => {
            let labels: BTreeSet<&str> = others.map(|manager| manager.label.as_str()).collect();
            let fields = shown::list(labels.iter().map(|label| format!("user_managers.{label}.tenants")));
            format!(
                "No user manager of issuers.{issuer} has the tenant of this token. Add \"{}\" to one of {fields}, or leave \
                 tenants out of one of them, which then has all others.",
                shown::claim(claims, "tid")
            )
        }
        Some(label) if issuer == label => format!("Add \"{issuer}\" to apis.{api}.issuers to let its users in."),
        Some(label) => format!("Add \"{label}\" to apis.{api}.user_managers to let its users in."),
    };
    vec![(Code::UserManagerNotAllowed, text)]
}

pub(in crate::explain) fn client(api: &Api, client: Option<Value<'_>>) -> Advice {
    let text = match client.map(|client| (client, client.as_str())) {
        None => "The token does not say which application it was made for (azp, appid or client_id).".to_owned(),
        Some((client, None)) => {
            format!("The application (azp, appid, client_id) has to be a string, and not {}.", shown::exact(client))
        }
        Some((_, Some(client))) => match shown::pasted(client) {
            Some(client) => format!("Add {client} to apis.{}.clients to let this application in.", api.name),
            None => {
                "The name of the application (azp, appid, client_id) is empty, very long or has unusual characters."
                    .to_owned()
            }
        },
    };
    vec![(Code::ClientNotAllowed, text)]
}

pub(in crate::explain) fn scope(api: &Api, caller: Caller, claims: Claims<'_>) -> Advice {
    let present = shown::list(check::scopes_of(claims));
    let mut advice = vec![format!(
        "The token has these scopes: {present}. This API needs {}: the client has to ask for that, and an administrator may have to consent to it.",
        api.scopes
    )];
    let same_but_prefix = |held: &str| {
        let end = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
        api.scopes.values.iter().any(|scope| scope != held && end(scope) == end(held))
    };
    if check::scopes_of(claims).any(same_but_prefix) {
        advice.push(
            "Scopes are compared whole: one of the token's differs in what stands before its last slash.".to_owned(),
        );
    }
    let same_but_case =
        |held: &str| api.scopes.values.iter().any(|scope| scope != held && scope.eq_ignore_ascii_case(held));
    if check::scopes_of(claims).any(same_but_case) {
        advice.push(
            "Scopes are compared with upper and lower case: one of the token's differs in that alone.".to_owned(),
        );
    }
    if caller != Caller::Anybody
        && check::scopes_of(claims).next().is_none()
        && check::roles_of(claims).next().is_none()
    {
        advice.push(format!(
            "A token of Entra ID without scopes and roles may be anybody's in the tenant. To let such tokens in, set \
             apis.{}.allow_no_scopes to true.",
            api.name
        ));
    } else if caller == Caller::Anybody
        && check::scopes_of(claims).next().is_none()
        && check::roles_of(claims).next().is_some()
    {
        advice.push("The token has roles and no scopes: an application got it for itself, without a user. To let such tokens in, \
                     require roles of an API that has \"scopes\": [].".to_owned());
    }
    let mut advice: Advice = advice.into_iter().map(|text| (Code::ScopeInsufficient, text)).collect();
    advice
        .push((Code::ClaimMalformed, "Scopes are one string with spaces between, or an array of strings.".to_owned()));
    advice.push((Code::AppOnlyNotAllowed, app_only(api, claims)));
    advice
}

fn app_only(api: &Api, claims: Claims<'_>) -> String {
    let roles: Vec<&str> = check::roles_of(claims).collect();
    let roles = shown::pasted_list(&roles).unwrap_or("\"Reports.Read\"".to_owned());
    format!(
        "An application got this token for itself, without a user (idtyp is app, or there is no scope and oid is sub). To let \
         applications in, set apis.{}.app_only, such as {{ \"roles\": [{roles}] }}: roles that are assigned to them. \
         Or let the client sign a user in, and ask for a scope of this API.",
        api.name
    )
}

pub(in crate::explain) fn role(api: &Api, caller: Caller, claims: Claims<'_>) -> Advice {
    let required = check::required_roles(api, caller);
    let text = match required.values.is_empty() {
        true => format!(
            "The token has no role, and so every application of the tenant may have one like it. Assign a role of this API to \
             the application at the issuer. To let such tokens in, set apis.{}.allow_no_scopes to true.",
            api.name
        ),
        false => format!(
            "The token has these roles: {}. Assign {required} to the user or the application at the issuer.",
            shown::list(check::roles_of(claims))
        ),
    };
    vec![
        (Code::RoleInsufficient, text),
        (Code::ClaimMalformed, "Roles are an array of strings, or one string.".to_owned()),
    ]
}

pub(in crate::explain) fn claim_rules(api: &Api, claims: Claims<'_>) -> Advice {
    let failing =
        api.claims.iter().enumerate().filter(|(_, rule)| {
            !rule.path.find(claims.object()).is_some_and(|value| rule.requirement.is_met_by(value))
        });
    failing
        .map(|(index, rule)| {
            let (api, claim) = (&api.name, &rule.path.text);
            let remedy = match is_elsewhere(&rule.path, claims) {
                true => {
                    "the user is in too many groups for the token to hold, so that nobody knows which (_claim_names). Let the \
                     issuer put fewer into it, such as those that are assigned to the application, or go by roles."
                }
                false => "change the rule, or the claim at the issuer.",
            };
            (Code::ClaimNotAllowed, format!("The claim {claim} does not fulfil apis.{api}.claims[{index}]: {remedy}"))
        })
        .collect()
}

/// Whether the token says that a claim is to be asked for elsewhere (OpenID Connect Core section 5.6.2).
fn is_elsewhere(path: &ClaimPath, claims: Claims<'_>) -> bool {
    let names = claims.get("_claim_names");
    path.find(claims.object()).is_none() && names.is_some_and(|names| path.find(names).is_some())
}
