/* A host that forks at any moment: while threads verify, while keys are fetched by the background thread and by a thread of
 * the host, and while verifiers come and go. Each child serves with what it has inherited, frees it, and ends. */
#define _DEFAULT_SOURCE
#include "host.h"
#include <pthread.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 8, ROUNDS = 60, SLOW_ROUNDS = 4, VERIFYING = 2, SECONDS = 20, MICROSECONDS = 50 };

struct work {
    struct doorward_verifier *verifier;
    struct host host;
};

static volatile int stop, stop_fetching;

static void *verify_on(void *argument) {
    const struct work *work = argument;
    struct doorward_verdict *verdict = new_verdict();
    while (!stop) {
        verify_local(work->verifier, &work->host, verdict);
    }
    doorward_verdict_free(verdict);
    return NULL;
}

static void *open_and_fetch(void *argument) {
    struct host host = read_host(argument, "fetched.json");
    struct doorward_verdict *verdict = new_verdict();
    for (unsigned round = 0; !stop_fetching; round++) {
        set_round(&host, round);
        struct doorward_verifier *verifier = open_host(&host, round % 2 == 0 ? 0 : DOORWARD_OPEN_WITHOUT_THREAD);
        resolve_fetched(verifier, &host, verdict);
        doorward_verifier_free(verifier);
    }
    doorward_verdict_free(verdict);
    free_host(&host);
    return NULL;
}

/* What the threads of the parent hold is lost here, as after every fork of a process with threads. */
static void serve_in_child(struct work *work) {
    struct doorward_verdict *verdict = new_verdict();
    alarm(SECONDS);
    verify_local(work->verifier, &work->host, verdict);
    resolve_fetched(work->verifier, &work->host, verdict);
    doorward_verifier_free(work->verifier);
    doorward_verdict_free(verdict);
    exit(0);
}

static void fork_children(struct work *work) {
    pid_t children[CHILDREN];
    for (int at = 0; at < CHILDREN; at++) {
        usleep(MICROSECONDS);
        children[at] = fork();
        CHECK(children[at] >= 0);
        if (children[at] == 0) {
            serve_in_child(work);
        }
    }
    for (int at = 0; at < CHILDREN; at++) {
        int status = 0;
        CHECK(waitpid(children[at], &status, 0) == children[at]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

/* The children are forked while this process verifies with each key for the first time, and fetches. */
static void round_of(struct work *work, unsigned round) {
    uint32_t ready = 1;
    set_round(&work->host, round);
    work->verifier = open_host(&work->host, 0);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(work->verifier));
    pthread_t threads[VERIFYING];
    for (int at = 0; at < VERIFYING; at++) {
        CHECK(pthread_create(&threads[at], NULL, verify_on, work) == 0);
    }
    fork_children(work);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(work->verifier, SECONDS * 1000, &ready));
    CHECK(ready == 1);
    stop = 1;
    for (int at = 0; at < VERIFYING; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    stop = 0;
    doorward_verifier_free(work->verifier);
}

static void rounds_of(const char *folder, const char *configuration, unsigned rounds) {
    struct work work = {NULL, read_host(folder, configuration)};
    for (unsigned round = 0; round < rounds; round++) {
        round_of(&work, round);
    }
    free_host(&work.host);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    pthread_t fetching;
    CHECK(pthread_create(&fetching, NULL, open_and_fetch, argv[1]) == 0);
    rounds_of(argv[1], "fetched.json", ROUNDS);
    rounds_of(argv[1], "slow.json", SLOW_ROUNDS);
    stop_fetching = 1;
    CHECK(pthread_join(fetching, NULL) == 0);
    return 0;
}
