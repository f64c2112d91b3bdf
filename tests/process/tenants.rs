//! Ten thousand tenants of one cloud: as one issuer, as ten thousand, and by "any".

use crate::many::peak;
use doorward::Code;
use doorward_testkit::cases::catalogue::Catalogue;
use doorward_testkit::clouds::{CONTOSO, Cloud, Clouds, Version};
use doorward_testkit::fetched::Driven;
use serde_json::{Value, json};

const TENANTS: usize = 10_000;

/// A tenant by its number; the last one is Contoso.
fn tenant(number: usize) -> String {
    if number + 1 == TENANTS { CONTOSO.to_owned() } else { format!("{number:08x}-1d2b-4c6d-9e8f-0a1b2c3d4e5f") }
}

/// One issuer of all tenants, whose users are of two user managers.
fn listed(configuration: &mut Value) {
    let tenants: Vec<_> = (0..TENANTS).map(tenant).collect();
    configuration["user_managers"]["EVEN"] = json!({ "issuers": ["contoso"] });
    configuration["user_managers"]["AAD"]["tenants"] = tenants.iter().skip(1).step_by(2).cloned().collect();
    configuration["issuers"]["contoso"]["entra"]["tenant"] = json!(tenants);
}

/// An issuer for each tenant, all of one user manager.
fn one_by_one(configuration: &mut Value) {
    let template = configuration["issuers"]["contoso"].clone();
    let issuers = configuration["issuers"].as_object_mut().unwrap();
    for number in 0..TENANTS - 1 {
        let mut issuer = template.clone();
        issuer["entra"]["tenant"] = json!(tenant(number));
        issuers.insert(format!("tenant-{number}"), issuer);
    }
    configuration["user_managers"]["AAD"]["issuers"] = issuers.keys().cloned().collect();
}

fn any(configuration: &mut Value) {
    configuration["issuers"]["contoso"]["entra"] = json!({ "tenant": "any", "danger_any_tenant": true });
}

struct World {
    clouds: Clouds,
    catalogue: Catalogue,
}

impl World {
    /// Opens, and checks what it costs: a key set for each version, and little memory.
    fn open(&self, what: &str, change: fn(&mut Value)) -> Driven {
        let mut configuration = self.catalogue.configured(&[], &json!({}));
        change(&mut configuration);
        self.clouds.complete(&mut configuration);
        let before = peak();
        let asked = self.clouds.public.requests();
        let driven = Driven::loaded(&configuration);
        let grown = (peak() - before) / 1024;
        println!("{what}: {grown} MiB more");
        assert_eq!(self.clouds.public.requests() - asked, 4, "{what}: metadata and keys, of each version");
        for version in Version::ALL {
            let last = self.clouds.public.server.last_request(&Cloud::keys_path(version, "common"));
            assert!(last.is_some(), "{what}");
        }
        assert!(grown < 100, "{what}: {grown} MiB");
        driven
    }

    fn token(&self, tenant: &str) -> String {
        let iss = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        self.catalogue.token("v2", Some("public"), &json!({ "iss": iss, "tid": tenant }))
    }
}

pub fn ten_thousand_tenants() {
    let world = World { clouds: Clouds::start(), catalogue: Catalogue::entra() };
    let mut verifiers = vec![world.open("one tenant", |_| {})];
    verifiers.push(world.open("10,000 tenants of one issuer", listed));
    verifiers.push(world.open("10,000 issuers of one tenant", one_by_one));
    verifiers.push(world.open("any tenant", any));
    for (index, driven) in verifiers.iter().enumerate().skip(1) {
        for number in [0, 1, 4711, TENANTS - 1] {
            let verdict = driven.verify(&world.token(&tenant(number)));
            let name = verdict.identity().map(|identity| identity.qualified_name().to_owned());
            let label = if index == 1 && number % 2 == 0 { "EVEN" } else { "AAD" };
            let expected = Some(format!("{label}:bob@contoso.example")).filter(|_| label == "AAD");
            assert_eq!(name, expected, "{index} {number} {verdict:?}");
        }
        let unlisted = if index == 3 { Code::Ok } else { Code::IssuerUnknown };
        let stranger = world.token("ffffffff-1d2b-4c6d-9e8f-0a1b2c3d4e5f");
        assert_eq!(driven.verify(&stranger).code(), unlisted, "{index}");
    }
}
