/* The verifier: opened, asked, reloaded, watched, freed. */
#include "check.h"

/* What calls write into: an error's text, and how long it is. */
struct error {
    char text[1024];
    size_t needed;
};

static doorward_status open_bytes(const struct file *file, struct doorward_verifier **verifier, struct error *error) {
    memset(error, 0, sizeof *error);
    /* Is not followed: it has to be cleared. */
    *verifier = (struct doorward_verifier *)(void *)error;
    return doorward_verifier_open((const uint8_t *)file->data, file->len, NULL, 0, 0, verifier, error->text,
                                  sizeof error->text, &error->needed);
}

static doorward_status open_path(const char *path, struct doorward_verifier **verifier, struct error *error) {
    memset(error, 0, sizeof *error);
    *verifier = (struct doorward_verifier *)(void *)error;
    return doorward_verifier_open_file(bytes(path), strlen(path), 0, verifier, error->text, sizeof error->text,
                                       &error->needed);
}

static void serves(const struct doorward_verifier *verifier, const char *folder) {
    struct doorward_verdict *verdict = new_verdict();
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
    CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(verdict));
    CHECK_STATUS(DOORWARD_EXPIRED, verify_file(verifier, folder, "workflow-rest", "expired.token", verdict));
    doorward_verdict_free(verdict);
}

static void opened(const char *folder) {
    struct file *file = read_file(folder, "config.json");
    struct doorward_verifier *verifier;
    struct error error;
    CHECK_STATUS(DOORWARD_OK, open_bytes(file, &verifier, &error));
    CHECK(error.needed == 0);
    memset(file->data, 'x', file->len);
    serves(verifier, folder);
    doorward_verifier_free(verifier);
    CHECK_STATUS(DOORWARD_OK, open_path(file->path, &verifier, &error));
    CHECK(error.needed == 0);
    serves(verifier, folder);
    CHECK(doorward_verifier_has_api(verifier, bytes("workflow-rest"), 13) == 1);
    CHECK(doorward_verifier_has_api(verifier, bytes("off"), 3) == 1);
    CHECK(doorward_verifier_has_api(verifier, bytes("workflow-res"), 12) == 0);
    CHECK(doorward_verifier_has_api(verifier, bytes("\xff"), 1) == 0);
    CHECK(doorward_verifier_has_api(verifier, NULL, 0) == 0);
    CHECK(doorward_verifier_has_api(verifier, NULL, 3) == 0);
    CHECK(doorward_verifier_has_api(verifier, bytes("x"), SIZE_MAX) == 0);
    CHECK(doorward_verifier_has_api(NULL, bytes("workflow-rest"), 13) == 0);
    doorward_verifier_free(verifier);
    free(file);
}

/* Names of files in a document are relative to `base`, and to a document's folder. */
static void relative(const char *folder) {
    struct file *file = read_file(folder, "files.json");
    struct doorward_verifier *verifier;
    struct error error;
    const uint8_t *document = (const uint8_t *)file->data;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open(document, file->len, bytes(folder), strlen(folder), 0, &verifier,
                                                     NULL, 0, NULL));
    serves(verifier, folder);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload(verifier, document, file->len, bytes(folder), strlen(folder),
                                                       NULL, 0, NULL));
    serves(verifier, folder);
    doorward_verifier_free(verifier);
    CHECK_STATUS(DOORWARD_OK, open_path(file->path, &verifier, &error));
    serves(verifier, folder);
    doorward_verifier_free(verifier);
    CHECK_STATUS(DOORWARD_FILE_UNREADABLE, open_bytes(file, &verifier, &error));
    CHECK(verifier == NULL);
    CHECK(holds(error.text, error.needed, "jwks_file"));
    free(file);
}

static void bad(const char *folder) {
    struct file *file = read_file(folder, "bad-config.json");
    struct doorward_verifier *verifier;
    struct error error;
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, open_bytes(file, &verifier, &error));
    CHECK(verifier == NULL);
    CHECK(error.needed < sizeof error.text && strlen(error.text) == error.needed);
    CHECK(holds(error.text, error.needed, "apis.workflow-rest.scopez: "));
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, open_path(file->path, &verifier, &error));
    CHECK(verifier == NULL);
    CHECK(holds(error.text, error.needed, "bad-config.json: apis.workflow-rest.scopez: "));
    CHECK_STATUS(DOORWARD_FILE_UNREADABLE, open_path("/nowhere/doorward.json", &verifier, &error));
    CHECK(verifier == NULL);
    CHECK(error.needed > 0);
    strcpy(file->data, "{");
    file->len = 1;
    CHECK_STATUS(DOORWARD_DOCUMENT_MALFORMED, open_bytes(file, &verifier, &error));
    CHECK(verifier == NULL);
    free(file);
}

/* Names of fields and files may hold anything. What is told of them is one line, with no NUL before its end. */
static void controls_in_errors(void) {
    const char document[] = "{\"apis\": {\"a\\u0000b\\nc\": {\"scopez\": 1}}}";
    const uint8_t *path = bytes("/nowhere\0/x\n");
    struct doorward_verifier *verifier;
    struct error error;
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, doorward_verifier_open(bytes(document), sizeof document - 1, NULL, 0, 0, &verifier,
                                                                error.text, sizeof error.text, &error.needed));
    CHECK(strlen(error.text) == error.needed && holds(error.text, error.needed, "apis.a b c.scopez: "));
    CHECK_STATUS(DOORWARD_FILE_UNREADABLE, doorward_verifier_open_file(path, 12, 0, &verifier, error.text,
                                                                       sizeof error.text, &error.needed));
    CHECK(strlen(error.text) == error.needed && holds(error.text, error.needed, "/nowhere /x : "));
}

/* An error that does not fit is cut, its whole length is told, and what is wrong is told all the same. */
static void buffers_of_errors(const char *folder) {
    struct file *file = read_file(folder, "bad-config.json");
    const uint8_t *document = (const uint8_t *)file->data;
    struct doorward_verifier *verifier;
    struct error error;
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, open_bytes(file, &verifier, &error));
    size_t whole = error.needed;
    CHECK(whole > 20);
    for (size_t capacity = 0; capacity < whole + 3; capacity++) {
        size_t needed = 7, room = capacity > whole ? whole : capacity == 0 ? 0 : capacity - 1;
        char buffer[1024];
        memset(buffer, '!', sizeof buffer);
        CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, doorward_verifier_open(document, file->len, NULL, 0, 0, &verifier, buffer,
                                                                    capacity, &needed));
        CHECK(needed == whole && memcmp(buffer, error.text, room) == 0);
        CHECK(capacity == 0 || buffer[room] == 0);
        CHECK(buffer[capacity > room ? room + 1 : capacity] == '!');
    }
    size_t needed = 7;
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, doorward_verifier_open(document, file->len, NULL, 0, 0, &verifier, NULL, 0,
                                                                NULL));
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, doorward_verifier_open(document, file->len, NULL, 0, 0, &verifier, NULL, 1024,
                                                                &needed));
    CHECK(needed == whole);
    free(file);
}

/* It is not cut within a character. */
static void errors_in_utf8(void) {
    struct doorward_verifier *verifier = NULL;
    char buffer[8];
    size_t needed = 0;
    /* The name of the field, which is not known, begins the text of the error: seven bytes are room for three of it. */
    const char document[] = "{\"\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\": 1}";
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, doorward_verifier_open(bytes(document), sizeof document - 1, NULL, 0, 0,
                                                                &verifier, buffer, sizeof buffer, &needed));
    CHECK(needed > sizeof buffer && strcmp(buffer, "\xc3\xa9\xc3\xa9\xc3\xa9") == 0);
}

static void arguments_of_open(const char *folder) {
    struct file *file = read_file(folder, "config.json");
    const uint8_t *document = (const uint8_t *)file->data;
    const uint8_t *path = bytes(file->path);
    size_t len = file->len, path_len = strlen(file->path), needed[2] = {7, 7};
    struct doorward_verifier *verifier;
#define CLEARED(expected, call) \
    do { \
        verifier = (struct doorward_verifier *)(void *)needed; \
        CHECK_STATUS(expected, call); \
        CHECK(verifier == NULL); \
    } while (0)
    const uint32_t flags[] = {2, 3, UINT32_MAX, 0x80000000u};
    for (size_t at = 0; at < sizeof flags / sizeof flags[0]; at++) {
        CLEARED(DOORWARD_ARGUMENT_INVALID,
                doorward_verifier_open(document, len, NULL, 0, flags[at], &verifier, NULL, 0, NULL));
        CLEARED(DOORWARD_ARGUMENT_INVALID,
                doorward_verifier_open_file(path, path_len, flags[at], &verifier, NULL, 0, NULL));
    }
    CLEARED(DOORWARD_NULL_ARGUMENT, doorward_verifier_open(NULL, len, NULL, 0, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_DOCUMENT_MALFORMED, doorward_verifier_open(NULL, 0, NULL, 0, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_NULL_ARGUMENT, doorward_verifier_open(document, len, NULL, 1, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_ARGUMENT_INVALID, doorward_verifier_open(document, SIZE_MAX, NULL, 0, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_ARGUMENT_INVALID, doorward_verifier_open(bytes("\xff"), 1, NULL, 0, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_ARGUMENT_INVALID,
            doorward_verifier_open(document, len, bytes("\xff"), 1, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_ARGUMENT_INVALID,
            doorward_verifier_open(document, len, NULL, 0, 0, &verifier, NULL, 0, misaligned(needed)));
    CLEARED(DOORWARD_NULL_ARGUMENT, doorward_verifier_open_file(NULL, 1, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_FILE_UNREADABLE, doorward_verifier_open_file(NULL, 0, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_FILE_UNREADABLE, doorward_verifier_open_file(bytes("a\0b"), 3, 0, &verifier, NULL, 0, NULL));
    CLEARED(DOORWARD_ARGUMENT_INVALID, doorward_verifier_open_file(bytes("\xff"), 1, 0, &verifier, NULL, 0, NULL));
    CHECK(needed[0] == 7 && needed[1] == 7);
#undef CLEARED
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_open(document, len, NULL, 0, 0, NULL, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_open_file(path, path_len, 0, NULL, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID,
                 doorward_verifier_open(document, len, NULL, 0, 0, misaligned(needed), NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID,
                 doorward_verifier_open_file(path, path_len, 0, misaligned(needed), NULL, 0, NULL));
    free(file);
}

/* Each function with something that is no verifier. What goes out is cleared, where it is. */
static void is_no_verifier(const struct doorward_verifier *verifier, doorward_status expected) {
    struct doorward_verdict *verdict = new_verdict();
    struct doorward_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    uint32_t ready = 7;
    uint64_t next = 7;
    size_t needed = 7;
    char buffer[64] = "";
    CHECK_STATUS(expected, doorward_verifier_start(verifier));
    CHECK_STATUS(expected, doorward_verifier_wait(verifier, 0, &ready));
    CHECK(ready == 0);
    CHECK_STATUS(expected, doorward_verifier_poll(verifier, &next));
    CHECK(next != 7);
    ready = 7;
    CHECK_STATUS(expected, doorward_verifier_unlock(verifier, bytes("SVC:bob"), 7, &ready));
    CHECK(ready == 0);
    CHECK_STATUS(expected, doorward_verifier_verify(verifier, &request, verdict));
    CHECK_STATUS(expected, doorward_verifier_resolve(verifier, &request, verdict));
    CHECK_STATUS(expected, doorward_verifier_reload(verifier, bytes("{}"), 2, NULL, 0, buffer, sizeof buffer, &needed));
    CHECK(needed == 0);
    CHECK_STATUS(expected, doorward_verifier_reload_file(verifier, bytes("x"), 1, buffer, sizeof buffer, &needed));
    needed = 7;
    CHECK_STATUS(expected, doorward_verifier_health(verifier, buffer, sizeof buffer, &needed));
    CHECK(needed == 0);
    needed = 7;
    CHECK_STATUS(expected, doorward_verifier_metrics(verifier, buffer, sizeof buffer, &needed));
    CHECK(needed == 0);
    needed = 7;
    CHECK_STATUS(expected, doorward_verifier_explain(verifier, &request, 0, buffer, sizeof buffer, &needed));
    CHECK(needed == 0 && buffer[0] == 0);
    doorward_verdict_free(verdict);
}

static void no_verifier(const char *folder) {
    struct doorward_verdict *verdict = new_verdict();
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    struct doorward_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    is_no_verifier(NULL, DOORWARD_NULL_ARGUMENT);
    is_no_verifier(misaligned(verifier), DOORWARD_ARGUMENT_INVALID);
    is_no_verifier((struct doorward_verifier *)(void *)verdict, DOORWARD_ARGUMENT_INVALID);
    struct doorward_verdict *no_verdict = (struct doorward_verdict *)(void *)verifier;
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_verify(verifier, &request, no_verdict));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_verify(verifier, &request, misaligned(verdict)));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_verify(verifier, &request, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_resolve(verifier, &request, NULL));
    /* Freed as what they are not, they stay. */
    doorward_verifier_free((struct doorward_verifier *)(void *)verdict);
    doorward_verdict_free(no_verdict);
    doorward_verifier_free(NULL);
    doorward_verifier_free(misaligned(verifier));
    serves(verifier, folder);
    check_denied(verdict);
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
}

static void start_wait_poll(const char *folder) {
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    uint32_t ready[2] = {7, 7};
    uint64_t next[2] = {7, 7};
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, 0, ready));
    CHECK(ready[0] == 1);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, UINT64_MAX, ready));
    CHECK(ready[0] == 1);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, next));
    CHECK(next[0] == UINT64_MAX);
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_wait(verifier, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_poll(verifier, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_wait(verifier, 0, misaligned(ready)));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_poll(verifier, misaligned(next)));
    CHECK(ready[1] == 7 && next[1] == 7);
    doorward_verifier_free(verifier);
}

/* Nobody answers where the keys are to be fetched from, and no thread may be started. */
static void without_thread(const char *folder) {
    struct file *file = read_file(folder, "remote.json");
    struct doorward_verifier *verifier;
    uint32_t ready = 7;
    uint64_t next = 7;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open((const uint8_t *)file->data, file->len, NULL, 0,
                                                     DOORWARD_OPEN_WITHOUT_THREAD, &verifier, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_start(verifier));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_wait(verifier, 0, &ready));
    CHECK(ready == 0);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
    CHECK(next != 7 && next < UINT64_MAX);
    doorward_verifier_free(verifier);
    free(file);
}

static void reload(const char *folder) {
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    struct doorward_verdict *verdict = new_verdict();
    struct file *bad_file = read_file(folder, "bad-config.json"), *other = read_file(folder, "other.json");
    const uint8_t *text = (const uint8_t *)bad_file->data;
    struct error error = {"", 7};
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, doorward_verifier_reload(verifier, text, bad_file->len, NULL, 0, error.text,
                                                                  sizeof error.text, &error.needed));
    CHECK(holds(error.text, error.needed, "apis.workflow-rest.scopez: "));
    serves(verifier, folder);
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN,
                 doorward_verifier_reload_file(verifier, bytes(bad_file->path), strlen(bad_file->path), NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_reload(verifier, NULL, 1, NULL, 0, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_reload(verifier, text, bad_file->len, NULL, 1, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_DOCUMENT_MALFORMED, doorward_verifier_reload(verifier, NULL, 0, NULL, 0, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_reload_file(verifier, NULL, 1, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_FILE_UNREADABLE, doorward_verifier_reload_file(verifier, NULL, 0, NULL, 0, NULL));
    serves(verifier, folder);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload_file(verifier, bytes(other->path), strlen(other->path),
                                                            error.text, sizeof error.text, &error.needed));
    CHECK(error.needed == 0);
    CHECK_STATUS(DOORWARD_API_UNKNOWN, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "other", "good.token", verdict));
    free(bad_file);
    free(other);
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
}

/* A text that is made on demand, by one of the functions that make one. */
typedef doorward_status (*maker)(const struct doorward_verifier *verifier, const struct doorward_request *request,
                                 char *buffer, size_t capacity, size_t *needed);

static doorward_status health(const struct doorward_verifier *verifier, const struct doorward_request *request,
                              char *buffer, size_t capacity, size_t *needed) {
    (void)request;
    return doorward_verifier_health(verifier, buffer, capacity, needed);
}

static doorward_status metrics(const struct doorward_verifier *verifier, const struct doorward_request *request,
                               char *buffer, size_t capacity, size_t *needed) {
    (void)request;
    return doorward_verifier_metrics(verifier, buffer, capacity, needed);
}

static doorward_status explain_text(const struct doorward_verifier *verifier, const struct doorward_request *request,
                                    char *buffer, size_t capacity, size_t *needed) {
    return doorward_verifier_explain(verifier, request, 0, buffer, capacity, needed);
}

static doorward_status explain_json(const struct doorward_verifier *verifier, const struct doorward_request *request,
                                    char *buffer, size_t capacity, size_t *needed) {
    return doorward_verifier_explain(verifier, request, 1, buffer, capacity, needed);
}

static void made(const struct doorward_verifier *verifier, const struct doorward_request *request, maker make,
                 char first, const char *part) {
    size_t needed = 0, again[2] = {0, 7};
    CHECK_STATUS(DOORWARD_BUFFER_TOO_SMALL, make(verifier, request, NULL, 0, &needed));
    CHECK(needed > 0);
    /* Of the exact size, so that one byte too many is noticed by the tools that look after memory. */
    char *exact = malloc(needed);
    CHECK(exact != NULL);
    memset(exact, '~', needed);
    CHECK_STATUS(DOORWARD_BUFFER_TOO_SMALL, make(verifier, request, exact, needed - 1, &again[0]));
    CHECK(again[0] == needed && exact[0] == '~' && exact[needed - 2] == '~');
    CHECK_STATUS(DOORWARD_BUFFER_TOO_SMALL, make(verifier, request, exact, 0, NULL));
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, make(verifier, request, NULL, needed, NULL));
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, make(verifier, request, exact, needed, misaligned(again)));
    CHECK(exact[0] == '~' && again[1] == 7);
    CHECK_STATUS(DOORWARD_OK, make(verifier, request, exact, needed, &again[0]));
    CHECK(again[0] == needed && exact[needed - 1] != '~' && exact[needed - 1] != 0);
    CHECK(first == 0 || exact[0] == first);
    CHECK(holds(exact, needed, part));
    CHECK_STATUS(DOORWARD_OK, make(verifier, request, exact, needed, NULL));
    free(exact);
}

static void texts(const char *folder) {
    struct doorward_verifier *verifier = open_verifier(folder, "config.json");
    struct file *value = read_file(folder, "expired.token");
    struct doorward_request request = request_of("workflow-rest", value);
    size_t needed = 7;
    made(verifier, &request, health, '{', "contoso");
    made(verifier, &request, metrics, '#', "doorward_");
    made(verifier, &request, explain_text, 0, "exp");
    made(verifier, &request, explain_json, '{', "\"exp");
    CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verifier_explain(verifier, &request, 2, NULL, 0, &needed));
    CHECK(needed == 0);
    CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verifier_explain(verifier, NULL, 0, NULL, 0, &needed));
    free(value);
    doorward_verifier_free(verifier);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const char *folder = argv[1];
    opened(folder);
    relative(folder);
    bad(folder);
    errors_in_utf8();
    controls_in_errors();
    buffers_of_errors(folder);
    arguments_of_open(folder);
    no_verifier(folder);
    start_wait_poll(folder);
    without_thread(folder);
    reload(folder);
    texts(folder);
    return 0;
}
