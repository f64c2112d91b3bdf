//! The commands that help with Entra ID.

use super::command::{Folder, code, json, run, stderr, stdout, text};
use doorward::entra::{Refusal, aadsts, aadsts_numbers, windows_logon, windows_logon_numbers};
use doorward_testkit::server::{Answer, Server};
use serde_json::{Value, json};
use std::collections::HashSet;
use ureq::http::Uri;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const CLIENT: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// An address, read by parsers that have nothing to do with ours: host, path, and the parameters in their order.
fn parts(address: &str) -> (String, String, Vec<(String, String)>) {
    let uri: Uri = address.parse().unwrap_or_else(|error| panic!("{address}: {error}"));
    assert_eq!(uri.scheme_str(), Some("https"), "{address}");
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    (uri.authority().unwrap().to_string(), uri.path().to_owned(), query)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn consent(more: &[&str]) -> Vec<String> {
    let fixed = ["entra", "consent-url", "--tenant", TENANT, "--client-id", CLIENT];
    fixed.iter().chain(more).map(|word| (*word).to_owned()).collect()
}

fn consent_url(more: &[&str]) -> String {
    let arguments = consent(more);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let printed = text(&arguments, b"", 0);
    assert_eq!(printed.lines().count(), 1, "the address stands alone: {printed}");
    printed.trim_end().to_owned()
}

/// Point 23 of `cases/entra.toml`: where an administrator consents.
#[test]
fn the_address_of_the_platform_s_articles_is_printed() {
    let redirect = "https://k2.contoso.example/api";
    let (host, path, query) = parts(&consent_url(&["--redirect-uri", redirect]));
    assert_eq!((host.as_str(), path), ("login.microsoftonline.com", format!("/{TENANT}/oauth2/authorize")));
    let expected = [
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", redirect),
        ("resource", "https://api.k2.com"),
        ("prompt", "admin_consent"),
    ];
    assert_eq!(query, pairs(&expected));
}

#[test]
fn the_v2_form_names_a_scope_with_the_slash_of_the_resource() {
    for (resource, scope) in [
        ("https://api.k2.com/", "https://api.k2.com//.default"),
        ("https://api.k2.com", "https://api.k2.com/.default"),
        ("api://k2/a+b", "api://k2/a+b/.default"),
    ] {
        let redirect = "https://k2.contoso.example/api?x=1&y=%20";
        let url = consent_url(&["--v2", "--redirect-uri", redirect, "--resource", resource]);
        let (host, path, query) = parts(&url);
        assert_eq!((host.as_str(), path), ("login.microsoftonline.com", format!("/{TENANT}/v2.0/adminconsent")));
        assert_eq!(query, pairs(&[("client_id", CLIENT), ("scope", scope), ("redirect_uri", redirect)]));
    }
}

#[test]
fn each_cloud_has_its_own_host() {
    for (cloud, host) in [
        ("public", "login.microsoftonline.com"),
        ("us_government", "login.microsoftonline.us"),
        ("china", "login.partner.microsoftonline.cn"),
        ("https://login.contoso.example:8443/", "login.contoso.example:8443"),
    ] {
        assert_eq!(parts(&consent_url(&["--cloud", cloud])).0, host);
    }
}

/// Point 23 of `cases/entra.toml`: who consents, and to what.
#[test]
fn who_opens_the_address_stands_on_standard_error_alone() {
    let arguments = consent(&["--redirect-uri", "https://k2.contoso.example/api"]);
    let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), b"");
    let said = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        &format!("who an administrator of the tenant {TENANT}"),
        "rights Directory.Read.All, User.Read, Directory.AccessAsUser.All",
        "MFA must be off for that account while it consents",
        "afterwards the browser goes to https://k2.contoso.example/api",
        "not needed where all users come from Active Directory",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(stdout(&output).starts_with("https://") && !stderr(&output).contains("prompt="));
    let arguments = consent(&["--json"]);
    let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), b"");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["url"], stderr(&output)), (&json!(consent_url(&[])), ""));
    assert_eq!((&told["redirect_uri"], told["rights"].as_array().unwrap().len()), (&Value::Null, 3));
}

#[test]
fn a_tenant_that_stands_for_everybody_is_explained() {
    for (tenant, why) in [
        ("common", "stands for every tenant"),
        ("ORGANIZATIONS", "stands for every tenant"),
        ("consumers", "the tenant of personal accounts"),
        ("contoso", "one of its verified domains"),
        ("contoso.example/x", "one of its verified domains"),
        ("../other", "one of its verified domains"),
        ("\u{1b}[2J.example", "one of its verified domains"),
    ] {
        let output = run(&["entra", "consent-url", "--tenant", tenant, "--client-id", CLIENT], b"");
        assert_eq!((code(&output), stdout(&output)), (3, ""), "{tenant:?}");
        assert!(stderr(&output).contains(why) && !stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
    }
    text(&["entra", "consent-url", "--tenant", "contoso.example", "--client-id", CLIENT], b"", 0);
}

#[test]
fn an_argument_that_is_no_id_or_uri_is_a_wrong_command_line() {
    let cases: [(&[&str], &str); 9] = [
        (&["--redirect-uri", "/api"], "a whole URI"),
        (&["--redirect-uri", "https://k2.contoso.example/a b"], "a whole URI"),
        (&["--redirect-uri", "https://k2.contoso.example/ä"], "a whole URI"),
        (&["--redirect-uri", "https://k2.contoso.example/#x"], "a whole URI"),
        (&["--redirect-uri", "javascript:alert(1)"], "a whole URI"),
        (&["--resource", "api"], "a whole URI"),
        (&["--resource", "https://"], "a whole URI"),
        (&["--cloud", "moon"], "public, us_government, china"),
        (&["--v2"], "--redirect-uri"),
    ];
    for (more, expected) in cases {
        let arguments = consent(more);
        let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), b"");
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{more:?}");
        assert!(stderr(&output).contains(expected), "{more:?}: {}", stderr(&output));
    }
    let output = run(&["entra", "consent-url", "--tenant", TENANT, "--client-id", "K2"], b"");
    assert!(code(&output) == 2 && stderr(&output).contains("a GUID"), "{}", stderr(&output));
}

/// Every number that is known, as it is asked for.
fn every_refusal() -> impl Iterator<Item = (String, &'static Refusal)> {
    let entra = aadsts_numbers().map(|number| (format!("AADSTS{number}"), aadsts(number).unwrap()));
    entra.chain(windows_logon_numbers().map(|number| (number.to_string(), windows_logon(number).unwrap())))
}

#[test]
fn what_has_to_be_known_is_known() {
    let entra = [
        50076, 50079, 50074, 50072, 50158, 50126, 50053, 50055, 50057, 53003, 65001, 90094, 500_011, 50001, 700_016,
        7_000_218, 50020, 50011, 90002, 50034, 7_000_215, 70011, 900_144, 16000, 50105, 50173, 700_082, 50133, 50056,
        50142, 50144, 53000, 80002, 80012, 500_014, 530_035,
    ];
    let windows = [1385, 0x525, 0x52e, 0x530, 0x531, 0x532, 0x533, 0x701, 0x773, 0x775];
    assert_eq!(aadsts_numbers().collect::<HashSet<_>>(), HashSet::from(entra));
    assert_eq!(windows_logon_numbers().collect::<HashSet<_>>(), HashSet::from(windows));
}

#[test]
fn every_number_has_a_cause_and_a_cure_of_sensible_length() {
    let mut seen = HashSet::new();
    for (name, refusal) in every_refusal() {
        assert!((10..60).contains(&refusal.title.len()), "{name}: {}", refusal.title);
        for sentences in [refusal.meaning, refusal.cure] {
            assert!((60..330).contains(&sentences.len()), "{name}: {} bytes: {sentences}", sentences.len());
            assert!(sentences.ends_with('.') && !sentences.contains("  "), "{name}: {sentences}");
            assert!(seen.insert((refusal.number, sentences)), "{name}");
        }
        assert!(!refusal.title.ends_with('.') && refusal.title.is_ascii(), "{name}: {}", refusal.title);
    }
}

/// Point 18 of `cases/entra.toml`: each number is told to people.
#[test]
fn every_number_is_explained_on_the_terminal_and_as_json() {
    for (name, refusal) in every_refusal() {
        let shown = text(&["entra", "explain", &name], b"", 0);
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let who = refusal.who.name().replace('_', " ");
        for expected in [refusal.title, refusal.meaning, refusal.cure, &who, refusal.retry.meaning()] {
            assert!(words.contains(expected), "{name}: {expected}: {shown}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= 120), "{shown}");
        let told = json(&["entra", "explain", "--json", &name], b"", 0);
        assert_eq!((&told["known"], told["numbers"].as_array().unwrap().len()), (&json!(true), 1), "{told}");
        let number = &told["numbers"][0];
        assert_eq!(number["number"], refusal.number);
        assert_eq!((&number["do"], &number["who"]), (&json!(refusal.cure), &json!(refusal.who.name())));
        assert_eq!((&number["means"], &number["retry"]), (&json!(refusal.meaning), &json!(refusal.retry.name())));
    }
}

#[test]
fn sub_codes_of_a_directory_are_the_same_errors_of_windows() {
    for sub_code in ["525", "52e", "530", "531", "532", "533", "701", "773", "775"] {
        let line =
            format!("80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {sub_code}, v4563");
        let told = json(&["entra", "explain", "--json"], line.as_bytes(), 0);
        let number = u32::from_str_radix(sub_code, 16).unwrap();
        assert_eq!((&told["numbers"][0]["number"], &told["numbers"][0]["family"]), (&json!(number), &json!("windows")));
        assert_eq!(told, json(&["entra", "explain", "--json", sub_code], b"", 0));
        assert_eq!(told, json(&["entra", "explain", "--json", &number.to_string()], b"", 0));
    }
    assert!(text(&["entra", "explain", "1385"], b"", 0).starts_with("Windows 1385, sub-code 569  the right to log on"));
}

fn response() -> Value {
    json!({
        "error": "invalid_grant", "suberror": "basic_action", "error_codes": [50076],
        "error_description": "AADSTS50076: Due to a change by your administrator you must use MFA.\r\nTrace ID: x",
        "timestamp": "2026-01-09 02:02:12Z", "trace_id": "0000aaaa-11bb-cccc-dd33-eeeeee333333",
        "correlation_id": "aaaa0000-bb11-2222-33cc-444444dddddd", "claims": "{\"access_token\":{}}",
    })
}

#[test]
fn a_whole_response_is_explained_by_its_fields() {
    let pasted = format!("HTTP/1.1 400 Bad Request\r\n\r\n{:#}\n", response());
    let told = json(&["entra", "explain", "--json"], pasted.as_bytes(), 0);
    assert_eq!(
        (&told["oauth"]["error"]["name"], &told["oauth"]["error"]["retry"]),
        (&json!("invalid_grant"), &json!("sign_in"))
    );
    assert_eq!(told["oauth"]["suberror"]["name"], "basic_action");
    assert_eq!(told["numbers"].as_array().unwrap().len(), 1);
    assert_eq!((&told["numbers"][0]["name"], &told["claims"]), (&json!("AADSTS50076"), &json!(true)));
    assert_eq!(told["correlation_id"], "aaaa0000-bb11-2222-33cc-444444dddddd");
    let shown = text(&["entra", "explain", "-"], pasted.as_bytes(), 0);
    for expected in [
        "AADSTS50076  MFA is needed\n  means      ",
        "\nerror invalid_grant\n  means      ",
        "\nsuberror basic_action\n",
        "send it unchanged with the next sign-in",
        "A program goes by error and suberror",
        "\ncorrelation id aaaa0000-bb11-2222-33cc-444444dddddd, for",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

#[test]
fn the_address_of_a_redirect_is_explained_and_its_code_is_not_shown() {
    let address = "https://k2.contoso.example/api?admin_consent=True&error=consent_required&error_description=AADSTS65001%3a+\
                   The+user+or%0d%0aTrace+ID%3a+0000aaaa&state=secret-state&code=0.secret-code";
    for command in [&["entra", "explain", address][..], &["entra", "explain"]] {
        let shown = text(command, address.as_bytes(), 0);
        assert!(
            shown.starts_with("AADSTS65001  no consent\n") && shown.contains("\nerror consent_required\n"),
            "{shown}"
        );
        assert!(!shown.contains("secret") && !shown.contains("k2.contoso"), "{shown}");
    }
    let fragment = "https://k2.contoso.example/#error=access_denied&error_description=no";
    assert_eq!(json(&["entra", "explain", "--json", fragment], b"", 0)["oauth"]["error"]["name"], "access_denied");
    let challenge = r#"WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="eyJ""#;
    let told = json(&["entra", "explain", "--json"], challenge.as_bytes(), 0);
    assert_eq!((&told["oauth"]["error"]["name"], &told["claims"]), (&json!("insufficient_claims"), &json!(true)));
}

/// Point 23 of `cases/entra.toml`: without consent there are no tokens, and who has to act is told.
#[test]
fn a_missing_consent_is_explained() {
    for number in ["AADSTS65001", "AADSTS90094"] {
        let told = json(&["entra", "explain", "--json", number], b"", 0);
        let number = &told["numbers"][0];
        assert_eq!(number["who"], "tenant_administrator", "{told}");
        assert!(number["do"].as_str().unwrap().contains("doorward entra consent-url"), "{told}");
    }
}

#[test]
fn an_unknown_number_or_value_is_said_to_be_unknown() {
    for (pasted, expected) in [
        ("AADSTS12345", "AADSTS12345  not known\n  do         Nothing is known of this number here."),
        ("1400", "Windows 1400, sub-code 578  not known\n"),
        ("{\"error\": \"brand_new\"}", "error brand_new  not known\n"),
    ] {
        let shown = text(&["entra", "explain", pasted], b"", 1);
        assert!(shown.starts_with(expected), "{shown}");
        assert_eq!(json(&["entra", "explain", "--json", pasted], b"", 1)["known"], false, "{pasted}");
    }
    let both = json(&["entra", "explain", "--json", "AADSTS50076 and AADSTS12345"], b"", 1);
    let known: Vec<_> = both["numbers"].as_array().unwrap().iter().map(|number| &number["known"]).collect();
    assert_eq!(known, [true, false]);
}

#[test]
fn where_there_is_no_error_that_is_said() {
    for pasted in
        ["", "\n", "hello", "{}", "{\"error\": 5}", "{\"error\": \"\u{1b}[2J\"}", "https://a.example/?code=x", "AADSTS"]
    {
        let output = run(&["entra", "explain"], pasted.as_bytes());
        assert_eq!((code(&output), stdout(&output)), (3, ""), "{pasted:?}");
        assert!(stderr(&output).contains("no error is found in it"), "{}", stderr(&output));
    }
    let folder = Folder::new("entra");
    let file = folder.write("error.json", &response().to_string());
    let output = run(&["entra", "explain", &file], b"");
    assert!(code(&output) == 3 && stderr(&output).contains("write < "), "{}", stderr(&output));
}

#[test]
fn hostile_input_is_bounded_and_steers_no_terminal() {
    let escapes = "\u{1b}]0;x\u{7}\u{1b}[2J\u{202e}\u{9b}31m";
    let mut evil = response();
    for field in ["error_description", "trace_id", "correlation_id", "timestamp", "x\u{1b}[2J"] {
        evil[field] = json!(format!("AADSTS50076 {escapes}"));
    }
    let mut random = fastrand::Rng::with_seed(7);
    let noise: Vec<u8> = (0..1 << 16).map(|_| random.u8(..)).chain(*b" AADSTS50076 ").collect();
    let parameters = format!("?error=invalid_grant{escapes}&suberror={escapes}&error_description=AADSTS50076%1b%5b2J");
    let deep = format!("{}AADSTS50076}}", "{\"a\":".repeat(200_000));
    let long = format!("{}\nAADSTS50076", "AADSTS50076%".repeat(80_000));
    for pasted in [evil.to_string().into_bytes(), noise, parameters.into_bytes(), deep.into_bytes(), long.into_bytes()]
    {
        assert!(pasted.len() <= 1 << 20);
        for command in [&["entra", "explain"][..], &["entra", "explain", "--json"]] {
            let output = run(command, &pasted);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            let steers = |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
            assert!(
                stdout(&output).contains("AADSTS50076") && !stdout(&output).contains(steers),
                "{}",
                stdout(&output)
            );
            assert!(stdout(&output).len() < 8 << 10 && stderr(&output).is_empty());
        }
    }
    let output = run(&["entra", "explain"], &[b'x'; (1 << 20) + 1]);
    assert_eq!((code(&output), stdout(&output)), (3, ""));
    assert!(stderr(&output).contains("more than 1 MiB"), "{}", stderr(&output));
}

const OTHER: &str = "aaaaaaaa-2222-3333-4444-555555555555";

/// A configuration with two APIs, and issuers with these fields of `entra`.
fn platform(folder: &Folder, issuers: &[(&str, Value)]) -> String {
    let issuer = |entra: &Value| json!({ "entra": entra, "audiences": [CLIENT, "https://k2.contoso.example/"] });
    let document: serde_json::Map<_, _> =
        issuers.iter().map(|(name, entra)| ((*name).to_owned(), issuer(entra))).collect();
    let names: Vec<_> = issuers.iter().map(|(name, _)| name).collect();
    let workflow = json!({
        "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["user_impersonation"],
        "app_only": { "roles": ["Tasks.Read"] },
    });
    let reports = json!({ "enabled": true, "accept": ["bearer"], "issuers": names, "scopes": [] });
    let basic = json!({ "enabled": true, "accept": ["basic"], "issuers": names, "scopes": [] });
    let config = json!({
        "issuers": document, "user_managers": { "AAD": { "issuers": names } },
        "apis": { "workflow": workflow, "reports": reports, "basic": basic, "off": { "enabled": false } },
    });
    folder.write("doorward.json", &config.to_string())
}

fn postman(config: &str, more: &[&str], exit: i32) -> String {
    text(&[&["entra", "postman", "--config", config, "--api", "workflow"], more].concat(), b"", exit)
}

#[test]
fn settings_without_a_configuration_are_those_of_the_platform() {
    let told = json(&["entra", "postman", "--json", "--tenant", TENANT, "--client-id", CLIENT], b"", 0);
    let base = format!("https://login.microsoftonline.com/{TENANT}/oauth2");
    let user = &told["user"];
    assert_eq!(user["grant_type"], "Authorization Code (With PKCE)");
    assert_eq!(
        (&user["auth_url"], &user["access_token_url"]),
        (&json!(format!("{base}/v2.0/authorize")), &json!(format!("{base}/v2.0/token")))
    );
    assert_eq!((&user["client_id"], &user["scope"]), (&json!(CLIENT), &json!("https://api.k2.com//.default")));
    assert_eq!(
        (&user["callback_url"], &user["code_challenge"]),
        (&json!("https://oauth.pstmn.io/v1/callback"), &json!("SHA-256"))
    );
    let application = &told["application"];
    assert_eq!((&application["grant_type"], &application["scope"]), (&json!("Client Credentials"), &told["scope"]));
    let v1 = &told["v1_endpoint"];
    assert_eq!(
        (&v1["resource"], &v1["access_token_url"]),
        (&json!("https://api.k2.com/"), &json!(format!("{base}/token")))
    );
    assert_eq!((&told["calls"], &told["resource"]), (&Value::Null, &json!("https://api.k2.com/")));
    for address in [&user["auth_url"], &user["access_token_url"], &v1["auth_url"], &application["access_token_url"]] {
        parts(address.as_str().unwrap());
    }
}

#[test]
fn the_slash_of_the_resource_is_explained() {
    let slash = |resource| {
        let told = json(&["entra", "postman", "--json", "--tenant", TENANT, "--resource", resource], b"", 0);
        (told["scope"].as_str().unwrap().to_owned(), told["token"]["slash"].as_str().unwrap().to_owned())
    };
    let (scope, why) = slash("https://api.k2.com/");
    assert!(scope == "https://api.k2.com//.default" && why.contains("there are two") && why.contains(&scope), "{why}");
    let (scope, why) = slash("api://k2");
    assert!(scope == "api://k2/.default" && why.contains("ends in no slash") && why.contains(&scope), "{why}");
}

#[test]
fn settings_are_read_from_the_configuration() {
    let folder = Folder::new("postman");
    let config = platform(&folder, &[("contoso", json!({ "tenant": TENANT, "cloud": "china" }))]);
    let told: Value = serde_json::from_str(&postman(&config, &["--json"], 0)).unwrap();
    let (host, path, _) = parts(told["user"]["auth_url"].as_str().unwrap());
    assert_eq!((host.as_str(), path), ("login.partner.microsoftonline.cn", format!("/{TENANT}/oauth2/v2.0/authorize")));
    assert_eq!(told["scope"], "https://k2.contoso.example//.default");
    assert_eq!(told["token"]["accepted"], format!("{CLIENT}, https://k2.contoso.example/"));
    let calls = &told["calls"];
    assert_eq!(
        calls["workflow"],
        "https://HOST/… with Authorization: Bearer TOKEN; scopes user_impersonation; applications with roles Tasks.Read"
    );
    assert_eq!(calls["reports"], "https://HOST/… with Authorization: Bearer TOKEN; users only");
    assert_eq!(calls["basic"], "takes no bearer tokens (apis.basic.accept)");
    assert_eq!(calls["off"], "switched off (apis.off.enabled)");
    let shown = postman(&config, &["--tenant", "contoso.example", "--cloud", "public", "--resource", "api://k2"], 0);
    for expected in
        ["login.microsoftonline.com/contoso.example/oauth2/v2.0/token", "api://k2/.default", "--api workflow"]
    {
        assert!(on_one_line(&shown).contains(expected), "{expected}: {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 120), "{shown}");
}

#[test]
fn one_tenant_is_chosen_among_several() {
    let folder = Folder::new("several");
    let wrong = |config: &str, more: &[&str], expected: &str| {
        let output = run(&[&["entra", "postman", "--config", config, "--api", "workflow"], more].concat(), b"");
        assert_eq!((code(&output), stdout(&output)), (3, ""), "{more:?}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    };
    let two = [("a", json!({ "tenant": TENANT })), ("b", json!({ "tenant": OTHER, "cloud": "us_government" }))];
    let config = platform(&folder, &two);
    wrong(&config, &[], "several issuers");
    wrong(&config, &["--tenant", "contoso.example"], "several issuers");
    let shown = postman(&config, &["--tenant", &OTHER.to_uppercase()], 0);
    assert!(shown.contains("https://login.microsoftonline.us/AAAAAAAA-"), "{shown}");
    let config = platform(&folder, &[("a", json!({ "tenant": [TENANT, OTHER] }))]);
    wrong(&config, &[], "several tenants");
    assert!(postman(&config, &["--tenant", OTHER], 0).contains(OTHER));
    wrong(&config, &["--tenant", "common"], "every tenant");
    let config = platform(&folder, &[("a", json!({ "tenant": "any", "allowed_tenants": [OTHER] }))]);
    assert!(postman(&config, &[], 0).contains(OTHER));
    let config = platform(&folder, &[("a", json!({ "tenant": "any", "danger_any_tenant": true }))]);
    wrong(&config, &[], "several tenants");
    let output = run(&["entra", "postman", "--config", &config, "--api", "x"], b"");
    assert!(code(&output) == 3 && stderr(&output).contains("basic, off, reports, workflow"), "{}", stderr(&output));
    for arguments in
        [&["entra", "postman"][..], &["entra", "postman", "--config", &config], &["entra", "postman", "--api", "x"]]
    {
        assert_eq!(code(&run(arguments, b"")), 2, "{arguments:?}");
    }
}

/// A cloud of the test's own, whose tenant has keys and metadata of both versions.
struct Cloud {
    folder: Folder,
    server: Server,
    key: Value,
}

impl Cloud {
    fn new(name: &str) -> Self {
        let private = text(&["key", "new", "--alg", "RS256"], b"", 0);
        let key =
            json(&["key", "public", "-", "--alg", "RS256", "--kid", "k1"], private.as_bytes(), 0)["keys"][0].clone();
        let cloud = Self { folder: Folder::new(name), server: Server::start(), key };
        cloud.set_keys(0);
        cloud.set_metadata("v2.0/", &format!("{}/{TENANT}/v2.0", cloud.server.url("")));
        cloud.set_metadata("", &format!("https://sts.windows.net/{TENANT}/"));
        cloud
    }

    /// Publishes the key, once for the tenant and once for all of them, by a clock that is off.
    fn set_keys(&self, ahead: i64) {
        let key = |id: &str, tenant: &str| {
            let mut key = self.key.clone();
            key["kid"] = json!(id);
            key["issuer"] = json!(format!("{}/{tenant}/v2.0", self.server.url("")));
            key["cloud_instance_name"] = json!("contoso.example");
            key
        };
        let keys = json!({ "keys": [key("k1", "{tenantid}"), key("k2", "{tenantid}"), key("k3", TENANT)] });
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(ahead);
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        self.server.set("/keys", Answer::json(keys.to_string()).header("Date", &date));
    }

    fn set_metadata(&self, version: &str, issuer: &str) {
        let document = json!({
            "issuer": issuer, "jwks_uri": self.server.url("/keys"), "cloud_instance_name": "contoso.example",
        });
        let path = format!("/{TENANT}/{version}.well-known/openid-configuration");
        self.server.set(&path, Answer::json(document.to_string()));
    }

    fn config(&self) -> String {
        let entra =
            json!({ "tenant": TENANT, "authority": self.server.url(""), "v1_issuer": "https://sts.windows.net" });
        platform(&self.folder, &[("contoso", entra)])
    }

    fn online(&self, exit: i32) -> Value {
        json(&["entra", "check", "--online", "--json", "--config", &self.config()], b"", exit)
    }
}

#[test]
fn what_a_token_must_look_like_is_told_without_the_network() {
    let folder = Folder::new("offline");
    let issuers =
        [("contoso", json!({ "tenant": TENANT })), ("many", json!({ "tenant": [OTHER, CLIENT], "cloud": "china" }))];
    let config = platform(&folder, &issuers);
    let shown = text(&["entra", "check", "--config", &config], b"", 0);
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "contoso v1.0 cloud public: https://login.microsoftonline.com metadata https://login.microsoftonline.com/common/.well-known/openid-configuration",
        &format!(
            "iss https://sts.windows.net/{TENANT}/ aud one of {CLIENT}, https://k2.contoso.example/ ver 1.0 tid {TENANT} rights"
        ),
        &format!("iss https://login.microsoftonline.com/{TENANT}/v2.0 aud"),
        &format!(
            "iss https://sts.chinacloudapi.cn/{{tenantid}}/, with the id in tid aud one of {CLIENT}, https://k2.contoso.example/ ver 1.0 tid {OTHER} or {CLIENT}"
        ),
        "ver 2.0",
        "rights workflow: a user's scp with user_impersonation; an application's roles with Tasks.Read",
        "rights reports: a user's scp or roles with anything; no application",
    ] {
        assert!(words.contains(expected), "{expected}: {shown}");
    }
    assert!(!words.contains("clock") && !words.contains("off:") && !shown.contains('✓'), "{shown}");
    let told = json(&["entra", "check", "--json", "--config", &config], b"", 0);
    let issuers = told["issuers"].as_array().unwrap();
    let names: Vec<_> = issuers.iter().map(|issuer| issuer["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["contoso v1.0", "contoso v2.0", "many v1.0", "many v2.0"]);
    for issuer in issuers {
        assert_eq!((&issuer["ok"], &issuer["online"]), (&json!(true), &Value::Null));
        assert_eq!(issuer["token"]["rights"].as_array().unwrap().len(), 3, "{issuer}");
    }
}

#[test]
fn a_cloud_in_order_is_told_in_full() {
    let cloud = Cloud::new("cloud");
    let config = cloud.config();
    let shown = text(&["entra", "check", "--online", "--config", &config], b"", 0);
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let authority = cloud.server.url("");
    for expected in [
        &format!("✓ contoso v1.0 cloud an authority of its own: {authority}"),
        &format!("✓ contoso v2.0 cloud an authority of its own: {authority}"),
        "issuer the metadata names https://sts.windows.net/{tenantid}/, or it with the tenant's id",
        &format!("3 keys at {authority}/keys: k1, k2, k3"),
        &format!("key issuers {authority}/{TENANT}/v2.0: k3; {authority}/{{tenantid}}/v2.0: k1, k2"),
        "instance contoso.example (cloud_instance_name of the metadata)",
        "ours; clock_skew allows 1m",
    ] {
        assert!(words.contains(expected), "{expected}: {shown}");
    }
    let told = cloud.online(0);
    assert_eq!((&told["ok"], told["issuers"].as_array().unwrap().len()), (&json!(true), 2));
    let online = &told["issuers"][1]["online"];
    assert_eq!((&online["keys"], &online["cloud_instance_name"]), (&json!(3), &json!("contoso.example")));
    assert_eq!(online["key_issuers"][2], json!({ "key_id": "k3", "issuer": format!("{authority}/{TENANT}/v2.0") }));
    assert!(online["clock_difference_seconds"].as_i64().unwrap().abs() < 50, "{online}");
    let checked = text(&["check", "--online", &config], b"", 0);
    assert!(
        checked.contains(&format!("Entra ID, tenant {TENANT}")) && checked.contains("the metadata names"),
        "{checked}"
    );
    assert_eq!(json(&["check", "--json", &config], b"", 0)["issuers"][0]["keys_from"], "entra");
}

#[test]
fn a_clock_that_is_off_is_told() {
    let cloud = Cloud::new("clock");
    for (ahead, exit, expected) in [
        (300, 1, "ahead of ours; more than clock_skew"),
        (-300, 1, "behind ours; more than clock_skew"),
        (5, 0, "ahead of ours; clock_skew allows"),
    ] {
        cloud.set_keys(ahead);
        let shown = text(&["entra", "check", "--online", "--config", &cloud.config()], b"", exit);
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(expected), "{ahead}: {shown}");
        let difference = cloud.online(exit)["issuers"][0]["online"]["clock_difference_seconds"].as_i64().unwrap();
        assert!((difference - ahead).abs() < 50, "{ahead} {difference}");
    }
}

#[test]
fn what_is_wrong_with_a_cloud_is_told() {
    let cloud = Cloud::new("wrong");
    cloud.set_metadata("v2.0/", &format!("https://login.microsoftonline.com/{OTHER}/v2.0"));
    let config = cloud.config();
    for command in [&["entra", "check", "--online", "--config", &config][..], &["check", "--online", &config]] {
        let shown = text(command, b"", 1);
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for expected in
            ["✓ contoso v1.0", "✗ contoso v2.0", "another issuer", "issuers.contoso.entra: this is not the metadata"]
        {
            assert!(words.contains(expected), "{expected}: {shown}");
        }
    }
    let told = cloud.online(1);
    assert_eq!(
        (&told["ok"], &told["issuers"][0]["ok"], &told["issuers"][1]["ok"]),
        (&json!(false), &json!(true), &json!(false))
    );
    assert!(told["issuers"][1]["online"]["failure"].as_str().unwrap().contains("another issuer"), "{told}");
    cloud.server.set("/keys", Answer::status(503));
    assert_eq!(cloud.online(1)["issuers"][0]["ok"], false);
}

#[test]
fn a_configuration_without_entra_has_nothing_to_check() {
    let folder = Folder::new("plain");
    let config = folder.write("doorward.json", r#"{"apis": {"reports": {"enabled": false}}}"#);
    let output = run(&["entra", "check", "--config", &config], b"");
    assert!(code(&output) == 3 && stderr(&output).contains("has entra"), "{}", stderr(&output));
    let output = run(&["entra", "check", "--config", &config, "--wait", "1s"], b"");
    assert_eq!(code(&output), 2, "--wait goes with --online");
}

/// Lines are wrapped, and where depends on the path of the file.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
