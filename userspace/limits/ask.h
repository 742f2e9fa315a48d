// SPDX-License-Identifier: MIT
// Asks a running product at a socket of its own, as something that may be hostile.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

struct AskBounds {
    std::size_t most_bytes = 4 << 20; // of an answer
    std::uint64_t most_ns = 250'000'000;
};

// Connects to the Unix stream socket PATH inside the directory ROOT (an open one, which "/", ".." and
// symbolic links do not lead out of), sends REQUEST and gives what comes back until the other end closes.
// MAY_ANSWER is asked for the process that made the socket listen, before anything is sent: a path may lead
// to somebody else's socket, and what is asked here would be asked with this process's rights. An Error with
// errno in its code.
Result<std::string> ask_socket(int root, const std::string& path, std::string_view request,
                               const std::function<bool(std::uint32_t pid)>& may_answer,
                               const AskBounds& bounds = {});

} // namespace slotscope::limits
