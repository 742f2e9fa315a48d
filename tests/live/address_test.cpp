// SPDX-License-Identifier: MIT
// Which backend a connection belongs to: namespaces, wildcards, both families on one listener.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <fcntl.h>
#include <functional>
#include <unistd.h>

namespace slotscope::live {
namespace {

using nlohmann::json;

class BackendOf : public LiveTest {
  protected:
    static BackendRef ref(const Address& address, Direction direction, const Namespace& place,
                          const Namespace* own)
    {
        return {.address = address, .direction = direction, .places = {&place}, .own = own};
    }
};

TEST_F(BackendOf, LoopbackIsAnotherInEachNamespace)
{
    const std::uint16_t port = next_port();
    const Address target = address("127.0.0.1", port);
    const Namespace spaces[2];
    std::vector<Fd> listeners;
    std::vector<Fd> clients;
    for (std::uint64_t index = 0; index < 2; ++index)
        spaces[index].inside([&] {
            listeners.push_back(listen_on(target, Family::ip4));
            for (std::uint64_t count = 0; count <= index; ++count) {
                clients.push_back(tcp_socket(Family::ip4));
                ASSERT_EQ(connect_to(clients.back(), target, Family::ip4), 0);
            }
        });
    for (std::uint64_t index = 0; index < 2; ++index)
        for (const Direction direction : {Direction::outbound, Direction::inbound})
            EXPECT_TRUE(shows(ref(target, direction, spaces[index], &spaces[index]),
                              {.opened = index + 1, .in_use = index + 1, .peak = index + 1}));
}

// From the client's namespace over the link, and from the server's own: one outbound backend.
TEST_F(BackendOf, RemoteAddressIsTheSameInEveryNamespace)
{
    const Place place(Path::veth4);
    const Fd listener = place.listen();
    const Fd across = place.connect();
    const Fd within = place.server_side().inside([] { return tcp_socket(Family::ip4); });
    ASSERT_EQ(place.connect(within), 0);
    EXPECT_TRUE(shows(place.outbound(), {.opened = 2, .in_use = 2, .peak = 2}));
    EXPECT_TRUE(shows(place.inbound(), {.opened = 2, .in_use = 2, .peak = 2}));
}

TEST_F(BackendOf, WildcardAndOwnAddressOnOnePortAreTwoListeners)
{
    const Namespace space;
    const std::uint16_t port = next_port();
    const Address own = address("127.0.0.7", port);
    const Address other = address("127.0.0.8", port);
    const Address wildcard = address("0.0.0.0", port);
    const Fd first = space.inside([&] { return listen_on(wildcard, Family::ip4, {.reuse_port = true}); });
    const Fd second = space.inside([&] { return listen_on(own, Family::ip4, {.reuse_port = true}); });
    std::vector<Fd> clients;
    for (const Address& target : {own, own, other}) {
        clients.push_back(space.inside([] { return tcp_socket(Family::ip4); }));
        ASSERT_EQ(connect_to(clients.back(), target, Family::ip4), 0);
    }
    EXPECT_TRUE(shows(ref(own, Direction::inbound, space, &space), {.opened = 2, .in_use = 2, .peak = 2}));
    const auto opened = [&] {
        const json backend = look_at(agent(), ref(wildcard, Direction::inbound, space, &space));
        return backend.is_null() ? 0 : backend.at("connections").at("opened").get<int>();
    };
    EXPECT_TRUE(eventually([&] { return opened() == 1; }));
}

TEST_F(BackendOf, DualStackListenerTakesBothFamiliesAsOneBackend)
{
    const Namespace space;
    const std::uint16_t port = next_port();
    const Address wildcard = address("::", port);
    const Address ip4 = address("127.0.0.1", port);
    const Address ip6 = address("::1", port);
    const Fd listener = space.inside([&] { return listen_on(wildcard, Family::ip6); });
    std::vector<Fd> clients;
    for (const auto& [target, family] :
         {std::pair{ip4, Family::ip4}, {ip4, Family::ip6}, {ip6, Family::ip6}}) {
        clients.push_back(space.inside([family = family] { return tcp_socket(family); }));
        ASSERT_EQ(connect_to(clients.back(), target, family), 0);
    }
    EXPECT_TRUE(
        shows(ref(wildcard, Direction::inbound, space, &space), {.opened = 3, .in_use = 3, .peak = 3}));
    EXPECT_TRUE(shows(ref(ip4, Direction::outbound, space, &space), {.opened = 2, .in_use = 2, .peak = 2}));
    EXPECT_TRUE(shows(ref(ip6, Direction::outbound, space, &space), {.opened = 1, .in_use = 1, .peak = 1}));
}

TEST_F(BackendOf, NamespaceIsCalledByItsName)
{
    const std::string name = "slotscope-test-" + std::to_string(::getpid());
    const auto ip = [](const std::vector<std::string>& words) {
        ProgramOptions options;
        options.command = {"/sbin/ip"};
        options.command.insert(options.command.end(), words.begin(), words.end());
        return live::run(options).exit;
    };
    struct Removed {
        std::function<void()> remove;
        ~Removed() { remove(); }
    } const removed{[&] { ip({"netns", "del", name}); }};
    ASSERT_EQ(ip({"netns", "add", name}), 0);
    ASSERT_EQ(ip({"-n", name, "link", "set", "lo", "up"}), 0);
    const Fd space(must(::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC), "open the namespace"));
    const Address target = address("127.0.0.1", next_port());
    const Inside here(space.get());
    const Fd listener = listen_on(target, Family::ip4);
    const Fd client = tcp_socket(Family::ip4);
    ASSERT_EQ(connect_to(client, target, Family::ip4), 0);
    const auto named = [&] {
        return std::ranges::any_of(fresh_backends(agent()).at("backends"), [&](const json& backend) {
            return backend.at("address") == to_string(target) && backend.value("namespace", "") == name;
        });
    };
    EXPECT_TRUE(eventually(named, std::chrono::seconds(30))); // names are not read anew for each answer
}

} // namespace
} // namespace slotscope::live
