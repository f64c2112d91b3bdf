/* Every function, on a thread with a stack of 64 KiB. A stack that is too small ends the process. */
#define _DEFAULT_SOURCE
#include "host.h"
#include <pthread.h>
#include <sys/mman.h>

enum { STACK = 64 * 1024, GUARD = 64 * 1024 };

static char buffer[262144];

static void texts(const struct doorward_verifier *verifier, const struct doorward_request *request) {
    size_t needed = 0;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_health(verifier, buffer, sizeof buffer, &needed));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_metrics(verifier, buffer, sizeof buffer, &needed));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_explain(verifier, request, 0, buffer, sizeof buffer, &needed));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_explain(verifier, request, 1, buffer, sizeof buffer, &needed));
}

static void reload(const struct doorward_verifier *verifier, const struct host *host) {
    const struct file *file = host->configuration;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload(verifier, (const uint8_t *)file->data, file->len, NULL, 0, NULL, 0,
                                                       NULL));
    CHECK_STATUS(DOORWARD_OK,
                 doorward_verifier_reload_file(verifier, bytes(file->path), strlen(file->path), NULL, 0, NULL));
}

static void accessors(const struct doorward_verdict *verdict) {
    int64_t number = 0;
    CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(verdict));
    CHECK_TEXT("alice", doorward_verdict_claim(verdict, bytes("sub"), 3));
    CHECK_TEXT("\"alice\"", doorward_verdict_claim_json(verdict, bytes("sub"), 3));
    CHECK_STATUS(DOORWARD_OK, doorward_verdict_claim_number(verdict, bytes("exp"), 3, &number));
    CHECK_TEXT("Auditor", doorward_verdict_role(verdict, 0));
    CHECK(doorward_verdict_claim_count(verdict) == 5);
    CHECK(doorward_verdict_claim_name(verdict, 0).len > 0);
}

/* On this thread, where it has to, it fetches: the verifier is opened without another. */
static void use_all(struct host *host, uint32_t flags, unsigned round) {
    uint64_t next = 0;
    uint32_t ready = 0;
    set_round(host, round);
    struct doorward_verifier *verifier = open_host(host, flags);
    struct doorward_verdict *verdict = new_verdict();
    CHECK(doorward_verifier_has_api(verifier, bytes("workflow-rest"), 13) == 1);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
    verify_local(verifier, host, verdict);
    resolve_fetched(verifier, host, verdict);
    struct doorward_request good = request_of("workflow-rest", host->good[0]);
    struct doorward_request expired = request_of("workflow-rest", host->expired);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(verifier, &good, verdict));
    accessors(verdict);
    texts(verifier, &good);
    texts(verifier, &expired);
    reload(verifier, host);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, 10000, &ready));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
    verify_local(verifier, host, verdict);
    doorward_verifier_free(verifier);
    doorward_verdict_free(verdict);
}

static void *work(void *argument) {
    struct host *host = argument;
    use_all(host, 0, 1);
    use_all(host, DOORWARD_OPEN_WITHOUT_THREAD, 2);
    return NULL;
}

/* With a guard below, which is larger than any step over it. */
static void *make_stack(void) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *memory = mmap(NULL, GUARD + STACK, PROT_READ | PROT_WRITE, flags, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(mprotect(memory, GUARD, PROT_NONE) == 0);
    return memory + GUARD;
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct host host = read_host(argv[1], "fetched.json");
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstack(&attributes, make_stack(), STACK) == 0);
    CHECK(pthread_create(&thread, &attributes, work, &host) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    free_host(&host);
    return 0;
}
