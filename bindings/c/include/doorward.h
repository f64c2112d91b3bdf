/*
 * Doorward: decides within the process of its host whether a request may come in, and as whom.
 *
 * Made from the sources by cbindgen; do not edit.
 *
 * What holds for every function:
 *
 * Threads. A call that takes a const pointer may run on any number of threads at once. One that takes another pointer
 * has it for itself. An object is freed when no call with it is running, and never used after.
 *
 * Ownership. What comes in is borrowed for the call, and nothing of it is kept. A verifier and a verdict are freed by
 * their _free, in any order. A struct doorward_str belongs to the object that it was asked of: it is UTF-8, never NULL,
 * not NUL-terminated, and lives until that object is used again or freed. Where the comment says so, it lives for ever.
 *
 * Inputs. Texts and bytes are a pointer and a length. (NULL, 0) is empty; (NULL, n) is DOORWARD_NULL_ARGUMENT. Texts are
 * UTF-8. A number that is not allowed is DOORWARD_ARGUMENT_INVALID. Nothing that comes in may lie in what the same call
 * writes: not in a buffer, and no text of a verdict in a request that is verified into that verdict.
 *
 * Outputs. What goes out by a pointer is cleared first: a pointer becomes NULL, a number 0 unless its comment says
 * otherwise, a verdict "denied". It is set only on success. A text that is made on demand goes into the caller's buffer:
 * its length is told in *needed (which may be NULL), and a buffer that is too small is not written to. Only the text of an
 * error, of a configuration or of lines that revoke, is cut to fit, and it ends with a NUL.
 *
 * Errors. Every call that can fail returns a doorward_status. There is no other channel. Nothing unwinds, aborts or
 * prints: a defect of the library is DOORWARD_INTERNAL_PANIC, and its objects stay usable. Only running out of memory or
 * of stack ends the process.
 *
 * Blocking. Only _open, _open_file, _start, _wait, _poll, _resolve, _reload, _reload_file, _verifier_free and _log_set may
 * block. At the first use in a process any call may call the host's log, which takes as long as it takes.
 *
 * Fork. _open starts nothing that a fork would lose. A verifier that was opened before a fork works in the parent and in
 * each child; the background thread starts in each process at the first use, or by doorward_verifier_start.
 */

#ifndef DOORWARD_H
#define DOORWARD_H

#include <stddef.h>
#include <stdint.h>
#if defined(__GNUC__) || defined(__clang__)
/** The result of a call decides about security: to ignore it is a mistake. */
#define DOORWARD_MUST_CHECK __attribute__((warn_unused_result))
#else
#define DOORWARD_MUST_CHECK
#endif

/** Every status code. docs/errors.md tells what to do about each. */
enum {
    /** The request may come in. */
    DOORWARD_OK = 0,
    /** The answer needs slow work: call `resolve` from a thread that may block. */
    DOORWARD_PENDING = 1,
    /** A pointer that must not be null is null. */
    DOORWARD_NULL_ARGUMENT = 1001,
    /** An argument is out of its range. */
    DOORWARD_ARGUMENT_INVALID = 1002,
    /** The caller's buffer is too small; the call says how much it needs. */
    DOORWARD_BUFFER_TOO_SMALL = 1003,
    /** The host was built against another version of the C interface. */
    DOORWARD_ABI_MISMATCH = 1004,
    /** The configuration has no API of the name that the host gave. */
    DOORWARD_API_UNKNOWN = 1005,
    /** The denylist has no room for the entries that the host hands over; none of them was taken. */
    DOORWARD_DENYLIST_FULL = 1006,
    /** The request has no `Authorization` header, or an empty one. */
    DOORWARD_CREDENTIALS_MISSING = 2001,
    /** The authentication scheme is neither `Bearer` nor `Basic`. */
    DOORWARD_SCHEME_UNSUPPORTED = 2002,
    /** The `Authorization` header is not one scheme, spaces, and one credential of the allowed characters. */
    DOORWARD_HEADER_MALFORMED = 2101,
    /** The `Authorization` header is longer than the maximum (16 KiB). */
    DOORWARD_HEADER_TOO_LARGE = 2102,
    /** The request has more than one `Authorization` header, or several credentials in one. */
    DOORWARD_HEADER_REPEATED = 2103,
    /** Hosts could take the path of the request for different ones, or it is none. */
    DOORWARD_PATH_AMBIGUOUS = 2104,
    /** The token is not a compact JWS with a header and claims that are strict JSON objects. */
    DOORWARD_TOKEN_MALFORMED = 3001,
    /** The token has five parts: it is encrypted (JWE), and only its recipient can read it. */
    DOORWARD_TOKEN_ENCRYPTED = 3002,
    /** The token demands an extension (`crit`) that is not supported (RFC 7515 section 4.1.11). */
    DOORWARD_CRITICAL_HEADER_UNSUPPORTED = 3003,
    /** The issuer (`iss`) is not configured. */
    DOORWARD_ISSUER_UNKNOWN = 3004,
    /** The algorithm (`alg`) is not one that the issuer's configuration lists. */
    DOORWARD_ALGORITHM_NOT_ALLOWED = 3005,
    /** The issuer has no key of that id (`kid`) for that algorithm. */
    DOORWARD_KEY_UNKNOWN = 3006,
    /** The token names no key (`kid`), and more than one key of the issuer would fit. */
    DOORWARD_KEY_AMBIGUOUS = 3007,
    /** The signature does not fit the token and the key. */
    DOORWARD_SIGNATURE_INVALID = 3008,
    /** The token type (`typ`), or a claim that only another kind of token has, rules out an access token. */
    DOORWARD_TYPE_MISMATCH = 3009,
    /** The expiry (`exp`) has passed. */
    DOORWARD_EXPIRED = 3010,
    /** The start (`nbf`) or the time of issue (`iat`) is in the future. */
    DOORWARD_NOT_YET_VALID = 3011,
    /** The audience (`aud`) has none of the configured values. */
    DOORWARD_AUDIENCE_MISMATCH = 3012,
    /** A claim that must be there is absent. */
    DOORWARD_CLAIM_MISSING = 3013,
    /** A claim has the wrong JSON type, is out of range, or holds control characters. */
    DOORWARD_CLAIM_MALFORMED = 3014,
    /** The token is for Microsoft Graph: only Graph can verify it. */
    DOORWARD_GRAPH_TOKEN = 3015,
    /** The denylist has an entry for the token, its user, session or client, its key, or its time of issue. */
    DOORWARD_TOKEN_REVOKED = 3016,
    /** The tenant (`tid`) of a token of Entra ID is not the one that its issuer (`iss`) names. */
    DOORWARD_TENANT_MISMATCH = 3017,
    /** The token is bound to a key (`cnf`) and came without a proof of possession. */
    DOORWARD_PROOF_MISSING = 3101,
    /** The proof of possession is malformed or for another request (RFC 9449 section 4.3). */
    DOORWARD_PROOF_INVALID = 3102,
    /** The proof of possession was used before. */
    DOORWARD_PROOF_REPLAYED = 3103,
    /** The client's certificate is not the one that the token is bound to (RFC 8705). */
    DOORWARD_CERTIFICATE_MISMATCH = 3104,
    /** The token lacks a scope that the API requires. */
    DOORWARD_SCOPE_INSUFFICIENT = 4001,
    /** The token lacks a role that the API requires. */
    DOORWARD_ROLE_INSUFFICIENT = 4002,
    /** The user comes from a user manager, or the token from an issuer, that the API does not list. */
    DOORWARD_USER_MANAGER_NOT_ALLOWED = 4003,
    /** The client application is not on the API's list. */
    DOORWARD_CLIENT_NOT_ALLOWED = 4004,
    /** A claim does not fulfil a rule of the API. */
    DOORWARD_CLAIM_NOT_ALLOWED = 4005,
    /** An application of Entra ID calls for itself, without a user, and the API does not take that. */
    DOORWARD_APP_ONLY_NOT_ALLOWED = 4006,
    /** The user is a guest of the tenant, and the user manager takes none. */
    DOORWARD_GUEST_NOT_ALLOWED = 4007,
    /** The API is switched off, as every API is until its configuration says otherwise. */
    DOORWARD_API_DISABLED = 4101,
    /** The API does not accept this method of authentication. */
    DOORWARD_METHOD_NOT_ACCEPTED = 4102,
    /** The path of the request is below no prefix of an API. */
    DOORWARD_PATH_UNKNOWN = 4103,
    /** Unknown user or bad password: one code, and both cost the same. */
    DOORWARD_BASIC_REJECTED = 5001,
    /** The denylist has an entry for the user. */
    DOORWARD_CREDENTIALS_REVOKED = 5002,
    /** The account needs multi-factor authentication, which Basic can't do. */
    DOORWARD_MFA_REQUIRED = 5101,
    /** The password has expired or must be changed. */
    DOORWARD_PASSWORD_EXPIRED = 5102,
    /** The account is locked, after too many wrong passwords. */
    DOORWARD_ACCOUNT_LOCKED = 5103,
    /** The account lacks the right to log on that the host asks for. */
    DOORWARD_LOGON_RIGHT_MISSING = 5104,
    /** The account was disabled in the directory. */
    DOORWARD_ACCOUNT_DISABLED = 5105,
    /** The account may not log on at this time, or not from this computer. */
    DOORWARD_LOGON_RESTRICTED = 5106,
    /** The account was made for a limited time, which has passed. */
    DOORWARD_ACCOUNT_EXPIRED = 5107,
    /** A policy of the directory forbids to sign in by a password alone, such as Conditional Access of Entra ID. */
    DOORWARD_SIGN_IN_BLOCKED = 5108,
    /** No keys of the issuer could be loaded yet. */
    DOORWARD_KEYS_NEVER_LOADED = 6001,
    /** The keys of the issuer are older than the operator allows. */
    DOORWARD_KEYS_STALE = 6002,
    /** The directory that checks passwords does not answer. */
    DOORWARD_DIRECTORY_UNAVAILABLE = 6003,
    /** The token names a key that is not known, and the issuer could not be asked whether it has that key now. */
    DOORWARD_KEYS_UNAVAILABLE = 6004,
    /** As many passwords as may are being checked by the directory, and as many requests as may wait for it. */
    DOORWARD_DIRECTORY_BUSY = 6005,
    /** There were too many wrong passwords for this user name: none is checked for a while, so that the directory does not lock the account. */
    DOORWARD_ATTEMPTS_LIMITED = 6006,
    /** The configuration, or a file that it names, can't be read. */
    DOORWARD_FILE_UNREADABLE = 7001,
    /** The configuration is not strict JSON. */
    DOORWARD_DOCUMENT_MALFORMED = 7002,
    /** The configuration has a field of an unknown name. */
    DOORWARD_FIELD_UNKNOWN = 7003,
    /** A field that must be there is absent. */
    DOORWARD_FIELD_MISSING = 7004,
    /** A field has the wrong type or a value out of its range. */
    DOORWARD_FIELD_INVALID = 7005,
    /** A key is malformed, weak, private, or not usable with the listed algorithms. */
    DOORWARD_KEY_REJECTED = 7006,
    /** The file of the denylist has a line that is wrong, or too many entries. */
    DOORWARD_DENYLIST_REJECTED = 7007,
    /** A panic was caught; the verifier stays usable. Please report it. */
    DOORWARD_INTERNAL_PANIC = 9001,
};


/**
 * The version of the binary interface that this header describes. Compare it with `doorward_abi_version()`.
 */
#define DOORWARD_ABI_VERSION 1

/**
 * Something failed that needs a look.
 */
#define DOORWARD_LOG_ERROR 1

/**
 * Something failed, and what was there before serves on.
 */
#define DOORWARD_LOG_WARNING 2

/**
 * Keys or the configuration changed.
 */
#define DOORWARD_LOG_INFO 3

/**
 * Each refresh.
 */
#define DOORWARD_LOG_DEBUG 4

/**
 * Bytes of an `Authorization` value, at most: a longer one is refused. Hosts that convert texts size a buffer by it.
 */
#define DOORWARD_AUTHORIZATION_BYTES 16384

/**
 * Lets the library start no thread: the host calls `doorward_verifier_poll`.
 */
#define DOORWARD_OPEN_WITHOUT_THREAD 1

/**
 * The answer to a request, and the room that it was worked out in. Make one for each thread or request, and use it
 * again: then a call allocates nothing. One thread at a time.
 */
struct doorward_verdict;

/**
 * Verifies requests against a configuration. Any number of threads may use one at a time.
 */
struct doorward_verifier;

/**
 * A status code: `DOORWARD_OK`, `DOORWARD_PENDING`, or what is wrong. docs/errors.md has them all.
 */
typedef uint32_t doorward_status;

/**
 * Gets one line of the log: the host's context, the level, and UTF-8 text without an end, borrowed for the call.
 *
 * It is called on the background threads, and on those in a call that may block. Where a background thread can't be
 * started, it is called on the thread that asked for one: at the first use in a process, in `doorward_verifier_verify`
 * too. It runs on several threads at once, and never under a lock of this library. It must return in the ordinary way: no
 * exception, no longjmp. It may call every function of this library but free.
 */
typedef void (*doorward_log_function)(void *context, uint32_t level, const char *message, size_t message_len);

/**
 * A request, borrowed for the call only. Set it to zeros, then `struct_size`, then what it has.
 *
 * Fields are only ever appended. A field that this library does not know must be zero.
 */
struct doorward_request {
    /**
     * `sizeof(struct doorward_request)`, as the host was compiled.
     */
    size_t struct_size;
    /**
     * The API that the request is for, by its name in the configuration; UTF-8. NULL where `path` is given.
     */
    const uint8_t *api;
    /**
     * Bytes of `api`.
     */
    size_t api_len;
    /**
     * The path of the request, in the place of `api`: the API is the one whose `paths` in the configuration have the
     * longest prefix of it. It is the target of the request line as the client sent it, from its first slash on: not
     * decoded, and nothing resolved. A query may follow; it is not looked at. NULL where `api` is given.
     */
    const uint8_t *path;
    /**
     * Bytes of `path`.
     */
    size_t path_len;
    /**
     * The value of the `Authorization` header.
     */
    const uint8_t *authorization;
    /**
     * Bytes of `authorization`.
     */
    size_t authorization_len;
    /**
     * How many `Authorization` headers the request has: 0, 1 or more. More than one is refused. A host that only
     * sees one value, which may have been merged of several, says 1.
     */
    size_t authorization_count;
    /**
     * The HTTP method. Reserved for proofs of possession: leave it NULL.
     */
    const uint8_t *method;
    /**
     * Bytes of `method`.
     */
    size_t method_len;
    /**
     * The URL of the request. Reserved for proofs of possession: leave it NULL.
     */
    const uint8_t *url;
    /**
     * Bytes of `url`.
     */
    size_t url_len;
    /**
     * The value of the `DPoP` header (RFC 9449). Reserved: leave it NULL.
     */
    const uint8_t *dpop;
    /**
     * Bytes of `dpop`.
     */
    size_t dpop_len;
    /**
     * The SHA-256 thumbprint of the client's certificate (RFC 8705). Reserved: leave it NULL.
     */
    const uint8_t *certificate_thumbprint;
    /**
     * Bytes of `certificate_thumbprint`.
     */
    size_t certificate_thumbprint_len;
    /**
     * From where the request comes: the client's address as the host knows it, such as `203.0.113.7`, without a port. Behind
     * a proxy that is what the proxy says, if it is trusted. It is compared as it is, and never shown. It helps against
     * who guesses a user's password: the user's own addresses are not made to pay for it. NULL if it is not known.
     */
    const uint8_t *peer;
    /**
     * Bytes of `peer`.
     */
    size_t peer_len;
};

/**
 * A text that belongs to the object it was asked of: UTF-8, never NULL, not NUL-terminated.
 */
struct doorward_str {
    /**
     * The first byte.
     */
    const char *data;
    /**
     * How many bytes.
     */
    size_t len;
};

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Sets the host's function for the log, for all verifiers of this process, instead of the last one. NULL, or level 0,
 * turns the log off, as it is at first. Lines above `level` are left out. None has a token, a secret or a password.
 *
 * `context` is kept and handed to each call. When this returns, the last function is not running any more and won't be
 * called again. So it waits for calls that run: may block. Only where it is called within such a call it does not wait
 * at all: the last function may still run, on this thread and on others, and its context must live until a call of
 * this from elsewhere has returned.
 *
 * Returns DOORWARD_OK, or DOORWARD_ARGUMENT_INVALID for a level above DOORWARD_LOG_DEBUG. Since 0.1.
 */
doorward_status doorward_log_set(doorward_log_function function,
                                 void *context,
                                 uint32_t level);

/**
 * Writes the health of each issuer's keys, as JSON without an end, into the caller's buffer. `*needed` is its length.
 *
 * A buffer that is too small is not written to: ask again with a larger one. Safe to call from many threads.
 *
 * Returns DOORWARD_OK, DOORWARD_BUFFER_TOO_SMALL, or another code of the block 1000. Since 0.1.
 */
doorward_status doorward_verifier_health(const struct doorward_verifier *verifier,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *needed);

/**
 * Writes every counter, in the text format of Prometheus without an end. As `doorward_verifier_health`.
 *
 * Returns DOORWARD_OK, DOORWARD_BUFFER_TOO_SMALL, or another code of the block 1000. Since 0.1.
 */
doorward_status doorward_verifier_metrics(const struct doorward_verifier *verifier,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *needed);

/**
 * Explains a decision step by step, for people, with what to change. It shows what the token holds: never send it to
 * a client. `json` is 0 for text, 1 for JSON. As `doorward_verifier_health` for the rest.
 *
 * Returns DOORWARD_OK, DOORWARD_BUFFER_TOO_SMALL, or another code of the block 1000. Since 0.1.
 */
doorward_status doorward_verifier_explain(const struct doorward_verifier *verifier,
                                          const struct doorward_request *request,
                                          uint32_t json,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *needed);

/**
 * Names a status code, such as `Expired`. Empty for a number that is none.
 *
 * The text lives as long as the library. Never blocks. Since 0.1.
 */
struct doorward_str doorward_status_name(doorward_status status);

/**
 * Tells a status code in one clause of plain words, which may be shown to a client. Empty for a number that is none.
 *
 * The text lives as long as the library. Never blocks. Since 0.1.
 */
struct doorward_str doorward_status_message(doorward_status status);

/**
 * The HTTP status that goes with a status code; 0 where none does, and 500 for a number that is none.
 *
 * Never blocks. Since 0.1.
 */
uint32_t doorward_status_http(doorward_status status);

/**
 * Makes a verdict, which reads "denied".
 *
 * `*verdict` is NULL on any failure; else free it with `doorward_verdict_free`. Never blocks.
 *
 * Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK doorward_status doorward_verdict_new(struct doorward_verdict **verdict);

/**
 * Frees a verdict, and with it every text that was asked of it. NULL is a no-op. It does not need its verifier.
 *
 * Never blocks. Since 0.1.
 */
void doorward_verdict_free(struct doorward_verdict *verdict);

/**
 * The status code of a verdict; only DOORWARD_OK lets the request in. For NULL it is DOORWARD_NULL_ARGUMENT.
 *
 * Never blocks. Since 0.1.
 */
doorward_status doorward_verdict_status(const struct doorward_verdict *verdict);

/**
 * Accepted: the label, which tells the user manager.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_label(const struct doorward_verdict *verdict);

/**
 * Accepted: the name of the user, from the claim that the issuer's configuration names.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_user(const struct doorward_verdict *verdict);

/**
 * Accepted: the fully qualified name, `label:user`.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_qualified_name(const struct doorward_verdict *verdict);

/**
 * Accepted: how the request proved its identity: `bearer` or `basic`.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_method(const struct doorward_verdict *verdict);

/**
 * Accepted: the issuer of the token (`iss`).
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_issuer(const struct doorward_verdict *verdict);

/**
 * Accepted: the subject (`sub`), unique within the issuer.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_subject(const struct doorward_verdict *verdict);

/**
 * Accepted: the tenant (`tid`).
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_tenant(const struct doorward_verdict *verdict);

/**
 * Accepted: the object id (`oid`), unique within the tenant.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_object_id(const struct doorward_verdict *verdict);

/**
 * Accepted: the client application (`azp`, `appid` or `client_id`).
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_client(const struct doorward_verdict *verdict);

/**
 * Accepted: the id of the token (`jti` or `uti`).
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_token_id(const struct doorward_verdict *verdict);

/**
 * Accepted: when the token expires (`exp`), in seconds since 1970; 0 where it is not accepted.
 *
 * Never blocks. Since 0.1.
 */
int64_t doorward_verdict_expires_at(const struct doorward_verdict *verdict);

/**
 * Accepted: 1 where the API's configuration lists the user as an administrator, else 0.
 *
 * Never blocks. Since 0.1.
 */
uint32_t doorward_verdict_is_administrator(const struct doorward_verdict *verdict);

/**
 * Accepted: 1 where an application calls for itself, without a user, else 0.
 *
 * Never blocks. Since 0.1.
 */
uint32_t doorward_verdict_is_app_only(const struct doorward_verdict *verdict);

/**
 * Accepted: how many scopes the token has (`scp` and `scope`).
 *
 * Never blocks. Since 0.1.
 */
size_t doorward_verdict_scope_count(const struct doorward_verdict *verdict);

/**
 * Accepted: how many roles the token has (`roles`).
 *
 * Never blocks. Since 0.1.
 */
size_t doorward_verdict_role_count(const struct doorward_verdict *verdict);

/**
 * Accepted: a scope, by its place from 0.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_scope(const struct doorward_verdict *verdict,
                                           size_t index);

/**
 * Accepted: a role, by its place from 0.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_role(const struct doorward_verdict *verdict,
                                          size_t index);

/**
 * Accepted: how many claims the token has.
 *
 * Never blocks. Since 0.1.
 */
size_t doorward_verdict_claim_count(const struct doorward_verdict *verdict);

/**
 * Accepted: the name of a claim, by its place from 0, in the order of the token.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_claim_name(const struct doorward_verdict *verdict,
                                                size_t index);

/**
 * Accepted: the text of a claim that is a string, by its name.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_claim(const struct doorward_verdict *verdict,
                                           const uint8_t *name,
                                           size_t name_len);

/**
 * Accepted: a claim of any type, as the JSON text that stands in the token, by its name.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_claim_json(const struct doorward_verdict *verdict,
                                                const uint8_t *name,
                                                size_t name_len);

/**
 * Accepted: a claim that is a whole number, by its name. `*number` is 0 where it is none.
 *
 * Never blocks.
 *
 * Returns DOORWARD_OK, DOORWARD_CLAIM_MISSING, DOORWARD_CLAIM_MALFORMED (it is no whole number of 64 bits), or a code of
 * the block 1000. Since 0.1.
 */
doorward_status doorward_verdict_claim_number(const struct doorward_verdict *verdict,
                                              const uint8_t *name,
                                              size_t name_len,
                                              int64_t *number);

/**
 * Denied or pending: the HTTP status to send; 200 is never one. Pending is 503, for a host that does not call
 * `doorward_verifier_resolve`. 500 where the verdict is accepted.
 *
 * Never blocks. Since 0.1.
 */
uint32_t doorward_verdict_http(const struct doorward_verdict *verdict);

/**
 * Denied: the code that the client may be told. It is another one than `doorward_verdict_status` where the configuration
 * keeps the state of an account from whoever may be guessing its password. DOORWARD_OK where the verdict is not denied.
 *
 * Never blocks. Since 0.1.
 */
doorward_status doorward_verdict_client_status(const struct doorward_verdict *verdict);

/**
 * Denied or pending: the value of `Retry-After` to send, in seconds; 0 where no such header goes with it.
 *
 * Never blocks. Since 0.1.
 */
uint32_t doorward_verdict_retry_after(const struct doorward_verdict *verdict);

/**
 * Denied: the value of `WWW-Authenticate` to send.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_challenge(const struct doorward_verdict *verdict);

/**
 * Denied: the claim, or member of the token's header, that it is about; for the log.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_denied_claim(const struct doorward_verdict *verdict);

/**
 * Denied: what was expected, or what is wrong; for the log.
 *
 * Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
 */
struct doorward_str doorward_verdict_expected(const struct doorward_verdict *verdict);

/**
 * Opens a verifier from the text of a configuration, a JSON document in UTF-8.
 *
 * Names of files in it are relative to the folder `base`, or to the working directory where it is empty. It reads
 * files, fetches nothing, and starts nothing: a verifier that was opened before a fork serves in every process.
 * `flags` is 0 or `DOORWARD_OPEN_WITHOUT_THREAD`. What is wrong with the configuration is written to `error`, as
 * `path: sentence`, cut to fit and ended with a NUL, with its whole length in `error_needed` (which may be NULL); 1024
 * bytes are mostly enough.
 *
 * `*verifier` is NULL on any failure; else free it with `doorward_verifier_free`. Nothing of the input is kept. May block.
 *
 * Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_open(const uint8_t *configuration,
                                       size_t configuration_len,
                                       const uint8_t *base,
                                       size_t base_len,
                                       uint32_t flags,
                                       struct doorward_verifier **verifier,
                                       char *error,
                                       size_t error_capacity,
                                       size_t *error_needed);

/**
 * Opens a verifier from a file. As `doorward_verifier_open`; names of files are relative to its folder, and an error
 * begins with the name of this one.
 *
 * `*verifier` is NULL on any failure; else free it with `doorward_verifier_free`. Nothing of the input is kept. May block.
 *
 * Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_open_file(const uint8_t *path,
                                            size_t path_len,
                                            uint32_t flags,
                                            struct doorward_verifier **verifier,
                                            char *error,
                                            size_t error_capacity,
                                            size_t *error_needed);

/**
 * Frees a verifier. NULL is a no-op. No other call with it may be running, nor come after.
 *
 * With the last verifier of a process its background thread ends, within a second. Verdicts live on. May block for
 * that long. Since 0.1.
 */
void doorward_verifier_free(struct doorward_verifier *verifier);

/**
 * 1 where the configuration has an API of this name, switched on or off, else 0: a host whose own configuration names one
 * tells a mistake before requests come.
 *
 * Safe to call from many threads. Never blocks, and starts nothing. Since 0.1.
 */
uint32_t doorward_verifier_has_api(const struct doorward_verifier *verifier,
                                   const uint8_t *api,
                                   size_t api_len);

/**
 * Starts to refresh keys in this process, as the first request would. Starts a thread, unless the verifier was opened
 * without one or has nothing to refresh. Call it in each process that serves, after the fork.
 *
 * Safe to call from many threads. Does not wait for keys; reads the file of a denylist again where it has changed, so it
 * may block.
 *
 * Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
 */
doorward_status doorward_verifier_start(const struct doorward_verifier *verifier);

/**
 * Waits until each issuer has keys, at most for so many milliseconds. `*ready` is 1 where they have, else 0.
 *
 * Safe to call from many threads. Blocks.
 *
 * Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
 */
doorward_status doorward_verifier_wait(const struct doorward_verifier *verifier,
                                       uint64_t milliseconds,
                                       uint32_t *ready);

/**
 * Does the refreshes that are due, on the caller's thread: for hosts that allow no thread. `*next` is how many
 * milliseconds there is nothing more to do, `UINT64_MAX` where there is nothing at all, and on any failure.
 *
 * Safe to call from many threads. Blocks for as long as fetches take.
 *
 * Returns DOORWARD_OK, or a code of the block 1000. Since 0.1.
 */
doorward_status doorward_verifier_poll(const struct doorward_verifier *verifier,
                                       uint64_t *next);

/**
 * Verifies one request against the configuration. Never blocks.
 *
 * Borrows everything in `request` for the call only. `verdict` is overwritten; it reads "denied" on any failure. No text
 * of `request` may be one of this verdict's own: DOORWARD_ARGUMENT_INVALID.
 *
 * Safe to call from many threads on one verifier, each with a verdict of its own.
 *
 * Returns DOORWARD_OK (accepted), DOORWARD_PENDING (call doorward_verifier_resolve from a thread that may block), or
 * the code of the denial (2000 to 6999); a code of the block 1000 when the call itself was wrong. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_verify(const struct doorward_verifier *verifier,
                                         const struct doorward_request *request,
                                         struct doorward_verdict *verdict);

/**
 * Finishes a request that is pending: waits for the keys that it needs, for at most the configuration's
 * `resolve_timeout`, and verifies it again. The answer is never DOORWARD_PENDING.
 *
 * Borrows everything in `request` for the call only. `verdict` is overwritten; it reads "denied" on any failure.
 *
 * Safe to call from many threads on one verifier, each with a verdict of its own. Blocks.
 *
 * Returns what doorward_verifier_verify does. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_resolve(const struct doorward_verifier *verifier,
                                          const struct doorward_request *request,
                                          struct doorward_verdict *verdict);

/**
 * Replaces the configuration: all of it, or on an error nothing of it. As `doorward_verifier_open` for the rest.
 *
 * Safe to call from many threads, beside every other call but free. May block.
 *
 * Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_reload(const struct doorward_verifier *verifier,
                                         const uint8_t *configuration,
                                         size_t configuration_len,
                                         const uint8_t *base,
                                         size_t base_len,
                                         char *error,
                                         size_t error_capacity,
                                         size_t *error_needed);

/**
 * Replaces the configuration by that of a file. As `doorward_verifier_reload`.
 *
 * Safe to call from many threads, beside every other call but free. May block.
 *
 * Returns DOORWARD_OK, a code of the block 7000, or one of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_reload_file(const struct doorward_verifier *verifier,
                                              const uint8_t *path,
                                              size_t path_len,
                                              char *error,
                                              size_t error_capacity,
                                              size_t *error_needed);

/**
 * Revokes tokens in this process: once it returns, no thread lets one in. `lines` is UTF-8 with a JSON object on each
 * line, as in the file of a denylist: docs/revocation.md has every kind.
 *
 * All of them are taken, or on a failure none; what is wrong is written to `error`, as `line 3: sentence`, cut
 * to fit and ended with a NUL, with its whole length in `error_needed` (which may be NULL). They survive a reload and end
 * at their `until`; a million can be in force. Other processes don't know of them. Nothing of the input is kept.
 *
 * Safe to call from many threads, beside every other call but free. Does not hold up verifications.
 *
 * Returns DOORWARD_OK, DOORWARD_ARGUMENT_INVALID where a line is wrong, DOORWARD_DENYLIST_FULL where there is no room, or
 * another code of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_revoke(const struct doorward_verifier *verifier,
                                         const uint8_t *lines,
                                         size_t lines_len,
                                         char *error,
                                         size_t error_capacity,
                                         size_t *error_needed);

/**
 * Forgets that a user proved a password: the next request is checked by the directory again. `name` is the fully
 * qualified name that verdicts have, such as `K2:CONTOSO\Bob`. Call it when a password was changed, or an account
 * disabled; `doorward_verifier_reload` forgets everybody's.
 *
 * It concerns this process. Safe from many threads, and beside `doorward_verifier_verify`. Returns DOORWARD_OK, also
 * where nothing was remembered; else a code of the block 1000. Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_forget(const struct doorward_verifier *verifier,
                                         const uint8_t *name,
                                         size_t name_len);

/**
 * Lifts what was counted against an account after wrong passwords: its next password is checked. `name` is the fully
 * qualified name that verdicts have, such as `K2:CONTOSO\Bob`, or the label with a name that the user logs in by.
 * `*unlocked` is 1 if there was something to lift, else 0. What the directory itself has counted stays.
 *
 * It concerns this process; a line of the denylist's file reaches all that share it. Safe from many threads, and beside
 * `doorward_verifier_verify`. Returns DOORWARD_OK, also if there was nothing to lift; else a code of the block 1000.
 * Since 0.1.
 */
DOORWARD_MUST_CHECK
doorward_status doorward_verifier_unlock(const struct doorward_verifier *verifier,
                                         const uint8_t *name,
                                         size_t name_len,
                                         uint32_t *unlocked);

/**
 * The version of the binary interface that the library has.
 *
 * A host that was built for another one must not go on. Never blocks. Since 0.1.
 */
uint32_t doorward_abi_version(void);

/**
 * The version of the library, such as `0.1.0`.
 *
 * The text lives as long as the library. Never blocks. Since 0.1.
 */
struct doorward_str doorward_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DOORWARD_H */
