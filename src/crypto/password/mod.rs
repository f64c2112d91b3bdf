//! Password hashes as they stand in files: read once, compared with passwords later.
//!
//! Costs are bounded when a hash is read, so that comparing takes about a second at most. It makes no decision about users.

mod argon2;
mod bcrypt;
mod clear;
mod digest;
mod md5_crypt;
mod pbkdf2;
mod scrypt;
mod sha_crypt;

use crate::secret::Secret;
use base64_simd::{STANDARD, STANDARD_NO_PAD};
use std::borrow::Cow;
use std::fmt;
use subtle::ConstantTimeEq;

/// Why a hash is refused, in one clause. It holds nothing of the hash.
pub(crate) type Refused = Cow<'static, str>;

/// What takes a password and says whether it is the one.
trait Scheme: Send + Sync {
    /// Whether the password is the one. It costs the same whatever the answer.
    fn matches(&self, password: &[u8]) -> bool;

    /// What it costs to compare, in a unit of the kind's own.
    fn cost(&self) -> u64;

    /// Whether whoever gets the file guesses the password too cheaply by today's measure.
    fn is_cheap(&self) -> bool;
}

/// A password hash.
pub(crate) struct PasswordHash {
    kind: &'static str,
    scheme: Box<dyn Scheme>,
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({})", self.kind)
    }
}

/// What a kind of hash begins with, its name, and its reader.
struct Reader {
    prefix: &'static str,
    kind: &'static str,
    is_weak: bool,
    read: fn(&str) -> Result<Box<dyn Scheme>, Refused>,
}

const fn reader(
    prefix: &'static str,
    kind: &'static str,
    is_weak: bool,
    read: fn(&str) -> Result<Box<dyn Scheme>, Refused>,
) -> Reader {
    Reader { prefix, kind, is_weak, read }
}

const CLEAR: &str = "plain text";

/// What stands after the prefix is read.
static READERS: [Reader; 17] = [
    reader("$2a$", "bcrypt", false, bcrypt::read),
    reader("$2b$", "bcrypt", false, bcrypt::read),
    reader("$2y$", "bcrypt", false, bcrypt::read),
    reader("$argon2id$", "argon2id", false, argon2::read_id),
    reader("$argon2i$", "argon2i", false, argon2::read_i),
    reader("$pbkdf2-sha256$", "PBKDF2-SHA256", false, pbkdf2::read_sha256),
    reader("$pbkdf2-sha512$", "PBKDF2-SHA512", false, pbkdf2::read_sha512),
    reader("$scrypt$", "scrypt", false, scrypt::read),
    reader("$5$", "SHA-256-crypt", false, sha_crypt::read_256),
    reader("$6$", "SHA-512-crypt", false, sha_crypt::read_512),
    reader("{SSHA}", "SSHA", false, digest::read_salted_sha1),
    reader("{SSHA256}", "SSHA256", false, digest::read_salted_sha256),
    reader("{SSHA512}", "SSHA512", false, digest::read_salted_sha512),
    reader("{SHA}", "SHA", true, digest::read_sha1),
    reader("$apr1$", "MD5", true, md5_crypt::read_apache),
    reader("$1$", "MD5", true, md5_crypt::read),
    reader("{PLAIN}", CLEAR, true, clear::read),
];

impl PasswordHash {
    /// Reads a hash. With `takes_weak`, a text that is no hash of any kind is a password in the clear.
    pub(crate) fn read(text: &str, takes_weak: bool) -> Result<Self, Refused> {
        // Some tools write further fields, with another colon before them.
        let text = if text.starts_with(['$', '{']) { text.split(':').next().unwrap_or(text) } else { text };
        let found = READERS.iter().find_map(|reader| Some((reader, text.strip_prefix(reader.prefix)?)));
        let (reader, rest) = match found {
            Some(found) => found,
            None if text.starts_with(['$', '{']) => return Err("the hash is of a kind that is not known".into()),
            None => {
                let hint = "; a password in the clear that looks so is written with {PLAIN} before it";
                let told = |what: &str| format!("{what}{}", if takes_weak { hint } else { "" });
                clear::check_unmarked(text).map_err(told)?;
                (&READERS[READERS.len() - 1], text)
            }
        };
        if reader.is_weak && !takes_weak {
            return Err(match reader.kind {
                CLEAR => "it is no hash; a password in the clear is taken only with danger_weak_hashes".into(),
                kind => format!("{kind} is too weak a hash; it is taken only with danger_weak_hashes").into(),
            });
        }
        // Spaces belong to a password, and to no hash.
        let rest = if reader.kind == CLEAR { rest } else { rest.trim_ascii_end() };
        Ok(Self { kind: reader.kind, scheme: (reader.read)(rest)? })
    }

    /// The name of its kind.
    pub(crate) const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The same for hashes that take the same time to compare. Costs of two kinds tell nothing about which takes longer.
    pub(crate) fn cost(&self) -> (&'static str, u64) {
        (self.kind, self.scheme.cost())
    }

    /// Whether the password is the one. It takes as long where it is not. One with a zero in it never is: to some kinds
    /// zeros at the end are nothing.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let matches = self.scheme.matches(password.as_bytes()) & !password.contains('\0');
        #[cfg(test)]
        computed::note(self.cost());
        matches
    }

    /// Whether whoever gets the file guesses the password too cheaply by today's measure.
    pub(crate) fn is_cheap(&self) -> bool {
        self.scheme.is_cheap()
    }
}

/// Makes a hash of a password: argon2id as OWASP recommends it. `None` where the system gives no random bytes.
pub(crate) fn hash(password: &str) -> Option<String> {
    argon2::hash(password.as_bytes())
}

/// Bytes that a hash has to come out as.
struct Expected(Secret);

impl Expected {
    /// `lens`: how many bytes there may be.
    fn new(bytes: Vec<u8>, lens: std::ops::RangeInclusive<usize>) -> Result<Self, Refused> {
        if lens.contains(&bytes.len()) {
            Ok(Self(Secret::new(bytes)))
        } else {
            Err("the hash has the wrong length".into())
        }
    }

    fn len(&self) -> usize {
        self.0.expose().len()
    }

    /// In constant time.
    fn is(&self, bytes: &[u8]) -> bool {
        #[cfg(test)]
        computed::compared();
        self.0.expose().ct_eq(bytes).into()
    }
}

/// Base64 with the standard alphabet, with padding or without.
fn base64(text: &str) -> Result<Vec<u8>, Refused> {
    let padded = text.ends_with('=') || text.len().is_multiple_of(4);
    let decoded = if padded { STANDARD.decode_to_vec(text) } else { STANDARD_NO_PAD.decode_to_vec(text) };
    decoded.map_err(|_| "the hash has a part that is not base64".into())
}

/// The number after a name, such as `m=65536`.
fn number(text: &str, name: &str) -> Result<u32, Refused> {
    let digits = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    let is_plain = |digits: &&str| !digits.starts_with('+') && (digits.len() == 1 || !digits.starts_with('0'));
    let number = digits.filter(is_plain).and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| format!("the hash has no number {name}").into())
}

/// A cost is at most so much.
fn bounded(what: &str, cost: u64, max: u64) -> Result<(), Refused> {
    if cost <= max {
        Ok(())
    } else {
        Err(format!("{what} {cost} is more than {max}: checking it would take too long").into())
    }
}

/// What hashes this thread has computed: what an attacker sees of them is their time.
#[cfg(test)]
pub(crate) mod computed {
    use std::cell::{Cell, RefCell};

    type Cost = (&'static str, u64);

    thread_local! {
        static COMPARED: Cell<u32> = const { Cell::new(0) };
        static COSTS: RefCell<Vec<Cost>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn compared() {
        COMPARED.set(COMPARED.get() + 1);
    }

    /// A hash was asked of a password. It was computed if it was compared, too.
    pub(super) fn note(cost: Cost) {
        (0..COMPARED.take()).for_each(|_| COSTS.with_borrow_mut(|costs| costs.push(cost)));
    }

    /// What each of them cost, since this was asked last.
    pub(crate) fn costs() -> Vec<Cost> {
        COSTS.take()
    }
}

#[cfg(test)]
mod tests;
