// The header in C++: objects freed by unique_ptr.
#include <doorward.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace {

struct Free {
    void operator()(doorward_verifier *verifier) const { doorward_verifier_free(verifier); }
    void operator()(doorward_verdict *verdict) const { doorward_verdict_free(verdict); }
};

using Verifier = std::unique_ptr<doorward_verifier, Free>;
using Verdict = std::unique_ptr<doorward_verdict, Free>;

void check(bool holds, int line) {
    if (!holds) {
        std::cerr << __FILE__ << ":" << line << ": failed\n";
        std::exit(1);
    }
}

#define CHECK(condition) check((condition), __LINE__)

const std::uint8_t *bytes(std::string_view text) {
    return reinterpret_cast<const std::uint8_t *>(text.data());
}

std::string_view view(doorward_str text) {
    return {text.data, text.len};
}

std::string read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Verifier open(const std::string &path) {
    doorward_verifier *verifier = nullptr;
    CHECK(doorward_verifier_open_file(bytes(path), path.size(), 0, &verifier, nullptr, 0, nullptr) == DOORWARD_OK);
    return Verifier(verifier);
}

Verdict make_verdict() {
    doorward_verdict *verdict = nullptr;
    CHECK(doorward_verdict_new(&verdict) == DOORWARD_OK);
    return Verdict(verdict);
}

doorward_status verify(const Verifier &verifier, std::string_view value, const Verdict &verdict) {
    const std::string_view api = "workflow-rest";
    doorward_request request{};
    request.struct_size = sizeof request;
    request.api = bytes(api);
    request.api_len = api.size();
    request.authorization = bytes(value);
    request.authorization_len = value.size();
    request.authorization_count = 1;
    return doorward_verifier_verify(verifier.get(), &request, verdict.get());
}

} // namespace

int main(int argc, char **argv) {
    CHECK(argc > 1);
    const std::string folder = argv[1];
    CHECK(doorward_abi_version() == DOORWARD_ABI_VERSION);
    const Verdict verdict = make_verdict();
    const Verifier verifier = open(folder + "/config.json");
    CHECK(verify(verifier, read(folder + "/expired.token"), verdict) == DOORWARD_EXPIRED);
    CHECK(view(doorward_verdict_qualified_name(verdict.get())).empty());
    CHECK(verify(verifier, read(folder + "/good.token"), verdict) == DOORWARD_OK);
    CHECK(view(doorward_verdict_qualified_name(verdict.get())) == "AAD:alice");
    return 0;
}
