/*
 * An HTTP server that lets in whom Doorward lets in: server CONFIG PORT
 *
 *   cc -o server server.c $(pkg-config --cflags --libs doorward) -pthread
 *   ./server doorward.json 8080
 */
#include "http.h"

#include <doorward.h>
#include <pthread.h>

enum { THREADS = 16 };

static struct doorward_verifier *verifier;

static const char *api_of(const struct http_request *http) {
    if (http_is_below(http, "/api/workflow/v1")) return "workflow-rest";
    if (http_is_below(http, "/api/odata/v3")) return "smartobject-odata";
    return NULL;
}

/* Waits for keys where the answer needs them: the threads of this server may block. */
static doorward_status decide(const char *api, const struct http_request *http, struct doorward_verdict *verdict) {
    struct doorward_request request = {.struct_size = sizeof request};
    request.api = (const uint8_t *)api;
    request.api_len = strlen(api);
    request.authorization = (const uint8_t *)http->authorization;
    request.authorization_len = http->authorization_len;
    request.authorization_count = http->authorization_count;
    doorward_status status = doorward_verifier_verify(verifier, &request, verdict);
    return status == DOORWARD_PENDING ? doorward_verifier_resolve(verifier, &request, verdict) : status;
}

static void answer(FILE *connection, struct http_request *http, struct doorward_verdict *verdict) {
    unsigned wrong = http_read(connection, http);
    const char *api = wrong == 0 ? api_of(http) : NULL;
    if (api == NULL) {
        http_refuse(connection, wrong == 0 ? 404 : wrong, "", 0, 0);
    } else if (decide(api, http, verdict) == DOORWARD_OK) {
        struct doorward_str user = doorward_verdict_qualified_name(verdict);
        http_welcome(connection, user.data, user.len);
    } else {
        struct doorward_str challenge = doorward_verdict_challenge(verdict);
        http_refuse(connection, doorward_verdict_http(verdict), challenge.data, challenge.len,
                    doorward_verdict_retry_after(verdict));
    }
}

/* Each thread has a verdict, and uses it for one request after the other. */
static void *work(void *verdict) {
    static _Thread_local struct http_request http;
    FILE *connection;
    while ((connection = http_accept()) != NULL) {
        answer(connection, &http, verdict);
        http_close(connection, &http);
    }
    doorward_verdict_free(verdict);
    return NULL;
}

int main(int argc, char **argv) {
    char error[1024];
    pthread_t threads[THREADS];
    if (argc != 3 || doorward_abi_version() != DOORWARD_ABI_VERSION) return fputs("server CONFIG PORT\n", stderr), 2;
    if (doorward_verifier_open_file((const uint8_t *)argv[1], strlen(argv[1]), 0, &verifier, error, sizeof error, NULL)) {
        return fprintf(stderr, "%s\n", error), 3;
    }
    doorward_verifier_start(verifier);
    http_listen(argv[2]);
    for (int i = 0; i < THREADS; i++) {
        struct doorward_verdict *verdict;
        if (doorward_verdict_new(&verdict) || pthread_create(&threads[i], NULL, work, verdict)) abort();
    }
    http_wait();
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    doorward_verifier_free(verifier);
    return 0;
}
