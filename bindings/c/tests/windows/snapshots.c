/* Keys on disk: argv[1] is a folder, with a configuration whose keys are fetched and kept in its folder `state`. The first
 * run writes them, the second one replaces them: each with a file that somebody has open, if any is there. */
#include "check.h"
#include <windows.h>

enum { PATH = 512, HELD = 150 };

struct state {
    int count;
    wchar_t path[PATH];
    FILETIME written;
};

/* What is in the folder for keys. */
static struct state look(const wchar_t *folder) {
    struct state state = {0};
    wchar_t pattern[PATH];
    WIN32_FIND_DATAW found;
    swprintf(pattern, PATH, L"%ls\\state\\*.*", folder);
    HANDLE search = FindFirstFileW(pattern, &found);
    for (BOOL is_one = search != INVALID_HANDLE_VALUE; is_one; is_one = FindNextFileW(search, &found)) {
        if (found.cFileName[0] != '.') {
            state.count++;
            state.written = found.ftLastWriteTime;
            swprintf(state.path, PATH, L"%ls\\state\\%ls", folder, found.cFileName);
        }
    }
    FindClose(search);
    return state;
}

static DWORD WINAPI close_later(void *handle) {
    Sleep(HELD);
    CloseHandle(handle);
    return 0;
}

/* As a scanner of viruses has it open: nobody may replace it meanwhile. */
static HANDLE hold(const struct state *state) {
    HANDLE file = CreateFileW(state->path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    HANDLE thread = CreateThread(NULL, 0, close_later, file, 0, NULL);
    CHECK(thread != NULL);
    return thread;
}

static void fail(void *context, uint32_t level, const char *message, size_t message_len) {
    (void)context;
    if (level <= DOORWARD_LOG_WARNING) {
        fprintf(stderr, "%.*s\n", (int)message_len, message);
        exit(1);
    }
}

static void fetch(const char *folder) {
    char path[PATH];
    struct doorward_verifier *verifier;
    uint64_t next;
    snprintf(path, sizeof path, "%s\\fetched.json", folder);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open_file(bytes(path), strlen(path), DOORWARD_OPEN_WITHOUT_THREAD,
                                                          &verifier, NULL, 0, NULL));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_poll(verifier, &next));
    doorward_verifier_free(verifier);
}

int main(int argc, char **argv) {
    CHECK(argc > 2);
    wchar_t folder[PATH];
    CHECK(MultiByteToWideChar(CP_UTF8, 0, argv[1], -1, folder, PATH) > 0);
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(fail, NULL, DOORWARD_LOG_DEBUG));
    struct state before = look(folder);
    CHECK(before.count == atoi(argv[2]));
    HANDLE holder = before.count > 0 ? hold(&before) : NULL;
    fetch(argv[1]);
    struct state after = look(folder);
    CHECK(after.count == 1 && wcsstr(after.path, L".keys") != NULL);
    CHECK(CompareFileTime(&after.written, &before.written) > 0);
    if (holder != NULL) {
        CHECK(wcscmp(after.path, before.path) == 0);
        CHECK(WaitForSingleObject(holder, INFINITE) == WAIT_OBJECT_0);
    }
    return 0;
}
