/* What a call allocates whose verdict is used again: nothing of our own, and for the signature only what the cryptography
 * needs. The program is linked with the static library, and counts both: the cryptography comes by its own functions, and
 * everybody else by those that the linker wraps. */
#include "allocator.h"
#include "host.h"

static long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    allocations++;
    return __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    allocations++;
    return __real_aligned_alloc(alignment, size);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size) {
    allocations++;
    return __real_posix_memalign(block, alignment, size);
}

/* Prints the algorithm, all allocations of one call, and those that are the cryptography's. */
static void count(const struct doorward_verifier *verifier, const char *name, const struct file *value,
                  struct doorward_verdict *verdict) {
    CHECK_STATUS(DOORWARD_OK, verify_value(verifier, value, verdict));
    allocations = 0;
    cryptography_allocations = 0;
    CHECK_STATUS(DOORWARD_OK, verify_value(verifier, value, verdict));
    printf("%s %ld %ld\n", name, allocations, cryptography_allocations);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct host host = read_host(argv[1], "fetched.json");
    struct doorward_verifier *verifier = open_host(&host, DOORWARD_OPEN_WITHOUT_THREAD);
    struct doorward_verdict *verdict = new_verdict();
    allocations = 0;
    doorward_verdict_free(new_verdict());
    CHECK(allocations > 0);
    for (int at = 0; at < ALGORITHM_COUNT; at++) {
        count(verifier, ALGORITHMS[at], host.good[at], verdict);
    }
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
    free_host(&host);
    return 0;
}
