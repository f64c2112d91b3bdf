//! Distinguished names (RFC 4514): compared, taken apart, and made from a user name.

use std::fmt::Write as _;

/// A distinguished name in the form in which it is compared: without case, and without spaces that say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dn(Vec<Part>);

/// One part: types and values, sorted.
type Part = Vec<(String, String)>;

impl Dn {
    /// `None` where it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = text.trim_matches(' ');
        let mut joins = false;
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let (value, end, after) = value(after)?;
            let pair = (kind(name)?, compared(&value));
            match parts.last_mut() {
                Some(part) if joins => part.push(pair),
                _ => parts.push(vec![pair]),
            }
            joins = end == Some('+');
            rest = after;
            if end.is_some() && rest.trim_matches(' ').is_empty() {
                return None;
            }
        }
        parts.iter_mut().for_each(|part| part.sort());
        Some(Self(parts))
    }

    /// Whether it is `base`, or below it.
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        self.0.ends_with(&base.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The type and the value of the first part of a name, the value as it was written: `Bob` of `cn=Bob,dc=test`.
pub(super) fn first(text: &str) -> Option<(String, String)> {
    let (name, rest) = text.trim_matches(' ').split_once('=')?;
    let (value, _, _) = value(rest)?;
    Some((kind(name)?, value))
}

/// A type: a name, or an object identifier.
fn kind(text: &str) -> Option<String> {
    let text = text.trim_matches(' ');
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (!text.is_empty() && text.bytes().all(is_good)).then(|| text.to_ascii_lowercase())
}

/// A value without its escapes, what ends it, and what comes after.
fn value(text: &str) -> Option<(String, Option<char>, &str)> {
    let text = text.trim_start_matches(' ');
    let mut bytes = Vec::new();
    // Spaces at the end belong to it only where they are escaped.
    let mut kept = 0;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ',' | ';' | '+' => {
                bytes.truncate(kept);
                let rest = text.get(at + 1..).unwrap_or_default();
                return Some((String::from_utf8(bytes).ok()?, Some(character), rest));
            }
            '\\' => {
                let (byte, used) = escaped(text.get(at + 1..)?)?;
                bytes.extend(byte);
                characters = text.char_indices();
                while characters.offset() < at + 1 + used {
                    characters.next()?;
                }
                kept = bytes.len();
            }
            '"' | '<' | '>' | '\0' => return None,
            _ => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                kept = if character == ' ' { kept } else { bytes.len() };
            }
        }
    }
    bytes.truncate(kept);
    Some((String::from_utf8(bytes).ok()?, None, ""))
}

/// What an escape stands for, and how many bytes come after its backslash.
fn escaped(text: &str) -> Option<(Vec<u8>, usize)> {
    let pair = text.get(..2).filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if let Some(byte) = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
        return Some((vec![byte], 2));
    }
    let character = text.chars().next()?;
    r##" "#+,;<=>\"##.contains(character).then(|| (vec![u8::try_from(character).unwrap_or_default()], 1))
}

/// As servers compare names: without case, and with one space for several.
fn compared(value: &str) -> String {
    let lower: String = value.chars().flat_map(char::to_lowercase).collect();
    lower.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A name with a place for the user: `uid={user},ou=people,dc=example,dc=test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DnTemplate {
    before: String,
    after: String,
}

impl DnTemplate {
    /// Refused where the place is missing, or is not a whole value; why.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (before, after) =
            text.split_once("{user}").ok_or("the name has no place for the user, such as uid={user}")?;
        let is_whole = before.ends_with('=') && matches!(after.chars().next(), Some(',' | '+') | None);
        if after.contains('{') || before.contains('{') || !is_whole {
            return Err("{user} stands there once, as a whole value, such as uid={user}");
        }
        let template = Self { before: before.to_owned(), after: after.to_owned() };
        let made = Dn::parse(&template.fill("user"));
        if made.is_some() { Ok(template) } else { Err("it is not a distinguished name (RFC 4514)") }
    }

    pub(super) fn fill(&self, user: &str) -> String {
        format!("{}{}{}", self.before, escape(user), self.after)
    }
}

/// A value as it stands in a name: every byte that is no ASCII letter or digit is escaped (RFC 4514 section 2.4).
pub(super) fn escape(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(text, "\\{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dn(text: &str) -> Dn {
        Dn::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn names_that_servers_take_for_the_same_are_the_same() {
        let name = dn("CN=Bob  Smith,OU=People,DC=example,DC=test");
        for same in [
            "cn=bob smith,ou=people,dc=example,dc=test",
            "cn = Bob Smith , ou=People, dc=example,dc=test",
            "cn=\\42ob\\20Smith,ou=People,dc=example,dc=test",
            "cn=Bob\\ Smith;ou=People,dc=example,dc=test",
        ] {
            assert_eq!(dn(same), name, "{same}");
        }
        assert_eq!(dn("a=1+b=2,c=3"), dn("b=2+a=1,c=3"));
        assert_eq!(dn("cn=\\c3\\9c"), dn("cn=ü"));
        for other in ["cn=bobsmith,ou=people,dc=example,dc=test", "cn=bob smith,dc=example,dc=test", ""] {
            assert_ne!(dn(other), name, "{other}");
        }
    }

    #[test]
    fn below_the_base_is_what_ends_in_its_parts() {
        let base = dn("dc=example,dc=test");
        for within in ["dc=example,dc=test", "uid=a,DC=Example,DC=TEST", "cn=x\\,y,ou=p,dc=example, dc=test"] {
            assert!(dn(within).is_within(&base), "{within}");
        }
        for outside in
            ["dc=test", "uid=a,dc=badexample,dc=test", "uid=a\\,dc=example,dc=test", "cn=dc\\=example\\,dc\\=test", ""]
        {
            assert!(!dn(outside).is_within(&base), "{outside}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["bob", "cn=a,", "cn=a,b", "=a", "c n=a", "cn=a\\", "cn=a\\zz", "cn=\"a\"", "cn=\\ff", "cn=a,,dc=b"]
        {
            assert_eq!(Dn::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_template_has_one_whole_place() {
        assert!(DnTemplate::parse("uid={user},ou=people,dc=example,dc=test").is_ok());
        for bad in ["uid=bob,dc=test", "uid=x{user},dc=test", "uid={user}{user}", "{user}", "uid={user},ou={group}"] {
            assert!(DnTemplate::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_user_name_stays_one_value(user in "\\PC{1,40}") {
            let template = DnTemplate::parse("uid={user},ou=people,dc=test").unwrap();
            let made = template.fill(&user);
            prop_assert_eq!(first(&made), Some(("uid".to_owned(), user)));
            prop_assert!(dn(&made).is_within(&dn("ou=people,dc=test")));
            prop_assert_eq!(dn(&made).0.len(), 3);
        }

        #[test]
        fn any_text_is_a_name_or_not(text in "\\PC{0,60}") {
            let _ = (Dn::parse(&text), first(&text));
        }
    }
}
