/* A storm of signals, while tokens are verified and keys fetched; and a server that closes where it is written to. The host
 * has handlers for two signals, and none for SIGPIPE, which would end it. */
#define _DEFAULT_SOURCE
#include "host.h"
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

enum { ROUNDS = 60, SLOW_ROUNDS = 6, RUDE_ROUNDS = 20, MICROSECONDS = 200 };

static volatile sig_atomic_t alarms, others, foreign;
static pthread_t main_thread, storm_thread;

/* Signals are for the host's threads: one that comes on another of ours is counted. */
static void count(int signal) {
    if (!pthread_equal(pthread_self(), main_thread) && !pthread_equal(pthread_self(), storm_thread)) {
        foreign = foreign + 1;
    }
    if (signal == SIGALRM) {
        alarms = alarms + 1;
    } else {
        others = others + 1;
    }
}

/* Without SA_RESTART: system calls that are interrupted say so. */
static void handle(int signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    CHECK(sigemptyset(&action.sa_mask) == 0);
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static volatile int stop;

/* To the main thread, and to whichever thread of the process the kernel chooses. */
static void *storm(void *argument) {
    while (!stop) {
        CHECK(pthread_kill(main_thread, SIGUSR1) == 0);
        CHECK(kill(getpid(), SIGUSR1) == 0);
        usleep(MICROSECONDS);
    }
    return argument;
}

static void set_alarms(long microseconds) {
    const struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

/* By the background thread, by this one in `resolve`, and by this one in `poll`. */
static void fetch(struct host *host, unsigned round, struct doorward_verdict *verdict) {
    uint64_t next = 0;
    set_round(host, round);
    struct doorward_verifier *verifier = open_host(host, round % 3 == 0 ? 0 : DOORWARD_OPEN_WITHOUT_THREAD);
    verify_local(verifier, host, verdict);
    if (round % 3 == 2) {
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
        CHECK_STATUS(DOORWARD_OK, verify_value(verifier, host->fetched, verdict));
    }
    resolve_fetched(verifier, host, verdict);
    doorward_verifier_free(verifier);
}

static void in_storm(const char *folder) {
    struct host fast = read_host(folder, "fetched.json"), slow = read_host(folder, "slow.json");
    struct doorward_verdict *verdict = new_verdict();
    main_thread = pthread_self();
    handle(SIGALRM);
    handle(SIGUSR1);
    CHECK(pthread_create(&storm_thread, NULL, storm, NULL) == 0);
    set_alarms(MICROSECONDS);
    for (unsigned round = 0; round < ROUNDS; round++) {
        fetch(&fast, round, verdict);
    }
    for (unsigned round = 0; round < SLOW_ROUNDS; round++) {
        fetch(&slow, round, verdict);
    }
    set_alarms(0);
    stop = 1;
    CHECK(pthread_join(storm_thread, NULL) == 0);
    CHECK(alarms > 100 && others > 100 && foreign == 0);
    doorward_verdict_free(verdict);
    free_host(&fast);
    free_host(&slow);
}

/* By the background thread, and by this one. */
static void written_to_nobody(const char *folder) {
    struct host host = read_host(folder, "rude.json");
    struct doorward_verdict *verdict = new_verdict();
    struct sigaction action;
    struct doorward_verifier *verifier = open_host(&host, 0);
    CHECK_STATUS(DOORWARD_KEYS_NEVER_LOADED, resolve_value(verifier, host.fetched, verdict));
    doorward_verifier_free(verifier);
    for (unsigned round = 0; round < RUDE_ROUNDS; round++) {
        uint64_t next = 0;
        set_round(&host, round);
        verifier = open_host(&host, DOORWARD_OPEN_WITHOUT_THREAD);
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
        CHECK_STATUS(DOORWARD_PENDING, verify_value(verifier, host.fetched, verdict));
        doorward_verifier_free(verifier);
    }
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    doorward_verdict_free(verdict);
    free_host(&host);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    in_storm(argv[1]);
    written_to_nobody(argv[1]);
    return 0;
}
