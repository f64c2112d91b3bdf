//! Which API a path belongs to: the one whose prefix is the longest in it.
//!
//! A prefix is taken only where every host finds it. The reading that takes the most for the same finds each prefix that
//! any host finds; the longest of them has to stand in the path to the letter, which no host reads otherwise. Nor may the path
//! begin with a longer prefix of another API, though that ends within a segment: some hosts look no further.

use super::check::Failure;
use super::error::ConfigError;
use super::text::check_values;
use crate::code::Code;
use crate::limits;
use crate::parse::Fault;
use crate::parse::path::{self, Path, Segment};
use std::cmp::Ordering;
use std::collections::HashSet;

/// The prefixes of all APIs, sorted by their segments: what begins with the same segments stands together.
#[derive(Debug)]
pub(crate) struct Paths(Vec<Prefix>);

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
            None => Ok(Self(prefixes)),
        }
    }

    /// Every prefix, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Prefix> {
        self.0.iter()
    }

    /// Prefixes below one of another API, each with the one above it: the first of each two APIs.
    pub(crate) fn nested(&self) -> Vec<(&Prefix, &Prefix)> {
        let (mut seen, mut above, mut nested) = (HashSet::new(), Vec::<&Prefix>::new(), Vec::new());
        for inner in self.iter() {
            while above.pop_if(|outer| !inner.segments.starts_with(&outer.segments)).is_some() {}
            if let Some(outer) = above.last()
                && outer.api != inner.api
                && seen.insert((&outer.api, &inner.api))
            {
                nested.push((*outer, inner));
            }
            above.push(inner);
        }
        nested
    }

    /// The longest prefix in the path of a request target, where every host finds the same.
    pub(crate) fn find(&self, target: &[u8]) -> Result<&Prefix, Astray<'_>> {
        let path = path::parse(target)?;
        match self.longest(path)? {
            None => Err(Astray { failure: Code::PathUnknown.into(), near: None }),
            Some(Longest { found, .. }) if !path.is_below(&found.text) => Err(Astray::near(
                "some hosts find the prefix of an API in the path, and others don't",
                Near::Otherwise(found),
            )),
            Some(Longest { found, begun: Some(begun) }) => Err(Astray::near(
                "the path begins with the prefix of another API, and goes on in the same segment",
                Near::Begun { begun, found },
            )),
            Some(Longest { found, begun: None }) => Ok(found),
        }
    }

    /// The longest prefix that any host finds.
    fn longest(&self, path: Path<'_>) -> Result<Option<Longest<'_>>, Fault> {
        let mut longest: Option<Longest<'_>> = None;
        // Those that have the segments so far.
        let mut candidates = self.0.as_slice();
        let mut segments = path.segments();
        for depth in 0.. {
            if let Some((first, longer)) = candidates.split_first().filter(|(first, _)| first.segments.len() == depth) {
                (longest, candidates) = (Some(Longest { found: first, begun: None }), longer);
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
            if let Some(Longest { found, begun }) = &mut longest {
                let mut others = Ends { before: &candidates[..start], depth, segment };
                *begun = others.find(|other| other.api != found.api).or(*begun);
            }
            candidates = &candidates[start..end];
        }
        Ok(longest)
    }
}

/// The longest prefix that is found by segments.
struct Longest<'p> {
    found: &'p Prefix,
    /// A longer one of another API, that ends within a segment of the path.
    begun: Option<&'p Prefix>,
}

/// The prefixes that end within a segment, of those that come before it; the longest first.
struct Ends<'p, 's> {
    before: &'p [Prefix],
    depth: usize,
    segment: Segment<'s>,
}

impl<'p> Iterator for Ends<'p, '_> {
    type Item = &'p Prefix;

    fn next(&mut self) -> Option<&'p Prefix> {
        loop {
            let last = self.before.last()?.segment(self.depth);
            let common = last.bytes().zip(self.segment.folded()).take_while(|(own, other)| own == other).count();
            if common == 0 {
                return None;
            }
            let begin = last.get(..common)?;
            if begin.len() < last.len() {
                let end = self.before.partition_point(|prefix| prefix.segment(self.depth) <= begin);
                self.before = &self.before[..end];
                continue;
            }
            // Those that have the same segment stand together, and the shortest of them first.
            let start = self.before.partition_point(|prefix| prefix.segment(self.depth) < begin);
            let (before, same) = self.before.split_at(start);
            self.before = before;
            if let Some(first) = same.first().filter(|first| first.segments.len() == self.depth + 1) {
                return Some(first);
            }
        }
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

    /// Its segment of a depth; empty if it has none.
    fn segment(&self, depth: usize) -> &str {
        self.segments.get(depth).map_or("", |segment| segment)
    }

    /// Compares its segment of a depth. Where it has none, it comes first.
    fn compare(&self, depth: usize, segment: Segment<'_>) -> Ordering {
        let own = self.segments.get(depth);
        own.map_or(Ordering::Less, |own| own.bytes().cmp(segment.folded()))
    }
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
