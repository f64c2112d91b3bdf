//! Which API a path belongs to: the one whose prefix is the longest in it.
//!
//! A prefix is taken only where every host finds it. The reading that takes the most for the same finds each prefix that
//! any host finds; the longest of them has to stand in the path to the letter, which no host reads otherwise. Nor may the path
//! begin with a longer prefix of another API, though that ends within a segment: some hosts look no further.

use super::beginnings::Beginnings;
use super::check::Failure;
use super::error::ConfigError;
use super::text::check_values;
use crate::code::Code;
use crate::limits;
use crate::parse::Fault;
use crate::parse::path::{self, Path, Segment};
use std::cmp::Ordering;
use std::collections::HashSet;

/// The prefixes of all APIs.
#[derive(Debug)]
pub(crate) struct Paths {
    /// Sorted by their segments: what begins with the same segments stands together.
    prefixes: Vec<Prefix>,
    beginnings: Beginnings,
}

/// A prefix of the configuration.
#[derive(Debug)]
pub(crate) struct Prefix {
    /// As written, such as `/api/workflow/v1`.
    pub(crate) text: String,
    /// In lower case.
    segments: Vec<Box<str>>,
    /// The name of the API that it leads to.
    pub(crate) api: String,
    /// Its place in the API's list.
    index: usize,
}

/// A path that leads to no API.
#[derive(Debug)]
pub(crate) struct Astray<'p> {
    pub(crate) failure: Failure<'static>,
    pub(crate) near: Option<Near<'p>>,
}

/// The prefix that some hosts find in a path, and others don't.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Near<'p> {
    /// It is written otherwise in the path.
    Otherwise(&'p Prefix),
    /// The path begins with it, but goes on in the same segment. By segments another API's was found.
    Begun { begun: &'p Prefix, found: &'p Prefix },
}

impl<'p> Astray<'p> {
    fn near(what: &'static str, near: Near<'p>) -> Self {
        Self { failure: ambiguous(what).into(), near: Some(near) }
    }
}

impl From<Fault> for Astray<'_> {
    fn from(fault: Fault) -> Self {
        Self { failure: fault.into(), near: None }
    }
}

const fn ambiguous(what: &'static str) -> Fault {
    Fault::new(Code::PathAmbiguous, what)
}

impl Paths {
    /// Checks the prefixes of each API, and brings them into order.
    pub(super) fn compile<'d>(apis: impl Iterator<Item = (&'d str, &'d [String])>) -> Result<Self, ConfigError> {
        let mut prefixes = Vec::new();
        for (api, texts) in apis {
            check_prefixes(&format!("apis.{api}.paths"), texts)?;
            prefixes.extend(texts.iter().enumerate().map(|(index, text)| Prefix::new(api, index, text)));
        }
        // Equal ones stay in the order of the document's APIs.
        prefixes.sort_by(|a, b| a.segments.cmp(&b.segments));
        match prefixes.windows(2).find(|pair| pair[0].segments == pair[1].segments) {
            Some(pair) => Err(repeated(&pair[0], &pair[1])),
            None => Ok(Self { beginnings: beginnings(&prefixes), prefixes }),
        }
    }

    /// Every prefix, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Prefix> {
        self.prefixes.iter()
    }

    /// Prefixes below one of another API, each with the one above it: the first of each two APIs.
    pub(crate) fn nested(&self) -> Vec<(&Prefix, &Prefix)> {
        let mut seen = HashSet::new();
        let above = |inner: &Prefix| {
            let longer = |outer: &&Prefix| outer.segments.len() < inner.segments.len();
            let is_above = |outer: &&Prefix| inner.segments.starts_with(&outer.segments);
            self.iter().filter(longer).filter(is_above).max_by_key(|outer| outer.segments.len())
        };
        let pairs = self.iter().filter_map(|inner| Some((above(inner)?, inner)));
        pairs.filter(|(outer, inner)| outer.api != inner.api && seen.insert((&outer.api, &inner.api))).collect()
    }

    /// The longest prefix in the path of a request target, where every host finds the same.
    pub(crate) fn find(&self, target: &[u8]) -> Result<&Prefix, Astray<'_>> {
        let path = path::parse(target)?;
        match self.longest(path)? {
            Some(prefix) if path.is_below(&prefix.text) => match self.begun(path, prefix) {
                None => Ok(prefix),
                Some(begun) => Err(Astray::near(
                    "the path begins with the prefix of another API, and goes on in the same segment",
                    Near::Begun { begun, found: prefix },
                )),
            },
            None => Err(Astray { failure: Code::PathUnknown.into(), near: None }),
            Some(prefix) => Err(Astray::near(
                "some hosts find the prefix of an API in the path, and others don't",
                Near::Otherwise(prefix),
            )),
        }
    }

    /// A longer prefix of another API that the path begins with, though not by segments.
    fn begun(&self, path: Path<'_>, found: &Prefix) -> Option<&Prefix> {
        let longer = self.beginnings.of(path).take_while(|(_, length)| *length > found.text.len());
        longer.map(|(prefix, _)| &self.prefixes[prefix]).find(|prefix| prefix.api != found.api)
    }

    /// The longest prefix that any host finds by segments.
    fn longest(&self, path: Path<'_>) -> Result<Option<&Prefix>, Fault> {
        let mut longest = None;
        // Those that have the segments so far.
        let mut candidates = self.prefixes.as_slice();
        let mut segments = path.segments();
        for depth in 0.. {
            if let Some((first, longer)) = candidates.split_first().filter(|(first, _)| first.segments.len() == depth) {
                (longest, candidates) = (Some(first), longer);
            }
            if candidates.is_empty() {
                break;
            }
            let Some(segment) = segments.next() else { break };
            // Some hosts turn letters into others that look the same.
            if !segment.folded().all(|byte| byte.is_ascii()) {
                return Err(ambiguous("there are letters beyond ASCII where the prefix of an API goes on"));
            }
            let start = candidates.partition_point(|prefix| prefix.compare(depth, segment).is_lt());
            let end = candidates.partition_point(|prefix| prefix.compare(depth, segment).is_le());
            candidates = &candidates[start..end];
        }
        Ok(longest)
    }
}

impl Prefix {
    fn new(api: &str, index: usize, text: &str) -> Self {
        let segments = text.split('/').filter(|segment| !segment.is_empty());
        let segments = segments.map(|segment| segment.to_ascii_lowercase().into()).collect();
        Self { text: text.to_owned(), segments, api: api.to_owned(), index }
    }

    /// The path of its field.
    pub(crate) fn field(&self) -> String {
        format!("apis.{}.paths[{}]", self.api, self.index)
    }

    /// Compares its segment of a depth. Where it has none, it comes first.
    fn compare(&self, depth: usize, segment: Segment<'_>) -> Ordering {
        let own = self.segments.get(depth);
        own.map_or(Ordering::Less, |own| own.bytes().cmp(segment.folded()))
    }
}

/// Every path begins with the slash, which ends no segment.
fn beginnings(prefixes: &[Prefix]) -> Beginnings {
    let texts = prefixes.iter().map(|prefix| prefix.text.to_ascii_lowercase()).zip(0..);
    Beginnings::new(texts.filter(|(text, _)| text != "/"))
}

fn check_prefixes(path: &str, texts: &[String]) -> Result<(), ConfigError> {
    if texts.len() > limits::PATH_PREFIXES {
        return Err(ConfigError::invalid(path, "the list has more than 16 values"));
    }
    check_values(path, texts)?;
    for (index, text) in texts.iter().enumerate() {
        check_prefix(text).map_err(|what| ConfigError::invalid(format!("{path}[{index}]"), what))?;
    }
    Ok(())
}

/// A prefix is written as every host reads it.
pub(crate) fn check_prefix(text: &str) -> Result<(), String> {
    let Some(inner) = text.strip_prefix('/') else {
        return Err("a path prefix begins with a slash, such as \"/api/workflow/v1\"".to_owned());
    };
    if text.len() > limits::PATH_PREFIX_BYTES {
        return Err("the path prefix has more than 256 bytes".to_owned());
    }
    if let Some(other) = inner.chars().find(|other| !is_allowed(*other)) {
        return Err(format!(
            "a path prefix holds letters and digits of ASCII, -, ., _, ~ and slashes, and no \"{other}\""
        ));
    }
    if inner.is_empty() {
        return Ok(());
    }
    if text.contains("//") {
        return Err("two slashes stand side by side in the path prefix; write one".to_owned());
    }
    if inner.ends_with('/') {
        return Err(format!("a path prefix ends without a slash: write \"{}\"", text.trim_end_matches('/')));
    }
    if inner.split('/').any(|segment| segment.ends_with('.')) {
        return Err("no segment of a path prefix is \".\" or \"..\", or ends in a dot".to_owned());
    }
    Ok(())
}

/// What is the same to every host, percent-encoded or not (RFC 3986 section 2.3), and the slash.
fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~' | '/')
}

fn repeated(first: &Prefix, second: &Prefix) -> ConfigError {
    let how = if first.text == second.text { "is" } else { "differs in upper and lower case alone from" };
    let message = format!("\"{}\" {how} that of {}; requests could not be told apart", second.text, first.field());
    ConfigError::invalid(second.field(), message)
}
