// SPDX-License-Identifier: MIT
#include "aggregate/recording.h"

#include "base/clock.h"

#include <gtest/gtest.h>

namespace slotscope::aggregate {
namespace {

constexpr std::uint64_t kStart = 100 * kSecond_ns;

SlotUser slot_user(const std::string& call)
{
    return {"haproxy", call, Protocol::http1, "waiting", "", ""};
}

Look look_at(const std::string& call, std::uint64_t count = 1, std::uint32_t backend = 1)
{
    Look look;
    look.add(backend, slot_user(call), 1, true, count);
    return look;
}

std::vector<BackendCounters> counters(std::uint64_t slot_ns, std::uint64_t created_ns = 1,
                                      std::uint32_t index = 1)
{
    BackendCounters each;
    each.index = index;
    each.created_ns = created_ns;
    each.slot_ns = slot_ns;
    return {each};
}

// A recording that was asked for, with its first look at kStart.
Recording begun(std::uint64_t slot_ns)
{
    Recording recording;
    EXPECT_TRUE(recording.ask(kStart));
    recording.add(look_at("GET /before"), counters(slot_ns), kSecond_ns, kStart);
    return recording;
}

TEST(Recording, KeepsNothingWhileNobodyAsks)
{
    Recording recording;
    recording.add(look_at("GET /a"), counters(5), kSecond_ns, kStart);
    EXPECT_FALSE(recording.lasts(kStart));
    EXPECT_TRUE(recording.backends().empty());
    EXPECT_EQ(recording.looks(), 0U);
}

TEST(Recording, BeginsWithItsFirstLookWhateverThatOneStandsFor)
{
    Recording recording = begun(1000 * kSecond_ns);
    EXPECT_EQ(recording.seconds(), 0);
    EXPECT_TRUE(recording.backends().empty());
    recording.add(look_at("GET /a", 3), counters(1006 * kSecond_ns), 2 * kSecond_ns, kStart + 2 * kSecond_ns);
    EXPECT_EQ(recording.seconds(), 2);
    EXPECT_EQ(recording.looks(), 1U);
    const RecordedBackend backend = recording.backends().at(1);
    EXPECT_DOUBLE_EQ(backend.slot_seconds, 6);
    EXPECT_DOUBLE_EQ(backend.sampled_slot_seconds, 6);
    ASSERT_EQ(backend.users.size(), 1U);
    EXPECT_EQ(backend.users[0].user.call, "GET /a");
    EXPECT_DOUBLE_EQ(backend.users[0].slot_seconds, 6);
}

TEST(Recording, CountsWhatNoLookMet)
{
    Recording recording = begun(0);
    recording.add(Look(), counters(kSecond_ns / 4), kSecond_ns, kStart + kSecond_ns);
    EXPECT_DOUBLE_EQ(recording.backends().at(1).slot_seconds, 0.25);
    EXPECT_DOUBLE_EQ(recording.backends().at(1).sampled_slot_seconds, 0);
}

TEST(Recording, TakesAllOfABackendThatIsNewAndNothingOlderOfOneThatWasUnknown)
{
    Recording recording = begun(0);
    recording.add(Look(), counters(kSecond_ns, kStart + 1, 2), kSecond_ns, kStart + kSecond_ns);
    EXPECT_DOUBLE_EQ(recording.backends().at(2).slot_seconds, 1);
    recording.add(Look(), counters(3 * kSecond_ns, kStart + kSecond_ns + 1, 2), kSecond_ns,
                  kStart + 2 * kSecond_ns);
    EXPECT_DOUBLE_EQ(recording.backends().at(2).slot_seconds, 4) << "the record has a new owner";
    recording.add(Look(), counters(900 * kSecond_ns, 1, 3), kSecond_ns, kStart + 3 * kSecond_ns);
    EXPECT_FALSE(recording.backends().contains(3));
}

TEST(Recording, BeginsAnewForABackendWhoseSlotsBecomeCalls)
{
    Recording recording = begun(500 * kSecond_ns);
    auto calls = counters(510 * kSecond_ns);
    calls[0].calls.limit = 8;
    calls[0].calls.slot_ns = 20 * kSecond_ns;
    ASSERT_EQ(calls[0].slots().kind, SlotKind::calls);
    recording.add(Look(), calls, kSecond_ns, kStart + kSecond_ns);
    EXPECT_FALSE(recording.backends().contains(1));
    calls[0].calls.slot_ns += 2 * kSecond_ns;
    recording.add(Look(), calls, kSecond_ns, kStart + 2 * kSecond_ns);
    EXPECT_DOUBLE_EQ(recording.backends().at(1).slot_seconds, 2);
}

TEST(Recording, EndsAWhileAfterTheLastQuestion)
{
    Recording recording = begun(0);
    EXPECT_FALSE(recording.ask(kStart + 9 * kSecond_ns));
    EXPECT_TRUE(recording.lasts(kStart + 18 * kSecond_ns));
    EXPECT_FALSE(recording.lasts(kStart + 19 * kSecond_ns));
    recording.add(look_at("GET /a"), counters(kSecond_ns), kSecond_ns, kStart + 19 * kSecond_ns);
    EXPECT_TRUE(recording.backends().empty());
    EXPECT_TRUE(recording.ask(kStart + 20 * kSecond_ns)) << "another one";
    EXPECT_EQ(recording.began_ns(), kStart + 20 * kSecond_ns);
}

TEST(Recording, IsBoundedAndNothingOfItShrinks)
{
    Recording recording = begun(0);
    for (std::size_t i = 0; i < Recording::kMostUsers + 10; ++i)
        recording.add(look_at("GET /" + std::to_string(i)), counters(0), kSecond_ns, kStart + i + 1);
    recording.add(look_at("GET /0"), counters(0), kSecond_ns, kStart + kSecond_ns);
    const RecordedBackend backend = recording.backends().at(1);
    EXPECT_EQ(backend.users.size(), Recording::kMostUsers);
    EXPECT_DOUBLE_EQ(backend.other_slot_seconds, 10);
    EXPECT_DOUBLE_EQ(backend.sampled_slot_seconds, static_cast<double>(Recording::kMostUsers) + 11);
    EXPECT_EQ(backend.users[0].user.call, "GET /0") << "the most come first";
}

TEST(Recording, MovesWhatAForgottenBackendHeldToTheOthers)
{
    Recording recording = begun(0);
    recording.add(look_at("GET /a"), counters(kSecond_ns), kSecond_ns, kStart + kSecond_ns);
    recording.forget(1);
    const auto backends = recording.backends();
    EXPECT_FALSE(backends.contains(1));
    EXPECT_DOUBLE_EQ(backends.at(kOtherBackend).slot_seconds, 1);
    EXPECT_DOUBLE_EQ(backends.at(kOtherBackend).other_slot_seconds, 1);
    // Its whole life goes to that record's counters at once; it is not counted a second time.
    recording.add(Look(), counters(700 * kSecond_ns, 1, kOtherBackend), kSecond_ns, kStart + 2 * kSecond_ns);
    EXPECT_DOUBLE_EQ(recording.backends().at(kOtherBackend).slot_seconds, 1);
}

} // namespace
} // namespace slotscope::aggregate
