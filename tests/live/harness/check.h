// SPDX-License-Identifier: MIT
// System calls that a test cannot go on without: a failure is an exception, which GoogleTest reports as one.
#pragma once

#include "base/fd.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace slotscope::live {

// Takes what a system call returned; throws "WHAT: strerror" when that is negative.
inline int must(int result, const std::string& what)
{
    if (result < 0)
        throw std::runtime_error(what + ": " + std::strerror(errno));
    return result;
}

inline void close(Fd& fd)
{
    fd = Fd();
}

} // namespace slotscope::live
