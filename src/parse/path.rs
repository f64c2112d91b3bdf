//! The path of a request (RFC 3986 section 3.3), refused where no two hosts have to agree on it.
//!
//! Hosts read one path in different ways: `%2F` is a slash or a character, `A` is `a` or isn't, `;x=1` belongs to a
//! segment or is cut off, `//`, `..` and a dot at the end are resolved or kept. What can lead anywhere is refused here.
//! For the rest there is the reading that takes the most for the same. Which API a path belongs to is decided above.

use super::Fault;
use crate::code::Code;
use crate::limits;

/// A path without its query, of which no segment is empty, `.` or `..` to any host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'a>(&'a [u8]);

/// Cuts the path out of a request target in origin form (RFC 9112 section 3.2.1), and checks it.
pub(crate) fn parse(target: &[u8]) -> Result<Path<'_>, Fault> {
    let path = without_query(target);
    if !path.starts_with(b"/") {
        return ambiguous("the path does not begin with a slash");
    }
    if path.len() > limits::PATH_BYTES {
        return ambiguous("the path has more than 8 KiB");
    }
    if memchr::memchr(b'#', target).is_some() {
        return ambiguous("there is a fragment (#), which no request has");
    }
    check(path)?;
    check_tickets(path)?;
    Ok(Path(path))
}

/// What stands before the query.
pub(crate) fn without_query(target: &[u8]) -> &[u8] {
    &target[..memchr::memchr(b'?', target).unwrap_or(target.len())]
}

fn ambiguous<T>(what: &'static str) -> Result<T, Fault> {
    Err(Fault::new(Code::PathAmbiguous, what))
}

/// A character as a host reads that decodes once; of one that takes several bytes, the first byte.
#[derive(Clone, Copy)]
struct Symbol {
    byte: u8,
    is_encoded: bool,
}

fn check(path: &[u8]) -> Result<(), Fault> {
    let mut rest = path;
    let mut before = None;
    while !rest.is_empty() {
        let (symbol, after) = read(rest)?;
        check_neighbours(before, Some(symbol))?;
        (before, rest) = (Some(symbol), after);
    }
    check_neighbours(before, None)
}

/// Reads one symbol. What follows it is the second value.
fn read(path: &[u8]) -> Result<(Symbol, &[u8]), Fault> {
    match *path {
        [b'%', ..] => read_encoded(path),
        [b'\\', ..] => ambiguous("there is a backslash, which is a slash to some hosts"),
        [byte, ref rest @ ..] if byte.is_ascii_graphic() => Ok((Symbol { byte, is_encoded: false }, rest)),
        _ => ambiguous("there is a space, a control character or a byte beyond ASCII that is not percent-encoded"),
    }
}

fn read_encoded(path: &[u8]) -> Result<(Symbol, &[u8]), Fault> {
    let Some((byte, rest)) = triplet(path) else {
        return ambiguous("a percent sign is not followed by two hexadecimal digits");
    };
    let rest = match byte {
        0..0x20 | 0x7f => return ambiguous("there is a control character"),
        b'\\' => return ambiguous("there is a backslash, which is a slash to some hosts"),
        b'%' if is_encoding(rest) => return ambiguous("the path is percent-encoded twice"),
        0x80.. => read_wide(path)?,
        _ => rest,
    };
    Ok((Symbol { byte, is_encoded: true }, rest))
}

/// A percent sign and two hexadecimal digits, as the byte that they stand for.
fn triplet(path: &[u8]) -> Option<(u8, &[u8])> {
    match *path {
        [b'%', high, low, ref rest @ ..] => Some((digit(high)? << 4 | digit(low)?, rest)),
        _ => None,
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether a host that decodes once more would find an encoded character behind a percent sign: `41`, or `u0041`.
fn is_encoding(rest: &[u8]) -> bool {
    let mut decoded = Decoded(rest).peekable();
    let digits = if decoded.next_if(|byte| matches!(byte, b'u' | b'U')).is_some() { 4 } else { 2 };
    decoded.take(digits).filter(u8::is_ascii_hexdigit).count() == digits
}

/// Reads over a character of several bytes, which has to be well-formed UTF-8.
fn read_wide(path: &[u8]) -> Result<&[u8], Fault> {
    let mut room = [0; 4];
    let mut rest = path;
    for length in 0..room.len() {
        let Some((byte, after)) = triplet(rest) else { break };
        (room[length], rest) = (byte, after);
        match str::from_utf8(&room[..=length]) {
            Ok(text) if text.chars().any(char::is_control) => return ambiguous("there is a control character"),
            Ok(_) => return Ok(rest),
            Err(_) => {}
        }
    }
    ambiguous("what is percent-encoded is not UTF-8")
}

/// Checks two symbols that stand side by side, or one at the beginning or the end: that no segment is empty, or ends in
/// what some hosts take away. `.` and `..` are such segments too.
fn check_neighbours(before: Option<Symbol>, after: Option<Symbol>) -> Result<(), Fault> {
    let Some(before) = before else { return Ok(()) };
    let may_end = after.is_none_or(|after| matches!(after.byte, b'/' | b';' | b'?' | b'#'));
    let is_plain_slash = |symbol: Symbol| symbol.byte == b'/' && !symbol.is_encoded;
    match (before.byte, after) {
        (b'.' | b' ', _) if may_end => ambiguous("a segment is . or .., or ends in a dot or a space"),
        (b'/', Some(after)) if after.byte == b';' => ambiguous("a segment has nothing but parameters (;)"),
        (_, Some(after)) if is_plain_slash(before) && is_plain_slash(after) => {
            ambiguous("a segment is empty: two slashes stand side by side")
        }
        _ => Ok(()),
    }
}

/// Refuses what ASP.NET takes out of a path, wherever it stands: a session or ticket without a cookie, such as `(S(x))`.
fn check_tickets(path: &[u8]) -> Result<(), Fault> {
    let mut before = [0; 2];
    for byte in Decoded(path) {
        if before[0] == b'(' && before[1].is_ascii_alphabetic() && byte == b'(' {
            return ambiguous("there is a ticket such as (S(x)), which some hosts take out of the path");
        }
        before = [before[1], byte];
    }
    Ok(())
}

/// The bytes after decoding once.
#[derive(Clone)]
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = triplet(self.0).or_else(|| self.0.split_first().map(|(byte, rest)| (*byte, rest)))?;
        self.0 = rest;
        Some(byte)
    }
}

impl<'a> Path<'a> {
    /// Whether the path is a prefix, or goes on below it, to the letter.
    pub(crate) fn is_below(self, prefix: &str) -> bool {
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let rest = self.0.strip_prefix(prefix.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }

    /// The segments in the reading that takes the most for the same, in which `%2F` is a slash.
    pub(crate) fn segments(self) -> Segments<'a> {
        Segments(self.0)
    }
}

/// See [`Path::segments`].
pub(crate) struct Segments<'a>(&'a [u8]);

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        while let Some((_, width)) = find_slash(self.0).filter(|(at, _)| *at == 0) {
            self.0 = &self.0[width..];
        }
        let (end, _) = find_slash(self.0).unwrap_or((self.0.len(), 0));
        let (segment, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(Segment(segment)).filter(|_| !segment.is_empty())
    }
}

/// Where the next slash is, and how many bytes it has.
fn find_slash(path: &[u8]) -> Option<(usize, usize)> {
    (0..path.len()).find_map(|at| match path[at..] {
        [b'/', ..] => Some((at, 1)),
        [b'%', b'2', b'f' | b'F', ..] => Some((at, 3)),
        _ => None,
    })
}

/// A segment, as sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a>(&'a [u8]);

impl<'a> Segment<'a> {
    /// The bytes in the reading that takes the most for the same: decoded, in lower case, and without what some hosts
    /// cut off: parameters (`;`), a query that was encoded, and the stream of a file (`:`).
    pub(crate) fn folded(self) -> impl Iterator<Item = u8> + 'a {
        let kept = |byte: &u8| !matches!(byte, b';' | b':' | b'?' | b'#');
        Decoded(self.0).take_while(kept).map(|byte| byte.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(path: &str) -> Vec<String> {
        let path = parse(path.as_bytes()).unwrap();
        path.segments().map(|segment| String::from_utf8(segment.folded().collect()).unwrap()).collect()
    }

    #[test]
    fn the_widest_reading_decodes_folds_cuts_and_splits() {
        assert_eq!(folded("/API/W%6frkflow;a=1/v1%2Fx/?q"), ["api", "workflow", "v1", "x"]);
        assert_eq!(folded("/a%2f%2F/b"), ["a", "b"]);
        assert_eq!(folded("/a%3Fb/c%23d/e:f/%C3%A9"), ["a", "c", "e", "\u{e9}"]);
        assert_eq!(folded("/"), [""; 0]);
    }

    #[test]
    fn a_prefix_ends_where_a_segment_does() {
        let is_below = |path: &str, prefix| parse(path.as_bytes()).unwrap().is_below(prefix);
        for path in ["/a/b", "/a/b/", "/a/b/c", "/a/b?c"] {
            assert!(is_below(path, "/a/b") && is_below(path, "/"), "{path}");
        }
        for path in ["/a", "/a/bc", "/a/B", "/a/b;c", "/a/b%2Fc", "/%61/b"] {
            assert!(!is_below(path, "/a/b") && is_below(path, "/"), "{path}");
        }
    }

    #[test]
    fn the_maximum_is_the_last_size_that_passes() {
        let path = |size: usize| [b"/".as_slice(), &vec![b'a'; size - 1], b"?", &vec![b'q'; 100_000]].concat();
        assert!(parse(&path(limits::PATH_BYTES)).is_ok());
        assert_eq!(parse(&path(limits::PATH_BYTES + 1)).unwrap_err().code, Code::PathAmbiguous);
    }
}
