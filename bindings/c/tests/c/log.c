/* The log of the library goes to the host's function, and nowhere else. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <pthread.h>
#include <unistd.h>

struct lines {
    pthread_mutex_t mutex;
    char text[65536];
    size_t len;
    size_t count;
    uint32_t highest;
    const struct doorward_verifier *verifier;
    int sets_itself;
};

/* Calls the library itself, which must not wait for this call. */
static void reenter(struct lines *lines) {
    size_t needed = 0;
    CHECK_STATUS(DOORWARD_BUFFER_TOO_SMALL, doorward_verifier_health(lines->verifier, NULL, 0, &needed));
    CHECK(needed > 0);
}

static void note(void *context, uint32_t level, const char *message, size_t message_len) {
    struct lines *lines = context;
    CHECK(message != NULL && message_len > 0 && level >= DOORWARD_LOG_ERROR && level <= DOORWARD_LOG_DEBUG);
    pthread_mutex_lock(&lines->mutex);
    CHECK(lines->len + message_len < sizeof lines->text);
    memcpy(lines->text + lines->len, message, message_len);
    lines->len += message_len;
    lines->count++;
    lines->highest = level > lines->highest ? level : lines->highest;
    pthread_mutex_unlock(&lines->mutex);
    if (lines->verifier != NULL) {
        reenter(lines);
    }
    if (lines->sets_itself) {
        CHECK_STATUS(DOORWARD_OK, doorward_log_set(NULL, NULL, 0));
    }
}

/* An issuer whose keys nobody serves: each refresh fails, and is told. */
static void fail_to_fetch(const char *folder, struct lines *lines) {
    struct doorward_verifier *verifier = open_verifier(folder, "remote.json");
    struct doorward_verdict *verdict = new_verdict();
    lines->verifier = verifier;
    struct file *value = read_file(folder, "remote.token");
    struct doorward_request request = request_of("remote", value);
    CHECK(doorward_verifier_resolve(verifier, &request, verdict) != DOORWARD_OK);
    free(value);
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
    lines->verifier = NULL;
}

static void clear(struct lines *lines) {
    lines->len = lines->count = 0;
    lines->highest = 0;
}

/* Two threads within the function set another one: neither waits for the other. */
struct pair {
    pthread_barrier_t both;
    pthread_mutex_t mutex;
    int calls;
};

static void set_within(void *context, uint32_t level, const char *message, size_t message_len) {
    struct pair *pair = context;
    (void)level, (void)message, (void)message_len;
    pthread_mutex_lock(&pair->mutex);
    int is_first = pair->calls++ < 2;
    pthread_mutex_unlock(&pair->mutex);
    if (is_first) {
        pthread_barrier_wait(&pair->both);
        CHECK_STATUS(DOORWARD_OK, doorward_log_set(set_within, pair, DOORWARD_LOG_DEBUG));
        pthread_barrier_wait(&pair->both);
    }
}

static void *poll_once(void *argument) {
    struct doorward_verifier *verifier = NULL;
    uint64_t next = 0;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open(bytes(argument), strlen(argument), NULL, 0,
                                                     DOORWARD_OPEN_WITHOUT_THREAD, &verifier, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
    doorward_verifier_free(verifier);
    return NULL;
}

#define NOBODY_S_KEYS(path)                                                                                            \
    "{\"issuers\":{\"a\":{\"issuer\":\"a\",\"jwks_url\":\"http://127.0.0.1:1/" path "\",\"audiences\":[\"u\"],"                 \
    "\"algorithms\":[\"RS256\"]}},\"apis\":{\"x\":{\"enabled\":false}}}"

static void set_in_two_threads(void) {
    static char configurations[2][256] = {NOBODY_S_KEYS("one"), NOBODY_S_KEYS("two")};
    struct pair pair;
    pthread_t threads[2];
    memset(&pair, 0, sizeof pair);
    CHECK(pthread_mutex_init(&pair.mutex, NULL) == 0);
    CHECK(pthread_barrier_init(&pair.both, NULL, 2) == 0);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(set_within, &pair, DOORWARD_LOG_DEBUG));
    for (int at = 0; at < 2; at++) {
        CHECK(pthread_create(&threads[at], NULL, poll_once, configurations[at]) == 0);
    }
    for (int at = 0; at < 2; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    CHECK(pair.calls >= 2);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(NULL, NULL, 0));
    CHECK(pthread_barrier_destroy(&pair.both) == 0);
    CHECK(pthread_mutex_destroy(&pair.mutex) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct lines lines;
    memset(&lines, 0, sizeof lines);
    CHECK(pthread_mutex_init(&lines.mutex, NULL) == 0);
    /* None is asked for yet. */
    fail_to_fetch(argv[1], &lines);
    CHECK(lines.count == 0);

    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_log_set(note, &lines, DOORWARD_LOG_DEBUG + 1));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_log_set(note, &lines, UINT32_MAX));
    fail_to_fetch(argv[1], &lines);
    CHECK(lines.count == 0);

    CHECK_STATUS(DOORWARD_OK, doorward_log_set(note, &lines, DOORWARD_LOG_DEBUG));
    fail_to_fetch(argv[1], &lines);
    CHECK(lines.count > 0);
    CHECK(holds(lines.text, lines.len, "keys could not be refreshed from=http://127.0.0.1:1/jwks.json step="));
    CHECK(!holds(lines.text, lines.len, "eyJ"));

    /* Once it is set to another, the first is not called any more: the verifier's thread may still be at work. */
    clear(&lines);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(note, &lines, DOORWARD_LOG_ERROR));
    fail_to_fetch(argv[1], &lines);
    CHECK(lines.highest <= DOORWARD_LOG_ERROR);
    clear(&lines);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(note, &lines, 0));
    fail_to_fetch(argv[1], &lines);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(NULL, &lines, DOORWARD_LOG_DEBUG));
    fail_to_fetch(argv[1], &lines);
    CHECK(lines.count == 0);

    /* It may turn itself off. */
    lines.sets_itself = 1;
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(note, &lines, DOORWARD_LOG_DEBUG));
    fail_to_fetch(argv[1], &lines);
    CHECK(lines.count == 1);
    CHECK(pthread_mutex_destroy(&lines.mutex) == 0);

    /* One that hangs is a failure, too. On Windows the test ends it. */
#ifndef _WIN32
    alarm(60);
#endif
    set_in_two_threads();
    return 0;
}
