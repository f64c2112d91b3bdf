//! Every maximum, with its reason. Nothing that a caller, a file or a token holds grows past these.

/// Bytes of an `Authorization` value, scheme included. Servers cap a whole header block at 8 to
/// 64 KiB; Entra tokens with 200 groups have about 10 KiB.
pub const AUTHORIZATION_BYTES: usize = 16 * 1024;

/// Bytes of a token, a key or claims that the command line reads: far more than is ever accepted, so that
/// the library can say itself that it is too much.
pub const COMMAND_LINE_INPUT_BYTES: u64 = 1024 * 1024;

/// Bytes of a signature: an RSA key of 8192 bits makes 1024.
pub const SIGNATURE_BYTES: usize = 1024;

/// Bytes of a key id (`kid`) in a token or a key set. Real ones have 10 to 64.
pub const KEY_ID_BYTES: usize = 256;

/// How deep JSON may be nested in a token, a key set or a configuration. Real tokens reach 5.
pub const JSON_DEPTH: usize = 16;

/// Members of one JSON object of a token or a key. Real tokens have 10 to 40 claims.
pub const TOKEN_MEMBERS: usize = 256;

/// Values in the header or the claims of a token, those within others included. Real ones have about thirty; a list of a
/// thousand groups is larger than a header field may be.
pub const TOKEN_NODES: usize = 1024;

/// Members of one JSON object of a configuration: a hundred thousand issuers.
pub const CONFIGURATION_MEMBERS: usize = 100_000;

/// Bytes of a configuration document: ten thousand issuers with keys of their own.
pub const CONFIGURATION_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a key set or PEM file. Entra's largest sets have about 40 KiB.
pub const KEY_SET_BYTES: usize = 512 * 1024;

/// Keys of one set. Entra publishes about ten.
pub const KEY_SET_KEYS: usize = 256;

/// Bits of an RSA modulus, at least (RFC 7518 section 3.3).
pub const RSA_BITS_MIN: usize = 2048;

/// Bits of an RSA modulus, at most: the cost of a verification grows with their square.
pub const RSA_BITS_MAX: usize = 8192;

/// An RSA public exponent is smaller than this: the cost of a verification grows with its bits,
/// and no provider uses more than 65537.
pub const RSA_EXPONENT_END: u64 = 1 << 33;

/// Bytes of an HMAC secret, at most: longer ones are hashed first and gain nothing.
pub const HMAC_SECRET_BYTES_MAX: usize = 1024;

/// Seconds of clock skew, at most. A larger one would hide a broken clock.
pub const CLOCK_SKEW_SECONDS_MAX: i64 = 300;

/// Seconds since 1970 of a time in a token, at most: the last second of the year 9999.
pub const NUMERIC_DATE_MAX: i64 = 253_402_300_799;

/// Scopes, or roles, that an API may require: one bit of a word notes each.
pub const REQUIRED_VALUES: usize = 64;

/// Bytes of two names that are compared for a hint: what is longer was no slip of the finger.
pub const HINT_BYTES: usize = 64;

/// Names in the path of a claim rule.
pub const CLAIM_PATH_NAMES: usize = 8;

/// Bytes of a name, an audience, a scope or another text of the configuration.
pub const CONFIGURATION_TEXT_BYTES: usize = 4096;

/// Tenants of user managers, for all issuers that take any tenant together, where these do not have the same user
/// managers: each has a list of its own then. One list has less than half as many, and real configurations have one or two.
pub const SHARED_TENANTS: usize = 1_000_000;

/// Bytes of a request's path, without its query. Servers take 4 to 16 KiB for the whole line.
pub const PATH_BYTES: usize = 8 * 1024;

/// Bytes of a path prefix of the configuration. Real ones have 10 to 30.
pub const PATH_PREFIX_BYTES: usize = 256;

/// Path prefixes of one API: the versions that are served side by side.
pub const PATH_PREFIXES: usize = 16;

/// Bytes of an answer's head (status and headers) when keys are fetched. Real ones have 1 to 2 KiB.
pub const RESPONSE_HEAD_BYTES: usize = 16 * 1024;

/// Bytes of an address that is fetched. Browsers and proxies take about as much.
pub const ADDRESS_BYTES: usize = 2048;

/// Addresses of a host that are tried, one after the other. Real ones have 1 to 6.
pub const ADDRESSES: usize = 8;

/// Bytes of a file of certificates to trust. That of an operating system has about 250 KiB.
pub const CERTIFICATES_BYTES: usize = 4 * 1024 * 1024;

/// Redirects that are followed when keys are fetched, each to the same host. Real providers need none.
pub const REDIRECTS: usize = 3;

/// Other hosts that a discovery document may name for its key set. Real ones name one.
pub const KEY_SET_HOSTS: usize = 16;

/// Seconds that one fetch may take in all, at least and at most; the default is 5.
pub const FETCH_SECONDS_MIN: i64 = 1;
/// See [`FETCH_SECONDS_MIN`]: a longer one would hold the background thread for others.
pub const FETCH_SECONDS_MAX: i64 = 30;

/// Milliseconds that a connection is tried before it is tried again, and the longest that a closing verifier waits
/// for it. A round trip that takes longer leaves no time for TLS within the whole.
pub const CONNECT_SLICE_MILLISECONDS: u64 = 900;

/// Seconds between two refreshes of a key set on schedule, at least: what `Cache-Control` says is raised to it.
pub const REFRESH_SECONDS_MIN: i64 = 60;

/// Seconds between two refreshes of a key set on schedule, at most: what `Cache-Control` says is cut to it.
pub const REFRESH_SECONDS_MAX: i64 = 24 * 60 * 60;

/// Seconds that the waiting time after failures grows to. An outage must not be prolonged by us.
pub const BACKOFF_SECONDS_MAX: i64 = 5 * 60;

/// Seconds between two refreshes that requests ask for, by an unknown key id or a bad signature: what a flood
/// of made-up key ids may cost the provider.
pub const ASK_SECONDS: i64 = 60;

/// Key ids that a key set lacks and that are noted, so that a refresh which began later shows that the provider has none.
/// One that is crowded out is as if it were new.
pub const MISSED_KEY_IDS: usize = 16;

/// Seconds after a fetch in which a key that it did not bring is known to be missing. Then it is asked for again.
pub const ABSENT_SECONDS: i64 = 5 * 60;

/// Requests that wait for one key set at a time, where nothing is configured. More are denied at once: a flood must not
/// hold every thread.
pub const WAITING_REQUESTS: u32 = 64;

/// Requests that wait for keys in one process, for whatever key set, where nothing is configured: many key sets must not
/// hold every thread either.
pub const WAITING_REQUESTS_OF_PROCESS: u32 = 256;

/// What a configuration may raise either of them to: each of these requests has a thread of the host.
pub const WAITING_REQUESTS_MAX: u32 = 4096;

/// Seconds after the start in which requests wait for the first keys.
pub const STARTUP_SECONDS: i64 = 5;

/// Seconds that keys may serve without a refresh, at least and at most; the default is a day.
pub const KEY_AGE_SECONDS_MIN: i64 = 5 * 60;
/// See [`KEY_AGE_SECONDS_MIN`]: a key that was withdrawn must end some time.
pub const KEY_AGE_SECONDS_MAX: i64 = 30 * 24 * 60 * 60;

/// Seconds that `resolve` may be told to wait, at most: hosts have few threads for it.
pub const RESOLVE_SECONDS_MAX: i64 = 30;

/// Bytes of a snapshot on disk: a key set and what is noted with it.
pub const SNAPSHOT_BYTES: usize = KEY_SET_BYTES + 8 * 1024;

#[cfg(windows)]
/// How often a snapshot is put in its place, where another process has the old one open: half a second of pauses.
pub const REPLACE_TRIES: u32 = 25;

/// Characters of an error's text that health and log show of somebody else's words.
pub const ERROR_TEXT_BYTES: usize = 300;

/// Bytes of a domain or host name (RFC 1035 section 2.3.4, without the dot at its end).
pub const DOMAIN_BYTES: usize = 253;

/// Bytes of one label of a domain (RFC 1035 section 2.3.4).
pub const DOMAIN_LABEL_BYTES: usize = 63;

/// Entries of a denylist: of its file, and as many again that came by calls. Together they take less than 100 MiB.
pub const DENYLIST_ENTRIES: usize = 1_000_000;

/// Bytes of a denylist's file: a million entries of 256 bytes. Real lines have 60 to 160.
pub const DENYLIST_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes of one line of a denylist: two texts as long as they may be, and a note.
pub const DENYLIST_LINE_BYTES: u64 = 16 * 1024;

/// Unlocks in a denylist's file that are not over. Administrators write a few a day.
pub const UNLOCKS: usize = 10_000;

/// Seconds after which an unlock of a denylist's file is over: no failure counts longer than a `failure_window`, which is a
/// day at most.
pub const UNLOCK_SECONDS: i64 = 24 * 60 * 60;

/// When an entry of a denylist ends, at most: the last second of 2099, in seconds since 1970. None lasts for ever, and
/// milliseconds are noticed.
pub const REVOKED_UNTIL_MAX: u32 = 4_102_444_799;

/// Milliseconds between two looks at watched files: a second may not pass until what is revoked in one is denied.
pub const LOOK_MILLISECONDS: u64 = 500;

/// Passwords that one directory checks at the same time, at most. More would not be faster, and each has a thread.
pub const PASSWORD_CHECKS: u32 = 64;

/// Requests that wait for their password to be checked by one directory, at most.
pub const PASSWORD_CHECKS_WAITING: u32 = 1024;

/// Wrong passwords of one user within the window, at most. More would lock no account, and guess for long.
pub const PASSWORD_FAILURES: u32 = 1000;

/// Bytes of a user name and a password together: names have at most 320, and no directory takes more than 1024 of a
/// password.
pub const BASIC_BYTES: usize = 1536;

/// Directories of one configuration. Real ones have one to five.
pub const DIRECTORIES: usize = 64;

/// Proved credentials that one directory remembers. Platforms have thousands of accounts.
pub const PROVED_CREDENTIALS: usize = 100_000;

/// Refused credentials that one directory remembers, for seconds.
pub const REFUSED_CREDENTIALS: usize = 4096;

/// Names without a success that one directory counts for: each of them cost a check.
pub const STRANGERS: usize = 65_536;

/// Names of authenticated accounts that one directory knows: each account has two or three, its identifier among them.
pub const KNOWN_NAMES: usize = 300_000;

/// Addresses of clients that one account was authenticated from lately. People have a few devices.
pub const PEERS: usize = 4;

/// Names of one account that its failures are divided by, at most.
pub const LOGIN_NAMES: usize = 4;

/// Different passwords of one account that end without a check, at most, before what is remembered ends.
pub const UNCHECKED_PASSWORDS: u32 = 100;

/// Seconds that an answer is waited for after a password was sent, though nobody waits for the request any more.
pub const LATE_ANSWER_SECONDS: u64 = 30;

/// Answers of one directory that are waited for like that. Beyond it a password counts as wrong at once.
pub const LATE_ANSWERS: u32 = 64;

/// Seconds that a token endpoint may make us wait, at most.
pub const REST_SECONDS: u32 = 5 * 60;

/// Seconds that a proved credential is recognised, though it is checked again: its owner is not kept out by others who
/// guess.
pub const RECOGNISED_SECONDS: i64 = 24 * 60 * 60;

/// Seconds between two checks of one user after failures, at most, before the window's maximum is reached.
pub const FAILURE_PAUSE_SECONDS: i64 = 60;

/// Bytes of a token endpoint's answer: a token as large as may be, and its wrapping.
pub const TOKEN_RESPONSE_BYTES: usize = 64 * 1024;

/// Requests that wait for the answer to one credential, which another request asks for.
pub const PASSWORD_FOLLOWERS: u32 = 4096;

/// Bytes of what a directory says of a person, as the claims of an identity: some thousand groups.
pub const PERSON_BYTES: usize = 256 * 1024;

/// The cost of a bcrypt hash, at most: it takes about two seconds, and each more doubles it.
pub const BCRYPT_COST_MAX: u32 = 15;

/// KiB of memory of an Argon2 hash, at most: several are computed at the same time.
pub const ARGON2_MEMORY_KIB_MAX: u32 = 256 * 1024;

/// Passes over its memory of an Argon2 hash, at most.
pub const ARGON2_PASSES_MAX: u32 = 64;

/// Lanes of an Argon2 hash, at most. They are computed one after the other.
pub const ARGON2_LANES_MAX: u32 = 16;

/// KiB times passes of an Argon2 hash, at most: about a second.
pub const ARGON2_WORK_MAX: u32 = 1024 * 1024;

/// Bytes of memory of a scrypt hash, at most.
pub const SCRYPT_MEMORY_MAX: u64 = 256 * 1024 * 1024;

/// N times r times p of a scrypt hash, at most: about two seconds.
pub const SCRYPT_WORK_MAX: u64 = 1 << 22;

/// Rounds of PBKDF2, at most: about three seconds.
pub const PBKDF2_ROUNDS_MAX: u32 = 5_000_000;

/// Rounds of SHA-crypt, at most: about half a second, and some three for the longest password.
pub const SHA_CRYPT_ROUNDS_MAX: u32 = 1_000_000;

/// Bytes of a password for SHA-crypt, at most: each round looks at all of them. libxcrypt takes no more, either.
pub const SHA_CRYPT_PASSWORD_BYTES: usize = 511;

/// Bytes of a file of password hashes: a hundred thousand users.
pub const HTPASSWD_BYTES: usize = 16 * 1024 * 1024;

/// Users of a file of password hashes.
pub const HTPASSWD_USERS: usize = 100_000;

/// Bytes of a line of a file of password hashes. Real ones have less than 400.
pub const HTPASSWD_LINE_BYTES: usize = 4096;

/// Seconds for which a file of password hashes is read again though it looks the same: two changes within one tick of the
/// file system's clock look like one. A tick is two seconds at most (FAT).
pub const HTPASSWD_TICK_SECONDS: u64 = 3;

/// How deep a search filter of the configuration may be nested. Real ones reach 3.
pub const FILTER_DEPTH: usize = 8;

/// Bytes of all that a directory answers to one request: a thousand groups with long names take 1 MiB.
pub const LDAP_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Groups of one user. Active Directory gives no more than a thousand entries at once.
pub const LDAP_GROUPS: u32 = 1000;

/// Servers of one directory. Real ones have one to four.
pub const LDAP_SERVERS: usize = 16;

/// Bytes of a password that bcrypt looks at.
pub const BCRYPT_PASSWORD_BYTES: usize = 72;

/// Seconds after which a directory that did not answer is worth another try.
pub const DIRECTORY_RETRY_SECONDS: u32 = 5;
