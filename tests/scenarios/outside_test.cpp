// SPDX-License-Identifier: MIT
// What a host and its network run out of: file descriptors, a disk, bandwidth; and clients that vanish.
#include "scenario.h"

#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 15};

// Something in it leaves files open, until no connection can be accepted any more. Ten long polls stay.
TEST_F(Scenario, ServerWithoutFileDescriptors)
{
    const Site server = site("leaky", back_);
    live::write_file(server.dir + "/server.py",
                     "import asyncio, resource\n"
                     "resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))\n"
                     "forgotten = []\n"
                     "async def leak():\n"
                     "    while True:\n"
                     "        try: forgotten.append(open('/dev/null'))\n"
                     "        except OSError: await asyncio.sleep(0.005)\n"
                     "async def serve(reader, writer):\n"
                     "    head = await reader.readuntil(b'\\r\\n\\r\\n')\n"
                     "    if b'leak' in head: forgotten.append(asyncio.create_task(leak()))\n"
                     "    await asyncio.sleep(60 if b'poll' in head else 0.02)\n"
                     "    writer.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok')\n"
                     "    await writer.drain(); writer.close()\n"
                     "async def main():\n"
                     "    await (await asyncio.start_server(serve, '127.0.0.1', " +
                         std::to_string(back_.port) +
                         ", backlog=256)).serve_forever()\n"
                         "asyncio.run(main())\n");
    runs(std::make_unique<Product>(
        space_, Product::Options{.command = {"/usr/bin/python3", server.dir + "/server.py"},
                                 .listens_on = back_,
                                 .quick_end = SIGKILL}));
    runs(haproxy(site("haproxy", front_, back_), 40));
    watch(slots_);
    clients_of(front_);
    load().burst("/poll", 10);
    pass(1);
    baseline({kItems}, 8);
    load().burst("/leak", 1);
    fills(slots_);
    gives({.backend = slots_, .cause = "accept_stall"});
    const std::string said = nlohmann::json(verdicts()).dump(1);
    EXPECT_NE(said.find("has no file descriptor left, 60 are open"), std::string::npos) << said;
}

// Its threads wait for a disk that does not answer for seconds.
TEST_F(Scenario, ApplicationWhoseDiskIsSlow)
{
    haproxy_with(8);
    baseline({{"/report/{n}?disk=20", 10}});
    load().becomes({{"/report/{n}?disk=2000", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
    const std::string said = nlohmann::json(verdicts()).dump(1);
    EXPECT_NE(said.find("disk"), std::string::npos) << said;
}

class Far : public ScenarioTest {
  protected:
    // Clients behind a link of their own.
    void haproxy_with_far_clients(int maxconn)
    {
        const Address door = address(link_.left4());
        application_at(back_);
        runs(haproxy(site("haproxy", door, back_), maxconn));
        watch(slots_);
        clients_of(elsewhere_, door);
    }

    live::Namespace elsewhere_;
    const live::Link link_{space_, elsewhere_, front_.port};
};
class FarScenario : public Far {};
class FarTwin : public Far {};

// They go in the middle of their downloads, and nobody says so.
TEST_F(FarScenario, HaproxyWhoseClientsVanish)
{
    haproxy_with_far_clients(6);
    space_.run("/sbin/tc qdisc add dev veth0 root tbf rate 8mbit burst 32k latency 400ms");
    baseline({{"/item/{n}?ms=20", 10}, {"/export?size=3000", 5}});
    load().becomes({});
    load().burst("/export?size=3000000", 10);
    fills(slots_);
    link_.cut_to_right();
    gives({.backend = slots_, .cause = "slow_reader", .call = "GET /export"});
    link_.mend_to_right();
}

// More is asked for than goes through the line to the clients.
TEST_F(FarScenario, HaproxyBeforeALineThatIsFull)
{
    haproxy_with_far_clients(6);
    space_.run("/sbin/tc qdisc add dev veth0 root tbf rate 8mbit burst 32k latency 400ms");
    baseline({{"/item/{n}?ms=20", 8}, {"/export?size=50000", 2}});
    load().becomes({{"/item/{n}?ms=20", 8}, {"/export?size=1500000", 4}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_reader", .call = "GET /export"});
}

// The line to the application is full: what comes is read at once.
TEST_F(FarTwin, HaproxyBehindALineThatIsFull)
{
    const Address far = address(link_.right4());
    application_at(elsewhere_, far);
    runs(haproxy(site("haproxy", front_, far), 6));
    const Side slots{far};
    watch(slots);
    clients_of(front_);
    elsewhere_.run("/sbin/tc qdisc add dev veth0 root tbf rate 8mbit burst 32k latency 400ms");
    baseline({{"/item/{n}?ms=20", 8}, {"/export?size=50000", 2}});
    load().becomes({{"/item/{n}?ms=20", 8}, {"/export?size=1500000", 4}});
    fills(slots);
    gives({.backend = slots, .cause = "slow_backend", .call = "GET /export"});
}

} // namespace
} // namespace slotscope::scenarios
