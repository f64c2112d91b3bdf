//! What the host hands over for one decision.

use crate::memory::{bytes, check, text};
use doorward_core::{Code, Request, limits};
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
    /// The API that the request is for, by its name in the configuration; UTF-8.
    pub api: *const u8,
    /// Bytes of `api`.
    pub api_len: usize,
    /// The path of the request. Reserved for choosing the API by it: leave it NULL.
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
}

/// Reads a request.
///
/// # Safety
/// The pointer is NULL, or leads to a request as its declaration says, whose texts nobody writes as long as `'a`.
pub(crate) unsafe fn read<'a>(request: *const doorward_request) -> Result<Request<'a>, Code> {
    check(request)?;
    // SAFETY: it is not NULL and aligned; the first member is there in every version of the struct.
    let size = unsafe { (&raw const (*request).struct_size).read() };
    if size != size_of::<doorward_request>() {
        return Err(Code::AbiMismatch);
    }
    // SAFETY: the host says that it has all members.
    let request = unsafe { request.read() };
    refuse_reserved(&request)?;
    // SAFETY: the host vouches for the texts.
    let (api, authorization) =
        unsafe { (text(request.api, request.api_len)?, bytes(request.authorization, request.authorization_len)?) };
    if request.authorization_count == 0 && !authorization.is_empty() {
        return Err(Code::ArgumentInvalid);
    }
    // Two are as many as it takes to be refused.
    let given =
        (0..request.authorization_count.min(2)).fold(Request::new(api), |given, _| given.authorization(authorization));
    Ok(given)
}

/// What is not built yet is refused where it is given, for it would be taken for checked.
fn refuse_reserved(request: &doorward_request) -> Result<(), Code> {
    let reserved = [
        (request.path, request.path_len),
        (request.method, request.method_len),
        (request.url, request.url_len),
        (request.dpop, request.dpop_len),
        (request.certificate_thumbprint, request.certificate_thumbprint_len),
    ];
    let is_absent = |(data, len): &(*const u8, usize)| data.is_null() && *len == 0;
    if reserved.iter().all(is_absent) { Ok(()) } else { Err(Code::ArgumentInvalid) }
}
