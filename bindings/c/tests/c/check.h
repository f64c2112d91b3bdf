/* What the programs share: checks that end the program, files of the test, and short ways to ask. */
#ifndef CHECK_H
#define CHECK_H

#include <doorward.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not by assert(), which NDEBUG takes away. */
#define CHECK(condition) check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_STATUS(expected, status) check_status((expected), (status), #status, __FILE__, __LINE__)
#define CHECK_TEXT(expected, text) check_text((expected), (text), #text, __FILE__, __LINE__)

static inline void check_that(int holds, const char *condition, const char *file, int line) {
    if (!holds) {
        fprintf(stderr, "%s:%d: %s\n", file, line, condition);
        exit(1);
    }
}

static inline void check_status(doorward_status expected, doorward_status status, const char *call, const char *file,
                                int line) {
    if (status != expected) {
        fprintf(stderr, "%s:%d: expected %u, got %u: %s\n", file, line, (unsigned)expected, (unsigned)status, call);
        exit(1);
    }
}

static inline void check_text(const char *expected, struct doorward_str text, const char *call, const char *file,
                              int line) {
    if (text.data == NULL || text.len != strlen(expected) || memcmp(text.data, expected, text.len) != 0) {
        fprintf(stderr, "%s:%d: expected \"%s\", got \"%.*s\": %s\n", file, line, expected, (int)text.len,
                text.data == NULL ? "" : text.data, call);
        exit(1);
    }
}

/* Bytes of a text that stands in the program. */
static inline const uint8_t *bytes(const char *text) {
    return (const uint8_t *)text;
}

/* Whether `part` is within the first `len` bytes of a text that has no end. */
static inline int holds(const char *text, size_t len, const char *part) {
    size_t size = strlen(part);
    for (size_t at = 0; at + size <= len; at++) {
        if (memcmp(text + at, part, size) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A pointer one byte into some memory. It is never followed: that is what is tested. */
static inline void *misaligned(void *memory) {
    return (char *)memory + 1;
}

struct file {
    char path[4096];
    char data[32768];
    size_t len;
};

/* Reads a file of the test's folder. */
static inline struct file *read_file(const char *folder, const char *name) {
    struct file *file = calloc(1, sizeof *file);
    CHECK(file != NULL);
    CHECK(snprintf(file->path, sizeof file->path, "%s/%s", folder, name) < (int)sizeof file->path);
    FILE *stream = fopen(file->path, "rb");
    CHECK(stream != NULL);
    file->len = fread(file->data, 1, sizeof file->data, stream);
    CHECK(file->len > 0 && file->len < sizeof file->data);
    fclose(stream);
    return file;
}

/* Opens a verifier from a file of the test's folder, which has to be good. */
static inline struct doorward_verifier *open_verifier(const char *folder, const char *name) {
    struct doorward_verifier *verifier = NULL;
    struct file *file = read_file(folder, name);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open_file(bytes(file->path), strlen(file->path), 0, &verifier, NULL, 0,
                                                          NULL));
    CHECK(verifier != NULL);
    free(file);
    return verifier;
}

static inline struct doorward_verdict *new_verdict(void) {
    struct doorward_verdict *verdict = NULL;
    CHECK_STATUS(DOORWARD_OK, doorward_verdict_new(&verdict));
    CHECK(verdict != NULL);
    return verdict;
}

/* A request with one header. `value` has the whole value of the header, as the .token files do. */
static inline struct doorward_request request_of(const char *api, const struct file *value) {
    struct doorward_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.api = bytes(api);
    request.api_len = strlen(api);
    request.authorization = (const uint8_t *)value->data;
    request.authorization_len = value->len;
    request.authorization_count = 1;
    return request;
}

/* Verifies a token of the test's folder for an API. */
static inline doorward_status verify_file(const struct doorward_verifier *verifier, const char *folder,
                                          const char *api, const char *name, struct doorward_verdict *verdict) {
    struct file *value = read_file(folder, name);
    struct doorward_request request = request_of(api, value);
    doorward_status status = doorward_verifier_verify(verifier, &request, verdict);
    free(value);
    return status;
}

/* What a verdict has to read after a call that went wrong: nothing of the last answer. */
static inline void check_denied(const struct doorward_verdict *verdict) {
    CHECK(doorward_verdict_status(verdict) != DOORWARD_OK);
    CHECK(doorward_verdict_http(verdict) >= 400);
    CHECK_TEXT("", doorward_verdict_qualified_name(verdict));
    CHECK_TEXT("", doorward_verdict_subject(verdict));
    CHECK(doorward_verdict_scope_count(verdict) == 0);
    CHECK(doorward_verdict_is_administrator(verdict) == 0);
}

#endif
