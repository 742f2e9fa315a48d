// SPDX-License-Identifier: MIT
// Tests that share one agent, each with namespaces, addresses and ports of its own.
#pragma once

#include "harness/place.h"

#include <gtest/gtest.h>
#include <memory>

namespace slotscope::live {

class LiveTest : public testing::Test {
  public:
    static void SetUpTestSuite();
    static void TearDownTestSuite();

  protected:
    static Agent& agent() { return *agent_; }

    static testing::AssertionResult shows(const BackendRef& ref, const Counts& counts)
    {
        return live::shows(agent(), ref, counts);
    }
    static testing::AssertionResult stays(const BackendRef& ref, const Counts& counts)
    {
        return live::stays(agent(), ref, counts);
    }
    static testing::AssertionResult one_holder_in(const BackendRef& ref, const std::string& state)
    {
        return live::one_holder_in(agent(), ref, state);
    }

  private:
    static std::unique_ptr<Agent> agent_;
};

// A test that runs over every path.
class EveryPath : public LiveTest, public testing::WithParamInterface<Path> {
  protected:
    Place place_{GetParam()};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
};

inline constexpr Path kEveryPath[] = {Path::loopback4, Path::loopback6, Path::veth4, Path::veth6,
                                      Path::mapped};

inline std::string path_name(const testing::TestParamInfo<Path>& info)
{
    return to_string(info.param);
}

} // namespace slotscope::live
