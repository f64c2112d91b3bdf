/* Status codes and versions. */
#include "check.h"

struct row {
    doorward_status status;
    const char *name;
    uint32_t http;
};

static const struct row rows[] = {
    {DOORWARD_OK, "Ok", 200},
    {DOORWARD_PENDING, "Pending", 0},
    {DOORWARD_NULL_ARGUMENT, "NullArgument", 500},
    {DOORWARD_ARGUMENT_INVALID, "ArgumentInvalid", 500},
    {DOORWARD_BUFFER_TOO_SMALL, "BufferTooSmall", 500},
    {DOORWARD_ABI_MISMATCH, "AbiMismatch", 500},
    {DOORWARD_API_UNKNOWN, "ApiUnknown", 500},
    {DOORWARD_CREDENTIALS_MISSING, "CredentialsMissing", 401},
    {DOORWARD_HEADER_MALFORMED, "HeaderMalformed", 400},
    {DOORWARD_HEADER_REPEATED, "HeaderRepeated", 400},
    {DOORWARD_TOKEN_MALFORMED, "TokenMalformed", 401},
    {DOORWARD_SIGNATURE_INVALID, "SignatureInvalid", 401},
    {DOORWARD_EXPIRED, "Expired", 401},
    {DOORWARD_AUDIENCE_MISMATCH, "AudienceMismatch", 401},
    {DOORWARD_SCOPE_INSUFFICIENT, "ScopeInsufficient", 403},
    {DOORWARD_API_DISABLED, "ApiDisabled", 403},
    {DOORWARD_KEYS_NEVER_LOADED, "KeysNeverLoaded", 503},
    {DOORWARD_FILE_UNREADABLE, "FileUnreadable", 0},
    {DOORWARD_INTERNAL_PANIC, "InternalPanic", 500},
};

static void numbers_that_are_none(void) {
    const doorward_status none[] = {2, 999, 1000, 1999, 9000, 9002, 65536, UINT32_MAX};
    for (size_t at = 0; at < sizeof none / sizeof none[0]; at++) {
        CHECK_TEXT("", doorward_status_name(none[at]));
        CHECK_TEXT("", doorward_status_message(none[at]));
        CHECK(doorward_status_http(none[at]) == 500);
    }
}

int main(void) {
    for (size_t at = 0; at < sizeof rows / sizeof rows[0]; at++) {
        CHECK_TEXT(rows[at].name, doorward_status_name(rows[at].status));
        CHECK(doorward_status_message(rows[at].status).len > 0);
        if (doorward_status_http(rows[at].status) != rows[at].http) {
            fprintf(stderr, "%s: http %u\n", rows[at].name, (unsigned)doorward_status_http(rows[at].status));
            return 1;
        }
    }
    numbers_that_are_none();
    CHECK(doorward_abi_version() == DOORWARD_ABI_VERSION);
    CHECK(doorward_version().len > 0);
    CHECK(holds(doorward_version().data, doorward_version().len, "."));
    return 0;
}
