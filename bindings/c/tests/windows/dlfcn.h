/* What tests/c/loaded.h takes of <dlfcn.h>, on Windows. */
#ifndef DLFCN_H
#define DLFCN_H

#include <stdint.h>
#include <windows.h>

enum { RTLD_NOW = 0, RTLD_LOCAL = 0 };

static inline void *dlopen(const char *path, int flags) {
    (void)flags;
    return LoadLibraryA(path);
}

static inline void *dlsym(void *handle, const char *name) {
    return (void *)(uintptr_t)GetProcAddress(handle, name);
}

static inline int dlclose(void *handle) {
    return !FreeLibrary(handle);
}

static inline const char *dlerror(void) {
    static char text[64];
    snprintf(text, sizeof text, "error %lu of Windows", GetLastError());
    return text;
}

#endif
