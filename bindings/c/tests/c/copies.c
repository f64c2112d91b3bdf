/* Two copies of the library in one process: the program's own, linked, and another that it loads. Both serve, and what is
 * the one's is nothing to the other: it is recognised, refused, and left alone. */
#define _GNU_SOURCE
#include "host.h"
#include "loaded.h"

static struct doorward_request good_request(const struct host *host) {
    return request_of("workflow-rest", host->good[0]);
}

/* The program's objects, handed to the other copy. */
static void refused_by_other(const struct loaded *other, const struct host *host, struct doorward_verifier *verifier,
                             struct doorward_verdict *verdict) {
    struct doorward_request request = good_request(host);
    struct doorward_verdict *others = verdict_by(other);
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, other->verifier_verify(verifier, &request, others));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, other->verdict_status(others));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, other->verdict_status(verdict));
    CHECK_TEXT("", other->verdict_qualified_name(verdict));
    other->verifier_free(verifier);
    other->verdict_free(verdict);
    other->verdict_free(others);
}

/* And the other way round. */
static void refused_by_ours(const struct host *host, struct doorward_verifier *verifier,
                            struct doorward_verdict *verdict) {
    struct doorward_request request = good_request(host);
    struct doorward_verdict *ours = new_verdict();
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_verify(verifier, &request, ours));
    check_denied(ours);
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verdict_status(verdict));
    CHECK_TEXT("", doorward_verdict_qualified_name(verdict));
    doorward_verifier_free(verifier);
    doorward_verdict_free(verdict);
    doorward_verdict_free(ours);
}

static void beside(const struct loaded *other, const char *folder, const struct host *host) {
    struct doorward_verifier *ours = open_host(host, 0), *theirs = open_by(other, folder, "fetched.json");
    struct doorward_verdict *our_verdict = new_verdict(), *their_verdict = verdict_by(other);
    for (int time = 0; time < 3; time++) {
        verify_local(ours, host, our_verdict);
        resolve_fetched(ours, host, our_verdict);
        accept_by(other, folder, theirs, their_verdict);
        refused_by_other(other, host, ours, our_verdict);
        refused_by_ours(host, theirs, their_verdict);
    }
    doorward_verifier_free(ours);
    accept_by(other, folder, theirs, their_verdict);
    other->verifier_free(theirs);
    other->verdict_free(their_verdict);
    doorward_verdict_free(our_verdict);
}

int main(int argc, char **argv) {
    CHECK(argc > 2);
    struct host host = read_host(argv[1], "fetched.json");
    struct loaded other = loaded(dlopen(argv[2], RTLD_NOW | RTLD_LOCAL));
    beside(&other, argv[1], &host);
    /* With a C library of its own, and so with another heap. */
    struct loaded apart = loaded(dlmopen(LM_ID_NEWLM, argv[2], RTLD_NOW | RTLD_LOCAL));
    beside(&apart, argv[1], &host);
    CHECK(dlclose(other.handle) == 0);
    free_host(&host);
    return 0;
}
