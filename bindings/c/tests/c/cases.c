/* Decides what a file of cases holds, and compares the answers with those that the file has of the Rust library. */
#include "check.h"

/* Only there where the library was built with the feature `test-hooks`. */
doorward_status doorward_test_open_at(const uint8_t *configuration, size_t configuration_len, int64_t now,
                                      struct doorward_verifier **verifier, char *error, size_t error_capacity,
                                      size_t *error_needed);

/* A file, and how far it is read. Numbers are eight bytes, the lowest first; texts have their length before them. */
struct cases {
    uint8_t *data;
    size_t len;
    size_t at;
};

struct bytes {
    const uint8_t *data;
    size_t len;
};

static uint64_t read_number(struct cases *cases) {
    uint64_t number = 0;
    CHECK(cases->len - cases->at >= 8);
    for (size_t at = 0; at < 8; at++) {
        number |= (uint64_t)cases->data[cases->at + at] << (8 * at);
    }
    cases->at += 8;
    return number;
}

static struct bytes read_bytes(struct cases *cases) {
    struct bytes bytes;
    bytes.len = (size_t)read_number(cases);
    CHECK(cases->len - cases->at >= bytes.len);
    bytes.data = cases->data + cases->at;
    cases->at += bytes.len;
    return bytes;
}

static struct cases open_cases(const char *path) {
    struct cases cases;
    FILE *stream = fopen(path, "rb");
    CHECK(stream != NULL && fseek(stream, 0, SEEK_END) == 0);
    cases.len = (size_t)ftell(stream);
    cases.at = 0;
    cases.data = malloc(cases.len);
    CHECK(cases.data != NULL && fseek(stream, 0, SEEK_SET) == 0);
    CHECK(fread(cases.data, 1, cases.len, stream) == cases.len);
    fclose(stream);
    return cases;
}

/* An answer, line by line. */
struct answer {
    char text[65536];
    size_t len;
};

static void add(struct answer *answer, struct doorward_str text) {
    CHECK(answer->len + text.len + 1 < sizeof answer->text);
    memcpy(answer->text + answer->len, text.data, text.len);
    answer->len += text.len;
    answer->text[answer->len++] = '\n';
}

static void add_number(struct answer *answer, int64_t number) {
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    struct doorward_str text = {digits, (size_t)len};
    add(answer, text);
}

static void add_identity(struct answer *answer, const struct doorward_verdict *verdict) {
    add(answer, doorward_verdict_qualified_name(verdict));
    add(answer, doorward_verdict_label(verdict));
    add(answer, doorward_verdict_user(verdict));
    add(answer, doorward_verdict_method(verdict));
    add(answer, doorward_verdict_issuer(verdict));
    add(answer, doorward_verdict_subject(verdict));
    add(answer, doorward_verdict_tenant(verdict));
    add(answer, doorward_verdict_object_id(verdict));
    add(answer, doorward_verdict_client(verdict));
    add(answer, doorward_verdict_token_id(verdict));
    add_number(answer, doorward_verdict_expires_at(verdict));
    add_number(answer, doorward_verdict_is_administrator(verdict));
    add_number(answer, doorward_verdict_is_app_only(verdict));
    for (size_t at = 0; at < doorward_verdict_scope_count(verdict); at++) {
        add(answer, doorward_verdict_scope(verdict, at));
    }
    for (size_t at = 0; at < doorward_verdict_role_count(verdict); at++) {
        add(answer, doorward_verdict_role(verdict, at));
    }
    for (size_t at = 0; at < doorward_verdict_claim_count(verdict); at++) {
        struct doorward_str name = doorward_verdict_claim_name(verdict, at);
        add(answer, name);
        add(answer, doorward_verdict_claim_json(verdict, (const uint8_t *)name.data, name.len));
    }
}

static void add_denial(struct answer *answer, const struct doorward_verdict *verdict) {
    add_number(answer, doorward_verdict_http(verdict));
    add_number(answer, doorward_verdict_retry_after(verdict));
    add(answer, doorward_verdict_challenge(verdict));
    add(answer, doorward_verdict_denied_claim(verdict));
    add(answer, doorward_verdict_expected(verdict));
}

static void expect(const struct answer *answer, struct bytes expected, struct bytes name) {
    if (answer->len != expected.len || memcmp(answer->text, expected.data, expected.len) != 0) {
        fprintf(stderr, "%.*s: expected\n%.*s\ngot\n%.*s\n", (int)name.len, (const char *)name.data, (int)expected.len,
                (const char *)expected.data, (int)answer->len, answer->text);
        exit(1);
    }
}

/* A configuration: one that is refused with the same words, or one that decides as many requests as follow. */
static uint64_t run_case(struct cases *cases, struct doorward_verdict *verdict) {
    static struct answer answer;
    struct doorward_verifier *verifier = NULL;
    char error[4096];
    size_t needed = 0;
    struct bytes name = read_bytes(cases), configuration = read_bytes(cases);
    int64_t now = (int64_t)read_number(cases);
    struct bytes opened = read_bytes(cases);
    answer.len = 0;
    add_number(&answer, doorward_test_open_at(configuration.data, configuration.len, now, &verifier, error, sizeof error,
                                              &needed));
    struct doorward_str told = {error, needed};
    add(&answer, told);
    expect(&answer, opened, name);
    uint64_t requests = read_number(cases);
    for (uint64_t at = 0; at < requests; at++) {
        struct doorward_request request;
        memset(&request, 0, sizeof request);
        request.struct_size = sizeof request;
        struct bytes api = read_bytes(cases), authorization;
        request.api = api.data, request.api_len = api.len;
        request.authorization_count = (size_t)read_number(cases);
        authorization = read_bytes(cases);
        request.authorization = authorization.data, request.authorization_len = authorization.len;
        answer.len = 0;
        add_number(&answer, doorward_verifier_verify(verifier, &request, verdict));
        add_identity(&answer, verdict);
        add_denial(&answer, verdict);
        expect(&answer, read_bytes(cases), name);
    }
    doorward_verifier_free(verifier);
    return requests;
}

int main(int argc, char **argv) {
    CHECK(argc > 2);
    struct cases cases = open_cases(argv[2]);
    struct doorward_verdict *verdict = new_verdict();
    uint64_t requests = 0, configurations = 0;
    while (cases.at < cases.len) {
        requests += run_case(&cases, verdict);
        configurations++;
    }
    doorward_verdict_free(verdict);
    free(cases.data);
    printf("%llu configurations, %llu requests\n", (unsigned long long)configurations, (unsigned long long)requests);
    return 0;
}
