/* The library is loaded, at work on a thread with a name, unloaded meanwhile, and loaded again. */
#include "loaded.h"
#include <tlhelp32.h>

/* The thread looks for work once a second at the latest. */
enum { LONGER_THAN_ITS_SLEEP = 1500, WAITS_MAX = 100, WAIT = 50 };

static const wchar_t THREAD[] = L"doorward-keys";

/* mingw-w64 declares it, and has no library with it. */
typedef HRESULT(WINAPI *describe)(HANDLE thread, PWSTR *description);

static int is_ours(DWORD id, describe describe) {
    PWSTR name = NULL;
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, id);
    int is = thread != NULL && SUCCEEDED(describe(thread, &name)) && wcscmp(name, THREAD) == 0;
    LocalFree(name);
    if (thread != NULL) {
        CloseHandle(thread);
    }
    return is;
}

/* How many threads of this process have the name. */
static int threads(void) {
    describe describe;
    find(GetModuleHandleA("kernelbase.dll"), "GetThreadDescription", &describe, sizeof describe);
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    CHECK(all != INVALID_HANDLE_VALUE);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    int count = 0;
    for (BOOL is_one = Thread32First(all, &entry); is_one; is_one = Thread32Next(all, &entry)) {
        count += entry.th32OwnerProcessID == GetCurrentProcessId() && is_ours(entry.th32ThreadID, describe);
    }
    CloseHandle(all);
    return count;
}

static void wait_for_threads(int count) {
    for (int wait = 0; wait < WAITS_MAX && threads() != count; wait++) {
        Sleep(WAIT);
    }
    CHECK(threads() == count);
}

static void ask(const struct loaded *library, const char *folder, const struct doorward_verifier *verifier) {
    struct doorward_verdict *verdict = verdict_by(library);
    struct file *value = read_file(folder, "remote.token");
    struct doorward_request request = request_of("remote", value);
    CHECK_STATUS(DOORWARD_PENDING, library->verifier_verify(verifier, &request, verdict));
    free(value);
    library->verdict_free(verdict);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    CHECK(GetModuleHandleA("doorward.dll") == NULL);
    struct loaded library = loaded(dlopen("doorward.dll", RTLD_NOW | RTLD_LOCAL));
    struct doorward_verifier *verifier = open_by(&library, argv[1], "remote.json");
    CHECK(threads() == 0);
    ask(&library, argv[1], verifier);
    wait_for_threads(1);
    CHECK(dlclose(library.handle) == 0);
    Sleep(LONGER_THAN_ITS_SLEEP);
    CHECK(threads() == 1);
    struct loaded again = loaded(dlopen("doorward.dll", RTLD_NOW | RTLD_LOCAL));
    CHECK(again.handle == library.handle);
    again.verifier_free(verifier);
    wait_for_threads(0);
    return 0;
}
