/* A host that may start no thread: everything works, only slower. Ends with 77 where this system does not deny it. */
#define _DEFAULT_SOURCE
#include "host.h"
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NOBODY = 65534, NOT_DENIED = 77 };

static void *nothing(void *argument) {
    return argument;
}

static void deny_threads(void) {
    const struct rlimit none = {0, 0};
    pthread_t thread;
    CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
    /* The limit is not for root. */
    CHECK(getuid() != 0 || setuid(NOBODY) == 0);
    int denied = pthread_create(&thread, NULL, nothing, NULL);
    if (denied == 0) {
        exit(NOT_DENIED);
    }
    CHECK(denied == EAGAIN);
}

/* What a host's log is told, and by whom. */
struct told {
    const struct doorward_verifier *verifier;
    int is_within;
    int errors;
};

/* Where the thread can't be started, the thread that asked for it is told so. It may call the library itself. */
static void note(void *context, uint32_t level, const char *message, size_t message_len) {
    struct told *told = context;
    size_t needed = 0;
    if (told->is_within) {
        return;
    }
    told->is_within = 1;
    told->errors += level == DOORWARD_LOG_ERROR && holds(message, message_len, "a background thread can't be started");
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(told->verifier));
    CHECK_STATUS(DOORWARD_BUFFER_TOO_SMALL, doorward_verifier_health(told->verifier, NULL, 0, &needed));
    told->is_within = 0;
}

/* The first use is `_verify`, or a reload of a verifier that is in use already: each takes other locks. */
static void tell(struct host *host, uint32_t flags, int expected) {
    struct doorward_verdict *verdict = new_verdict();
    set_round(host, 90000000 + flags);
    struct doorward_verifier *verifier = open_host(host, flags);
    struct told told = {verifier, 0, 0};
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(note, &told, DOORWARD_LOG_ERROR));
    CHECK_STATUS(DOORWARD_PENDING, verify_value(verifier, host->fetched, verdict));
    CHECK(told.errors == expected);
    set_round(host, 90000010 + flags);
    CHECK_STATUS(DOORWARD_OK,
                 doorward_verifier_reload(verifier, (const uint8_t *)host->configuration->data,
                                          host->configuration->len, NULL, 0, NULL, 0, NULL));
    CHECK(told.errors == 2 * expected);
    CHECK_STATUS(DOORWARD_OK, resolve_value(verifier, host->fetched, verdict));
    CHECK(told.errors == 3 * expected);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(NULL, NULL, 0));
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
}

/* Each way to come by keys, the first time for this verifier. */
enum way { RESOLVE, START, WAIT, POLL, WAYS };

static void come_by_keys(const struct doorward_verifier *verifier, enum way way) {
    uint32_t ready = 0;
    uint64_t next = 0;
    if (way == START) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
    } else if (way == WAIT) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, 10000, &ready));
        CHECK(ready == 1);
    } else if (way == POLL) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
        CHECK(next > 0 && next < UINT64_MAX);
    }
}

static void serve(const struct doorward_verifier *verifier, const struct host *host, enum way way) {
    char metrics[65536];
    size_t needed = 0;
    struct doorward_verdict *verdict = new_verdict();
    verify_local(verifier, host, verdict);
    if (way == RESOLVE || way == START) {
        CHECK_STATUS(DOORWARD_PENDING, verify_value(verifier, host->fetched, verdict));
    }
    come_by_keys(verifier, way);
    if (way == WAIT || way == POLL) {
        CHECK_STATUS(DOORWARD_OK, verify_value(verifier, host->fetched, verdict));
    }
    resolve_fetched(verifier, host, verdict);
    verify_local(verifier, host, verdict);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_metrics(verifier, metrics, sizeof metrics, &needed));
    doorward_verdict_free(verdict);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct host host = read_host(argv[1], "fetched.json");
    const uint32_t flags[] = {0, DOORWARD_OPEN_WITHOUT_THREAD};
    deny_threads();
    /* One that hangs is a failure, too. */
    alarm(60);
    tell(&host, 0, 1);
    tell(&host, DOORWARD_OPEN_WITHOUT_THREAD, 0);
    for (unsigned round = 0; round < 2 * WAYS; round++) {
        set_round(&host, round);
        struct doorward_verifier *verifier = open_host(&host, flags[round / WAYS]);
        serve(verifier, &host, round % WAYS);
        doorward_verifier_free(verifier);
    }
    free_host(&host);
    return 0;
}
