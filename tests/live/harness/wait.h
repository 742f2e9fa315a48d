// SPDX-License-Identifier: MIT
// Waiting for a state, with a deadline that only a broken agent reaches: no timing decides a test.
#pragma once

#include <chrono>
#include <thread>

namespace slotscope::live {

inline constexpr std::chrono::milliseconds kDeadline{
    40'000}; // a SYN that was dropped comes again after 1, 3, 7, 15 s
inline constexpr std::chrono::milliseconds kPause{5};

// Asks `condition` until it is true. False: it was not within `deadline`.
template <typename Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds deadline = kDeadline)
{
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(kPause);
    }
    return true;
}

} // namespace slotscope::live
