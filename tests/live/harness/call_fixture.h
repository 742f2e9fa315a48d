// SPDX-License-Identifier: MIT
// One connection over loopback, both of whose ends the agent sees: what it says of the calls on it.
#pragma once

#include "harness/fixture.h"
#include "harness/wait.h"

namespace slotscope::live {

inline const std::string kGet = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";
inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Exactly so many, not one more.
inline void receive_bytes(const Fd& fd, std::size_t bytes)
{
    std::string buffer(65536, '\0');
    while (bytes > 0) {
        const ssize_t some = ::recv(fd.get(), buffer.data(), std::min(bytes, buffer.size()), 0);
        ASSERT_GT(some, 0);
        bytes -= static_cast<std::size_t>(some);
    }
}

// What is left out on kernels that show no messages to programs; doctor says so, too.
class CallTest : public LiveTest {
  protected:
    void SetUp() override
    {
        if (const std::string why = why_no_messages(agent().get("/v1/status")); !why.empty())
            GTEST_SKIP() << why;
        listener_ = place_.listen();
        pair_ = place_.establish(listener_);
    }

    static testing::AssertionResult calls_are(const BackendRef& ref, const CallCounts& counts)
    {
        return live::calls_are(agent(), ref, counts);
    }
    testing::AssertionResult both_are(const CallCounts& counts) const
    {
        const auto outbound = calls_are(out_, counts);
        return outbound ? calls_are(in_, counts) : outbound;
    }
    testing::AssertionResult both_states_are(const std::string& state) const
    {
        return both_have("call_state", state);
    }
    testing::AssertionResult both_have(const char* name, const nlohmann::json& value) const
    {
        const auto has = [&](const nlohmann::json& holder) {
            return holder.contains(name) && holder.at(name) == value;
        };
        const std::string what = name + (" " + value.dump());
        const auto outbound = one_holder(agent(), out_, what, has);
        return outbound ? one_holder(agent(), in_, what, has) : outbound;
    }

    Place place_{Path::loopback4};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
    Fd listener_;
    Pair pair_;
};

} // namespace slotscope::live
