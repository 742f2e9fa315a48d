// SPDX-License-Identifier: MIT
#include "store/encoding.h"

#include "sample.h"

#include <limits>

namespace slotscope::store {
namespace {

TEST(Encoding, EveryMemberComesBack)
{
    EXPECT_EQ(value_of(decode_verdict(encode_verdict(sample_verdict()))), sample_verdict());
    const std::vector<Window> timeline = {sample_window(), Window{}};
    EXPECT_EQ(value_of(decode_timeline(encode_timeline(timeline))), timeline);
    const auto holders =
        value_of(decode_holders(encode_holders(std::vector<Holder>{sample_holder(), Holder{}})));
    ASSERT_EQ(holders.size(), 2U);
    expect_same(holders[0], sample_holder());
    expect_same(holders[1], Holder{});
}

TEST(Encoding, EveryWordComesBack)
{
    for (std::size_t number = 0; number < kCauses; ++number) {
        Verdict verdict;
        verdict.cause = static_cast<Cause>(number);
        EXPECT_EQ(value_of(decode_verdict(encode_verdict(verdict))).cause, verdict.cause);
    }
    for (std::uint8_t state = 1; state <= static_cast<std::uint8_t>(ConnectionState::gone); ++state)
        for (std::uint8_t protocol = 0; protocol < kProtocols; ++protocol) {
            Holder holder;
            holder.state = static_cast<ConnectionState>(state);
            holder.call.protocol = static_cast<Protocol>(protocol);
            holder.call.state = static_cast<CallState>(state % 5);
            holder.last_io = static_cast<LastIo>(state % 3);
            const auto read = value_of(decode_holders(encode_holders(std::vector{holder})));
            ASSERT_EQ(read.size(), 1U);
            expect_same(read[0], holder);
        }
}

TEST(Encoding, SocketWithoutPortKeepsItsAddress)
{
    Holder holder;
    holder.local = parse_address("192.0.2.1:1").value();
    holder.local.port = 0;
    expect_same(value_of(decode_holders(encode_holders(std::vector{holder}))).at(0), holder);
}

TEST(Encoding, NumbersThatAreNoneAreUnknown)
{
    Verdict verdict;
    verdict.confidence = std::numeric_limits<double>::quiet_NaN();
    verdict.evidence = {{"nan", std::numeric_limits<double>::quiet_NaN()}, {"right", 1}};
    const Verdict read = value_of(decode_verdict(encode_verdict(verdict)));
    EXPECT_EQ(read.confidence, 0);
    EXPECT_EQ(read.evidence, (std::map<std::string, double>{{"right", 1}}));
    Window window;
    window.hold_mean_seconds = std::numeric_limits<double>::infinity();
    EXPECT_EQ(value_of(decode_timeline(encode_timeline(std::vector{window}))), std::vector<Window>{Window{}});
}

TEST(Encoding, BytesThatAreNoTextAreReplaced)
{
    Verdict verdict;
    verdict.sentence = "a\xff"
                       "b\0c";
    verdict.sentence += std::string("\0d", 2);
    EXPECT_EQ(value_of(decode_verdict(encode_verdict(verdict))).sentence, std::string("a\xef\xbf\xbd"
                                                                                      "b\0d",
                                                                                      7));
}

TEST(Encoding, WhatALaterVersionAddsIsPassedOverAndWrongTypesAreAbsent)
{
    const Verdict read = value_of(decode_verdict(
        R"({"cause":"of_tomorrow","confidence":"high","sentence":7,"evidence":[1],"culprits":[{"share":0.5},3],"new":{}})"));
    EXPECT_EQ(read.cause, Cause::unknown);
    EXPECT_EQ(read.confidence, 0);
    EXPECT_EQ(read.sentence, "");
    EXPECT_EQ(read.culprits.size(), 2U);
    EXPECT_EQ(read.culprits[0].share, 0.5);
    const auto windows = value_of(decode_timeline(R"([{"arrivals":-1,"in_use":1e300,"peak":5}])"));
    EXPECT_EQ(windows.at(0).arrivals, 0U);
    EXPECT_EQ(windows.at(0).in_use, 0U);
    EXPECT_EQ(windows.at(0).peak, 5U);
}

TEST(Encoding, WhatIsNoJsonIsAnError)
{
    for (const char* text : {"", "{", "[", "7", "[]x"})
        EXPECT_FALSE(decode_verdict(text).ok()) << text;
    EXPECT_FALSE(decode_verdict("[]").ok());
    EXPECT_FALSE(decode_timeline("{}").ok());
    EXPECT_FALSE(decode_holders("null").ok());
}

} // namespace
} // namespace slotscope::store
