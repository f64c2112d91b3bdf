//! Ten thousand issuers, which are tenants that share one key set; and a million users that are revoked.

use doorward::Code;
use doorward::limits::DENYLIST_ENTRIES;
use doorward_testkit::fetched::{Driven, KEYS, Signer, configuration, set};
use doorward_testkit::server::{Answer, Server};
use doorward_testkit::{NOW, sign};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;

const TENANTS: usize = 10_000;

fn tenants(server: &Server) -> Value {
    let mut configuration = configuration(server);
    let template = configuration["issuers"]["main"].clone();
    let issuers = configuration["issuers"].as_object_mut().unwrap();
    for number in 1..TENANTS {
        let mut issuer = template.clone();
        issuer["issuer"] = json!(format!("https://tenant.example/{number}"));
        issuers.insert(format!("tenant-{number}"), issuer);
    }
    configuration["apis"]["api"]["issuers"] = json!(["main"]);
    configuration
}

/// The most memory that the process ever had, in KiB.
pub fn peak() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

pub fn ten_thousand_issuers() {
    let (server, signer) = (Server::start(), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let configuration = tenants(&server);
    let before = peak();
    let many = Driven::loaded(&configuration);
    let grown = (peak() - before) / 1024;
    assert_eq!(server.requests(KEYS), 1, "one fetch for all");
    assert!(grown < 100, "{grown} MiB");
    println!("{TENANTS} issuers: {grown} MiB more");
    assert_eq!(many.code(&signer), Code::Ok);
    // Tenants that no API lists are known all the same: the key is found, and the API says no.
    let claims = json!({ "iss": "https://tenant.example/9999", "aud": doorward_testkit::AUDIENCE, "sub": "bob", "exp": NOW + 60 });
    let tenant = sign(&signer.key, &json!({ "alg": "ES256", "kid": "a" }), &claims);
    assert_eq!(many.verify(&tenant).code(), Code::UserManagerNotAllowed);
}

/// The denylist's maximum, in the file, and read again.
pub fn a_million_revoked() {
    let file = doorward_testkit::scratch().join(format!("million-{}.jsonl", std::process::id()));
    let line = |number: usize| {
        let user = format!(
            "\"tenant\":\"9188aaaa-6c67-4c5b-b112-36a304b66dad\",\"object_id\":\"6467b1e1-1b3e-4b3f-9d51-{number:012x}\""
        );
        format!("{{{user},\"until\":{}}}\n", NOW + 3600)
    };
    let mut output = std::io::BufWriter::new(fs::File::create(&file).unwrap());
    (0..DENYLIST_ENTRIES).for_each(|number| output.write_all(line(number).as_bytes()).unwrap());
    drop(output);
    let (server, signer) = (Server::start(), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let mut with_file = configuration(&server);
    with_file["denylist"] = json!({ "file": file.to_str().unwrap() });
    let before = peak();
    let driven = Driven::loaded(&with_file);
    let read = (peak() - before) / 1024;
    let entries = || driven.verifier.health().denylist().unwrap().entries;
    assert_eq!(entries(), DENYLIST_ENTRIES);
    // The last one is taken out.
    let length = fs::metadata(&file).unwrap().len();
    fs::File::options().write(true).open(&file).unwrap().set_len(length - line(0).len() as u64).unwrap();
    driven.after(1);
    driven.after(1);
    let again = (peak() - before) / 1024;
    println!("{DENYLIST_ENTRIES} revoked users: {read} MiB more, at the most {again} while the file is read again");
    assert_eq!(entries(), DENYLIST_ENTRIES - 1);
    assert!(read < 100, "{read} MiB");
    assert!(again < 100, "{again} MiB");
    let token = |number: usize| {
        let mut claims = doorward_testkit::good_claims();
        claims["tid"] = json!("9188aaaa-6c67-4c5b-b112-36a304b66dad");
        claims["oid"] = json!(format!("6467b1e1-1b3e-4b3f-9d51-{number:012x}"));
        sign(&signer.key, &json!({ "alg": "ES256", "kid": "a" }), &claims)
    };
    let codes = [0, DENYLIST_ENTRIES - 2, DENYLIST_ENTRIES - 1].map(|number| driven.verify(&token(number)).code());
    assert_eq!(codes, [Code::TokenRevoked, Code::TokenRevoked, Code::Ok]);
    fs::remove_file(&file).unwrap();
}
