/* A panic within the library is a status: nothing is printed, nothing ends, and what is open goes on. */
#include "check.h"

/* Only there where the library was built with the feature `test-hooks`. */
doorward_status doorward_test_panic(void);

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct doorward_verifier *verifier = open_verifier(argv[1], "config.json");
    struct doorward_verdict *verdict = new_verdict();
    for (int time = 0; time < 3; time++) {
        CHECK_STATUS(DOORWARD_INTERNAL_PANIC, doorward_test_panic());
        CHECK_STATUS(DOORWARD_OK, verify_file(verifier, argv[1], "workflow-rest", "good.token", verdict));
        CHECK_STATUS(DOORWARD_EXPIRED, verify_file(verifier, argv[1], "workflow-rest", "expired.token", verdict));
    }
    struct doorward_verifier *another = open_verifier(argv[1], "config.json");
    CHECK_STATUS(DOORWARD_OK, verify_file(another, argv[1], "workflow-rest", "good.token", verdict));
    doorward_verifier_free(another);
    doorward_verifier_free(verifier);
    doorward_verdict_free(verdict);
    return 0;
}
