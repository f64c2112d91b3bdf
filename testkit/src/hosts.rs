//! How hosts read a path: naive readers, each in the way of a kind of server or of a mistake that servers made.
//!
//! They are lenient on purpose. A reader hands out the segments that it finds, and says whether it looks at case, and whether a
//! prefix has to end where a segment does.

/// A host.
pub struct Host {
    pub name: &'static str,
    pub read: fn(&[u8]) -> Vec<Vec<u8>>,
    pub is_case_sensitive: bool,
    /// Whether a prefix may end within a segment of what was sent.
    pub is_within: bool,
    is_by_text: bool,
}

const fn by_segments(name: &'static str, read: fn(&[u8]) -> Vec<Vec<u8>>, is_case_sensitive: bool) -> Host {
    Host { name, read, is_case_sensitive, is_within: false, is_by_text: false }
}

/// One that takes the end off a segment.
const fn by_parts(name: &'static str, read: fn(&[u8]) -> Vec<Vec<u8>>, is_case_sensitive: bool) -> Host {
    Host { name, read, is_case_sensitive, is_within: true, is_by_text: false }
}

const fn by_text(name: &'static str, read: fn(&[u8]) -> Vec<Vec<u8>>, is_case_sensitive: bool) -> Host {
    Host { name, read, is_case_sensitive, is_within: true, is_by_text: true }
}

pub const HOSTS: [Host; 16] = [
    by_segments("a filter that does not decode", as_sent, true),
    by_segments("a filter without case", as_sent, false),
    by_segments("Apache httpd", apache, true),
    by_segments("nginx", nginx, true),
    by_segments("IIS", iis, false),
    by_segments("Tomcat", tomcat, true),
    by_segments("one that decodes twice", twice, true),
    by_segments("one that decodes before it cuts the query", query_late, true),
    by_segments("one that cuts parameters after decoding", parameters_late, false),
    by_segments("one that looks for a folder of Windows", folders, false),
    by_segments("one that maps letters beyond ASCII", mapped, false),
    by_parts("Django REST framework, with a format behind a dot", formats, true),
    by_parts("OData, with keys in parentheses", keys, true),
    by_text("nginx, by its locations", nginx, true),
    by_text("HAProxy, by path_beg", as_sent, true),
    by_text("HAProxy, by path_beg without case", as_sent, false),
];

impl Host {
    /// The longest prefix that the host finds, by its place in the list.
    pub fn longest(&self, prefixes: &[(&str, &str)], target: &[u8]) -> Option<usize> {
        let found = (self.read)(target);
        let is_same = |segment: &[u8], wanted: &str| {
            if self.is_case_sensitive {
                segment == wanted.as_bytes()
            } else {
                segment.eq_ignore_ascii_case(wanted.as_bytes())
            }
        };
        let text: Vec<u8> = found.iter().flat_map(|segment| [b"/", segment.as_slice()].concat()).collect();
        let length = |prefix: &str| -> Option<usize> {
            if self.is_by_text {
                let begin = prefix.trim_end_matches('/');
                return text.get(..begin.len()).filter(|text| is_same(text, begin)).map(<[u8]>::len);
            }
            let wanted: Vec<&str> = prefix.split('/').filter(|segment| !segment.is_empty()).collect();
            let all = found.len() >= wanted.len() && found.iter().zip(&wanted).all(|(a, b)| is_same(a, b));
            all.then_some(wanted.len())
        };
        let lengths = prefixes.iter().enumerate().filter_map(|(at, (prefix, _))| Some((length(prefix)?, at)));
        lengths.max().map(|(_, at)| at)
    }
}

fn as_sent(target: &[u8]) -> Vec<Vec<u8>> {
    split(cut(target, b"?#")).skip(1).map(<[u8]>::to_vec).collect()
}

/// Merges slashes, resolves dots, keeps an encoded slash as it is.
fn apache(target: &[u8]) -> Vec<Vec<u8>> {
    let decoded = split(cut(target, b"?#")).map(decode);
    resolve(decoded.filter(|segment| !segment.is_empty()).collect())
}

/// Decodes everything, then merges slashes and resolves dots.
fn nginx(target: &[u8]) -> Vec<Vec<u8>> {
    merged(&decode(cut(target, b"?#")))
}

/// Takes backslashes for slashes, old encodings for characters, and dots and spaces off the end of a segment.
fn iis(target: &[u8]) -> Vec<Vec<u8>> {
    let decoded = overlong(&decode(&old_encoding(cut(target, b"?#"))));
    let slashes: Vec<u8> = decoded.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect();
    let is_name = |segment: &[u8]| !matches!(segment, b"." | b"..");
    let trimmed = |segment: &[u8]| {
        let end = segment.iter().rposition(|byte| !b". ".contains(byte)).map_or(0, |at| at + 1);
        if is_name(segment) { segment[..end].to_vec() } else { segment.to_vec() }
    };
    resolve(split(&slashes).map(trimmed).filter(|segment| !segment.is_empty()).collect())
}

/// Cuts the parameters of each segment, then decodes it and resolves dots.
fn tomcat(target: &[u8]) -> Vec<Vec<u8>> {
    let segments = split(cut(target, b"?#")).map(|segment| decode(cut(segment, b";")));
    resolve(segments.filter(|segment| !segment.is_empty()).collect())
}

fn twice(target: &[u8]) -> Vec<Vec<u8>> {
    merged(&decode(&decode(cut(target, b"?#"))))
}

fn query_late(target: &[u8]) -> Vec<Vec<u8>> {
    merged(cut(&decode(target), b"?#"))
}

fn parameters_late(target: &[u8]) -> Vec<Vec<u8>> {
    let decoded = decode(cut(target, b"?#"));
    let segments = split(&decoded).map(|segment| cut(segment, b";\0").to_vec());
    resolve(segments.filter(|segment| !segment.is_empty()).collect())
}

/// Cuts the name of a stream off.
fn folders(target: &[u8]) -> Vec<Vec<u8>> {
    merged(&decode(cut(target, b"?#"))).iter().map(|segment| cut(segment, b":").to_vec()).collect()
}

/// Compares in upper case, as a language with all of Unicode makes it.
fn mapped(target: &[u8]) -> Vec<Vec<u8>> {
    let decoded = decode(cut(target, b"?#"));
    merged(String::from_utf8_lossy(&decoded).to_lowercase().to_uppercase().as_bytes())
}

/// Takes the format off the last segment.
fn formats(target: &[u8]) -> Vec<Vec<u8>> {
    let mut segments = merged(&decode(cut(target, b"?#")));
    if let Some(last) = segments.last_mut() {
        *last = cut(last, b".").to_vec();
    }
    segments
}

/// Takes the key off each segment.
fn keys(target: &[u8]) -> Vec<Vec<u8>> {
    merged(&decode(cut(target, b"?#"))).iter().map(|segment| cut(segment, b"(").to_vec()).collect()
}

fn merged(path: &[u8]) -> Vec<Vec<u8>> {
    resolve(split(path).filter(|segment| !segment.is_empty()).map(<[u8]>::to_vec).collect())
}

fn split(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
}

fn cut<'a>(path: &'a [u8], ends: &[u8]) -> &'a [u8] {
    path.split(|byte| ends.contains(byte)).next().unwrap_or_default()
}

fn resolve(segments: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut resolved = Vec::new();
    for segment in segments {
        match segment.as_slice() {
            b"." => {}
            b".." => drop(resolved.pop()),
            _ => resolved.push(segment),
        }
    }
    resolved
}

/// Decodes what can be decoded, and leaves the rest as it is.
fn decode(text: &[u8]) -> Vec<u8> {
    replace(text, b"%", 2)
}

/// `%u` and four digits, of which the last two are taken.
fn old_encoding(text: &[u8]) -> Vec<u8> {
    replace(&replace(text, b"%u", 4), b"%U", 4)
}

/// Replaces a mark and so many hexadecimal digits by the byte of the last two.
fn replace(text: &[u8], mark: &[u8], digits: usize) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let digits = text[at..].strip_prefix(mark).and_then(|rest| rest.get(..digits));
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        replaced.push(number.map_or(text[at], |number| number.to_le_bytes()[0]));
        at += digits.map_or(1, |digits| mark.len() + digits.len());
    }
    replaced
}

/// Reads characters of ASCII that are written in two bytes, as careless decoders of UTF-8 do.
fn overlong(text: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    let mut rest = text;
    while let [first, after @ ..] = rest {
        match (first, after) {
            (0xc0 | 0xc1, [second @ 0x80..=0xbf, after @ ..]) => {
                read.push((first & 1) << 6 | second & 0x3f);
                rest = after;
            }
            _ => {
                read.push(*first);
                rest = after;
            }
        }
    }
    read
}
