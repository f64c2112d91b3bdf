/* One verifier for eight threads, with a verdict for each; then both orders of freeing. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <pthread.h>

enum { THREADS = 8 };

struct work {
    const struct doorward_verifier *verifier;
    struct doorward_verdict *verdict;
    const struct file *good;
    const struct file *bad;
    int times;
};

static void *verify_often(void *argument) {
    const struct work *work = argument;
    struct doorward_request good = request_of("workflow-rest", work->good);
    struct doorward_request bad = request_of("workflow-rest", work->bad);
    for (int time = 0; time < work->times; time++) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(work->verifier, &good, work->verdict));
        CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(work->verdict));
        CHECK_STATUS(DOORWARD_SIGNATURE_INVALID, doorward_verifier_verify(work->verifier, &bad, work->verdict));
        CHECK_TEXT("", doorward_verdict_qualified_name(work->verdict));
    }
    return NULL;
}

/* The configuration is replaced while they verify. */
static void reload_often(const struct doorward_verifier *verifier, const char *folder) {
    struct file *configuration = read_file(folder, "config.json");
    for (int time = 0; time < 10; time++) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload(verifier, (const uint8_t *)configuration->data,
                                                           configuration->len, NULL, 0, NULL, 0, NULL));
    }
    free(configuration);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct doorward_verifier *verifier = open_verifier(argv[1], "config.json");
    struct file *good = read_file(argv[1], "good.token");
    struct file *bad = read_file(argv[1], "forged.token");
    struct work works[THREADS];
    pthread_t threads[THREADS];
    for (int at = 0; at < THREADS; at++) {
        struct work work = {verifier, new_verdict(), good, bad, argc > 2 ? atoi(argv[2]) : 2000};
        works[at] = work;
        CHECK(work.times > 0);
        CHECK(pthread_create(&threads[at], NULL, verify_often, &works[at]) == 0);
    }
    reload_often(verifier, argv[1]);
    for (int at = 0; at < THREADS; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    for (int at = 0; at < THREADS / 2; at++) {
        doorward_verdict_free(works[at].verdict);
    }
    doorward_verifier_free(verifier);
    for (int at = THREADS / 2; at < THREADS; at++) {
        check_denied(works[at].verdict);
        doorward_verdict_free(works[at].verdict);
    }
    free(good);
    free(bad);
    return 0;
}
