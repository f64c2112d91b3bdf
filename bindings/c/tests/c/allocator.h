/* The functions that aws-lc allocates with, where a program has them: this program's, which count. */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static long cryptography_allocations;

/* The size of a block stands before it; so much, that what follows is aligned for everything. */
enum { HEAD = 16 };

void *OPENSSL_memory_alloc(size_t size);
void OPENSSL_memory_free(void *block);
size_t OPENSSL_memory_get_size(void *block);
void *OPENSSL_memory_realloc(void *block, size_t size);
void sdallocx(void *block, size_t size, int flags);

void *OPENSSL_memory_alloc(size_t size) {
    __atomic_fetch_add(&cryptography_allocations, 1, __ATOMIC_RELAXED);
    char *whole = malloc(size + HEAD);
    if (whole == NULL) {
        return NULL;
    }
    memcpy(whole, &size, sizeof size);
    return whole + HEAD;
}

size_t OPENSSL_memory_get_size(void *block) {
    size_t size;
    memcpy(&size, (char *)block - HEAD, sizeof size);
    return size;
}

void OPENSSL_memory_free(void *block) {
    if (block != NULL) {
        free((char *)block - HEAD);
    }
}

void *OPENSSL_memory_realloc(void *block, size_t size) {
    void *grown = OPENSSL_memory_alloc(size);
    if (grown != NULL && block != NULL) {
        size_t old = OPENSSL_memory_get_size(block);
        memcpy(grown, block, old < size ? old : size);
        OPENSSL_memory_free(block);
    }
    return grown;
}

void sdallocx(void *block, size_t size, int flags) {
    (void)size;
    (void)flags;
    __atomic_fetch_add(&cryptography_allocations, 1, __ATOMIC_RELAXED);
    free(block);
}

#endif
