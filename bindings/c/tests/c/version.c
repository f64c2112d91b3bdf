/* Prints the version of the interface that this was compiled for, that of the library, and the library's version. */
#include <doorward.h>
#include <stdio.h>

int main(void) {
    struct doorward_str version = doorward_version();
    printf("%d %u %.*s\n", DOORWARD_ABI_VERSION, doorward_abi_version(), (int)version.len, version.data);
    return 0;
}
