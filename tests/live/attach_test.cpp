// SPDX-License-Identifier: MIT
// Attaching and detaching, again and again, while connections come and go. Taking trampolines away could
// deadlock kernels of about 5.7 to 6.8 (fixed by commit 1612160b9127): there this test hangs, and its time
// limit ends it.
#include "churn_load.h"

#include "harness/fixture.h"
#include "harness/wait.h"
#include "kernel/attach_plan.h"
#include "kernel/skeleton.h"

#include <cstdlib>
#include <iostream>
#include <poll.h>

namespace slotscope::live {
namespace {

using namespace std::chrono_literals;

int cycles()
{
    const char* value = std::getenv("SLOTSCOPE_CYCLES");
    return value != nullptr ? std::atoi(value) : 100;
}

// Connections without a pause, made by processes of its own, until it goes.
class SteadyLoad {
  public:
    SteadyLoad()
        : worker_(Inherit::everything, [this](const Channel& test) {
            do {
                Churn(space_, listener_, {target_}).run({.connections = 500});
                test.say('d');
            } while (test.hear() == 'g');
        })
    {
    }
    // Lets it go on where it has done its piece.
    void keep_going() const
    {
        pollfd wait{worker_.channel().get(), POLLIN, 0};
        if (::poll(&wait, 1, 0) == 1 && worker_.channel().hear() == 'd')
            worker_.channel().say('g');
    }
    void stop()
    {
        while (worker_.channel().hear() == 'd')
            worker_.channel().say('s');
        worker_.join();
    }

  private:
    Namespace space_;
    Address target_ = address("127.0.0.1", next_port());
    Fd listener_ = space_.inside([this] { return listen_on(target_, Family::ip4, {.backlog = 1024}); });
    Actor worker_;
};

// The programs of the plan for this host, loaded once. Nobody has given them backends: all is counted under
// `other`.
class Programs {
  public:
    Programs()
    {
        kernel::route_libbpf_log();
        auto plan = kernel::make_plan({});
        if (!plan)
            throw std::runtime_error(plan.error().message);
        names_ = kernel::programs_of(*plan);
        auto skeleton = kernel::load_skeleton({.connections = 8192, .backends = 16, .members = 1}, names_);
        if (!skeleton)
            throw std::runtime_error(skeleton.error().message);
        skeleton_ = std::move(skeleton).value();
        backends_ =
            must(bpf_object__find_map_fd_by_name(kernel::object_of(skeleton_), "backends"), "backends");
    }
    std::vector<kernel::Link> attach() const
    {
        std::vector<kernel::Link> links;
        for (const std::string& name : names_) {
            links.emplace_back(bpf_program__attach(kernel::program_of(skeleton_, name)));
            if (!links.back())
                throw std::runtime_error("cannot attach " + name);
        }
        return links;
    }
    std::uint64_t opened() const
    {
        const std::uint32_t other = SS_BACKEND_OTHER;
        ss_backend record{};
        must(bpf_map_lookup_elem(backends_, &other, &record), "read `other`");
        return record.opened;
    }
    const std::vector<std::string>& names() const { return names_; }

  private:
    std::vector<std::string> names_;
    kernel::Skeleton skeleton_;
    int backends_ = -1;
};

TEST(Attach, AgainAndAgainUnderLoadRunsWhileAttachedAndNotAfterwards)
{
    const Programs programs;
    SteadyLoad load;
    for (int cycle = 0; cycle < cycles(); ++cycle) {
        const std::uint64_t before = programs.opened();
        auto links = programs.attach();
        ASSERT_TRUE(eventually([&] {
            load.keep_going();
            return programs.opened() > before;
        })) << "cycle "
            << cycle << ": the attached programs do not run";
        links.clear();
        std::this_thread::sleep_for(5ms); // a run that had begun ends
        const std::uint64_t detached = programs.opened();
        load.keep_going();
        std::this_thread::sleep_for(5ms);
        ASSERT_EQ(programs.opened(), detached)
            << "cycle " << cycle << ": a program ran after it was detached";
    }
    load.stop();
    std::cout << cycles() << " cycles of " << programs.names().size() << " programs, " << programs.opened()
              << " openings seen\n";

    // Nothing is left behind that disturbs an agent.
    Agent agent;
    const Place place(Path::veth4);
    const Fd listener = place.listen();
    Pair pair = place.establish(listener);
    EXPECT_TRUE(shows(agent, place.outbound(), {.opened = 1, .in_use = 1, .peak = 1}));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(shows(agent, place.outbound(), {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(agent, place.inbound(), {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_EQ(agent.stop().exit, 0) << agent.log();
}

} // namespace
} // namespace slotscope::live
