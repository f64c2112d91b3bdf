/* What a verdict tells: accepted, denied, new, pending, and none at all. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <time.h>

typedef struct doorward_str (*text_of)(const struct doorward_verdict *verdict);

/* Every text of an accepted verdict, and what good.token makes of it. */
static const struct {
    text_of read;
    const char *expected;
} identity[] = {
    {doorward_verdict_label, "AAD"},
    {doorward_verdict_user, "alice"},
    {doorward_verdict_qualified_name, "AAD:alice"},
    {doorward_verdict_method, "bearer"},
    {doorward_verdict_issuer, "https://login.contoso.example/"},
    {doorward_verdict_subject, "alice"},
    {doorward_verdict_tenant, "tenant-1"},
    {doorward_verdict_object_id, "object-1"},
    {doorward_verdict_client, "client-1"},
    {doorward_verdict_token_id, "token-1"},
};

static const text_of denial[] = {doorward_verdict_challenge, doorward_verdict_denied_claim, doorward_verdict_expected};

static struct doorward_str claim(const struct doorward_verdict *verdict, const char *name) {
    return doorward_verdict_claim(verdict, bytes(name), strlen(name));
}

static struct doorward_str claim_json(const struct doorward_verdict *verdict, const char *name) {
    return doorward_verdict_claim_json(verdict, bytes(name), strlen(name));
}

static doorward_status claim_number(const struct doorward_verdict *verdict, const char *name, int64_t *number) {
    return doorward_verdict_claim_number(verdict, bytes(name), strlen(name), number);
}

/* Nothing of an identity is told, whatever the verdict is. */
static void no_identity(const struct doorward_verdict *verdict, doorward_status number_status) {
    int64_t number = 7;
    for (size_t at = 0; at < sizeof identity / sizeof identity[0]; at++) {
        CHECK_TEXT("", identity[at].read(verdict));
    }
    CHECK_TEXT("", claim(verdict, "sub"));
    CHECK_TEXT("", claim_json(verdict, "sub"));
    CHECK_TEXT("", doorward_verdict_scope(verdict, 0));
    CHECK_TEXT("", doorward_verdict_role(verdict, 0));
    CHECK_TEXT("", doorward_verdict_claim_name(verdict, 0));
    CHECK(doorward_verdict_scope_count(verdict) == 0);
    CHECK(doorward_verdict_role_count(verdict) == 0);
    CHECK(doorward_verdict_claim_count(verdict) == 0);
    CHECK(doorward_verdict_expires_at(verdict) == 0);
    CHECK(doorward_verdict_is_administrator(verdict) == 0);
    CHECK(doorward_verdict_is_app_only(verdict) == 0);
    CHECK_STATUS(number_status, claim_number(verdict, "exp", &number));
    CHECK(number == 0);
}

static void no_words(const struct doorward_verdict *verdict) {
    for (size_t at = 0; at < sizeof denial / sizeof denial[0]; at++) {
        CHECK_TEXT("", denial[at](verdict));
    }
}

static void no_denial(const struct doorward_verdict *verdict) {
    no_words(verdict);
    CHECK(doorward_verdict_http(verdict) == 500);
    CHECK(doorward_verdict_retry_after(verdict) == 0);
}

static void is_none(const struct doorward_verdict *verdict, doorward_status status) {
    CHECK_STATUS(status, doorward_verdict_status(verdict));
    no_identity(verdict, status);
    no_denial(verdict);
}

static void no_verdict(const struct doorward_verifier *verifier) {
    struct doorward_verdict *memory[2] = {NULL, NULL};
    is_none(NULL, DOORWARD_NULL_ARGUMENT);
    is_none(misaligned(memory), DOORWARD_ARGUMENT_INVALID);
    is_none((const struct doorward_verdict *)(const void *)verifier, DOORWARD_ARGUMENT_INVALID);
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verdict_new(NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verdict_new(misaligned(memory)));
    doorward_verdict_free(NULL);
    doorward_verdict_free(misaligned(memory));
}

static void new_one(void) {
    struct doorward_verdict *verdict = new_verdict();
    CHECK_STATUS(DOORWARD_CREDENTIALS_MISSING, doorward_verdict_status(verdict));
    CHECK(doorward_verdict_http(verdict) == 401);
    no_identity(verdict, DOORWARD_CLAIM_MISSING);
    for (size_t at = 0; at < sizeof denial / sizeof denial[0]; at++) {
        CHECK_TEXT("", denial[at](verdict));
    }
    doorward_verdict_free(verdict);
}

static void claims(const struct doorward_verdict *verdict) {
    int64_t number = 7;
    CHECK_TEXT("tenant-1", claim(verdict, "tid"));
    CHECK_TEXT("say \"h\xc3\xa9\"", claim(verdict, "greeting"));
    CHECK_TEXT("\"say \\\"h\xc3\xa9\\\"\"", claim_json(verdict, "greeting"));
    CHECK_TEXT("", claim(verdict, "level"));
    CHECK_TEXT("-3", claim_json(verdict, "level"));
    CHECK_TEXT("{\"region\":[\"eu\"]}", claim_json(verdict, "place"));
    CHECK_TEXT("null", claim_json(verdict, "nothing"));
    CHECK_TEXT("", claim(verdict, "absent"));
    CHECK_TEXT("", claim_json(verdict, "absent"));
    CHECK_STATUS(DOORWARD_OK, claim_number(verdict, "level", &number));
    CHECK(number == -3);
    CHECK_STATUS(DOORWARD_OK, claim_number(verdict, "largest", &number));
    CHECK(number == INT64_MAX);
    CHECK_STATUS(DOORWARD_CLAIM_MALFORMED, claim_number(verdict, "too_large", &number));
    CHECK(number == 0);
    number = 7;
    CHECK_STATUS(DOORWARD_CLAIM_MALFORMED, claim_number(verdict, "half", &number));
    CHECK(number == 0);
    number = 7;
    CHECK_STATUS(DOORWARD_CLAIM_MALFORMED, claim_number(verdict, "tid", &number));
    CHECK(number == 0);
    number = 7;
    CHECK_STATUS(DOORWARD_CLAIM_MISSING, claim_number(verdict, "absent", &number));
    CHECK(number == 0);
}

static void names_of_claims(const struct doorward_verdict *verdict) {
    int64_t number = 7;
    int64_t numbers[2] = {7, 7};
    const uint8_t *level = bytes("level");
    CHECK_TEXT("", doorward_verdict_claim(verdict, NULL, 0));
    CHECK_TEXT("", doorward_verdict_claim(verdict, NULL, 3));
    CHECK_TEXT("", doorward_verdict_claim(verdict, bytes("tid"), SIZE_MAX));
    CHECK_TEXT("", doorward_verdict_claim(verdict, bytes("\xff"), 1));
    CHECK_TEXT("", doorward_verdict_claim_json(verdict, NULL, 3));
    CHECK_TEXT("", doorward_verdict_claim_json(verdict, bytes("tid"), SIZE_MAX));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verdict_claim_number(verdict, NULL, 5, &number));
    CHECK(number == 0);
    number = 7;
    CHECK_STATUS(DOORWARD_CLAIM_MISSING, doorward_verdict_claim_number(verdict, NULL, 0, &number));
    CHECK(number == 0);
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verdict_claim_number(verdict, level, SIZE_MAX, &number));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verdict_claim_number(verdict, level, 5, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verdict_claim_number(verdict, level, 5, misaligned(numbers)));
    CHECK(numbers[0] == 7 && numbers[1] == 7);
}

static void lists(const struct doorward_verdict *verdict) {
    CHECK(doorward_verdict_scope_count(verdict) == 2);
    CHECK_TEXT("user_impersonation", doorward_verdict_scope(verdict, 0));
    CHECK_TEXT("reports.read", doorward_verdict_scope(verdict, 1));
    CHECK_TEXT("", doorward_verdict_scope(verdict, 2));
    CHECK_TEXT("", doorward_verdict_scope(verdict, SIZE_MAX));
    CHECK(doorward_verdict_role_count(verdict) == 2);
    CHECK_TEXT("Auditor", doorward_verdict_role(verdict, 0));
    CHECK_TEXT("Writer", doorward_verdict_role(verdict, 1));
    CHECK_TEXT("", doorward_verdict_role(verdict, 2));
    CHECK_TEXT("", doorward_verdict_role(verdict, SIZE_MAX));
}

/* Each claim of the token, by its place, is there by its name. */
static void every_claim(const struct doorward_verdict *verdict) {
    int has_subject = 0;
    CHECK(doorward_verdict_claim_count(verdict) == 19);
    for (size_t at = 0; at < 19; at++) {
        struct doorward_str name = doorward_verdict_claim_name(verdict, at);
        CHECK(name.len > 0);
        CHECK(doorward_verdict_claim_json(verdict, (const uint8_t *)name.data, name.len).len > 0);
        has_subject |= name.len == 3 && memcmp(name.data, "sub", 3) == 0;
    }
    CHECK(has_subject);
    CHECK_TEXT("", doorward_verdict_claim_name(verdict, 19));
    CHECK_TEXT("", doorward_verdict_claim_name(verdict, SIZE_MAX));
}

static void is_alice(const struct doorward_verdict *verdict) {
    int64_t expires = 0;
    CHECK_STATUS(DOORWARD_OK, doorward_verdict_status(verdict));
    for (size_t at = 0; at < sizeof identity / sizeof identity[0]; at++) {
        CHECK_TEXT(identity[at].expected, identity[at].read(verdict));
    }
    CHECK_STATUS(DOORWARD_OK, claim_number(verdict, "exp", &expires));
    CHECK(doorward_verdict_expires_at(verdict) == expires);
    CHECK(expires > (int64_t)time(NULL));
    CHECK(doorward_verdict_is_administrator(verdict) == 1);
    CHECK(doorward_verdict_is_app_only(verdict) == 0);
    claims(verdict);
    names_of_claims(verdict);
    lists(verdict);
    every_claim(verdict);
    no_denial(verdict);
}

static void accepted(const struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict) {
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
    is_alice(verdict);
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "app.token", verdict));
    CHECK_TEXT("AAD:robot", doorward_verdict_qualified_name(verdict));
    CHECK_TEXT("", doorward_verdict_tenant(verdict));
    CHECK(doorward_verdict_is_administrator(verdict) == 0);
    CHECK(doorward_verdict_is_app_only(verdict) == 1);
    CHECK(doorward_verdict_role_count(verdict) == 0);
}

static void denied(const struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict) {
    static const struct {
        const char *api, *token;
        doorward_status status;
        uint32_t http;
        const char *challenge, *claim;
    } rows[] = {
        {"workflow-rest", "expired.token", DOORWARD_EXPIRED, 401, "Bearer realm=\"workflow-rest\", error=\"invalid_token\"",
         "exp"},
        {"workflow-rest", "wrong-audience.token", DOORWARD_AUDIENCE_MISMATCH, 401, "error=\"invalid_token\"", "aud"},
        {"workflow-rest", "no-scope.token", DOORWARD_SCOPE_INSUFFICIENT, 403, "scope=\"user_impersonation\"", "scp"},
        {"workflow-rest", "forged.token", DOORWARD_SIGNATURE_INVALID, 401, "error=\"invalid_token\"", ""},
        {"off", "good.token", DOORWARD_API_DISABLED, 403, "", ""},
        {"absent", "good.token", DOORWARD_API_UNKNOWN, 500, "", ""},
    };
    for (size_t at = 0; at < sizeof rows / sizeof rows[0]; at++) {
        CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
        CHECK_STATUS(rows[at].status, verify_file(verifier, folder, rows[at].api, rows[at].token, verdict));
        CHECK_STATUS(rows[at].status, doorward_verdict_status(verdict));
        CHECK(doorward_verdict_http(verdict) == rows[at].http);
        CHECK(doorward_verdict_retry_after(verdict) == 0);
        struct doorward_str challenge = doorward_verdict_challenge(verdict);
        CHECK(holds(challenge.data, challenge.len, rows[at].challenge));
        CHECK((challenge.len == 0) == (rows[at].challenge[0] == 0));
        CHECK_TEXT(rows[at].claim, doorward_verdict_denied_claim(verdict));
        no_identity(verdict, DOORWARD_CLAIM_MISSING);
    }
    CHECK_STATUS(DOORWARD_AUDIENCE_MISMATCH,
                 verify_file(verifier, folder, "workflow-rest", "wrong-audience.token", verdict));
    CHECK(doorward_verdict_expected(verdict).len > 0);
}

/* Nobody answers where the keys of this issuer are to be fetched from. */
static void pending(const char *folder, struct doorward_verdict *verdict) {
    struct doorward_verifier *verifier = open_verifier(folder, "remote.json");
    struct file *value = read_file(folder, "remote.token");
    struct doorward_request request = request_of("remote", value);
    CHECK_STATUS(DOORWARD_PENDING, doorward_verifier_verify(verifier, &request, verdict));
    CHECK_STATUS(DOORWARD_PENDING, doorward_verdict_status(verdict));
    no_identity(verdict, DOORWARD_CLAIM_MISSING);
    no_words(verdict);
    CHECK(doorward_verdict_http(verdict) == 503);
    CHECK(doorward_verdict_retry_after(verdict) == 1);
    CHECK_STATUS(DOORWARD_KEYS_NEVER_LOADED, doorward_verifier_resolve(verifier, &request, verdict));
    CHECK(doorward_verdict_http(verdict) == 503);
    CHECK(doorward_verdict_retry_after(verdict) > 0);
    CHECK_TEXT("", doorward_verdict_challenge(verdict));
    no_identity(verdict, DOORWARD_CLAIM_MISSING);
    doorward_verifier_free(verifier);
    free(value);
}

/* After a call that went wrong, nothing of the last answer is left. */
static void cleared(const struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict) {
    struct file *value = read_file(folder, "good.token");
    struct doorward_request good = request_of("workflow-rest", value), bad = good;
    bad.struct_size = 0;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &good, verdict));
    CHECK_STATUS(DOORWARD_ABI_MISMATCH, doorward_verifier_verify(verifier, &bad, verdict));
    check_denied(verdict);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &good, verdict));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_verify(verifier, NULL, verdict));
    check_denied(verdict);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &good, verdict));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_verify(NULL, &good, verdict));
    check_denied(verdict);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &good, verdict));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_resolve(NULL, &good, verdict));
    check_denied(verdict);
    free(value);
}

/* A text of the verdict's own is gone when the request is read: it is refused, wherever it stands. Another's is good. */
static void own_texts(const struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict) {
    struct file *value = read_file(folder, "good.token");
    struct doorward_verdict *other = new_verdict();
    for (int at = 0; at < 9; at++) {
        struct doorward_request request = request_of("workflow-rest", value);
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &request, verdict));
        struct doorward_str texts[] = {doorward_verdict_user(verdict), claim(verdict, "greeting"), claim(verdict, "tid")};
        struct doorward_str own = texts[at % 3];
        CHECK(own.len > 0);
        if (at < 3) {
            request.api = (const uint8_t *)own.data;
            request.api_len = own.len;
        } else if (at < 6) {
            request.authorization = (const uint8_t *)own.data;
            request.authorization_len = own.len;
        } else {
            request.peer = (const uint8_t *)own.data;
            request.peer_len = own.len;
        }
        doorward_status status = doorward_verifier_verify(verifier, &request, other);
        CHECK((status == DOORWARD_OK) == (at >= 6) && status != DOORWARD_ARGUMENT_INVALID);
        CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_verify(verifier, &request, verdict));
        CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verdict_status(verdict));
        check_denied(verdict);
    }
    doorward_verdict_free(other);
    free(value);
}

/* One verdict for ten thousand answers: each is told as if it was the first. */
static void reused(const struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict,
                   int times) {
    struct file *good = read_file(folder, "good.token"), *expired = read_file(folder, "expired.token");
    struct doorward_request accepted = request_of("workflow-rest", good), denied = request_of("workflow-rest", expired);
    for (int time = 0; time < times; time += 2) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &accepted, verdict));
        CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(verdict));
        CHECK_TEXT("", doorward_verdict_challenge(verdict));
        CHECK_STATUS(DOORWARD_EXPIRED, doorward_verifier_verify(verifier, &denied, verdict));
        CHECK_TEXT("", doorward_verdict_qualified_name(verdict));
        CHECK(doorward_verdict_challenge(verdict).len > 0 && doorward_verdict_http(verdict) == 401);
    }
    free(good);
    free(expired);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const char *folder = argv[1];
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    struct doorward_verdict *verdict = new_verdict();
    no_verdict(verifier);
    new_one();
    accepted(verifier, folder, verdict);
    denied(verifier, folder, verdict);
    pending(folder, verdict);
    cleared(verifier, folder, verdict);
    own_texts(verifier, folder, verdict);
    reused(verifier, folder, verdict, argc > 2 ? atoi(argv[2]) : 10000);
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
    struct doorward_str user = doorward_verdict_user(verdict), issuer = doorward_verdict_issuer(verdict);
    doorward_verifier_free(verifier);
    CHECK_TEXT("alice", user);
    CHECK_TEXT("https://login.contoso.example/", issuer);
    is_alice(verdict);
    doorward_verdict_free(verdict);
    return 0;
}
