// SPDX-License-Identifier: MIT
// libFuzzer's entry. The first byte says which side speaks, the second which methods were asked for; the rest
// is said.
#include "http1_reference.h"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) {
        return 0;
    }
    const auto side = (data[0] & 1) != 0 ? framing::Side::response : framing::Side::request;
    std::vector<std::string> methods;
    for (unsigned bits = data[1]; bits > 1; bits /= 4) {
        constexpr const char* kMethods[] = {"GET", "HEAD", "CONNECT", "POST"};
        methods.emplace_back(kMethods[bits % 4]);
    }
    const std::string bytes(data + 2, data + size);
    const std::string difference = http1::compare(side, bytes, methods, data[0]);
    if (!difference.empty()) {
        std::fprintf(stderr, "%s\n", difference.c_str());
        std::abort();
    }
    return 0;
}
