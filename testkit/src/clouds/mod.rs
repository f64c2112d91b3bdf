//! The three clouds of Entra ID, on this machine: metadata and keys of both versions, for `common`, `organizations`,
//! tenants and applications.
//!
//! They go by their real names, over TLS: a proxy leads each name to the server that stands for it, and an authority of
//! the test's has signed its certificate.

mod documents;

pub use documents::{PLACEHOLDER, PublishedKey, key_set, metadata, tenant_of};

use crate::server::{Answer, Authority, Proxy, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The tenants that the tests go by. The first two differ in one digit.
pub const CONTOSO: &str = "5f3c8e7a-1d2b-4c6d-9e8f-0a1b2c3d4e5f";
pub const CONTOSO_TWIN: &str = "5f3c8e7a-1d2b-4c6d-9e8f-0a1b2c3d4e50";
pub const PARTNER: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
pub const STRANGER: &str = "0d9c8b7a-6f5e-4d3c-8b2a-1f0e9d8c7b6a";
pub const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// An application with a signing key of its own, whose holder is `application`.
pub const APPLICATION: &str = "1b730954-1685-4b74-9bfd-dac224a7b894";

/// The API, a client of it, that client as it is in its tenant, and users.
pub const API: &str = "73305094-1685-4b74-9bfd-dac224a7b7a8";
pub const CLIENT: &str = "04f0c124-f2bc-4f59-8241-bf6df9866bbd";
pub const ROBOT: &str = "3e9d2c1b-7a6f-4e5d-8c4b-9a8f7e6d5c4b";
pub const BOB: &str = "6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11";
pub const CAROL: &str = "c2a7e3d9-0b4f-4d1e-a6c8-5f7b9d3e1a20";
pub const EVE: &str = "e7e1d3c5-b9a8-4f60-92d4-1c3e5a7b9f02";

const IDS: [(&str, &str); 12] = [
    ("contoso", CONTOSO),
    ("twin", CONTOSO_TWIN),
    ("partner", PARTNER),
    ("stranger", STRANGER),
    ("personal", PERSONAL),
    ("application", APPLICATION),
    ("api", API),
    ("client", CLIENT),
    ("robot", ROBOT),
    ("bob", BOB),
    ("carol", CAROL),
    ("eve", EVE),
];

/// The id of a name, for cases.
pub fn id(name: &str) -> String {
    IDS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("there is no id of {name}")).1.to_owned()
}

/// A version of documents and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
}

impl Version {
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    fn path(self) -> &'static str {
        match self {
            Self::V1 => "",
            Self::V2 => "/v2.0",
        }
    }
}

/// What a cloud is called.
#[derive(Debug)]
pub struct Facts {
    /// In the configuration.
    pub name: &'static str,
    /// The authority.
    pub host: &'static str,
    /// `cloud_instance_name`
    pub instance: &'static str,
    v1_issuer: &'static str,
    graph: &'static str,
    msgraph: &'static str,
    /// The holder of its keys: `HOLDER` signs in both versions, `HOLDER-v1` and `HOLDER-v2` in one.
    pub holder: &'static str,
}

impl Facts {
    pub fn issuer(&self, version: Version, tenant: &str) -> String {
        match version {
            Version::V1 => format!("https://{}/{tenant}/", self.v1_issuer),
            Version::V2 => format!("https://{}/{tenant}/v2.0", self.host),
        }
    }
}

pub const PUBLIC: Facts = Facts {
    name: "public",
    host: "login.microsoftonline.com",
    instance: "microsoftonline.com",
    v1_issuer: "sts.windows.net",
    graph: "graph.windows.net",
    msgraph: "graph.microsoft.com",
    holder: "public",
};

pub const US_GOVERNMENT: Facts = Facts {
    name: "us_government",
    host: "login.microsoftonline.us",
    instance: "microsoftonline.us",
    v1_issuer: "sts.windows.net",
    graph: "graph.windows.net",
    msgraph: "graph.microsoft.us",
    holder: "us",
};

pub const CHINA: Facts = Facts {
    name: "china",
    host: "login.partner.microsoftonline.cn",
    instance: "partner.microsoftonline.cn",
    v1_issuer: "sts.chinacloudapi.cn",
    graph: "graph.chinacloudapi.cn",
    msgraph: "microsoftgraph.chinacloudapi.cn",
    holder: "china",
};

/// The clouds, reached by a proxy.
pub struct Clouds {
    pub public: Cloud,
    pub us_government: Cloud,
    pub china: Cloud,
    pub proxy: Proxy,
    authority: Authority,
    ca_file: PathBuf,
}

impl Clouds {
    pub fn start() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let (authority, proxy) = (Authority::new(), Proxy::start());
        let name = format!("clouds-{}-{}.pem", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let ca_file = crate::scratch().join(name);
        fs::write(&ca_file, authority.pem()).unwrap();
        let cloud = |facts: &'static Facts| Cloud::start(facts, &authority, &proxy);
        let (public, us_government, china) = (cloud(&PUBLIC), cloud(&US_GOVERNMENT), cloud(&CHINA));
        public.add_special_keys();
        Self { public, us_government, china, proxy, authority, ca_file }
    }

    pub fn all(&self) -> [&Cloud; 3] {
        [&self.public, &self.us_government, &self.china]
    }

    /// A server beside the clouds, by another name.
    pub fn serve(&self, host: &str) -> Server {
        let server = Server::start_tls(&self.authority, &[host]);
        self.proxy.lead(&format!("{host}:443"), server.port());
        server
    }

    /// Says in a configuration how its issuers of kind `entra` reach the clouds. Whether there are some.
    pub fn complete(&self, configuration: &mut Value) -> bool {
        let issuers = configuration["issuers"].as_object_mut().into_iter().flatten();
        let mut of_entra: Vec<_> =
            issuers.map(|(_, issuer)| issuer).filter(|issuer| issuer.get("entra").is_some()).collect();
        for issuer in &mut of_entra {
            issuer["proxy"] = json!(self.proxy.url());
            issuer["ca_file"] = json!(self.ca_file.to_str().unwrap());
        }
        !of_entra.is_empty()
    }

    pub fn completed(&self, mut configuration: Value) -> Value {
        self.complete(&mut configuration);
        configuration
    }
}

impl Drop for Clouds {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.ca_file);
    }
}

/// One cloud.
pub struct Cloud {
    pub facts: &'static Facts,
    pub server: Server,
    published: Mutex<Published>,
}

struct Published {
    v1: Vec<PublishedKey>,
    v2: Vec<PublishedKey>,
    /// What stands in the place of the tenant, with what follows the path.
    places: BTreeSet<(String, String)>,
}

impl Published {
    fn keys(&mut self, version: Version) -> &mut Vec<PublishedKey> {
        match version {
            Version::V1 => &mut self.v1,
            Version::V2 => &mut self.v2,
        }
    }
}

impl Cloud {
    fn start(facts: &'static Facts, authority: &Authority, proxy: &Proxy) -> Self {
        let server = Server::start_tls(authority, &[facts.host]);
        proxy.lead(&format!("{}:443", facts.host), server.port());
        let holder = facts.holder;
        let v1 = [holder.to_owned(), format!("{holder}-v1")].map(|holder| PublishedKey::bare(&holder));
        let v2 = [holder.to_owned(), format!("{holder}-v2")].map(|holder| PublishedKey::of(&holder, facts));
        let segments = ["common", "organizations", CONTOSO, CONTOSO_TWIN, PARTNER];
        let mut places: BTreeSet<_> = segments.map(|segment| (segment.to_owned(), String::new())).into();
        places.insert((CONTOSO.to_owned(), format!("?appid={APPLICATION}")));
        let published = Mutex::new(Published { v1: v1.to_vec(), v2: v2.to_vec(), places });
        let cloud = Self { facts, server, published };
        cloud.publish();
        cloud
    }

    /// Keys of the public cloud's v2 that are not for each tenant.
    fn add_special_keys(&self) {
        let of = |holder: &str| PublishedKey::of(holder, self.facts);
        let literal = |tenant| Some(self.facts.issuer(Version::V2, tenant));
        for key in [
            PublishedKey { issuer: literal(PERSONAL), ..of("public-consumers") },
            PublishedKey { issuer: literal(PARTNER), ..of("public-partner") },
            PublishedKey { issuer: PublishedKey::of("", &CHINA).issuer, ..of("public-of-china") },
            PublishedKey { cloud: Some(CHINA.instance.to_owned()), ..of("public-in-china") },
            PublishedKey::bare("public-bare"),
        ] {
            self.published.lock().unwrap().v2.push(key);
        }
        self.publish();
    }

    /// The path of the metadata of a version, for `common`, `organizations` or a tenant.
    pub fn metadata_path(version: Version, segment: &str) -> String {
        format!("/{segment}{}/.well-known/openid-configuration", version.path())
    }

    pub fn keys_path(version: Version, segment: &str) -> String {
        format!("/{segment}/discovery{}/keys", version.path())
    }

    pub fn metadata(&self, version: Version, segment: &str) -> Value {
        metadata(self.facts, version, segment, "")
    }

    /// Sets what the metadata says, in all places of one version: other text than is true.
    pub fn set_metadata(&self, version: Version, segment: &str, metadata: &Value) {
        self.server.set(&Self::metadata_path(version, segment), document(metadata.to_string()));
    }

    /// Changes the keys of a version.
    pub fn change_keys(&self, version: Version, change: impl FnOnce(&mut Vec<PublishedKey>)) {
        change(self.published.lock().unwrap().keys(version));
        self.publish();
    }

    fn publish(&self) {
        let mut published = self.published.lock().unwrap();
        for (segment, query) in published.places.clone() {
            for version in Version::ALL {
                let mut keys = published.keys(version).clone();
                if !query.is_empty() {
                    keys = vec![PublishedKey::of("application", self.facts)];
                }
                let metadata = metadata(self.facts, version, &segment, &query).to_string();
                let keys = key_set(&keys, tenant_of(&segment));
                self.server.set(&format!("{}{query}", Self::metadata_path(version, &segment)), document(metadata));
                self.server.set(&format!("{}{query}", Self::keys_path(version, &segment)), document(keys));
            }
        }
    }

    /// How many documents were fetched.
    pub fn requests(&self) -> usize {
        self.server.all_requests()
    }
}

/// A document as the clouds send it.
fn document(text: String) -> Answer {
    Answer::json(text).header("Cache-Control", "max-age=86400, private")
}
