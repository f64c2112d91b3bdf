/* bcryptprimitives.dll, as much of it as Rust's standard library asks for: Wine 8 has none. For tests under Wine alone. */
#include <windows.h>
#include <ntsecapi.h>

enum { BYTES_OF_A_CALL = 1 << 20 };

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    while (length > 0) {
        ULONG part = length < BYTES_OF_A_CALL ? (ULONG)length : BYTES_OF_A_CALL;
        if (!RtlGenRandom(data, part)) {
            return FALSE;
        }
        data += part;
        length -= part;
    }
    return TRUE;
}
