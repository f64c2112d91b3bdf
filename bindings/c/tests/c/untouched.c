/* What a host has set up for itself, and the library leaves alone: errno where a call does not fail or block, the floating
 * point environment, signal masks and handlers, umask, working directory and locale. With argv[2], the name of a locale
 * whose numbers have a comma, the host has set that. */
#define _GNU_SOURCE
#include "host.h"
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK = 4711, MASK = 0027 };

/* Nothing of the process changes by a call; errno neither, where it is one of those that requests are served with. */
struct process {
    int rounding, traps;
    sigset_t blocked;
    char folder[4096];
    char locale[64];
    struct sigaction actions[NSIG];
};

static struct process look(void) {
    struct process now;
    memset(&now, 0, sizeof now);
    now.rounding = fegetround();
    now.traps = fegetexcept();
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &now.blocked) == 0);
    CHECK(getcwd(now.folder, sizeof now.folder) != NULL);
    CHECK(snprintf(now.locale, sizeof now.locale, "%s", setlocale(LC_ALL, NULL)) < (int)sizeof now.locale);
    for (int signal = 1; signal < NSIG; signal++) {
        (void)sigaction(signal, NULL, &now.actions[signal]);
    }
    return now;
}

static int same_handlers(const struct process *one, const struct process *other) {
    for (int signal = 1; signal < NSIG; signal++) {
        if (one->actions[signal].sa_handler != other->actions[signal].sa_handler) {
            return 0;
        }
    }
    return 1;
}

static void check_same(const struct process *before) {
    struct process now = look();
    CHECK(now.rounding == before->rounding && now.traps == before->traps);
    CHECK(memcmp(&now.blocked, &before->blocked, sizeof now.blocked) == 0);
    CHECK(strcmp(now.folder, before->folder) == 0 && strcmp(now.locale, before->locale) == 0);
    CHECK(same_handlers(&now, before));
    CHECK(umask(MASK) == MASK);
}

/* Unusual settings, so that one that is set back to the usual is noticed. A division by zero would end the process. */
static void set_up(const char *locale) {
    sigset_t blocked;
    CHECK(sigemptyset(&blocked) == 0 && sigaddset(&blocked, SIGUSR2) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &blocked, NULL) == 0);
    CHECK(signal(SIGHUP, SIG_IGN) != SIG_ERR);
    umask(MASK);
    CHECK(fesetround(FE_UPWARD) == 0);
    CHECK(feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW) != -1);
    if (locale != NULL) {
        CHECK(setlocale(LC_ALL, locale) != NULL);
        CHECK(strcmp(localeconv()->decimal_point, ",") == 0);
    }
}

#define KEEPS_ERRNO(call) \
    do { \
        errno = MARK; \
        call; \
        CHECK(errno == MARK); \
    } while (0)

static void served(const struct doorward_verifier *verifier, const struct host *host, const struct process *before) {
    struct doorward_verdict *verdict = NULL;
    int64_t number = 0;
    KEEPS_ERRNO(CHECK_STATUS(DOORWARD_OK, doorward_verdict_new(&verdict)));
    for (int at = 0; at < ALGORITHM_COUNT; at++) {
        KEEPS_ERRNO(CHECK_STATUS(DOORWARD_OK, verify_value(verifier, host->good[at], verdict)));
        check_same(before);
    }
    KEEPS_ERRNO(CHECK_STATUS(DOORWARD_OK, doorward_verdict_claim_number(verdict, bytes("exp"), 3, &number)));
    KEEPS_ERRNO(CHECK_TEXT("Auditor", doorward_verdict_role(verdict, 0)));
    KEEPS_ERRNO(CHECK_STATUS(DOORWARD_SIGNATURE_INVALID, verify_value(verifier, host->forged, verdict)));
    KEEPS_ERRNO(CHECK_STATUS(DOORWARD_EXPIRED, verify_value(verifier, host->expired, verdict)));
    KEEPS_ERRNO(CHECK_STATUS(DOORWARD_OK, verify_value(verifier, host->fetched, verdict)));
    check_same(before);
    KEEPS_ERRNO(doorward_verdict_free(verdict));
    check_same(before);
}

static void others(const struct doorward_verifier *verifier, const struct host *host, const struct process *before) {
    static char buffer[65536];
    size_t needed = 0;
    uint32_t ready = 0;
    uint64_t next = 0;
    const uint8_t *text = (const uint8_t *)host->configuration->data;
    struct doorward_request request = request_of("workflow-rest", host->expired);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, 10000, &ready));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
    check_same(before);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload(verifier, text, host->configuration->len, NULL, 0, NULL, 0, NULL));
    check_same(before);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_health(verifier, buffer, sizeof buffer, &needed));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_metrics(verifier, buffer, sizeof buffer, &needed));
    /* A number with a fraction, in the format of Prometheus and not in that of the locale. */
    CHECK(holds(buffer, needed, "le=\"0.5\""));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_explain(verifier, &request, 0, buffer, sizeof buffer, &needed));
    check_same(before);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct host host = read_host(argv[1], "fetched.json");
    set_up(argc > 2 ? argv[2] : NULL);
    struct process before = look();
    for (unsigned round = 0; round < 3; round++) {
        set_round(&host, round);
        struct doorward_verifier *verifier = open_host(&host, round % 2 == 0 ? 0 : DOORWARD_OPEN_WITHOUT_THREAD);
        check_same(&before);
        others(verifier, &host, &before);
        served(verifier, &host, &before);
        doorward_verifier_free(verifier);
        check_same(&before);
    }
    free_host(&host);
    return 0;
}
