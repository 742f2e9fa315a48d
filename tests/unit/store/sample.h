// SPDX-License-Identifier: MIT
// Episodes to store, and what is wanted of a history often.
#pragma once

#include "store/history.h"
#include "temporary_directory.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace slotscope::store {

using namespace std::chrono_literals;
using Clock = std::chrono::system_clock;

// Noon of some day; a nanosecond behind the microsecond, so that rounding shows.
inline const Clock::time_point kNoon{std::chrono::nanoseconds(1'769'860'800'000'000'001)};

// Every member has a value that is not its default.
Window sample_window();
Holder sample_holder();
Verdict sample_verdict();
Episode sample_episode(std::uint64_t id);

// Lasts still, and has so many windows and holders.
Episode large_episode(std::uint64_t id, std::size_t windows, std::size_t holders);

// Compares what operator== cannot.
void expect_same(const Holder& left, const Holder& right);
void expect_same(const Episode& left, const Episode& right);

std::unique_ptr<History> opened(const TemporaryDirectory& directory, const Bounds& bounds = {},
                                Clock::time_point now = kNoon);

// Fails the test with the message where it is an Error.
template <typename T>
T value_of(Result<T> result)
{
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return T{};
    }
    return std::move(result).value();
}
inline void expect_ok(const Result<void>& result)
{
    EXPECT_TRUE(result.ok()) << result.error().message;
}

} // namespace slotscope::store
