// SPDX-License-Identifier: MIT
// Calls of TLS, by timing: which of its records are of one. The records' lengths are those of OpenSSL.
#include "harness/call_fixture.h"

namespace slotscope::live {
namespace {

std::string tls_record(int type, std::size_t bytes)
{
    return std::string{static_cast<char>(type), 3, 3, static_cast<char>(bytes >> 8),
                       static_cast<char>(bytes & 0xff)} +
           std::string(bytes, '\xa5');
}

// What one side sends, as a TLS library writes it: the flights of a handshake, a request, an answer.
struct Flight {
    bool from_server;
    std::string bytes;
};

// TLS libraries read a record's header first, and then the rest of it.
void receive_record_by_record(const Fd& fd, const std::string& bytes)
{
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + 3]) << 8 |
                                                   static_cast<unsigned char>(bytes[at + 4]));
        receive_bytes(fd, 5);
        receive_bytes(fd, size);
        at += 5 + size;
    }
}

void pass(const Pair& pair, const std::vector<Flight>& flights)
{
    for (const auto& [from_server, bytes] : flights) {
        send_text(from_server ? pair.server : pair.client, bytes);
        receive_record_by_record(from_server ? pair.client : pair.server, bytes);
    }
}

constexpr int kChange = 0x14;
constexpr int kAlert = 0x15;
constexpr int kHandshake = 0x16;
constexpr int kData = 0x17;

TEST_F(CallTest, OfTlsIsNeitherItsHandshakeNorItsFarewell)
{
    const std::string changed = tls_record(kChange, 1);
    const std::vector<Flight> handshakes[] = {
        {{false, tls_record(kHandshake, 300)},
         {true, tls_record(kHandshake, 122) + changed + tls_record(kData, 900) + tls_record(kData, 53)},
         {false, changed + tls_record(kData, 53)},
         {true, tls_record(kData, 234) + tls_record(kData, 234)}}, // TLS 1.3, with two tickets
        {{false, tls_record(kHandshake, 300)},
         {true, tls_record(kHandshake, 1200)},
         {false, tls_record(kHandshake, 37) + changed + tls_record(kHandshake, 40)},
         {true, tls_record(kHandshake, 186) + changed + tls_record(kHandshake, 40)}}}; // 1.2
    CallCounts counts{.peak = 0};
    for (const auto& handshake : handshakes) {
        const bool is_1_3 = &handshake == &handshakes[0];
        pass(pair_, handshake);
        EXPECT_TRUE(both_are(counts));
        for (int call = 0; call < 2; ++call) {
            pass(pair_, {{false, tls_record(kData, 100)}});
            EXPECT_TRUE(both_states_are("waiting"));
            pass(pair_, {{true, tls_record(kData, 5000)}});
            EXPECT_TRUE(both_states_are("answered"));
        }
        const std::string farewell = is_1_3 ? tls_record(kData, 19) : tls_record(kAlert, 26);
        pass(pair_, {{true, farewell}, {false, farewell}});
        EXPECT_TRUE(both_states_are("answered"));
        close(pair_.client);
        close(pair_.server);
        counts.peak = 1;
        counts.finished += 2;
        counts.by_timing += 2;
        counts.outcomes["unknown"] += 2;
        EXPECT_TRUE(both_are(counts));
        pair_ = place_.establish(listener_);
    }
}

// OpenSSL's server sends its tickets when the client's first request is on its way already. Two connections
// show that this one does so.
TEST_F(CallTest, OfTlsIsNotAnsweredByTicketsOfAServerThatIsKnownToSendThem)
{
    const std::string finished = tls_record(kChange, 1) + tls_record(kData, 69);
    const std::string request = tls_record(kData, 100);
    const std::string tickets[] = {tls_record(kData, 250) + tls_record(kData, 250), tls_record(kData, 266)};
    CallCounts counts;
    for (int connection = 0; connection < 5; ++connection) {
        pass(pair_, {{false, tls_record(kHandshake, 300)},
                     {true, tls_record(kHandshake, 122) + tls_record(kChange, 1) + tls_record(kData, 900)}});
        send_text(pair_.client, finished);
        receive_record_by_record(pair_.server, finished);
        send_text(pair_.client, request);
        pass(pair_, {{true, tickets[connection % 2]}});
        receive_record_by_record(pair_.server, request);
        if (connection >= 2) {
            EXPECT_TRUE(both_states_are("waiting"));
        }
        pass(pair_, {{true, tls_record(kData, 5000)}});
        EXPECT_TRUE(both_states_are("answered"));
        counts.finished = counts.by_timing = counts.outcomes["unknown"] = connection + 1U;
        EXPECT_TRUE(both_are(counts));
        close(pair_.client);
        close(pair_.server);
        pair_ = place_.establish(listener_);
    }
}

} // namespace
} // namespace slotscope::live
