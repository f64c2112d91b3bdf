/* What a host revokes by a call. */
#include "check.h"

/* What calls write into: an error's text, and how long it is. */
struct error {
    char text[1024];
    size_t needed;
};

static doorward_status revoke(const struct doorward_verifier *verifier, const char *lines, struct error *error) {
    memset(error, 0, sizeof *error);
    error->needed = 99;
    return doorward_verifier_revoke(verifier, bytes(lines), strlen(lines), error->text, sizeof error->text,
                                    &error->needed);
}

static doorward_status verified(const struct doorward_verifier *verifier, const char *folder) {
    struct doorward_verdict *verdict = new_verdict();
    doorward_status status = verify_file(verifier, folder, "workflow-rest", "good.token", verdict);
    if (status == DOORWARD_TOKEN_REVOKED) {
        check_denied(verdict);
        CHECK(doorward_verdict_http(verdict) == 401);
        CHECK_TEXT("jti", doorward_verdict_denied_claim(verdict));
    }
    doorward_verdict_free(verdict);
    return status;
}

/* The token's id is `token-1`. */
static void revoked(const char *folder) {
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    struct error error;
    CHECK_STATUS(DOORWARD_OK, revoke(verifier, "", &error));
    CHECK_STATUS(DOORWARD_OK, revoke(verifier, "{\"token_id\":\"Token-1\",\"until\":4000000000}", &error));
    CHECK(error.needed == 0);
    CHECK_STATUS(DOORWARD_OK, verified(verifier, folder));
    CHECK_STATUS(DOORWARD_OK, revoke(verifier, "\n{\"token_id\":\"token-1\",\"until\":4000000000}\r\n", &error));
    CHECK_STATUS(DOORWARD_TOKEN_REVOKED, verified(verifier, folder));
    struct file *configuration = read_file(folder, "config.json");
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload_file(verifier, bytes(configuration->path),
                                                            strlen(configuration->path), NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_TOKEN_REVOKED, verified(verifier, folder));
    free(configuration);
    doorward_verifier_free(verifier);
}

/* A line that is wrong refuses all of them, and is told by its number. */
static void refused(const char *folder) {
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    struct error error;
    const char *lines = "{\"token_id\":\"token-1\",\"until\":4000000000}\n{\"token_id\":\"token-2\"}\n";
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, revoke(verifier, lines, &error));
    CHECK(strlen(error.text) == error.needed);
    CHECK(holds(error.text, error.needed, "line 2: until: the field is missing"));
    CHECK_STATUS(DOORWARD_OK, verified(verifier, folder));
    char small[4] = "abc";
    size_t needed = 0;
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID,
                 doorward_verifier_revoke(verifier, bytes(lines), strlen(lines), small, sizeof small, &needed));
    /* It is cut, and has an end. */
    CHECK(needed == error.needed && strcmp(small, "lin") == 0);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_revoke(verifier, NULL, 0, small, sizeof small, &needed));
    CHECK(needed == 0 && small[0] == 0);
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID,
                 doorward_verifier_revoke(verifier, bytes(lines), strlen(lines), NULL, 0, NULL));
    doorward_verifier_free(verifier);
}

static void wrong_calls(const char *folder) {
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    const char *line = "{\"token_id\":\"a\",\"until\":4000000000}";
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_revoke(NULL, bytes(line), strlen(line), NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_revoke(verifier, NULL, 1, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_revoke(verifier, NULL, 0, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_revoke(verifier, bytes("\xff\n"), 2, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_revoke(misaligned(verifier), NULL, 0, NULL, 0, NULL));
    doorward_verifier_free(verifier);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    revoked(argv[1]);
    refused(argv[1]);
    wrong_calls(argv[1]);
    return 0;
}
