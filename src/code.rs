//! Every status code: its number, its HTTP status, its RFC 6750 error and its message.
//!
//! One row of the table below is one code, so a code can't exist without its row. Numbers are
//! never used again. `docs/errors.md` is made from this table by `doorward codes --markdown`.
//!
//! It does not say how a code is turned into a response: that is `verdict::challenge`.

use std::fmt;

/// The `error` attribute of a `WWW-Authenticate: Bearer` challenge (RFC 6750 section 3.1, RFC 9449 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BearerError {
    /// The request is malformed; goes with HTTP 400.
    InvalidRequest,
    /// The token is expired, malformed or not acceptable for other reasons; goes with HTTP 401.
    InvalidToken,
    /// The token is good and lacks a right; goes with HTTP 403.
    InsufficientScope,
    /// The proof of possession is not acceptable (RFC 9449); goes with HTTP 401.
    InvalidDpopProof,
}

impl BearerError {
    /// The registered name, as it stands in the challenge.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
        }
    }
}

/// Who has to act on a code. Each hundred of numbers belongs to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Block {
    /// 0 and 1: the request is accepted, or the host calls `resolve`.
    Decided,
    /// 1000: the programmer of the host called the library wrongly.
    Host,
    /// 2000: the client sent nothing usable.
    Credentials,
    /// 2100: the client sent a malformed header or path.
    Header,
    /// 3000: the client sent a bad token.
    Token,
    /// 3100: the client sent no good proof of possession.
    Proof,
    /// 4000: the client lacks a right.
    Right,
    /// 4100: the API does not take the request.
    Api,
    /// 5000: the client sent bad Basic credentials.
    Basic,
    /// 5100: the owner of the account has to act.
    Account,
    /// 6000: the operator, or something that the library depends on, has to act.
    Dependency,
    /// 7000: the configuration is wrong; only when it is loaded.
    Configuration,
    /// 9000: a defect of the library.
    Internal,
}

impl Block {
    /// Every block, by number.
    pub const ALL: [Self; 13] = [
        Self::Decided,
        Self::Host,
        Self::Credentials,
        Self::Header,
        Self::Token,
        Self::Proof,
        Self::Right,
        Self::Api,
        Self::Basic,
        Self::Account,
        Self::Dependency,
        Self::Configuration,
        Self::Internal,
    ];

    /// The block of a number, by its hundreds.
    const fn of(number: u32) -> Self {
        match number / 100 {
            0 => Self::Decided,
            10 => Self::Host,
            20 => Self::Credentials,
            21 => Self::Header,
            30 => Self::Token,
            31 => Self::Proof,
            40 => Self::Right,
            41 => Self::Api,
            50 => Self::Basic,
            51 => Self::Account,
            60 => Self::Dependency,
            70 => Self::Configuration,
            _ => Self::Internal,
        }
    }

    /// Who has to act, in words.
    pub const fn who(self) -> &'static str {
        match self {
            Self::Decided => "nobody; on Pending the host calls resolve",
            Self::Host => "the programmer of the host",
            Self::Credentials => "the client: it sent nothing usable",
            Self::Header => "the client: its header or path is malformed",
            Self::Token => "the client: its token is bad",
            Self::Proof => "the client: its proof of possession is bad",
            Self::Right => "the client: it lacks a right",
            Self::Api => "the API: it does not take this request",
            Self::Basic => "the client: its Basic credentials are bad",
            Self::Account => "the owner of the account",
            Self::Dependency => "the operator, or a service that the library depends on",
            Self::Configuration => "the operator: the configuration is wrong, at open and reload only",
            Self::Internal => "us: a defect of the library",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $http:expr, $error:expr, $message:literal;)+) => {
        /// A stable status code. `Ok` is the only one that lets a request in.
        ///
        /// ```
        /// use doorward::{Block, Code};
        /// let code = Code::from_number(3010).expect("it is a code");
        /// assert_eq!((code.name(), code.http(), code.block()), ("Expired", Some(401), Block::Token));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum Code {
            $($(#[doc = $doc])+ $name = $number,)+
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        name: stringify!($name),
                        http: $http,
                        error: $error,
                        message: $message,
                        explanation: concat!($($doc),+),
                    },)+
                }
            }
        }
    };
}

struct Row {
    name: &'static str,
    http: Option<u16>,
    error: Option<BearerError>,
    message: &'static str,
    explanation: &'static str,
}

use BearerError::{InsufficientScope, InvalidDpopProof, InvalidRequest, InvalidToken};

codes! {
    /// The request may come in.
    Ok = 0, Some(200), None, "the request is accepted";
    /// The answer needs slow work: call `resolve` from a thread that may block.
    Pending = 1, None, None, "the answer needs slow work";

    /// A pointer that must not be null is null.
    NullArgument = 1001, Some(500), None, "an argument is null";
    /// An argument is out of its range.
    ArgumentInvalid = 1002, Some(500), None, "an argument is out of range";
    /// The caller's buffer is too small; the call says how much it needs.
    BufferTooSmall = 1003, Some(500), None, "the buffer is too small";
    /// The host was built against another version of the C interface.
    AbiMismatch = 1004, Some(500), None, "the host and the library have different ABI versions";
    /// The configuration has no API of the name that the host gave.
    ApiUnknown = 1005, Some(500), None, "the configuration has no such API";
    /// The denylist has no room for the entries that the host hands over; none of them was taken.
    DenylistFull = 1006, Some(500), None, "the denylist is full";

    /// The request has no `Authorization` header, or an empty one.
    CredentialsMissing = 2001, Some(401), None, "the request has no credentials";
    /// The authentication scheme is neither `Bearer` nor `Basic`.
    SchemeUnsupported = 2002, Some(401), None, "the authentication scheme is not supported";

    /// The `Authorization` header is not one scheme, spaces, and one credential of the allowed characters.
    HeaderMalformed = 2101, Some(400), Some(InvalidRequest), "the Authorization header is malformed";
    /// The `Authorization` header is longer than the maximum (16 KiB).
    HeaderTooLarge = 2102, Some(400), Some(InvalidRequest), "the Authorization header is too large";
    /// The request has more than one `Authorization` header, or several credentials in one.
    HeaderRepeated = 2103, Some(400), Some(InvalidRequest), "the request has more than one credential";
    /// Hosts could take the path of the request for different ones, or it is none.
    PathAmbiguous = 2104, Some(400), Some(InvalidRequest), "the path of the request can be read in more than one way";

    /// The token is not a compact JWS with a header and claims that are strict JSON objects.
    TokenMalformed = 3001, Some(401), Some(InvalidToken), "the token is malformed";
    /// The token has five parts: it is encrypted (JWE), and only its recipient can read it.
    TokenEncrypted = 3002, Some(401), Some(InvalidToken), "the token is encrypted, and encrypted tokens are not supported";
    /// The token demands an extension (`crit`) that is not supported (RFC 7515 section 4.1.11).
    CriticalHeaderUnsupported = 3003, Some(401), Some(InvalidToken), "the token demands an extension that is not supported";
    /// The issuer (`iss`) is not configured.
    IssuerUnknown = 3004, Some(401), Some(InvalidToken), "the issuer of the token is not known";
    /// The algorithm (`alg`) is not one that the issuer's configuration lists.
    AlgorithmNotAllowed = 3005, Some(401), Some(InvalidToken), "the signature algorithm of the token is not allowed";
    /// The issuer has no key of that id (`kid`) for that algorithm.
    KeyUnknown = 3006, Some(401), Some(InvalidToken), "the signing key of the token is not known";
    /// The token names no key (`kid`), and more than one key of the issuer would fit.
    KeyAmbiguous = 3007, Some(401), Some(InvalidToken), "the token does not say which key signed it";
    /// The signature does not fit the token and the key.
    SignatureInvalid = 3008, Some(401), Some(InvalidToken), "the signature of the token is invalid";
    /// The token type (`typ`), or a claim that only another kind of token has, rules out an access token.
    TypeMismatch = 3009, Some(401), Some(InvalidToken), "the token is of another type";
    /// The expiry (`exp`) has passed.
    Expired = 3010, Some(401), Some(InvalidToken), "the token has expired";
    /// The start (`nbf`) or the time of issue (`iat`) is in the future.
    NotYetValid = 3011, Some(401), Some(InvalidToken), "the token is not valid yet";
    /// The audience (`aud`) has none of the configured values.
    AudienceMismatch = 3012, Some(401), Some(InvalidToken), "the token is for another audience";
    /// A claim that must be there is absent.
    ClaimMissing = 3013, Some(401), Some(InvalidToken), "a required claim is missing";
    /// A claim has the wrong JSON type, is out of range, or holds control characters.
    ClaimMalformed = 3014, Some(401), Some(InvalidToken), "a claim is malformed";
    /// The token is for Microsoft Graph: only Graph can verify it.
    GraphToken = 3015, Some(401), Some(InvalidToken), "the token is for Microsoft Graph, not for this API";
    /// The denylist has an entry for the token, its user, session or client, its key, or its time of issue.
    TokenRevoked = 3016, Some(401), Some(InvalidToken), "the token has been revoked";
    /// The tenant (`tid`) of a token of Entra ID is not the one that its issuer (`iss`) names.
    TenantMismatch = 3017, Some(401), Some(InvalidToken), "the token's tenant is not that of its issuer";

    /// The token is bound to a key (`cnf`) and came without a proof of possession.
    ProofMissing = 3101, Some(401), Some(InvalidToken), "the token is bound to a key and came without proof of possession";
    /// The proof of possession is malformed or for another request (RFC 9449 section 4.3).
    ProofInvalid = 3102, Some(401), Some(InvalidDpopProof), "the proof of possession is invalid";
    /// The proof of possession was used before.
    ProofReplayed = 3103, Some(401), Some(InvalidDpopProof), "the proof of possession was used before";
    /// The client's certificate is not the one that the token is bound to (RFC 8705).
    CertificateMismatch = 3104, Some(401), Some(InvalidToken), "the token is bound to another client certificate";

    /// The token lacks a scope that the API requires.
    ScopeInsufficient = 4001, Some(403), Some(InsufficientScope), "the token lacks a scope that this API requires";
    /// The token lacks a role that the API requires.
    RoleInsufficient = 4002, Some(403), Some(InsufficientScope), "the token lacks a role that this API requires";
    /// The user comes from a user manager, or the token from an issuer, that the API does not list.
    UserManagerNotAllowed = 4003, Some(403), Some(InsufficientScope), "users of this issuer may not call this API";
    /// The client application is not on the API's list.
    ClientNotAllowed = 4004, Some(403), Some(InsufficientScope), "this client application may not call this API";
    /// A claim does not fulfil a rule of the API.
    ClaimNotAllowed = 4005, Some(403), Some(InsufficientScope), "a claim does not fulfil what this API requires";
    /// An application of Entra ID calls for itself, without a user, and the API does not take that.
    AppOnlyNotAllowed = 4006, Some(403), Some(InsufficientScope), "this API is for users, not for applications by themselves";
    /// The user is a guest of the tenant, and the user manager takes none.
    GuestNotAllowed = 4007, Some(403), Some(InsufficientScope), "guests may not call this API";

    /// The API is switched off, as every API is until its configuration says otherwise.
    ApiDisabled = 4101, Some(403), None, "this API is switched off";
    /// The API does not accept this method of authentication.
    MethodNotAccepted = 4102, Some(403), None, "this API does not accept this method of authentication";
    /// The path of the request is below no prefix of an API.
    PathUnknown = 4103, Some(403), None, "the path of the request belongs to no API";

    /// Unknown user or bad password: one code, and both cost the same.
    BasicRejected = 5001, Some(401), None, "the user name or the password is wrong";
    /// The denylist has an entry for the user.
    CredentialsRevoked = 5002, Some(401), None, "the credentials have been revoked";

    /// The account needs multi-factor authentication, which Basic can't do.
    MfaRequired = 5101, Some(401), None, "the account needs multi-factor authentication";
    /// The password has expired or must be changed.
    PasswordExpired = 5102, Some(401), None, "the password has expired";
    /// The account is locked, after too many wrong passwords.
    AccountLocked = 5103, Some(401), None, "the account is locked";
    /// The account lacks the right to log on that the host asks for.
    LogonRightMissing = 5104, Some(401), None, "the account lacks the logon right";
    /// The account was disabled in the directory.
    AccountDisabled = 5105, Some(401), None, "the account is disabled";
    /// The account may not log on at this time, or not from this computer.
    LogonRestricted = 5106, Some(401), None, "the account may not log on now or from here";
    /// The account was made for a limited time, which has passed.
    AccountExpired = 5107, Some(401), None, "the account has expired";
    /// A policy of the directory forbids to sign in by a password alone, such as Conditional Access of Entra ID.
    SignInBlocked = 5108, Some(401), None, "a policy forbids to sign in by a password";

    /// No keys of the issuer could be loaded yet.
    KeysNeverLoaded = 6001, Some(503), None, "the keys of the issuer could not be loaded yet";
    /// The keys of the issuer are older than the operator allows.
    KeysStale = 6002, Some(503), None, "the keys of the issuer are too old";
    /// The directory that checks passwords does not answer.
    DirectoryUnavailable = 6003, Some(503), None, "the directory does not answer";
    /// The token names a key that is not known, and the issuer could not be asked whether it has that key now.
    KeysUnavailable = 6004, Some(503), None, "the keys of the issuer could not be brought up to date";
    /// As many passwords as may are being checked by the directory, and as many requests as may wait for it.
    DirectoryBusy = 6005, Some(503), None, "too many passwords are being checked";
    /// There were too many wrong passwords for this user name: none is checked for a while, so that the directory does not
    /// lock the account.
    AttemptsLimited = 6006, Some(503), None, "there were too many wrong passwords for this user name";

    /// The configuration, or a file that it names, can't be read.
    FileUnreadable = 7001, None, None, "a file can't be read";
    /// The configuration is not strict JSON.
    DocumentMalformed = 7002, None, None, "the configuration is not strict JSON";
    /// The configuration has a field of an unknown name.
    FieldUnknown = 7003, None, None, "the configuration has an unknown field";
    /// A field that must be there is absent.
    FieldMissing = 7004, None, None, "the configuration lacks a field";
    /// A field has the wrong type or a value out of its range.
    FieldInvalid = 7005, None, None, "a field of the configuration is invalid";
    /// A key is malformed, weak, private, or not usable with the listed algorithms.
    KeyRejected = 7006, None, None, "a key is rejected";
    /// The file of the denylist has a line that is wrong, or too many entries.
    DenylistRejected = 7007, None, None, "the denylist is rejected";

    /// A panic was caught; the verifier stays usable. Please report it.
    InternalPanic = 9001, Some(500), None, "internal error";
}

impl Code {
    /// The number, stable for ever.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The code of a number, if there is one.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The name, in `PascalCase`.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP status to send; `None` where no response goes with the code.
    pub const fn http(self) -> Option<u16> {
        self.row().http
    }

    /// The `error` attribute for the bearer challenge; `None` for a bare challenge (RFC 6750 section 3.1).
    pub const fn bearer_error(self) -> Option<BearerError> {
        self.row().error
    }

    /// One clause in plain words, without a capital or a full stop; goes into `error_description`.
    pub const fn message(self) -> &'static str {
        self.row().message
    }

    /// One or two sentences on what the code means.
    pub fn explanation(self) -> &'static str {
        self.row().explanation.trim()
    }

    /// Who has to act.
    pub const fn block(self) -> Block {
        Block::of(self.number())
    }

    /// Whether the request may come in. Only `Ok` says so.
    pub const fn is_ok(self) -> bool {
        matches!(self, Self::Ok)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.number(), self.name(), self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_come_back() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        for &code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(code));
        }
        assert_eq!(Code::from_number(2), None);
    }

    #[test]
    fn each_block_has_its_http_status() {
        for &code in Code::ALL {
            let expected: &[Option<u16>] = match code.block() {
                Block::Decided => &[Some(200), None],
                Block::Host | Block::Internal => &[Some(500)],
                Block::Credentials | Block::Token | Block::Proof | Block::Basic | Block::Account => &[Some(401)],
                Block::Header => &[Some(400)],
                Block::Right | Block::Api => &[Some(403)],
                Block::Dependency => &[Some(503)],
                Block::Configuration => &[None],
            };
            assert!(expected.contains(&code.http()), "{code}");
        }
    }

    #[test]
    fn each_block_has_its_bearer_error() {
        for &code in Code::ALL {
            let fits = match code.block() {
                Block::Header => code.bearer_error() == Some(InvalidRequest),
                Block::Token => code.bearer_error() == Some(InvalidToken),
                Block::Proof => matches!(code.bearer_error(), Some(InvalidToken | InvalidDpopProof)),
                Block::Right => code.bearer_error() == Some(InsufficientScope),
                _ => code.bearer_error().is_none(),
            };
            assert!(fits, "{code}");
        }
    }

    #[test]
    fn messages_are_safe_in_a_quoted_string() {
        for &code in Code::ALL {
            let safe = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
            assert!(code.message().bytes().all(safe), "{code}");
        }
    }
}
