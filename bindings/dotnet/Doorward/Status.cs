// Made from src/code.rs by a test: DOORWARD_UPDATE_STATUS=1 cargo test -p doorward-dotnet --test binding generated
namespace Doorward;

/// <summary>Every status code. docs/errors.md tells what to do about each.</summary>
public enum Status : uint {
    /// <summary>The request may come in.</summary>
    Ok = 0,
    /// <summary>The answer needs slow work: call `resolve` from a thread that may block.</summary>
    Pending = 1,
    /// <summary>A pointer that must not be null is null.</summary>
    NullArgument = 1001,
    /// <summary>An argument is out of its range.</summary>
    ArgumentInvalid = 1002,
    /// <summary>The caller's buffer is too small; the call says how much it needs.</summary>
    BufferTooSmall = 1003,
    /// <summary>The host was built against another version of the C interface.</summary>
    AbiMismatch = 1004,
    /// <summary>The configuration has no API of the name that the host gave.</summary>
    ApiUnknown = 1005,
    /// <summary>The denylist has no room for the entries that the host hands over; none of them was taken.</summary>
    DenylistFull = 1006,
    /// <summary>The request has no `Authorization` header, or an empty one.</summary>
    CredentialsMissing = 2001,
    /// <summary>The authentication scheme is neither `Bearer` nor `Basic`.</summary>
    SchemeUnsupported = 2002,
    /// <summary>The `Authorization` header is not one scheme, spaces, and one credential of the allowed characters.</summary>
    HeaderMalformed = 2101,
    /// <summary>The `Authorization` header is longer than the maximum (16 KiB).</summary>
    HeaderTooLarge = 2102,
    /// <summary>The request has more than one `Authorization` header, or several credentials in one.</summary>
    HeaderRepeated = 2103,
    /// <summary>Hosts could take the path of the request for different ones, or it is none.</summary>
    PathAmbiguous = 2104,
    /// <summary>The token is not a compact JWS with a header and claims that are strict JSON objects.</summary>
    TokenMalformed = 3001,
    /// <summary>The token has five parts: it is encrypted (JWE), and only its recipient can read it.</summary>
    TokenEncrypted = 3002,
    /// <summary>The token demands an extension (`crit`) that is not supported (RFC 7515 section 4.1.11).</summary>
    CriticalHeaderUnsupported = 3003,
    /// <summary>The issuer (`iss`) is not configured.</summary>
    IssuerUnknown = 3004,
    /// <summary>The algorithm (`alg`) is not one that the issuer's configuration lists.</summary>
    AlgorithmNotAllowed = 3005,
    /// <summary>The issuer has no key of that id (`kid`) for that algorithm.</summary>
    KeyUnknown = 3006,
    /// <summary>The token names no key (`kid`), and more than one key of the issuer would fit.</summary>
    KeyAmbiguous = 3007,
    /// <summary>The signature does not fit the token and the key.</summary>
    SignatureInvalid = 3008,
    /// <summary>The token type (`typ`), or a claim that only another kind of token has, rules out an access token.</summary>
    TypeMismatch = 3009,
    /// <summary>The expiry (`exp`) has passed.</summary>
    Expired = 3010,
    /// <summary>The start (`nbf`) or the time of issue (`iat`) is in the future.</summary>
    NotYetValid = 3011,
    /// <summary>The audience (`aud`) has none of the configured values.</summary>
    AudienceMismatch = 3012,
    /// <summary>A claim that must be there is absent.</summary>
    ClaimMissing = 3013,
    /// <summary>A claim has the wrong JSON type, is out of range, or holds control characters.</summary>
    ClaimMalformed = 3014,
    /// <summary>The token is for Microsoft Graph: only Graph can verify it.</summary>
    GraphToken = 3015,
    /// <summary>The denylist has an entry for the token, its user, session or client, its key, or its time of issue.</summary>
    TokenRevoked = 3016,
    /// <summary>The tenant (`tid`) of a token of Entra ID is not the one that its issuer (`iss`) names.</summary>
    TenantMismatch = 3017,
    /// <summary>The token is bound to a key (`cnf`) and came without a proof of possession.</summary>
    ProofMissing = 3101,
    /// <summary>The proof of possession is malformed or for another request (RFC 9449 section 4.3).</summary>
    ProofInvalid = 3102,
    /// <summary>The proof of possession was used before.</summary>
    ProofReplayed = 3103,
    /// <summary>The client's certificate is not the one that the token is bound to (RFC 8705).</summary>
    CertificateMismatch = 3104,
    /// <summary>The token lacks a scope that the API requires.</summary>
    ScopeInsufficient = 4001,
    /// <summary>The token lacks a role that the API requires.</summary>
    RoleInsufficient = 4002,
    /// <summary>The user comes from a user manager, or the token from an issuer, that the API does not list.</summary>
    UserManagerNotAllowed = 4003,
    /// <summary>The client application is not on the API's list.</summary>
    ClientNotAllowed = 4004,
    /// <summary>A claim does not fulfil a rule of the API.</summary>
    ClaimNotAllowed = 4005,
    /// <summary>An application of Entra ID calls for itself, without a user, and the API does not take that.</summary>
    AppOnlyNotAllowed = 4006,
    /// <summary>The user is a guest of the tenant, and the user manager takes none.</summary>
    GuestNotAllowed = 4007,
    /// <summary>The API is switched off, as every API is until its configuration says otherwise.</summary>
    ApiDisabled = 4101,
    /// <summary>The API does not accept this method of authentication.</summary>
    MethodNotAccepted = 4102,
    /// <summary>The path of the request is below no prefix of an API.</summary>
    PathUnknown = 4103,
    /// <summary>Unknown user or bad password: one code, and both cost the same.</summary>
    BasicRejected = 5001,
    /// <summary>The denylist has an entry for the user.</summary>
    CredentialsRevoked = 5002,
    /// <summary>The account needs multi-factor authentication, which Basic can't do.</summary>
    MfaRequired = 5101,
    /// <summary>The password has expired or must be changed.</summary>
    PasswordExpired = 5102,
    /// <summary>The account is locked, after too many wrong passwords.</summary>
    AccountLocked = 5103,
    /// <summary>The account lacks the right to log on that the host asks for.</summary>
    LogonRightMissing = 5104,
    /// <summary>The account was disabled in the directory.</summary>
    AccountDisabled = 5105,
    /// <summary>The account may not log on at this time, or not from this computer.</summary>
    LogonRestricted = 5106,
    /// <summary>The account was made for a limited time, which has passed.</summary>
    AccountExpired = 5107,
    /// <summary>A policy of the directory forbids to sign in by a password alone, such as Conditional Access of Entra ID.</summary>
    SignInBlocked = 5108,
    /// <summary>No keys of the issuer could be loaded yet.</summary>
    KeysNeverLoaded = 6001,
    /// <summary>The keys of the issuer are older than the operator allows.</summary>
    KeysStale = 6002,
    /// <summary>The directory that checks passwords does not answer.</summary>
    DirectoryUnavailable = 6003,
    /// <summary>The token names a key that is not known, and the issuer could not be asked whether it has that key now.</summary>
    KeysUnavailable = 6004,
    /// <summary>As many passwords as may are being checked by the directory, and as many requests as may wait for it.</summary>
    DirectoryBusy = 6005,
    /// <summary>There were too many wrong passwords for this user name: none is checked for a while, so that the directory does not lock the account.</summary>
    AttemptsLimited = 6006,
    /// <summary>The configuration, or a file that it names, can't be read.</summary>
    FileUnreadable = 7001,
    /// <summary>The configuration is not strict JSON.</summary>
    DocumentMalformed = 7002,
    /// <summary>The configuration has a field of an unknown name.</summary>
    FieldUnknown = 7003,
    /// <summary>A field that must be there is absent.</summary>
    FieldMissing = 7004,
    /// <summary>A field has the wrong type or a value out of its range.</summary>
    FieldInvalid = 7005,
    /// <summary>A key is malformed, weak, private, or not usable with the listed algorithms.</summary>
    KeyRejected = 7006,
    /// <summary>The file of the denylist has a line that is wrong, or too many entries.</summary>
    DenylistRejected = 7007,
    /// <summary>A panic was caught; the verifier stays usable. Please report it.</summary>
    InternalPanic = 9001,
}
