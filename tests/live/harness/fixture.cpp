// SPDX-License-Identifier: MIT
#include "harness/fixture.h"

namespace slotscope::live {

std::unique_ptr<Agent> LiveTest::agent_;

void LiveTest::SetUpTestSuite()
{
    agent_ = std::make_unique<Agent>();
}

void LiveTest::TearDownTestSuite()
{
    if (!agent_)
        return; // it did not start, which has been reported
    ASSERT_TRUE(agent_->running()) << "the agent died during the tests:\n" << agent_->log();
    const Outcome end = agent_->stop();
    EXPECT_TRUE(end.ended) << "the agent does not stop on SIGTERM";
    EXPECT_EQ(end.exit, 0) << end.said();
    agent_.reset();
}

} // namespace slotscope::live
