//! Advice on the path of a request.

use super::Advice;
use crate::code::Code;
use crate::explain::shown;
use crate::parse::path;
use crate::policy::Policy;
use crate::policy::paths::{self, Near, Paths, Prefix};

pub(in crate::explain) fn path(target: &[u8], policy: &Policy) -> Advice {
    let Err(astray) = policy.paths.find(target) else { return Advice::new() };
    let code = astray.failure.code;
    let text = match astray.near {
        _ if code == Code::PathUnknown => unknown(&policy.paths),
        Some(Near::Otherwise(prefix)) => otherwise(path::without_query(target), prefix),
        Some(Near::Begun { begun: inner, found }) => begun(path::without_query(target), inner, found),
        None => shape(target).to_owned(),
    };
    vec![(code, text)]
}

fn unknown(paths: &Paths) -> String {
    let prefixes = paths.iter().map(|prefix| format!("{} ({})", prefix.text, prefix.api));
    format!(
        "Add a prefix of this path to `paths` of the API that it belongs to. The configuration has: {}.",
        shown::list(prefixes)
    )
}

fn begun(path: &[u8], begun: &Prefix, found: &Prefix) -> String {
    let (text, field, other) = (&begun.text, begun.field(), &begun.api);
    let end = path.iter().skip(text.len()).position(|byte| *byte == b'/').map_or(path.len(), |more| text.len() + more);
    let longer = path.get(..end).and_then(|longer| std::str::from_utf8(longer).ok());
    let longer = longer.filter(|longer| paths::check_prefix(longer).is_ok());
    let what = longer.map_or_else(
        || "give the two APIs prefixes that do not begin alike, for none can be written for this path".to_owned(),
        |longer| format!("add \"{longer}\" to apis.{}.paths", found.api),
    );
    format!(
        "It begins with {text} ({field}) and goes on in the same segment. Some hosts serve it as {other}, others as {}. If \
         your host serves it as {} and never as {other}, {what}.",
        found.api, found.api
    )
}

fn otherwise(path: &[u8], prefix: &Prefix) -> String {
    let (text, field) = (&prefix.text, prefix.field());
    let begins_alike = path.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text.as_bytes()));
    let has = |byte: &u8| path.contains(byte);
    let why = if begins_alike && !path.starts_with(text.as_bytes()) {
        "upper and lower case differ. Let the client write it as the configuration does, or change that field"
    } else if has(&b'%') {
        "something before its end is percent-encoded. Let the client send letters, digits and slashes as they are"
    } else {
        "parameters (;) or a colon stand before its end. Let the client leave them out, or write them further behind"
    };
    format!("Some hosts take this path for one below {text} ({field}), and others don't: {why}.")
}

fn shape(target: &[u8]) -> &'static str {
    if !target.starts_with(b"/") {
        "Hand over the path alone, as it stands in the request line after the name of the host: it begins with a slash."
    } else {
        "Let the client send a path that every host reads alike: without `.`, `..`, `//`, backslashes and control \
         characters, nothing encoded twice, and letters beyond ASCII only behind the prefix. docs/configuration.md has \
         the rules."
    }
}
