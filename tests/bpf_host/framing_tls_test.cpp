// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_tls.h"
#include "framing_conversation.h"

namespace {

using namespace conversation;

constexpr Framer kFramer = {ss_tls_request, ss_tls_response};

std::string record(int type, std::size_t bytes, int minor = 3)
{
    return std::string{static_cast<char>(type), '\3', static_cast<char>(minor)} + be16(bytes) +
           std::string(bytes, '\x17');
}
const std::string kHello = record(SS_TLS_HANDSHAKE, 512, 1);
const std::string kChange = record(SS_TLS_CHANGE_CIPHERS, 1);
std::string data(std::size_t bytes)
{
    return record(SS_TLS_DATA, bytes);
}

// What is told, without where: a record's header may be shown in pieces, and the last of them tells.
std::string events_of(const Conversation& turns, std::size_t most = SIZE_MAX)
{
    Driver driver(kFramer);
    std::mt19937 random(3);
    for (const auto& turn : turns) {
        pass_in_chunks(driver, turn, random, most);
    }
    std::string seen;
    std::istringstream words(driver.seen.str());
    for (std::string word; words >> word;) {
        seen += word.back();
    }
    return seen;
}

void expect_events(const Conversation& turns, const std::string& expected)
{
    for (const std::size_t most : {1U, 2U, 3U, 5U, 8U, 17U, 64U, 65U, 300U, 100000U}) {
        EXPECT_EQ(events_of(turns, most), expected) << "in chunks of up to " << most;
    }
}

// As a client and a server with one request and close_notify have it, TLS 1.2.
TEST(TlsFraming, HandshakeAndFarewellOfTls12AreNoCalls)
{
    expect_events({client(kHello), server(record(SS_TLS_HANDSHAKE, 2000)),
                   client(record(SS_TLS_HANDSHAKE, 37) + kChange + record(SS_TLS_HANDSHAKE, 40)),
                   server(record(SS_TLS_HANDSHAKE, 186) + kChange + record(SS_TLS_HANDSHAKE, 40)),
                   client(data(100)), server(data(3000) + data(53)), client(data(53)), server(data(53)),
                   client(record(SS_TLS_ALERT, 26)), server(record(SS_TLS_ALERT, 26))},
                  "BbbBb");
}

TEST(TlsFraming, HandshakeAndFarewellOfTls13AreNoCalls)
{
    for (const std::size_t finished : {53U, 69U}) {
        expect_events({client(kHello), server(record(SS_TLS_HANDSHAKE, 122) + kChange), client(kChange),
                       client(data(finished)), client(data(100)), server(data(3000)), client(data(53)),
                       server(data(16401)), client(data(19)), server(data(19))},
                      "BbBb");
    }
}

TEST(TlsFraming, SecondHelloIsNoFinished)
{
    expect_events({client(kHello), server(record(SS_TLS_HANDSHAKE, 88) + kChange), client(kChange + kHello),
                   server(record(SS_TLS_HANDSHAKE, 155)), client(data(53)), client(data(64)),
                   server(data(99))},
                  "Bb");
}

TEST(TlsFraming, ClientWithACertificateSendsWhatLooksLikeARequest)
{
    const Conversation begin = {client(kHello), server(record(SS_TLS_HANDSHAKE, 122) + kChange)};
    auto at_once = begin; // all of its handshake in one record
    at_once.push_back(client(kChange + data(1500)));
    at_once.push_back(client(data(100)));
    expect_events(at_once, "B");
    auto apart = begin;
    apart.push_back(client(kChange + data(1100) + data(281) + data(53)));
    apart.push_back(server(data(1200)));
    apart.push_back(client(data(100)));
    expect_events(apart, "BBbB");
}

// What each of the server's records is, after a handshake of TLS 1.3; 'C' stands for a request between them.
std::string kinds_of(const std::vector<std::size_t>& records, const std::string& order)
{
    ss_framing framing{};
    const auto show = [&](auto framer, const std::string& bytes) {
        std::uint32_t events = 0;
        for (std::size_t at = 0; at < 5; ++at) {
            const __u8 window[SS_WINDOW] = {static_cast<__u8>(bytes[at])};
            events |= framer(&framing, window, 1).events;
        }
        framing.request.skip = framing.response.skip = 0;
        return events;
    };
    for (const auto& bytes : {kHello, kChange, data(69)}) {
        EXPECT_EQ(show(ss_tls_request, bytes), 0U);
    }
    std::string kinds;
    auto record = records.begin();
    for (const char next : order) {
        if (next == 'C') {
            EXPECT_EQ(show(ss_tls_request, data(100)), SS_FRAMING_REQUEST_BEGAN);
            continue;
        }
        const auto events = show(ss_tls_response, data(*record++));
        kinds += (events & SS_FRAMING_RESPONSE_BEGAN) != 0 ? "b" : "";
        kinds += (events & SS_TLS_TICKET) != 0 ? "t" : "";
        kinds += (events & SS_TLS_MORE) != 0 ? "+" : "";
        kinds += (events & SS_TLS_NO_TICKET) != 0 ? "-" : "";
        kinds += ' ';
    }
    return kinds;
}

TEST(TlsFraming, TicketsAreToldApartAsFarAsTheyCanBe)
{
    EXPECT_EQ(kinds_of({250, 250, 67}, "CSSS"), "t t+ b+ ");
    EXPECT_EQ(kinds_of({250, 67, 67}, "CSSS"), "t b+ b ");
    EXPECT_EQ(kinds_of({74, 74, 74}, "SSCS"), "t t+ b ");
    EXPECT_EQ(kinds_of({250, 250, 90}, "CSCSCS"), "t b b ");
    EXPECT_EQ(kinds_of({251, 250}, "CSS"), "b- b ");
    EXPECT_EQ(kinds_of({42, 250}, "CSS"), "b- b ");
    EXPECT_EQ(kinds_of({4106, 4106}, "CSS"), "b- b ");
    EXPECT_EQ(kinds_of({19, 250, 90}, "CSSS"), " t b+ "); // after an alert
}

TEST(TlsFraming, ConnectionThatIsJoinedLaterBeginsWithARecord)
{
    expect_events({client(data(400)), server(data(53)), client(data(53)), server(data(1))}, "BbBb");
}

TEST(TlsFraming, DataThatIsPassedOverIsKnownAsSuch)
{
    Driver driver(kFramer);
    driver.pass(true, data(1000).substr(0, 500));
    EXPECT_TRUE(driver.framing.response.flags & SS_TLS_IN_DATA);
    EXPECT_EQ(driver.framing.response.skip, 505U);
    driver.pass(true, data(1000).substr(500) + record(SS_TLS_ALERT, 26).substr(0, 9));
    EXPECT_FALSE(driver.framing.response.flags & SS_TLS_IN_DATA);
}

TEST(TlsFraming, WhatIsNoRecordIsLost)
{
    for (const auto* bytes : {"GET / ", "\x16\x02\x01\x01\x01", "\x17\x03\x05\x01\x01",
                              "\x17\x03\x03\x48\x01", "\x13\x03\x03\x01\x01"}) {
        EXPECT_EQ(events_of({client(bytes)}), "L") << bytes;
        EXPECT_EQ(events_of({server(bytes)}, 1), "L") << bytes;
        EXPECT_FALSE(looks_like(ss_tls_looks_like_record, bytes)) << bytes;
    }
    EXPECT_TRUE(looks_like(ss_tls_looks_like_record, kHello));
    EXPECT_TRUE(looks_like(ss_tls_looks_like_record, data(16384 + 256).substr(0, 5)));
    EXPECT_FALSE(looks_like(ss_tls_looks_like_record, kHello.substr(0, 4)));
    EXPECT_FALSE(looks_like(ss_tls_looks_like_record, record(SS_TLS_DATA, 0)));
}

TEST(TlsFraming, SurvivesMutations)
{
    check_mutations(kFramer, {{client(kHello), server(record(SS_TLS_HANDSHAKE, 122) + kChange + data(900)),
                               client(kChange + data(53) + data(100)),
                               server(data(234) + data(234) + data(77)), client(data(19))}});
}

} // namespace
