/*
 * Verifies one Authorization value: verify CONFIG API < FILE
 *
 *   cc -o verify verify.c $(pkg-config --cflags --libs doorward)
 *   echo "Bearer eyJ..." | ./verify doorward.json workflow-rest
 */
#include <doorward.h>
#include <stdio.h>
#include <string.h>

static void print(const char *label, struct doorward_str text) {
    printf("%s%.*s\n", label, (int)text.len, text.data);
}

static struct doorward_verifier *open_verifier(const char *path) {
    struct doorward_verifier *verifier;
    char error[1024];
    doorward_status status = doorward_verifier_open_file((const uint8_t *)path, strlen(path), 0, &verifier, error,
                                                         sizeof error, NULL);
    if (status != DOORWARD_OK) {
        fprintf(stderr, "%u %s\n", status, error);
    }
    return verifier;
}

/* Verifies, and waits for keys where the answer needs them. A server does that on a thread that may block. */
static doorward_status decide(const struct doorward_verifier *verifier, const char *api, const char *value,
                              struct doorward_verdict *verdict) {
    struct doorward_request request = {0};
    request.struct_size = sizeof request;
    request.api = (const uint8_t *)api;
    request.api_len = strlen(api);
    request.authorization = (const uint8_t *)value;
    request.authorization_len = strlen(value);
    request.authorization_count = 1;
    doorward_status status = doorward_verifier_verify(verifier, &request, verdict);
    return status == DOORWARD_PENDING ? doorward_verifier_resolve(verifier, &request, verdict) : status;
}

int main(int argc, char **argv) {
    char value[DOORWARD_AUTHORIZATION_BYTES + 2];
    if (argc != 3 || doorward_abi_version() != DOORWARD_ABI_VERSION) {
        fprintf(stderr, "usage: %s CONFIG API < FILE\n", argv[0]);
        return 2;
    }
    size_t len = fread(value, 1, sizeof value - 1, stdin);
    while (len > 0 && (value[len - 1] == '\n' || value[len - 1] == '\r')) {
        len--;
    }
    value[len] = '\0';

    struct doorward_verifier *verifier = open_verifier(argv[1]);
    struct doorward_verdict *verdict;
    if (verifier == NULL || doorward_verdict_new(&verdict) != DOORWARD_OK) {
        doorward_verifier_free(verifier);
        return 3;
    }
    doorward_status status = decide(verifier, argv[2], value, verdict);
    if (status == DOORWARD_OK) {
        print("200, it is ", doorward_verdict_qualified_name(verdict));
    } else {
        printf("%u, %u ", doorward_verdict_http(verdict), status);
        print("", doorward_status_message(status));
        print("WWW-Authenticate: ", doorward_verdict_challenge(verdict));
    }
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
    return status == DOORWARD_OK ? 0 : 1;
}
