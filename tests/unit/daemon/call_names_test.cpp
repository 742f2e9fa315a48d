// SPDX-License-Identifier: MIT
#include "daemon/call_names.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kServer = 7;
constexpr std::uint64_t kClient = 8;

ss_connection record(bool inbound, std::uint16_t local_port, std::uint16_t remote_port)
{
    ss_connection record{};
    record.opened_ns = record.call_began_ns = 1;
    record.state = SS_CONNECTION_ESTABLISHED;
    record.flags = static_cast<__u8>(SS_CONNECTION_HOLDS | (inbound ? SS_CONNECTION_INBOUND : 0));
    record.call_state = SS_CALL_WAITING;
    record.protocol = SS_PROTOCOL_MYSQL;
    record.netns = 4026531840;
    record.local_port = local_port;
    record.remote_port = remote_port;
    for (__u8* ip : {record.local_ip, record.remote_ip}) {
        ip[10] = ip[11] = 0xff;
        ip[12] = 127;
        ip[15] = 1;
    }
    return record;
}

class CallNames : public ::testing::Test {
  protected:
    CallNames()
    {
        table_[0].cookie[0] = kServer;
        table_[0].way[0] = record(true, 3306, 40000);
        table_[0].cookie[1] = kClient;
        table_[0].way[1] = record(false, 40000, 3306);
    }
    // Only the client's end has a name, as MariaDB reads it.
    std::vector<std::string> names()
    {
        BusyConnections busy(table_);
        const auto found = BusyConnections(table_).get();
        return call_names(busy, found, [](const Connection& each) -> std::string {
            return each.cookie == kClient ? "UPDATE accounts" : "";
        });
    }

    std::vector<ss_bucket> table_ = std::vector<ss_bucket>(1);
};

TEST_F(CallNames, OfAServerThatShowsNoneComeFromItsClient)
{
    EXPECT_EQ(names(), (std::vector<std::string>{"UPDATE accounts", "UPDATE accounts"}));
}

TEST_F(CallNames, OfAnotherNamespacesLoopbackAreNotTaken)
{
    table_[0].way[1].netns = 1;
    EXPECT_EQ(names(), (std::vector<std::string>{"", "UPDATE accounts"}));
}

TEST_F(CallNames, OfAnotherConnectionAreNotTaken)
{
    table_[0].way[1].local_port = 40001;
    EXPECT_EQ(names(), (std::vector<std::string>{"", "UPDATE accounts"}));
}

TEST_F(CallNames, AreNotGivenToWhatIsToldByTiming)
{
    table_[0].way[0].protocol = SS_PROTOCOL_TIMING;
    EXPECT_EQ(names(), (std::vector<std::string>{"", "UPDATE accounts"}));
}

} // namespace
} // namespace slotscope::daemon
