/* A verifier that was opened before a fork serves in the parent and in each child, whether it has served before or not. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 8, TIMES = 20 };

/* The address sanitizer of gcc 12 may be forked while a thread holds a lock of its allocator: the child waits for it for ever. So
 * nothing is forked then beside a thread. The same program without it does so. */
#if defined(__SANITIZE_ADDRESS__)
enum { FORKS_BESIDE_A_THREAD = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { FORKS_BESIDE_A_THREAD = 0 };
#else
enum { FORKS_BESIDE_A_THREAD = 1 };
#endif
#else
enum { FORKS_BESIDE_A_THREAD = 1 };
#endif

static void serve(const struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict) {
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
    for (int time = 0; time < TIMES; time++) {
        CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
        CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(verdict));
        CHECK_STATUS(DOORWARD_EXPIRED, verify_file(verifier, folder, "workflow-rest", "expired.token", verdict));
    }
}

static pid_t fork_child(struct doorward_verifier *verifier, const char *folder, struct doorward_verdict *verdict) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        serve(verifier, folder, verdict);
        doorward_verdict_free(verdict);
        doorward_verifier_free(verifier);
        /* Not by exit(): who looks for leaks then finds what the parent's threads had, which nobody here can free. */
        _exit(0);
    }
    return child;
}

static void serve_in_processes(const char *folder, const char *configuration, int has_served) {
    struct doorward_verifier *verifier = open_verifier(folder, configuration);
    struct doorward_verdict *verdict = new_verdict();
    pid_t children[CHILDREN];
    if (has_served) {
        serve(verifier, folder, verdict);
    }
    for (int at = 0; at < CHILDREN; at++) {
        children[at] = fork_child(verifier, folder, verdict);
    }
    serve(verifier, folder, verdict);
    for (int at = 0; at < CHILDREN; at++) {
        int status = 0;
        CHECK(waitpid(children[at], &status, 0) == children[at]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    doorward_verifier_free(verifier);
    doorward_verdict_free(verdict);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    for (int has_served = 0; has_served < 2; has_served++) {
        serve_in_processes(argv[1], "config.json", has_served);
        /* With an issuer whose keys are fetched, each process has a background thread of its own. */
        if (FORKS_BESIDE_A_THREAD || !has_served) {
            serve_in_processes(argv[1], "remote.json", has_served);
        }
    }
    return 0;
}
