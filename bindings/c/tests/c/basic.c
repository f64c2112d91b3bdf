/* Basic credentials: pending, resolved, remembered and forgotten; limited, and unlocked. */
#include "check.h"

/* bob:correct horse, bob:wrong, more of his that are wrong, and what has no colon. */
#define GOOD "Basic Ym9iOmNvcnJlY3QgaG9yc2U="
#define WRONG "Basic Ym9iOndyb25n"
#define GUESS "Basic Ym9iOmd1ZXNz"
#define GUESS_2 "Basic Ym9iOmd1ZXNzIDI="
#define MALFORMED "Basic bm8gY29sb24="

static struct doorward_request basic(const char *value) {
    struct doorward_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.api = bytes("reports");
    request.api_len = strlen("reports");
    request.authorization = bytes(value);
    request.authorization_len = strlen(value);
    request.authorization_count = 1;
    return request;
}

static void accepted(const struct doorward_verdict *verdict) {
    CHECK_TEXT("SVC:bob", doorward_verdict_qualified_name(verdict));
    CHECK_TEXT("SVC", doorward_verdict_label(verdict));
    CHECK_TEXT("bob", doorward_verdict_user(verdict));
    CHECK_TEXT("basic", doorward_verdict_method(verdict));
    CHECK_TEXT("", doorward_verdict_issuer(verdict));
    CHECK(doorward_verdict_is_administrator(verdict) == 1);
    CHECK(doorward_verdict_client_status(verdict) == DOORWARD_OK);
}

static void proved(const struct doorward_verifier *verifier, struct doorward_verdict *verdict) {
    struct doorward_request request = basic(GOOD);
    CHECK_STATUS(DOORWARD_PENDING, doorward_verifier_verify(verifier, &request, verdict));
    CHECK(doorward_verdict_client_status(verdict) == DOORWARD_OK);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_resolve(verifier, &request, verdict));
    accepted(verdict);
    for (int round = 0; round < 100; round++) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &request, verdict));
        accepted(verdict);
    }
}

static void refused(const struct doorward_verifier *verifier, struct doorward_verdict *verdict) {
    struct doorward_request request = basic(WRONG);
    CHECK_STATUS(DOORWARD_BASIC_REJECTED, doorward_verifier_resolve(verifier, &request, verdict));
    CHECK_STATUS(DOORWARD_BASIC_REJECTED, doorward_verifier_verify(verifier, &request, verdict));
    check_denied(verdict);
    CHECK(doorward_verdict_http(verdict) == 401);
    CHECK(doorward_verdict_client_status(verdict) == DOORWARD_BASIC_REJECTED);
    CHECK_TEXT("Basic realm=\"reports\", charset=\"UTF-8\"", doorward_verdict_challenge(verdict));
    request = basic(MALFORMED);
    CHECK_STATUS(DOORWARD_HEADER_MALFORMED, doorward_verifier_verify(verifier, &request, verdict));
    CHECK(doorward_verdict_http(verdict) == 400);
}

static void forgotten(const struct doorward_verifier *verifier, struct doorward_verdict *verdict) {
    struct doorward_request request = basic(GOOD);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_forget(verifier, bytes("SVC:rob"), 7));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_forget(verifier, bytes("bob"), 3));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_forget(verifier, NULL, 0));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &request, verdict));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_forget(verifier, bytes("SVC:bob"), 7));
    CHECK_STATUS(DOORWARD_PENDING, doorward_verifier_verify(verifier, &request, verdict));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_resolve(verifier, &request, verdict));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_forget(NULL, bytes("SVC:bob"), 7));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_forget(verifier, NULL, 1));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_forget(verifier, bytes("\xff"), 1));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_forget(misaligned((void *)verifier), NULL, 0));
}

static void revoked(const struct doorward_verifier *verifier, struct doorward_verdict *verdict) {
    const char *line = "{\"account\":\"SVC:bob\",\"until\":4000000000}";
    struct doorward_request request = basic(GOOD);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_revoke(verifier, bytes(line), strlen(line), NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_CREDENTIALS_REVOKED, doorward_verifier_verify(verifier, &request, verdict));
    CHECK_STATUS(DOORWARD_CREDENTIALS_REVOKED, doorward_verifier_resolve(verifier, &request, verdict));
    check_denied(verdict);
}

static doorward_status from(const struct doorward_verifier *verifier, const char *value, const char *peer,
                            struct doorward_verdict *verdict) {
    struct doorward_request request = basic(value);
    request.peer = bytes(peer);
    request.peer_len = strlen(peer);
    doorward_status status = doorward_verifier_verify(verifier, &request, verdict);
    return status == DOORWARD_PENDING ? doorward_verifier_resolve(verifier, &request, verdict) : status;
}

/* One password is checked for each account, and one may go unchecked. */
static void limited(const struct doorward_verifier *verifier, struct doorward_verdict *verdict) {
    const char *owner = "203.0.113.7", *stranger = "198.51.100.1";
    uint32_t unlocked = 7;
    CHECK_STATUS(DOORWARD_OK, from(verifier, GOOD, owner, verdict));
    CHECK_STATUS(DOORWARD_BASIC_REJECTED, from(verifier, WRONG, stranger, verdict));
    CHECK_STATUS(DOORWARD_ATTEMPTS_LIMITED, from(verifier, GUESS, stranger, verdict));
    CHECK_STATUS(DOORWARD_OK, from(verifier, GOOD, stranger, verdict));
    CHECK_STATUS(DOORWARD_ATTEMPTS_LIMITED, from(verifier, GUESS_2, stranger, verdict));
    /* Somebody guesses: what is remembered answers the owner's own address only. */
    CHECK_STATUS(DOORWARD_ATTEMPTS_LIMITED, from(verifier, GOOD, stranger, verdict));
    CHECK_STATUS(DOORWARD_ATTEMPTS_LIMITED, from(verifier, GOOD, "", verdict));
    CHECK_STATUS(DOORWARD_OK, from(verifier, GOOD, owner, verdict));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_unlock(verifier, bytes("SVC:rob"), 7, &unlocked));
    CHECK(unlocked == 0);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_unlock(verifier, bytes("SVC:bob"), 7, &unlocked));
    CHECK(unlocked == 1);
    CHECK_STATUS(DOORWARD_OK, from(verifier, GOOD, stranger, verdict));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_unlock(verifier, bytes("SVC:bob"), 7, &unlocked));
    CHECK(unlocked == 0);
}

static void unlock_refuses(const struct doorward_verifier *verifier) {
    uint32_t unlocked[2] = {7, 7};
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_unlock(verifier, NULL, 1, unlocked));
    CHECK(unlocked[0] == 0);
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_unlock(verifier, bytes("\xff"), 1, unlocked));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_unlock(verifier, NULL, 0, unlocked));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_unlock(verifier, bytes("SVC:bob"), 7, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID,
                 doorward_verifier_unlock(verifier, bytes("SVC:bob"), 7, misaligned(unlocked)));
}

int main(int argc, char **argv) {
    CHECK(argc >= 2);
    struct doorward_verifier *verifier = open_verifier(argv[1], "basic.json");
    struct doorward_verdict *verdict = new_verdict();
    CHECK(doorward_verdict_client_status(NULL) == DOORWARD_OK);
    proved(verifier, verdict);
    refused(verifier, verdict);
    forgotten(verifier, verdict);
    revoked(verifier, verdict);
    doorward_verifier_free(verifier);
    verifier = open_verifier(argv[1], "limited.json");
    limited(verifier, verdict);
    unlock_refuses(verifier);
    doorward_verifier_free(verifier);
    doorward_verdict_free(verdict);
    return 0;
}
