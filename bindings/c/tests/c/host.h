/* What the programs that stand for hosts share: the files of their folder, read once, and how to ask for all of them. */
#ifndef HOST_H
#define HOST_H

#include "check.h"

static const char *const ALGORITHMS[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
                                         "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"};

enum { ALGORITHM_COUNT = sizeof ALGORITHMS / sizeof ALGORITHMS[0] };

struct host {
    struct file *configuration;
    struct file *good[ALGORITHM_COUNT];
    /* Of the issuer whose keys are fetched. */
    struct file *fetched;
    struct file *expired;
    struct file *forged;
};

static inline struct host read_host(const char *folder, const char *configuration) {
    struct host host = {read_file(folder, configuration), {NULL}, read_file(folder, "fetched.token"),
                        read_file(folder, "expired.token"), read_file(folder, "forged.token")};
    for (int at = 0; at < ALGORITHM_COUNT; at++) {
        char name[32];
        CHECK(snprintf(name, sizeof name, "%s.token", ALGORITHMS[at]) < (int)sizeof name);
        host.good[at] = read_file(folder, name);
    }
    return host;
}

static inline void free_host(struct host *host) {
    for (int at = 0; at < ALGORITHM_COUNT; at++) {
        free(host->good[at]);
    }
    free(host->configuration);
    free(host->fetched);
    free(host->expired);
    free(host->forged);
}

static inline struct doorward_verifier *open_host(const struct host *host, uint32_t flags) {
    struct doorward_verifier *verifier = NULL;
    CHECK_STATUS(DOORWARD_OK,
                 doorward_verifier_open((const uint8_t *)host->configuration->data, host->configuration->len, NULL, 0,
                                        flags, &verifier, NULL, 0, NULL));
    return verifier;
}

/* Gives the keys that are fetched another address, so that they are fetched anew: what was fetched within the last minute
 * serves every verifier of the process. */
static inline void set_round(struct host *host, unsigned round) {
    char digits[9];
    char *found = strstr(host->configuration->data, "round=");
    CHECK(found != NULL && snprintf(digits, sizeof digits, "%08u", round) == 8);
    memcpy(found + strlen("round="), digits, 8);
}

static inline doorward_status verify_value(const struct doorward_verifier *verifier, const struct file *value,
                                           struct doorward_verdict *verdict) {
    struct doorward_request request = request_of("workflow-rest", value);
    return doorward_verifier_verify(verifier, &request, verdict);
}

static inline doorward_status resolve_value(const struct doorward_verifier *verifier, const struct file *value,
                                            struct doorward_verdict *verdict) {
    struct doorward_request request = request_of("workflow-rest", value);
    return doorward_verifier_resolve(verifier, &request, verdict);
}

/* What needs no fetched key. */
static inline void verify_local(const struct doorward_verifier *verifier, const struct host *host,
                                struct doorward_verdict *verdict) {
    for (int at = 0; at < ALGORITHM_COUNT; at++) {
        CHECK_STATUS(DOORWARD_OK, verify_value(verifier, host->good[at], verdict));
        CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(verdict));
    }
    CHECK_STATUS(DOORWARD_SIGNATURE_INVALID, verify_value(verifier, host->forged, verdict));
    check_denied(verdict);
}

/* What does. */
static inline void resolve_fetched(const struct doorward_verifier *verifier, const struct host *host,
                                   struct doorward_verdict *verdict) {
    CHECK_STATUS(DOORWARD_OK, resolve_value(verifier, host->fetched, verdict));
    CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(verdict));
    CHECK_STATUS(DOORWARD_EXPIRED, resolve_value(verifier, host->expired, verdict));
    check_denied(verdict);
}

#endif
