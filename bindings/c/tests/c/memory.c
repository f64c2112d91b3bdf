/* Opens, asks, reloads and frees as often as argv[2] says. The driver compares what is left of one time and of many. */
#include "check.h"

/* One that was asked and has keys to fetch has a thread, whose last blocks go when it likes: it is not asked here. */
static void once(const char *folder, const char *name, int is_asked) {
    struct doorward_verifier *verifier = open_verifier(folder, name);
    struct file *same = read_file(folder, name), *other = read_file(folder, "other.json");
    if (is_asked) {
        struct doorward_verdict *verdict = new_verdict();
        CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
        doorward_verdict_free(verdict);
    }
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload(verifier, (const uint8_t *)other->data, other->len, NULL, 0, NULL,
                                                       0, NULL));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload(verifier, (const uint8_t *)same->data, same->len, NULL, 0, NULL,
                                                       0, NULL));
    doorward_verifier_free(verifier);
    free(same);
    free(other);
}

int main(int argc, char **argv) {
    CHECK(argc > 2);
    for (int time = 0; time < atoi(argv[2]); time++) {
        once(argv[1], "config.json", 1);
        once(argv[1], "remote.json", 0);
    }
    return 0;
}
