//! The answer to a request: accepted with an identity, denied with a reason, or pending.

mod challenge;
mod denial;
mod identity;

pub use crate::request::Method;
pub use denial::Denial;
pub use identity::{ClaimValue, Identity};

use crate::code::Code;
use crate::decide::{Accepted, Scratch};
use crate::policy::Api;
use crate::policy::check::{Caller, Failure};
use crate::secret::make_room;
use std::fmt::{self, Write};
use std::ops::Range;
use zeroize::Zeroize;

/// The answer to one request, and the room that it was worked out in.
///
/// Reuse it: [`crate::Verifier::verify_into`] overwrites it, and allocates nothing once its
/// buffers have grown to the size of the tokens that come in. A new one reads "denied".
///
/// It keeps the header of the last token (algorithm and key id), to recognise the next one that
/// has the same; claims only while it reads "accepted"; the token and its signature never. What it held is overwritten when
/// it is dropped; until then, claims of the last token may stay in its memory, though nothing hands them out.
pub struct Verdict {
    code: Code,
    scratch: Scratch,
    text: String,
    parts: Parts,
}

/// The places of the pieces in `text`.
#[derive(Default)]
struct Parts {
    /// Accepted: `label:user`.
    qualified_name: Range<usize>,
    label: Range<usize>,
    user: Range<usize>,
    is_administrator: bool,
    is_application: bool,
    method: Method,
    /// Denied.
    challenge: Range<usize>,
    claim: Range<usize>,
    expected: Range<usize>,
    retry_after: u32,
    client_code: Option<Code>,
}

/// The three values of a verdict.
///
/// ```
/// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
/// use doorward::{Decision, Request, Verifier};
/// let verdict = Verifier::open(&config)?.verify(&Request::new("reports"));
/// let status = match verdict.decision() {
///     Decision::Accepted(_) => 200,
///     Decision::Denied(denial) => denial.http(),
///     Decision::Pending => 503,
/// };
/// assert_eq!(status, 403);
/// # Ok::<(), doorward::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Decision<'v> {
    /// The request may come in, as this.
    Accepted(Identity<'v>),
    /// The request may not come in.
    Denied(Denial<'v>),
    /// The answer needs slow work: call `resolve` from a thread that may block.
    Pending,
}

impl Default for Verdict {
    fn default() -> Self {
        Self::new()
    }
}

impl Verdict {
    /// Makes a verdict that reads "denied: no credentials".
    pub fn new() -> Self {
        Self {
            code: Code::CredentialsMissing,
            scratch: Scratch::default(),
            text: String::new(),
            parts: Parts::default(),
        }
    }

    /// The code; [`Code::Ok`] where the request is accepted.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Whether the request may come in.
    pub fn is_accepted(&self) -> bool {
        self.code.is_ok()
    }

    /// Accepted, denied or pending, with what goes with it.
    pub fn decision(&self) -> Decision<'_> {
        match self.code {
            Code::Ok => Decision::Accepted(Identity { verdict: self }),
            Code::Pending => Decision::Pending,
            _ => Decision::Denied(Denial { verdict: self }),
        }
    }

    /// Who the request comes from. `None` unless it is accepted: claims of a token that was not
    /// verified can't be read.
    pub fn identity(&self) -> Option<Identity<'_>> {
        match self.decision() {
            Decision::Accepted(identity) => Some(identity),
            Decision::Denied(_) | Decision::Pending => None,
        }
    }

    /// Why the request is denied. `None` where it is accepted or pending.
    pub fn denial(&self) -> Option<Denial<'_>> {
        match self.decision() {
            Decision::Denied(denial) => Some(denial),
            Decision::Accepted(_) | Decision::Pending => None,
        }
    }

    /// Forgets the last answer: from here on it reads "denied".
    pub fn clear(&mut self) {
        self.code = Code::CredentialsMissing;
        self.parts = Parts::default();
        self.text.clear();
        self.scratch.payload.clear();
    }

    /// Reads "denied" from here on, for a reason that no decision gave: that the call itself went wrong. A code that
    /// denies nothing counts as a defect.
    pub fn fail(&mut self, code: Code) {
        self.clear();
        self.code = if matches!(code, Code::Ok | Code::Pending) { Code::InternalPanic } else { code };
    }

    /// Whether a text that begins there is one that this verdict gave out. It is only compared.
    #[doc(hidden)]
    #[inline]
    pub fn owns(&self, text: *const u8) -> bool {
        let [source, unescaped] = self.scratch.payload.texts();
        [&self.text, source, unescaped].into_iter().any(|own| {
            // The capacity counts, too: what was there before it was cleared is given out still.
            text.addr().wrapping_sub(own.as_ptr().addr()) < own.capacity()
        })
    }

    /// A number that differs between verdicts that are used at the same time.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        // Stacks of threads, and blocks of memory, lie pages apart.
        let address = std::ptr::from_ref(self).addr();
        (address >> 6) ^ (address >> 12) ^ (address >> 20)
    }

    /// Fills in what `work` decides in the verdict's buffers.
    pub(crate) fn fill<'p>(
        &mut self,
        api: Option<&'p Api>,
        work: impl for<'c> FnOnce(&'c mut Scratch) -> Result<Accepted<'p, 'c>, Failure<'p>>,
    ) {
        self.clear();
        let Self { scratch, text, parts, code } = self;
        match work(scratch) {
            Ok(accepted) => {
                *parts = accept(text, &accepted, api);
                *code = Code::Ok;
            }
            Err(failure) => {
                *parts = deny(text, &failure, api);
                *code = failure.code;
                self.scratch.payload.clear();
            }
        }
    }

    fn piece(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

fn accept(text: &mut String, accepted: &Accepted<'_, '_>, api: Option<&Api>) -> Parts {
    let Accepted { manager, user, caller, method, ids } = *accepted;
    let is_application = caller == Caller::Application;
    // A lower case may take a few bytes more.
    make_room(text, manager.label.len() + 1 + 2 * user.len());
    let label = push(text, |text| text.push_str(&manager.label));
    text.push(':');
    let user = push(text, |text| manager.case.write(user, text));
    let qualified_name = 0..text.len();
    let name = Some(text.as_str()).filter(|_| !is_application);
    let is_administrator = api.is_some_and(|api| api.administrators.include(name, &manager.label, ids));
    Parts { qualified_name, label, user, is_administrator, is_application, method, ..Parts::default() }
}

fn deny(text: &mut String, failure: &Failure<'_>, api: Option<&Api>) -> Parts {
    Parts {
        challenge: push(text, |text| challenge::write(text, failure.code, failure.renew, api)),
        claim: push(text, |text| text.push_str(failure.claim)),
        // Writing into a String does not fail.
        expected: push(text, |text| write!(text, "{}", failure.expected).unwrap_or_default()),
        retry_after: failure.retry_after,
        client_code: failure.client_code,
        ..Parts::default()
    }
}

fn push(text: &mut String, write: impl FnOnce(&mut String)) -> Range<usize> {
    let start = text.len();
    write(text);
    start..text.len()
}

/// Claims are about people: they are overwritten.
impl Drop for Verdict {
    fn drop(&mut self) {
        self.scratch.payload.zeroize();
        self.text.zeroize();
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decision().fmt(f)
    }
}
