/* A host that has an allocator for a cryptography of its own, and shows it to every library. argv[2] says whether the
 * library is part of the program, and allocates with it, or is not, and has to leave it alone. */
#include "allocator.h"
#include "host.h"

int main(int argc, char **argv) {
    CHECK(argc > 2);
    struct host host = read_host(argv[1], "fetched.json");
    struct doorward_verifier *verifier = open_host(&host, 0);
    struct doorward_verdict *verdict = new_verdict();
    verify_local(verifier, &host, verdict);
    resolve_fetched(verifier, &host, verdict);
    doorward_verdict_free(verdict);
    doorward_verifier_free(verifier);
    free_host(&host);
    CHECK((cryptography_allocations > 0) == (strcmp(argv[2], "static") == 0));
    return 0;
}
