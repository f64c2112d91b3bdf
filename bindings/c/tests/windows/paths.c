/* Paths as Windows has them: with backslashes, drives, prefixes, and characters of every language. */
#include "check.h"
#include <windows.h>

enum { PATH = 512 };

#define NOT_ASCII L"Z\u00fcrich \u5bc6\u7801 \U0001f511"

static doorward_status open_path(const char *path, struct doorward_verifier **verifier, char *error, size_t capacity) {
    return doorward_verifier_open_file(bytes(path), strlen(path), 0, verifier, error, capacity, NULL);
}

static void serves(const struct doorward_verifier *verifier, const char *folder) {
    struct doorward_verdict *verdict = new_verdict();
    CHECK_STATUS(DOORWARD_OK, verify_file(verifier, folder, "workflow-rest", "good.token", verdict));
    CHECK_STATUS(DOORWARD_SIGNATURE_INVALID, verify_file(verifier, folder, "workflow-rest", "forged.token", verdict));
    doorward_verdict_free(verdict);
}

static void opens(const char *path, const char *folder) {
    struct doorward_verifier *verifier;
    char error[1024] = "";
    if (open_path(path, &verifier, error, sizeof error) != DOORWARD_OK) {
        fprintf(stderr, "%s: %s\n", path, error);
        exit(1);
    }
    serves(verifier, folder);
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_reload_file(verifier, bytes(path), strlen(path), NULL, 0, NULL));
    serves(verifier, folder);
    doorward_verifier_free(verifier);
}

static void each_form(const char *folder) {
    char path[PATH], current[PATH];
    CHECK(folder[1] == ':' && strchr(folder, '\\') != NULL);
    snprintf(path, sizeof path, "%s\\files.json", folder);
    opens(path, folder);
    snprintf(path, sizeof path, "%c%s\\files.json", folder[0] ^ 0x20, folder + 1);
    opens(path, folder);
    snprintf(path, sizeof path, "%s/files.json", folder);
    opens(path, folder);
    snprintf(path, sizeof path, "\\\\?\\%s\\files.json", folder);
    opens(path, folder);
    /* From the root of the current drive, and from the current folder. */
    CHECK(GetCurrentDirectoryA(sizeof current, current) > 0);
    CHECK(SetCurrentDirectoryA(folder));
    snprintf(path, sizeof path, "%s\\files.json", folder + 2);
    opens(path, folder);
    opens("files.json", folder);
    opens(".\\files.json", folder);
    CHECK(SetCurrentDirectoryA(current));
}

static void copy(const char *folder, const wchar_t *to, const wchar_t *name) {
    wchar_t wide[PATH], from[PATH], path[PATH];
    CHECK(MultiByteToWideChar(CP_UTF8, 0, folder, -1, wide, PATH) > 0);
    swprintf(from, PATH, L"%ls\\%ls", wide, name);
    swprintf(path, PATH, L"%ls\\%ls", to, name);
    CHECK(CopyFileW(from, path, FALSE));
}

/* A folder whose name no code page has, with a configuration that names a file beside it. */
static void not_ascii(const char *folder) {
    wchar_t wide[PATH];
    char utf8[PATH], path[PATH + 16], error[1024];
    struct doorward_verifier *verifier;
    CHECK(GetCurrentDirectoryW(PATH, wide) > 0);
    wcscat(wide, L"\\" NOT_ASCII);
    CHECK(CreateDirectoryW(wide, NULL) || GetLastError() == ERROR_ALREADY_EXISTS);
    copy(folder, wide, L"files.json");
    copy(folder, wide, L"bad-config.json");
    copy(folder, wide, L"keys.json");
    CHECK(WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, PATH, NULL, NULL) > 0);
    snprintf(path, sizeof path, "%s\\files.json", utf8);
    opens(path, folder);
    struct file *file = read_file(folder, "files.json");
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open((const uint8_t *)file->data, file->len, bytes(utf8), strlen(utf8), 0,
                                                     &verifier, NULL, 0, NULL));
    serves(verifier, folder);
    doorward_verifier_free(verifier);
    free(file);
    /* The place of an error begins with the path, as it came. */
    snprintf(path, sizeof path, "%s\\bad-config.json", utf8);
    CHECK_STATUS(DOORWARD_FIELD_UNKNOWN, open_path(path, &verifier, error, sizeof error));
    CHECK(verifier == NULL && strncmp(error, path, strlen(path)) == 0);
    CHECK(strncmp(error + strlen(path), ": apis.workflow-rest.scopez: ", 29) == 0);
}

/* A path in a document, which starts at a drive. */
static void within_a_document(const char *folder) {
    static char document[sizeof((struct file *)0)->data + PATH], escaped[PATH];
    struct file *file = read_file(folder, "files.json");
    struct doorward_verifier *verifier;
    size_t len = 0;
    for (const char *at = folder; *at != 0; at++) {
        len += (size_t)snprintf(escaped + len, sizeof escaped - len, *at == '\\' ? "\\\\" : "%c", *at);
    }
    char *name = strstr(file->data, "\"keys.json\"");
    CHECK(name != NULL);
    snprintf(document, sizeof document, "%.*s\"%s\\\\keys.json\"%s", (int)(name - file->data), file->data, escaped,
             name + strlen("\"keys.json\""));
    CHECK_STATUS(DOORWARD_OK, doorward_verifier_open(bytes(document), strlen(document), bytes("C:\\"), 3, 0, &verifier,
                                                     NULL, 0, NULL));
    serves(verifier, folder);
    doorward_verifier_free(verifier);
    free(file);
}

static void nowhere(void) {
    struct doorward_verifier *verifier;
    const char *const paths[] = {"Q:\\doorward.json", "C:\\nowhere\\doorward.json", "\\\\nobody\\nothing\\doorward.json",
                                 "C:\\", "NUL\\doorward.json"};
    for (size_t at = 0; at < sizeof paths / sizeof paths[0]; at++) {
        char error[1024] = "";
        CHECK_STATUS(DOORWARD_FILE_UNREADABLE, open_path(paths[at], &verifier, error, sizeof error));
        CHECK(verifier == NULL && strncmp(error, paths[at], strlen(paths[at])) == 0);
    }
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    each_form(argv[1]);
    not_ascii(argv[1]);
    within_a_document(argv[1]);
    nowhere();
    return 0;
}
