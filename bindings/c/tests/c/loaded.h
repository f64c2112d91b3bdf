/* A copy of the library that a host loads while it runs: what is used of it, found by name. */
#ifndef LOADED_H
#define LOADED_H

#include "check.h"
#include <dlfcn.h>

struct loaded {
    void *handle;
    doorward_status (*verifier_open_file)(const uint8_t *path, size_t path_len, uint32_t flags,
                                          struct doorward_verifier **verifier, char *error, size_t error_capacity,
                                          size_t *error_needed);
    void (*verifier_free)(struct doorward_verifier *verifier);
    doorward_status (*verifier_verify)(const struct doorward_verifier *verifier,
                                       const struct doorward_request *request, struct doorward_verdict *verdict);
    doorward_status (*verifier_resolve)(const struct doorward_verifier *verifier,
                                        const struct doorward_request *request, struct doorward_verdict *verdict);
    doorward_status (*verdict_new)(struct doorward_verdict **verdict);
    void (*verdict_free)(struct doorward_verdict *verdict);
    doorward_status (*verdict_status)(const struct doorward_verdict *verdict);
    struct doorward_str (*verdict_qualified_name)(const struct doorward_verdict *verdict);
};

/* By its bytes: C has no cast from an address of data to one of a function. */
static inline void find(void *handle, const char *name, void *function, size_t size) {
    void *symbol = dlsym(handle, name);
    CHECK(symbol != NULL && size == sizeof symbol);
    memcpy(function, &symbol, size);
}

#define FIND(loaded, name) find((loaded).handle, "doorward_" #name, &(loaded).name, sizeof (loaded).name)

/* `handle` is what dlopen made. */
static inline struct loaded loaded(void *handle) {
    struct loaded loaded;
    if (handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    loaded.handle = handle;
    FIND(loaded, verifier_open_file);
    FIND(loaded, verifier_free);
    FIND(loaded, verifier_verify);
    FIND(loaded, verifier_resolve);
    FIND(loaded, verdict_new);
    FIND(loaded, verdict_free);
    FIND(loaded, verdict_status);
    FIND(loaded, verdict_qualified_name);
    return loaded;
}

static inline struct doorward_verifier *open_by(const struct loaded *by, const char *folder, const char *name) {
    struct doorward_verifier *verifier = NULL;
    struct file *file = read_file(folder, name);
    CHECK_STATUS(DOORWARD_OK,
                 by->verifier_open_file(bytes(file->path), strlen(file->path), 0, &verifier, NULL, 0, NULL));
    free(file);
    return verifier;
}

static inline struct doorward_verdict *verdict_by(const struct loaded *by) {
    struct doorward_verdict *verdict = NULL;
    CHECK_STATUS(DOORWARD_OK, by->verdict_new(&verdict));
    return verdict;
}

/* A good token of each kind of issuer: one with keys at hand, and one whose keys are fetched. */
static inline void accept_by(const struct loaded *by, const char *folder, const struct doorward_verifier *verifier,
                             struct doorward_verdict *verdict) {
    const char *const names[] = {"RS256.token", "fetched.token"};
    for (size_t at = 0; at < sizeof names / sizeof names[0]; at++) {
        struct file *value = read_file(folder, names[at]);
        struct doorward_request request = request_of("workflow-rest", value);
        CHECK_STATUS(DOORWARD_OK, by->verifier_resolve(verifier, &request, verdict));
        CHECK_TEXT("AAD:alice", by->verdict_qualified_name(verdict));
        free(value);
    }
}

#endif
