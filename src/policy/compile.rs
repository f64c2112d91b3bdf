//! Turns a document into a policy and the sources of its keys, or says which field is wrong.

use super::api::Api;
use super::by_name::ByName;
use super::compile_api::ApiContext;
use super::compile_entra::{Entra, EntraIssuer, Tenants};
use super::compile_users::{AllUsers, issuer_user_claims};
use super::document::{DenylistDocument, Document, IssuerDocument};
use super::error::ConfigError;
use super::issuer::{Issuer, TokenTypes, Users};
use super::paths::Paths;
use super::source::{Fetching, identifier};
use super::text::{self, check_list, check_text, sorted};
use super::{Plan, Policy, Settings, compile_entra, compile_logins, directory, read};
use crate::crypto::{Algorithm, AlgorithmSet};
use crate::entra::before_tenant;
use crate::keys::Source;
use crate::limits;
use crate::parse::jws::without_application;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A policy, and for each of its issuers where the keys come from.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) policy: Policy,
    /// The source and the path of its field, in the order of the policy's issuers.
    pub(crate) sources: Vec<(Source, String)>,
    pub(crate) directories: Vec<Plan>,
}

type Result<T> = std::result::Result<T, ConfigError>;

/// Compiles a document. File names in it are relative to `base`.
pub(crate) fn compile(document: Document, base: &Path) -> Result<Compiled> {
    let settings = settings(&document, base)?;
    let fetching = Fetching::new(&document, base)?;
    let names: Names = document.issuers.keys().cloned().zip(0..).collect();
    let labels: Names = document.user_managers.keys().cloned().zip(0..).collect();
    let directories = directory::compile(&document.user_managers, &document.issuers, base)?;
    let logins = compile_logins::compile(&directories)?;
    let mut users = AllUsers::new(document.user_managers, &names)?;
    let mut issuers = Vec::new();
    let mut sources = Vec::new();
    let mut by_issuer = ByIssuer::default();
    for (number, (name, issuer)) in document.issuers.into_iter().enumerate() {
        let path = format!("issuers.{name}");
        check_text(&path, &name)?;
        for (issuer, tenants, source) in compile_issuer(&path, (number, name), issuer, &fetching, &mut users)? {
            by_issuer.add(issuers.len(), &issuer, &tenants)?;
            issuers.push(issuer);
            sources.push(source);
        }
    }
    let user_managers = users.finish()?;
    let paths = Paths::compile(document.apis.iter().map(|(name, api)| (name.as_str(), api.paths.as_slice())))?;
    let by_label = user_managers.iter().map(|manager| (manager.label.as_str(), manager)).collect();
    let context = ApiContext { issuers: &names, labels: &labels, by_label, logins: &logins };
    let apis = document.apis.into_iter().enumerate().map(|(index, (name, api))| context.compile(index, name, api));
    let apis: HashMap<Box<str>, Api> = apis.collect::<Result<_>>()?;
    if apis.is_empty() {
        return Err(ConfigError::invalid("apis", "there is no API: no request could ever come in"));
    }
    let ByIssuer { by_issuer, of_any_tenant, .. } = by_issuer;
    let by_label = user_managers.iter().map(|manager| manager.label.as_str().into()).zip(0..).collect();
    let policy = Policy { issuers, user_managers, by_label, by_issuer, of_any_tenant, apis, paths, logins, settings };
    Ok(Compiled { policy, sources, directories })
}

fn settings(document: &Document, base: &Path) -> Result<Settings> {
    let skew = document.clock_skew.as_deref().unwrap_or("60s");
    let expected = "the unit s or m, from \"0s\" to \"5m\",";
    let clock_skew = text::seconds("clock_skew", skew, 0..=limits::CLOCK_SKEW_SECONDS_MAX, expected)?;
    let timeout = document.resolve_timeout.as_deref().unwrap_or("2s");
    let expected = "the unit s, from \"1s\" to \"30s\",";
    let timeout = text::seconds("resolve_timeout", timeout, 1..=limits::RESOLVE_SECONDS_MAX, expected)?;
    let resolve_timeout = Duration::from_secs(timeout.unsigned_abs());
    let (max_waiting, max_waiting_of_process) = waiting(document)?;
    let denylist = document.denylist.as_ref().map(|denylist| denylist_file(denylist, base)).transpose()?;
    Ok(Settings { clock_skew, resolve_timeout, max_waiting, max_waiting_of_process, watch: document.watch, denylist })
}

/// How many requests wait: for one key set, and in the process. Where one of them is not given, it follows the other.
fn waiting(document: &Document) -> Result<(u32, u32)> {
    let checked = |path: &str, given: Option<u32>| match given {
        Some(value) if value > limits::WAITING_REQUESTS_MAX => {
            Err(ConfigError::invalid(path, format!("a number from 0 to {} is expected", limits::WAITING_REQUESTS_MAX)))
        }
        given => Ok(given),
    };
    let of_key_set = checked("max_waiting", document.max_waiting)?;
    let of_process = checked("max_waiting_of_process", document.max_waiting_of_process)?;
    let (usual, usual_of_process) = (limits::WAITING_REQUESTS, limits::WAITING_REQUESTS_OF_PROCESS);
    match (of_key_set, of_process) {
        (Some(of_key_set), Some(of_process)) if of_key_set > of_process => Err(ConfigError::invalid(
            "max_waiting",
            "it is more than max_waiting_of_process: so many could never wait for one key set",
        )),
        (Some(of_key_set), None) => Ok((of_key_set, usual_of_process.max(of_key_set))),
        (None, Some(of_process)) => Ok((usual.min(of_process), of_process)),
        (of_key_set, of_process) => Ok((of_key_set.unwrap_or(usual), of_process.unwrap_or(usual_of_process))),
    }
}

fn denylist_file(document: &DenylistDocument, base: &Path) -> Result<PathBuf> {
    check_text("denylist.file", &document.file)?;
    Ok(base.join(&document.file))
}

/// Names, and the place of each among them.
pub(super) type Names = ByName<String, usize>;

/// The place of a name among those that are known.
pub(super) fn index_of(path: &str, name: &str, known: &Names, what: &str) -> Result<usize> {
    known.get(name).copied().ok_or_else(|| {
        let hint = read::nearest(name, known.iter().map(|(known, _)| known.as_str()));
        let hint = hint.map_or(String::new(), |hint| format!("; did you mean \"{hint}\"?"));
        ConfigError::invalid(path, format!("there is no {what} \"{name}\"{hint}"))
    })
}

/// Which issuer a token is of.
#[derive(Default)]
struct ByIssuer {
    by_issuer: HashMap<Box<str>, usize>,
    of_any_tenant: HashMap<Box<str>, Vec<usize>>,
    /// By index: the name, and the issuer as it is configured.
    seen: Vec<(String, String)>,
}

impl ByIssuer {
    fn add(&mut self, index: usize, issuer: &Issuer, tenants: &Option<Tenants>) -> Result<()> {
        self.seen.push((issuer.name.clone(), issuer.issuer.clone()));
        let (field, texts) = match (&issuer.entra, tenants) {
            (Some(entra), Some(Tenants::These(tenants))) => {
                ("entra", tenants.iter().map(|tenant| entra.issuers.fill(tenant)).collect())
            }
            (Some(_), _) => return self.add_any(index, issuer),
            (None, _) => ("issuer", vec![issuer.issuer.clone()]),
        };
        for text in texts {
            if let Some(other) = self.by_issuer.insert(text.into(), index) {
                return Err(self.clash(issuer, field, other));
            }
        }
        Ok(())
    }

    fn add_any(&mut self, index: usize, issuer: &Issuer) -> Result<()> {
        let base = before_tenant(&issuer.issuer).unwrap_or_default();
        let others = self.of_any_tenant.entry(base.into()).or_default();
        if let Some(other) = others.iter().find(|other| self.seen[**other].1 == issuer.issuer) {
            let other = &self.seen[*other].0;
            let message = format!("the issuer \"{other}\" takes any tenant there, too; tokens could not be told apart");
            return Err(ConfigError::invalid(format!("issuers.{}.entra", issuer.name), message));
        }
        others.push(index);
        Ok(())
    }

    fn clash(&self, issuer: &Issuer, field: &str, other: usize) -> ConfigError {
        let other = &self.seen[other].0;
        let message = match field {
            "entra" => format!("the issuer \"{other}\" has one of its tenants; tokens could not be told apart"),
            _ => format!("the issuer \"{other}\" has the same value; tokens could not be told apart"),
        };
        ConfigError::invalid(format!("issuers.{}.{field}", issuer.name), message)
    }
}

type OneIssuer = (Issuer, Option<Tenants>, (Source, String));

/// The issuers that one of the configuration is made into, with the sources of their keys.
fn compile_issuer(
    path: &str,
    (number, name): (usize, String),
    document: IssuerDocument,
    fetching: &Fetching<'_>,
    users: &mut AllUsers,
) -> Result<Vec<OneIssuer>> {
    let only_keys = [&document.oidc, &document.jwks_url, &document.jwks_file, &document.pem_file];
    if document.entra.is_some() && (document.jwks.is_some() || only_keys.iter().any(|field| field.is_some())) {
        let message = "give only one of entra, oidc, jwks_url, jwks, jwks_file and pem_file";
        return Err(ConfigError::invalid(path, message));
    }
    match &document.entra {
        Some(entra) => {
            compile_entra::check_company(path, &document)?;
            let Entra { issuers, tenants } = compile_entra::compile(&format!("{path}.entra"), entra)?;
            let users = users.of(path, &name, Some(&tenants))?;
            let versions = issuers.len();
            let one = |issuer: EntraIssuer| {
                let source = fetching.entra(path, &document, issuer.origin)?;
                let version = issuer.rules.version.name();
                let mut one =
                    plain_issuer(path, (number, &name), issuer.rules.issuers.text(), users.clone(), &document)?;
                if versions > 1 {
                    one.shown_name = format!("{name} {version}");
                }
                one.entra = Some(issuer.rules);
                Ok((one, Some(tenants.clone()), source))
            };
            issuers.into_iter().map(one).collect()
        }
        None => {
            let source = fetching.source(path, &document)?;
            let users = users.of(path, &name, None)?;
            let issuer = identifier(path, &document)?;
            Ok(vec![(plain_issuer(path, (number, &name), issuer, users, &document)?, None, source)])
        }
    }
}

fn plain_issuer(
    path: &str,
    (number, name): (usize, &str),
    issuer: &str,
    users: Users,
    document: &IssuerDocument,
) -> Result<Issuer> {
    check_list(&format!("{path}.audiences"), &document.audiences)?;
    Ok(Issuer {
        number,
        name: name.to_owned(),
        shown_name: name.to_owned(),
        issuer: issuer.to_owned(),
        users,
        user_claims: issuer_user_claims(path, document)?,
        audiences: sorted(document.audiences.clone()),
        algorithms: issuer_algorithms(&format!("{path}.algorithms"), document)?,
        types: token_types(&format!("{path}.typ"), document.typ.clone())?,
        entra: None,
    })
}

fn issuer_algorithms(path: &str, document: &IssuerDocument) -> Result<AlgorithmSet> {
    match &document.algorithms {
        Some(names) => algorithms(path, names),
        None if document.entra.is_some() => Ok(AlgorithmSet::from_iter([Algorithm::RS256])),
        None => Err(ConfigError::missing(path, "the field is missing: the signature algorithms, such as \"RS256\"")),
    }
}

fn algorithms(path: &str, names: &[String]) -> Result<AlgorithmSet> {
    check_list(path, names)?;
    let known = || Algorithm::ALL.iter().map(|algorithm| algorithm.name());
    let parse = |(index, name): (usize, &String)| {
        Algorithm::from_name(name).ok_or_else(|| {
            let hint = read::nearest(name, known()).filter(|_| !name.eq_ignore_ascii_case("none"));
            let hint = hint.map_or(format!("; there are {}", known().collect::<Vec<_>>().join(", ")), |hint| {
                format!("; did you mean \"{hint}\"?")
            });
            ConfigError::invalid(format!("{path}[{index}]"), format!("there is no algorithm \"{name}\"{hint}"))
        })
    };
    names.iter().enumerate().map(parse).collect()
}

fn token_types(path: &str, types: Option<Vec<String>>) -> Result<TokenTypes> {
    let Some(types) = types else { return Ok(TokenTypes::Usual) };
    check_list(path, &types)?;
    Ok(TokenTypes::Only(types.iter().map(|typ| without_application(typ).to_owned()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::by_name::looks;
    use crate::policy::read;
    use serde_json::{Map, Value, json};

    fn compiled(document: &Value) -> Result<Policy> {
        Ok(compile(read(&document.to_string())?, Path::new("."))?.policy)
    }

    fn tenant(index: usize) -> String {
        format!("11111111-2222-3333-4444-{index:012x}")
    }

    /// So many issuers of Entra ID, each with an authority of its own.
    fn issuers(count: usize, tenants: impl Fn(usize) -> Value) -> Value {
        let issuer = |index: usize| {
            let mut entra = tenants(index);
            entra["authority"] = format!("https://{index}.example").into();
            entra["metadata"] = "common".into();
            (format!("issuer-{index}"), json!({ "audiences": ["x"], "entra": entra }))
        };
        (0..count).map(issuer).collect::<Map<_, _>>().into()
    }

    fn any_tenant(_: usize) -> Value {
        json!({ "tenant": "any", "danger_any_tenant": true })
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("issuer-{index}")).collect()
    }

    fn document(issuers: Value, user_managers: Value, api: Value) -> Value {
        json!({ "issuers": issuers, "user_managers": user_managers, "apis": { "api": api } })
    }

    fn one_user_manager_of_many_issuers_of_any_tenant(count: usize) -> Value {
        let tenants: Vec<_> = (0..count).map(tenant).collect();
        let managers = json!({ "AAD": { "issuers": names(count), "tenants": tenants } });
        document(issuers(count, any_tenant), managers, json!({}))
    }

    fn one_user_manager_of_many_issuers(count: usize) -> Value {
        let tenants: Vec<_> = (0..count).map(tenant).collect();
        let own = |index| json!({ "tenant": [tenant(index), tenant(count)] });
        let managers = json!({ "AAD": { "issuers": names(count), "tenants": tenants } });
        document(issuers(count, own), managers, json!({}))
    }

    fn many_user_managers_of_one_issuer(count: usize) -> Value {
        let all = |_| json!({ "tenant": (0..=count).map(tenant).collect::<Vec<_>>() });
        let manager = |index| (format!("m-{index}"), json!({ "issuers": ["issuer-0"], "tenants": [tenant(index)] }));
        document(issuers(1, all), (0..count).map(manager).collect::<Map<_, _>>().into(), json!({}))
    }

    fn many_labels_and_administrators(count: usize) -> Value {
        let manager = |index| (format!("m-{index}"), json!({ "issuers": [format!("issuer-{index}")] }));
        let administrators: Vec<_> = (0..count * 4).map(|user| format!("m-{}:{user}", count - 1)).collect();
        let managers = (0..count).map(manager).collect::<Map<_, _>>().into();
        let own = |index| json!({ "tenant": tenant(index) });
        document(issuers(count, own), managers, json!({ "administrators": administrators }))
    }

    /// Makes a document whose lists have so many values.
    type Made = fn(usize) -> Value;

    /// What it costs to compile a document: looks at what it names, and allocations.
    fn cost(document: &Value) -> (u64, u64) {
        let document = read(&document.to_string()).unwrap();
        let before = looks();
        let allocations = allocation_counter::measure(|| drop(compile(document, Path::new(".")).unwrap()));
        (looks() - before, allocations.count_total)
    }

    #[test]
    fn lists_that_meet_compile_in_steps_that_grow_with_their_sum() {
        // How many looks each value takes, however many there are.
        let documents: [(&str, Made, u64); 4] = [
            ("one user manager of many issuers", one_user_manager_of_many_issuers, 4),
            ("one user manager, any tenant", one_user_manager_of_many_issuers_of_any_tenant, 3),
            ("many user managers of one issuer", many_user_managers_of_one_issuer, 4),
            ("administrators", many_labels_and_administrators, 5),
        ];
        for (name, document, each) in documents {
            let (few, many) = (cost(&document(100)), cost(&document(800)));
            assert_eq!((few.0, many.0), (100 * each, 800 * each), "{name}: looks");
            assert!(many.1 < few.1 * 10, "{name}: eight times as many take {} allocations after {}", many.1, few.1);
        }
    }

    #[test]
    fn issuers_of_any_tenant_have_a_place_of_their_own() {
        let policy = compiled(&document(issuers(300, any_tenant), json!({}), json!({}))).unwrap();
        assert_eq!(policy.of_any_tenant.values().map(Vec::len).max(), Some(1));
        for index in [0, 150, 299] {
            let found = policy.issuer(&format!("https://{index}.example/{}/v2.0", tenant(index)));
            assert_eq!(found.unwrap().1.name, format!("issuer-{index}"));
        }
        for other in ["https://300.example/{}/v2.0", "https://0.example/{}/", "https://0.example/x/{}/v2.0", "{}"] {
            assert!(policy.issuer(&other.replace("{}", &tenant(0))).is_none(), "{other}");
        }
    }

    #[test]
    fn both_versions_of_one_base_are_told_apart() {
        let entra = json!({
            "tenant": "any", "danger_any_tenant": true, "metadata": "common",
            "authority": "https://a.example", "v1_issuer": "https://a.example",
        });
        let issuers = json!({ "a": { "audiences": ["x"], "entra": entra } });
        let policy = compiled(&document(issuers, json!({}), json!({}))).unwrap();
        let shown = |iss: &str| policy.issuer(&iss.replace("{}", &tenant(1))).unwrap().1.shown_name.clone();
        assert_eq!(shown("https://a.example/{}/"), "a v1.0");
        assert_eq!(shown("https://a.example/{}/v2.0"), "a v2.0");
    }

    #[test]
    fn clients_are_looked_up_wherever_they_stand_in_the_list() {
        let api = json!({ "clients": ["c", "a", "d", "b"] });
        let policy = compiled(&document(json!({}), json!({}), api)).unwrap();
        let api = policy.api("api").unwrap();
        assert!(["a", "b", "c", "d"].iter().all(|client| api.takes_client(client)));
        assert!(!["", "aa", "e"].iter().any(|client| api.takes_client(client)));
        assert!(api.clients.as_ref().is_some_and(|clients| clients.is_sorted()));
    }
}
