//! Advice on the path of a request.

use super::Advice;
use crate::code::Code;
use crate::explain::shown;
use crate::parse::path;
use crate::policy::Policy;
use crate::policy::paths::{Paths, Prefix};

pub(in crate::explain) fn path(target: &[u8], policy: &Policy) -> Advice {
    let Err(astray) = policy.paths.find(target) else { return Advice::new() };
    let code = astray.failure.code;
    let text = match astray.near {
        _ if code == Code::PathUnknown => unknown(&policy.paths),
        Some(prefix) => near(path::without_query(target), prefix),
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

fn near(path: &[u8], prefix: &Prefix) -> String {
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
