// SPDX-License-Identifier: MIT
// An API server on a socket in a directory of its own.
#pragma once

#include "serve/api_server.h"
#include "serve/json.h"
#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::serve::test {

class Api : public testing::Test {
  protected:
    void TearDown() override { stop(); }

    void start(HttpLimits limits = {}, EventLimits event_limits = {})
    {
        thread.run([&] {
            auto made = ApiServer::listen(thread.loop(), path, provider, limits, event_limits);
            ASSERT_TRUE(made) << made.error().message;
            server = std::move(made).value();
        });
    }

    void stop()
    {
        thread.run([&] { server.reset(); });
    }

    void publish(const Event& event)
    {
        thread.run([&] { server->events().publish(event); });
    }

    std::size_t clients()
    {
        std::size_t count = 0;
        thread.run([&] { count = server->clients(); });
        return count;
    }

    std::size_t subscribers()
    {
        std::size_t count = 0;
        thread.run([&] { count = server->events().subscribers(); });
        return count;
    }

    TempDirectory directory;
    std::string path = directory / "slotscope.sock";
    FakeProvider provider;
    LoopThread thread;
    std::unique_ptr<ApiServer> server;
};

// The message of an error answer, after checking its shape.
inline std::string error_of(const Response& response)
{
    const Json json = Json::parse(response.body, nullptr, false);
    EXPECT_EQ(json.value("schema", ""), "slotscope.error/1") << response.header << response.body;
    return json.value("error", "");
}

} // namespace slotscope::serve::test
