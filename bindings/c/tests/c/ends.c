/* A host that ends in the midst of everything: other threads verify and fetch, the background thread fetches, and nothing
 * is freed. argv[2] says how it ends, argv[3] after how many milliseconds. */
#define _DEFAULT_SOURCE
#include "host.h"
#include <pthread.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VERIFYING = 2, CHILD_EXIT = 3 };

struct work {
    const struct doorward_verifier *verifier;
    struct host host;
};

static void *verify_for_ever(void *argument) {
    const struct work *work = argument;
    struct doorward_verdict *verdict = new_verdict();
    for (;;) {
        verify_local(work->verifier, &work->host, verdict);
    }
    return NULL;
}

/* It opens and frees verifiers, too. */
static void *fetch_for_ever(void *argument) {
    struct work *work = argument;
    for (unsigned round = 0;; round++) {
        uint64_t next;
        set_round(&work->host, round);
        struct doorward_verifier *verifier = open_host(&work->host, round % 2 == 0 ? 0 : DOORWARD_OPEN_WITHOUT_THREAD);
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
        doorward_verifier_free(verifier);
    }
    return NULL;
}

static struct work *start(const char *folder, const char *configuration, void *(*run)(void *), int times) {
    struct work *work = malloc(sizeof *work);
    CHECK(work != NULL);
    work->host = read_host(folder, configuration);
    work->verifier = open_host(&work->host, 0);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(work->verifier));
    for (int time = 0; time < times; time++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, run, work) == 0);
    }
    return work;
}

/* The child has what its parent had, but its threads. It verifies, or only ends. */
static void fork_and_exit(const struct work *work, int verifies) {
    int status = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (verifies) {
            verify_local(work->verifier, &work->host, new_verdict());
        }
        exit(CHILD_EXIT);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_EXIT);
}

int main(int argc, char **argv) {
    CHECK(argc > 3);
    /* One that hangs is a failure, too. */
    alarm(20);
    struct work *work = start(argv[1], "slow.json", verify_for_ever, VERIFYING);
    start(argv[1], "rude.json", fetch_for_ever, 1);
    start(argv[1], "fetched.json", fetch_for_ever, 1);
    usleep((useconds_t)atoi(argv[3]) * 1000);
    if (strcmp(argv[2], "fork") == 0) {
        fork_and_exit(work, 0);
        fork_and_exit(work, 1);
    } else if (strcmp(argv[2], "exit") == 0) {
        exit(0);
    }
    return 0;
}
