/* The layout of a request, and what is refused of it. */
#include "check.h"

static void layout(void) {
    /* 64 bits for pointers and lengths, as on every platform that is built for. */
    CHECK(sizeof(void *) == 8 && sizeof(size_t) == 8);
    CHECK(offsetof(struct doorward_request, struct_size) == 0);
    CHECK(offsetof(struct doorward_request, api) == 8);
    CHECK(offsetof(struct doorward_request, api_len) == 16);
    CHECK(offsetof(struct doorward_request, path) == 24);
    CHECK(offsetof(struct doorward_request, path_len) == 32);
    CHECK(offsetof(struct doorward_request, authorization) == 40);
    CHECK(offsetof(struct doorward_request, authorization_len) == 48);
    CHECK(offsetof(struct doorward_request, authorization_count) == 56);
    CHECK(offsetof(struct doorward_request, method) == 64);
    CHECK(offsetof(struct doorward_request, method_len) == 72);
    CHECK(offsetof(struct doorward_request, url) == 80);
    CHECK(offsetof(struct doorward_request, url_len) == 88);
    CHECK(offsetof(struct doorward_request, dpop) == 96);
    CHECK(offsetof(struct doorward_request, dpop_len) == 104);
    CHECK(offsetof(struct doorward_request, certificate_thumbprint) == 112);
    CHECK(offsetof(struct doorward_request, certificate_thumbprint_len) == 120);
    CHECK(offsetof(struct doorward_request, peer) == 128);
    CHECK(offsetof(struct doorward_request, peer_len) == 136);
    CHECK(sizeof(struct doorward_request) == 144);
    CHECK(offsetof(struct doorward_str, data) == 0);
    CHECK(offsetof(struct doorward_str, len) == 8);
    CHECK(sizeof(struct doorward_str) == 16);
    CHECK(sizeof(doorward_status) == 4);
}

struct world {
    const struct doorward_verifier *verifier;
    struct doorward_verdict *verdict;
    struct file *good;
};

/* A request that is accepted, to change one thing of it. */
static struct doorward_request good_request(const struct world *world) {
    return request_of("workflow-rest", world->good);
}

/* Asks each function that takes a request. What is wrong with the call is the same for all, and denied. */
static void expect(const struct world *world, doorward_status expected, const struct doorward_request *request) {
    struct doorward_request good = good_request(world);
    size_t needed = 7;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(world->verifier, &good, world->verdict));
    CHECK_STATUS(expected, doorward_verifier_verify(world->verifier, request, world->verdict));
    check_denied(world->verdict);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_resolve(world->verifier, &good, world->verdict));
    CHECK_STATUS(expected, doorward_verifier_resolve(world->verifier, request, world->verdict));
    check_denied(world->verdict);
    if (expected < 2000 && expected != DOORWARD_API_UNKNOWN) {
        CHECK_STATUS(expected, doorward_verifier_explain(world->verifier, request, 0, NULL, 0, &needed));
        CHECK(needed == 0);
    }
}

static void struct_size(const struct world *world) {
    const size_t sizes[] = {0, 1, 8, sizeof(struct doorward_request) - 1, sizeof(struct doorward_request) + 1, SIZE_MAX};
    for (size_t at = 0; at < sizeof sizes / sizeof sizes[0]; at++) {
        struct doorward_request request = good_request(world);
        request.struct_size = sizes[at];
        expect(world, DOORWARD_ABI_MISMATCH, &request);
    }
    /* Of another version's struct only the first member is read: the rest of this memory is not there. */
    size_t *only_size = malloc(sizeof *only_size);
    CHECK(only_size != NULL);
    *only_size = sizeof *only_size;
    expect(world, DOORWARD_ABI_MISMATCH, (const struct doorward_request *)(void *)only_size);
    free(only_size);
}

static void reserved(const struct world *world) {
    struct doorward_request request = good_request(world);
    request.method = bytes("GET"), request.method_len = 3;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request = good_request(world);
    request.url = bytes("/x"), request.url_len = 2;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request = good_request(world);
    request.dpop = bytes("x"), request.dpop_len = 1;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request = good_request(world);
    request.certificate_thumbprint = bytes("x"), request.certificate_thumbprint_len = 1;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
}

static void authorization(const struct world *world) {
    struct doorward_request request = good_request(world);
    request.authorization_count = 0;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.authorization = NULL, request.authorization_len = 0;
    expect(world, DOORWARD_CREDENTIALS_MISSING, &request);
    request.authorization_count = 1;
    expect(world, DOORWARD_CREDENTIALS_MISSING, &request);
    request = good_request(world);
    request.authorization_count = 2;
    expect(world, DOORWARD_HEADER_REPEATED, &request);
    request.authorization_count = SIZE_MAX;
    expect(world, DOORWARD_HEADER_REPEATED, &request);
    request = good_request(world);
    request.authorization = NULL;
    expect(world, DOORWARD_NULL_ARGUMENT, &request);
    request = good_request(world);
    request.authorization_len = SIZE_MAX;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.authorization_len = SIZE_MAX / 2 + 1;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request = good_request(world);
    request.authorization = bytes("Bearer \xff\xfe"), request.authorization_len = 9;
    expect(world, DOORWARD_HEADER_MALFORMED, &request);
}

static void api(const struct world *world) {
    struct doorward_request request = good_request(world);
    request.api = NULL;
    expect(world, DOORWARD_NULL_ARGUMENT, &request);
    request.api_len = 0;
    expect(world, DOORWARD_API_UNKNOWN, &request);
    request = good_request(world);
    request.api_len = SIZE_MAX;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.api = bytes("workflow\xff"), request.api_len = 9;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.api = bytes("workflow"), request.api_len = 8;
    expect(world, DOORWARD_API_UNKNOWN, &request);
    request.api = bytes("workflow-rest\0"), request.api_len = 14;
    expect(world, DOORWARD_API_UNKNOWN, &request);
}

/* The good request, asked by path. */
static struct doorward_request path_request(const struct world *world, const char *path) {
    struct doorward_request request = good_request(world);
    request.api = NULL, request.api_len = 0;
    request.path = bytes(path), request.path_len = strlen(path);
    return request;
}

static void expect_path(const struct world *world, doorward_status expected, const char *path) {
    struct doorward_request request = path_request(world, path);
    expect(world, expected, &request);
}

static void path(const struct world *world) {
    const char *accepted[] = {"/api/workflow/v1", "/api/workflow/v1/", "/api/workflow/v1/tasks/a%2Fb?x=/../"};
    for (size_t at = 0; at < sizeof accepted / sizeof accepted[0]; at++) {
        struct doorward_request request = path_request(world, accepted[at]);
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(world->verifier, &request, world->verdict));
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_resolve(world->verifier, &request, world->verdict));
        CHECK_TEXT("AAD:alice", doorward_verdict_qualified_name(world->verdict));
    }
    /* The length counts, and not an end. */
    struct doorward_request request = path_request(world, "/api/workflow/v10");
    request.path_len -= 1;
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(world->verifier, &request, world->verdict));
    expect_path(world, DOORWARD_API_DISABLED, "/off/x");
    expect_path(world, DOORWARD_PATH_UNKNOWN, "/api/workflow/v10");
    expect_path(world, DOORWARD_PATH_UNKNOWN, "/");
    expect_path(world, DOORWARD_PATH_AMBIGUOUS, "/off/../api/workflow/v1");
    expect_path(world, DOORWARD_PATH_AMBIGUOUS, "/API/workflow/v1");
    expect_path(world, DOORWARD_PATH_AMBIGUOUS, "/api/workflow/v1/\xff");
    expect_path(world, DOORWARD_PATH_AMBIGUOUS, "http://k2.example/api/workflow/v1");
    CHECK(doorward_status_http(DOORWARD_PATH_AMBIGUOUS) == 400 && doorward_status_http(DOORWARD_PATH_UNKNOWN) == 403);
}

/* Which of the two says the API must be clear: one of them is given, and an empty text is given too. */
static void api_or_path(const struct world *world) {
    struct doorward_request request = path_request(world, "/api/workflow/v1");
    request.api = bytes("workflow-rest"), request.api_len = 13;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.api_len = 0;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request = good_request(world);
    request.path = bytes("");
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request = path_request(world, "");
    expect(world, DOORWARD_PATH_AMBIGUOUS, &request);
    request.path = NULL, request.path_len = 1;
    expect(world, DOORWARD_NULL_ARGUMENT, &request);
    request.path = bytes("/"), request.path_len = SIZE_MAX;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.path = NULL, request.path_len = 0;
    expect(world, DOORWARD_API_UNKNOWN, &request);
}

/* Whatever bytes it has, it changes nothing for a token. */
static void peer(const struct world *world) {
    const char *peers[] = {"203.0.113.7", "2001:db8::7", "unix:", "", "\xff\xfe"};
    struct doorward_request request = good_request(world);
    for (size_t at = 0; at < sizeof peers / sizeof peers[0]; at++) {
        request.peer = bytes(peers[at]), request.peer_len = strlen(peers[at]);
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_verify(world->verifier, &request, world->verdict));
        CHECK_STATUS(DOORWARD_OK, doorward_verifier_resolve(world->verifier, &request, world->verdict));
    }
    request.peer_len = SIZE_MAX;
    expect(world, DOORWARD_ARGUMENT_INVALID, &request);
    request.peer = NULL, request.peer_len = 1;
    expect(world, DOORWARD_NULL_ARGUMENT, &request);
}

static void pointers(const struct world *world) {
    struct doorward_request requests[2];
    memset(requests, 0, sizeof requests);
    expect(world, DOORWARD_NULL_ARGUMENT, NULL);
    expect(world, DOORWARD_ARGUMENT_INVALID, misaligned(requests));
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    layout();
    struct doorward_verifier *verifier = open_verifier(argv[1], "config.json");
    struct world world = {verifier, new_verdict(), read_file(argv[1], "good.token")};
    struct_size(&world);
    reserved(&world);
    authorization(&world);
    api(&world);
    path(&world);
    api_or_path(&world);
    peer(&world);
    pointers(&world);
    free(world.good);
    doorward_verdict_free(world.verdict);
    doorward_verifier_free(verifier);
    return 0;
}
