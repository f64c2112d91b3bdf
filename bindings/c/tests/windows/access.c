/* Keys on disk that others may have put there: argv[1] is a folder, with a configuration whose keys are fetched and kept in its
 * folder `state`. argv[2]: `fetches` them, or finds those that are kept and `takes` or `refuses` them. */
#include "check.h"
#include <windows.h>

static char refusal[1024];

static void note(void *context, uint32_t level, const char *message, size_t message_len) {
    (void)context;
    if (level <= DOORWARD_LOG_WARNING) {
        snprintf(refusal, sizeof refusal, "%.*s", (int)message_len, message);
    }
}

int main(int argc, char **argv) {
    char path[512];
    struct doorward_verifier *verifier;
    CHECK(argc > 2);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(note, NULL, DOORWARD_LOG_DEBUG));
    snprintf(path, sizeof path, "%s\\fetched.json", argv[1]);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open_file(bytes(path), strlen(path), DOORWARD_OPEN_WITHOUT_THREAD,
                                                          &verifier, NULL, 0, NULL));
    if (strcmp(argv[2], "fetches") == 0) {
        uint64_t next;
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
        CHECK(refusal[0] == 0);
    } else {
        uint32_t ready;
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, 0, &ready));
        CHECK(ready == (strcmp(argv[2], "takes") == 0));
        CHECK((refusal[0] == 0) == (ready == 1));
        CHECK(ready == 1 || strstr(refusal, "may change it") != NULL);
    }
    doorward_verifier_free(verifier);
    return 0;
}
