// SPDX-License-Identifier: MIT
// One socket in several hands, and processes that die: a connection ends when its socket does, once.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

class Sharing : public EveryPath {
  protected:
    const Counts up_{.opened = 1, .in_use = 1, .peak = 1};
    const Counts closed_{.opened = 1, .closed = 1, .peak = 1};
};
INSTANTIATE_TEST_SUITE_P(Over, Sharing, testing::ValuesIn(kEveryPath), path_name);

TEST_P(Sharing, InheritedOverForkEndsWithTheLastCopy)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    Actor heir(Inherit::everything, [](const Channel& channel) { channel.hear(); });
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, up_));
    EXPECT_TRUE(stays(in_, up_));
    heir.channel().say('q');
    heir.join();
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Sharing, DuplicatedEndsWithTheLastCopy)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    Fd client_copy(must(::dup(pair.client.get()), "dup"));
    Fd server_copy(must(::dup(pair.server.get()), "dup"));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, up_));
    EXPECT_TRUE(stays(in_, up_));
    close(client_copy);
    close(server_copy);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Sharing, PassedOverAUnixSocketLivesInTheOtherProcess)
{
    Actor other(Inherit::nothing, [](const Channel& channel) {
        const Fd client = channel.take();
        const Fd server = channel.take();
        channel.say('t');
        channel.hear();
    });
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    other.channel().give(pair.client);
    other.channel().give(pair.server);
    EXPECT_EQ(other.channel().hear(), 't');
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, up_));
    EXPECT_TRUE(stays(in_, up_));
    other.kill();
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Sharing, PassedAndNeverTakenEndsWithTheUnixSocket)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    {
        int ends[2];
        must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
        const Channel near{Fd(ends[0])};
        const Channel far{Fd(ends[1])};
        near.give(pair.client);
        close(pair.client);
        EXPECT_TRUE(stays(out_, up_));
    }
    EXPECT_TRUE(shows(out_, closed_));
    close(pair.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Sharing, ClientThatIsKilledClosesItsConnections)
{
    const Fd listener = place_.listen();
    Actor client = place_.client_side().inside([&] {
        return Actor(Inherit::nothing, [&](const Channel& channel) {
            const Fd fd = tcp_socket(place_.family());
            must(-place_.connect(fd), "connect");
            channel.hear();
        });
    });
    Fd server = accept_from(listener);
    EXPECT_TRUE(shows(out_, up_));
    EXPECT_TRUE(one_holder(agent(), out_, "owned by the client", [&](const nlohmann::json& holder) {
        return holder.at("process").is_object() && holder.at("process").at("pid") == client.pid();
    }));
    client.kill();
    EXPECT_TRUE(shows(out_, closed_));
    EXPECT_TRUE(shows(in_, up_));
    close(server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Sharing, ServerThatIsKilledWithARequestUnreadResetsItsClient)
{
    Actor server = place_.server_side().inside([&] {
        return Actor(Inherit::nothing, [&](const Channel& channel) {
            const Fd listener = listen_on(place_.listens_on(), place_.family());
            channel.say('l');
            const Fd waiting = accept_from(listener);
            channel.say('a');
            channel.hear();
        });
    });
    EXPECT_EQ(server.channel().hear(), 'l');
    Fd client = place_.connect();
    EXPECT_EQ(server.channel().hear(), 'a');
    send_text(client, "never read");
    EXPECT_TRUE(shows(out_, up_));
    EXPECT_TRUE(shows(in_, up_));
    server.kill();
    await_state(client, TCP_CLOSE);
    EXPECT_TRUE(shows(in_, closed_));
    EXPECT_TRUE(shows(out_, {.opened = 1, .failed = {{"reset", 1}}, .peak = 1}));
    close(client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .failed = {{"reset", 1}}, .peak = 1}));
}

TEST_P(Sharing, ServerThatIsKilledAbortsWhatItHasNotAccepted)
{
    Actor server = place_.server_side().inside([&] {
        return Actor(Inherit::nothing, [&](const Channel& channel) {
            const Fd listener = listen_on(place_.listens_on(), place_.family());
            channel.say('l');
            const Fd taken = accept_from(listener);
            channel.say('a');
            channel.hear();
        });
    });
    EXPECT_EQ(server.channel().hear(), 'l');
    Fd accepted = place_.connect();
    EXPECT_EQ(server.channel().hear(), 'a');
    Fd waiting = place_.connect();
    EXPECT_TRUE(shows(in_, {.opened = 2, .in_use = 2, .peak = 2}));
    server.kill();
    EXPECT_TRUE(shows(in_, {.opened = 2, .closed = 1, .failed = {{"aborted", 1}}, .peak = 2}));
    close(accepted);
    close(waiting);
    EXPECT_TRUE(stays(out_, {.opened = 2, .closed = 2, .peak = 2}));
    EXPECT_TRUE(stays(in_, {.opened = 2, .closed = 1, .failed = {{"aborted", 1}}, .peak = 2}));
}

TEST_P(Sharing, OwnerIsTheProcessThatConnectsAndTheOneThatReads)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    const auto owned_by = [](pid_t pid) {
        return [pid](const nlohmann::json& holder) {
            return holder.at("process").is_object() && holder.at("process").at("pid") == pid;
        };
    };
    EXPECT_TRUE(one_holder(agent(), out_, "owned by the test", owned_by(::getpid())));

    Actor reader(Inherit::everything, [&](const Channel& channel) {
        receive_text(pair.server);
        channel.say('r');
        channel.hear();
    });
    send_text(pair.client, "request");
    EXPECT_EQ(reader.channel().hear(), 'r');
    EXPECT_TRUE(one_holder(agent(), in_, "owned by the reader", owned_by(reader.pid())));
    EXPECT_TRUE(one_holder(agent(), in_, "accepted and read", [](const nlohmann::json& holder) {
        return holder.at("accepted") == true && holder.at("last_io") == "received";
    }));
}

} // namespace
} // namespace slotscope::live
