/* Reads a text of a verdict that was freed: a tool that looks after memory has to end this program. */
#include "check.h"

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct doorward_verifier *verifier = open_verifier(argv[1], "config.json");
    struct doorward_verdict *verdict = new_verdict();
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, argv[1], "workflow-rest", "good.token", verdict));
    struct doorward_str user = doorward_verdict_user(verdict);
    CHECK_TEXT("alice", user);
    doorward_verdict_free(verdict);
    int is_alice = memcmp(user.data, "alice", user.len) == 0;
    doorward_verifier_free(verifier);
    fprintf(stderr, "not noticed (%d)\n", is_alice);
    return 0;
}
