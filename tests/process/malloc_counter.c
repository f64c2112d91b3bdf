/* Counts every allocation of a process, the C side of the cryptography included.
 * Preloaded by tests/process/allocations.rs; prints the count when the process ends. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

static atomic_ulong allocations;

/* dlsym allocates before the real functions are known: it gets pieces of this room. */
static char room[4096];
static size_t room_used;

static void *from_room(size_t size)
{
    size_t start = (room_used + 15) & ~(size_t)15;
    if (start + size > sizeof room) return NULL;
    room_used = start + size;
    return room + start;
}

static int is_from_room(const void *pointer)
{
    return (const char *)pointer >= room && (const char *)pointer < room + sizeof room;
}

void *malloc(size_t size)
{
    static void *(*real)(size_t);
    if (!real) real = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    atomic_fetch_add(&allocations, 1);
    return real ? real(size) : from_room(size);
}

void *calloc(size_t count, size_t size)
{
    static int looking;
    static void *(*real)(size_t, size_t);
    if (!real && !looking) {
        looking = 1;
        real = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
        looking = 0;
    }
    atomic_fetch_add(&allocations, 1);
    return real ? real(count, size) : from_room(count * size);
}

void *realloc(void *old, size_t size)
{
    static void *(*real)(void *, size_t);
    if (!real) real = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
    atomic_fetch_add(&allocations, 1);
    return real(old, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    static int (*real)(void **, size_t, size_t);
    if (!real) real = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
    atomic_fetch_add(&allocations, 1);
    return real(pointer, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    static void *(*real)(size_t, size_t);
    if (!real) real = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
    atomic_fetch_add(&allocations, 1);
    return real(alignment, size);
}

void free(void *pointer)
{
    static void (*real)(void *);
    if (!real) real = (void (*)(void *))dlsym(RTLD_NEXT, "free");
    if (pointer && !is_from_room(pointer)) real(pointer);
}

__attribute__((destructor)) static void report(void)
{
    fprintf(stderr, "allocations: %lu\n", atomic_load(&allocations));
}
