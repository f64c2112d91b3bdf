//! What the host hands over for one decision.

use crate::memory::{bytes, check, text};
use doorward_core::{Code, Request, Verdict, limits};
use std::mem::size_of;

/// Bytes of an `Authorization` value, at most: a longer one is refused. Hosts that convert texts size a buffer by it.
pub const DOORWARD_AUTHORIZATION_BYTES: usize = 16384;

const _: () = assert!(DOORWARD_AUTHORIZATION_BYTES == limits::AUTHORIZATION_BYTES);

/// A request, borrowed for the call only. Set it to zeros, then `struct_size`, then what it has.
///
/// Fields are only ever appended. A field that this library does not know must be zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct doorward_request {
    /// `sizeof(struct doorward_request)`, as the host was compiled.
    pub struct_size: usize,
    /// The API that the request is for, by its name in the configuration; UTF-8. NULL where `path` is given.
    pub api: *const u8,
    /// Bytes of `api`.
    pub api_len: usize,
    /// The path of the request, in the place of `api`: the API is the one whose `paths` in the configuration have the
    /// longest prefix of it. It is the target of the request line as the client sent it, from its first slash on: not
    /// decoded, and nothing resolved. A query may follow; it is not looked at. NULL where `api` is given.
    pub path: *const u8,
    /// Bytes of `path`.
    pub path_len: usize,
    /// The value of the `Authorization` header.
    pub authorization: *const u8,
    /// Bytes of `authorization`.
    pub authorization_len: usize,
    /// How many `Authorization` headers the request has: 0, 1 or more. More than one is refused. A host that only
    /// sees one value, which may have been merged of several, says 1.
    pub authorization_count: usize,
    /// The HTTP method. Reserved for proofs of possession: leave it NULL.
    pub method: *const u8,
    /// Bytes of `method`.
    pub method_len: usize,
    /// The URL of the request. Reserved for proofs of possession: leave it NULL.
    pub url: *const u8,
    /// Bytes of `url`.
    pub url_len: usize,
    /// The value of the `DPoP` header (RFC 9449). Reserved: leave it NULL.
    pub dpop: *const u8,
    /// Bytes of `dpop`.
    pub dpop_len: usize,
    /// The SHA-256 thumbprint of the client's certificate (RFC 8705). Reserved: leave it NULL.
    pub certificate_thumbprint: *const u8,
    /// Bytes of `certificate_thumbprint`.
    pub certificate_thumbprint_len: usize,
    /// From where the request comes: the client's address as the host knows it, such as `203.0.113.7`, without a port. Behind
    /// a proxy that is what the proxy says, if it is trusted. It is compared as it is, and never shown. It helps against
    /// who guesses a user's password: the user's own addresses are not made to pay for it. NULL if it is not known.
    pub peer: *const u8,
    /// Bytes of `peer`.
    pub peer_len: usize,
}

/// Reads a request.
///
/// # Safety
/// The pointer is NULL, or leads to a request as its declaration says, whose texts nobody writes as long as `'a`.
pub(crate) unsafe fn read<'a>(request: *const doorward_request) -> Result<Request<'a>, Code> {
    // SAFETY: as the caller vouches for.
    unsafe { parts(&members(request)?) }
}

/// Reads a request that is decided in a verdict: its texts may not lie in there, where they would be written over.
///
/// # Safety
/// As [`read`]; but texts in the verdict are refused.
pub(crate) unsafe fn read_beside<'a>(request: *const doorward_request, verdict: &Verdict) -> Result<Request<'a>, Code> {
    // SAFETY: as the caller vouches for.
    let request = unsafe { members(request) }?;
    if [request.api, request.path, request.authorization, request.peer].iter().any(|text| verdict.owns(*text)) {
        return Err(Code::ArgumentInvalid);
    }
    // SAFETY: as the caller vouches for.
    unsafe { parts(&request) }
}

/// # Safety
/// As [`read`].
unsafe fn members(request: *const doorward_request) -> Result<doorward_request, Code> {
    check(request)?;
    // SAFETY: it is not NULL and aligned; the first member is there in every version of the struct.
    let size = unsafe { (&raw const (*request).struct_size).read() };
    if size != size_of::<doorward_request>() {
        return Err(Code::AbiMismatch);
    }
    // SAFETY: the host says that it has all members.
    Ok(unsafe { request.read() })
}

/// # Safety
/// As [`read`].
unsafe fn parts<'a>(request: &doorward_request) -> Result<Request<'a>, Code> {
    refuse_reserved(request)?;
    // SAFETY: the host vouches for the texts.
    let (given, authorization, peer) = unsafe {
        let authorization = bytes(request.authorization, request.authorization_len)?;
        (for_api(request)?, authorization, bytes(request.peer, request.peer_len)?)
    };
    if request.authorization_count == 0 && !authorization.is_empty() {
        return Err(Code::ArgumentInvalid);
    }
    // Two are as many as it takes to be refused.
    Ok((0..request.authorization_count.min(2)).fold(given.peer(peer), |given, _| given.authorization(authorization)))
}

/// What is not built yet is refused where it is given, for it would be taken for checked.
fn refuse_reserved(request: &doorward_request) -> Result<(), Code> {
    let reserved = [
        (request.method, request.method_len),
        (request.url, request.url_len),
        (request.dpop, request.dpop_len),
        (request.certificate_thumbprint, request.certificate_thumbprint_len),
    ];
    if reserved.iter().any(|(data, len)| is_given(*data, *len)) { Err(Code::ArgumentInvalid) } else { Ok(()) }
}

/// `(NULL, 0)` is absent; an empty text is not.
fn is_given(data: *const u8, len: usize) -> bool {
    !data.is_null() || len != 0
}

/// A request for the API that is named, or that the path belongs to; not both.
///
/// # Safety
/// As [`read`].
unsafe fn for_api<'a>(request: &doorward_request) -> Result<Request<'a>, Code> {
    if !is_given(request.path, request.path_len) {
        // SAFETY: the host vouches for the text.
        return unsafe { text(request.api, request.api_len) }.map(Request::new);
    }
    if is_given(request.api, request.api_len) {
        return Err(Code::ArgumentInvalid);
    }
    // SAFETY: the host vouches for the bytes.
    unsafe { bytes(request.path, request.path_len) }.map(Request::for_path)
}
