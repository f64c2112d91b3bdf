/*
 * Verifies one Authorization value, in C++17: verify CONFIG API < FILE
 *
 *   c++ -std=c++17 -o verify verify.cpp $(pkg-config --cflags --libs doorward)
 *   echo "Bearer eyJ..." | ./verify doorward.json workflow-rest
 */
#include <doorward.h>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct Free {
    void operator()(doorward_verifier *verifier) const { doorward_verifier_free(verifier); }
    void operator()(doorward_verdict *verdict) const { doorward_verdict_free(verdict); }
};
using Verifier = std::unique_ptr<doorward_verifier, Free>;
using Verdict = std::unique_ptr<doorward_verdict, Free>;

const std::uint8_t *bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t *>(text.data()); }

// Lives as long as what it was asked of: copy what has to live longer.
std::string_view view(doorward_str text) { return {text.data, text.len}; }

Verifier open(std::string_view path) {
    doorward_verifier *verifier;
    char error[1024];
    if (doorward_verifier_open_file(bytes(path), path.size(), 0, &verifier, error, sizeof error, nullptr)) {
        throw std::runtime_error(error);
    }
    return Verifier(verifier);
}

Verdict verdict() {
    doorward_verdict *verdict;
    if (doorward_verdict_new(&verdict)) {
        throw std::bad_alloc();
    }
    return Verdict(verdict);
}

// Waits for keys where the answer needs them: call it on a thread that may block.
bool accepts(const Verifier &verifier, std::string_view api, std::string_view value, const Verdict &verdict) {
    doorward_request request = {};
    request.struct_size = sizeof request;
    request.api = bytes(api), request.api_len = api.size();
    request.authorization = bytes(value), request.authorization_len = value.size(), request.authorization_count = 1;
    auto status = doorward_verifier_verify(verifier.get(), &request, verdict.get());
    if (status == DOORWARD_PENDING) {
        status = doorward_verifier_resolve(verifier.get(), &request, verdict.get());
    }
    return status == DOORWARD_OK;
}

} // namespace

int main(int argc, char **argv) try {
    if (argc != 3 || doorward_abi_version() != DOORWARD_ABI_VERSION) {
        throw std::runtime_error("usage: verify CONFIG API < FILE");
    }
    auto verifier = open(argv[1]);
    auto answer = verdict();
    std::string value;
    std::getline(std::cin, value);
    if (accepts(verifier, argv[2], value, answer)) {
        std::cout << "200, it is " << view(doorward_verdict_qualified_name(answer.get())) << '\n';
        return 0;
    }
    auto status = doorward_verdict_status(answer.get());
    std::cout << doorward_verdict_http(answer.get()) << ", " << status << ' ' << view(doorward_status_message(status))
              << "\nWWW-Authenticate: " << view(doorward_verdict_challenge(answer.get())) << '\n';
    return 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 2;
}
