// SPDX-License-Identifier: MIT
// Network namespaces that the kernel's numbers do not tell apart.
#include "harness/fixture.h"
#include "harness/wait.h"

namespace slotscope::live {
namespace {

class NamespaceThatGoes : public LiveTest {
  protected:
    static void connect_once(const Namespace& space, const Address& target)
    {
        space.inside([&] {
            const Fd listener = listen_on(target, Family::ip4);
            const Fd client = tcp_socket(Family::ip4);
            must(-connect_to(client, target, Family::ip4), "connect");
            accept_from(listener);
        });
    }
};

// The kernel gives the inode of a namespace that has gone to the next one that is made. No other test runs
// beside this one; where something else on the host makes a namespace meanwhile, it is tried again.
TEST_F(NamespaceThatGoes, LeavesItsCountsAloneWhenAnotherOneGetsItsInode)
{
    constexpr int kTries = 60;
    constexpr std::size_t kMostMade =
        6; // in one try: many of them at once make the audits of all agents slow
    constexpr std::chrono::milliseconds kTakenApart{100}; // before that its inode is not free
    Address target;
    std::unique_ptr<Namespace> another;
    for (int attempt = 0; attempt < kTries && !another; ++attempt) {
        target = address("127.0.0.1", next_port());
        std::uint32_t inode = 0;
        {
            const Namespace first;
            inode = first.inode();
            connect_once(first, target);
        }
        std::vector<std::unique_ptr<Namespace>> made; // kept, so that each has another inode
        while (!another && made.size() < kMostMade) {
            std::this_thread::sleep_for(kTakenApart);
            auto next = std::make_unique<Namespace>();
            (next->inode() == inode ? another : made.emplace_back()) = std::move(next);
        }
    }
    ASSERT_TRUE(another) << "no namespace got the inode of the one before it";
    connect_once(*another, target);

    EXPECT_TRUE(eventually([&] {
        const nlohmann::json answer = fresh_backends(agent());
        std::uint64_t with_one = 0;
        for (const nlohmann::json& backend : answer.at("backends"))
            with_one += backend.value("address", "") == to_string(target) &&
                        backend.at("direction") == "outbound" && backend.at("connections").at("opened") == 1;
        return with_one == 2;
    })) << fresh_backends(agent());
}

} // namespace
} // namespace slotscope::live
