// SPDX-License-Identifier: MIT
/*
 * Shows a conversation to a framer as the agent does: in windows that are cut anywhere, leaving out what it
 * asks to skip. What a turn of the conversation must yield is written beside it, at the offset in that turn:
 * "0:B 17:E" (-1 is its last byte). B, E: a request began, ended; b: an answer began; e, f: the call is over,
 * with outcome 0 or another; u: it lasts until the connection's end; L: lost. As in the kernel, bytes are
 * shown until a stream is lost, whatever was told of the call.
 */
#pragma once

#include "../../bpf/logic/framing.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace conversation {

struct Framer {
    ss_step (*request)(ss_framing*, const __u8*, __u32);
    ss_step (*response)(ss_framing*, const __u8*, __u32);
};

struct Turn {
    bool answer;
    std::string bytes;
    std::string expected;
};

inline Turn client(std::string bytes, std::string expected = "")
{
    return {false, std::move(bytes), std::move(expected)};
}
inline Turn server(std::string bytes, std::string expected = "")
{
    return {true, std::move(bytes), std::move(expected)};
}

using Conversation = std::vector<Turn>;

class Driver {
  public:
    explicit Driver(const Framer& framer)
        : framer_(framer)
    {
    }

    // Bytes of one stream, as one read or write passes them.
    void pass(bool answer, std::string_view bytes)
    {
        auto& stream = answer ? framing.response : framing.request;
        auto& offset = answer ? answered_ : requested_;
        while (!bytes.empty() && !lost) {
            const auto skipped = std::min<std::uint64_t>(stream.skip, bytes.size());
            stream.skip -= skipped;
            offset += skipped;
            bytes.remove_prefix(skipped);
            if (!bytes.empty()) {
                bytes.remove_prefix(step(answer, bytes, offset));
            }
        }
    }

    ss_framing framing{};
    bool lost = false;
    std::ostringstream seen; // each event: stream, offset, kind

  private:
    std::size_t step(bool answer, std::string_view bytes, std::uint64_t& offset)
    {
        // Exactly as many bytes as are shown: reading beyond them is for the address sanitizer to see.
        const std::vector<__u8> window(
            bytes.begin(),
            bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), SS_WINDOW)));
        const auto count = static_cast<__u32>(window.size());
        const auto step = (answer ? framer_.response : framer_.request)(&framing, window.data(), count);
        if (step.consumed == 0 || step.consumed > count) {
            ADD_FAILURE() << "consumed " << step.consumed << " of " << count;
            lost = true;
            return bytes.size();
        }
        note(answer, step, offset);
        offset += step.consumed;
        return step.consumed;
    }

    void note(bool answer, const ss_step& step, std::uint64_t offset)
    {
        const bool failed = (framing.outcome & SS_FRAMING_FAILED) != 0;
        const char end = failed ? 'f' : 'e';
        const std::pair<unsigned, char> kinds[] = {
            {SS_FRAMING_REQUEST_BEGAN, 'B'}, {SS_FRAMING_RESPONSE_BEGAN, 'b'},
            {SS_FRAMING_REQUEST_ENDED, 'E'}, {SS_FRAMING_RESPONSE_ENDED, end},
            {SS_FRAMING_UNTIL_CLOSE, 'u'},   {SS_FRAMING_LOST, 'L'}};
        for (const auto& [kind, letter] : kinds) {
            const bool first = kind == SS_FRAMING_REQUEST_BEGAN || kind == SS_FRAMING_RESPONSE_BEGAN;
            if ((step.events & kind) != 0) {
                seen << (answer ? 's' : 'c') << (first ? offset : offset + step.consumed - 1) << letter
                     << ' ';
            }
        }
        lost = (step.events & SS_FRAMING_LOST) != 0;
    }

    Framer framer_;
    std::uint64_t requested_ = 0;
    std::uint64_t answered_ = 0;
};

// What the turns are annotated with, at offsets in their streams.
inline std::string expected_of(const Conversation& turns)
{
    std::ostringstream all;
    std::int64_t bases[2] = {0, 0};
    for (const auto& turn : turns) {
        std::istringstream words(turn.expected);
        std::int64_t offset = 0;
        char colon = 0;
        char kind = 0;
        const auto size = static_cast<std::int64_t>(turn.bytes.size());
        while (words >> offset >> colon >> kind) {
            all << (turn.answer ? 's' : 'c') << bases[turn.answer] + (offset < 0 ? size + offset : offset)
                << kind << ' ';
        }
        bases[turn.answer] += size;
    }
    return all.str();
}

// Passes bytes in chunks of random sizes up to `most`.
template <typename AnyDriver>
void pass_in_chunks(AnyDriver& driver, const Turn& turn, std::mt19937& random, std::size_t most)
{
    std::string_view rest = turn.bytes;
    while (!rest.empty()) {
        const auto size = std::min(rest.size(), 1 + random() % most);
        driver.pass(turn.answer, rest.substr(0, size));
        rest.remove_prefix(size);
    }
}

// Neighbouring turns of the same stream become one.
inline Conversation coalesced(const Conversation& turns)
{
    Conversation joined;
    for (const auto& turn : turns) {
        if (joined.empty() || joined.back().answer != turn.answer) {
            joined.push_back({turn.answer, "", ""});
        }
        joined.back().bytes += turn.bytes;
    }
    return joined;
}

// The events of a conversation where turn `which` is cut into two at `where`.
inline std::string cut_at(const Framer& framer, const Conversation& turns, std::size_t which,
                          std::size_t where)
{
    Driver driver(framer);
    for (std::size_t index = 0; index < turns.size(); ++index) {
        const std::string_view bytes = turns[index].bytes;
        driver.pass(turns[index].answer, bytes.substr(0, index == which ? where : bytes.size()));
        driver.pass(turns[index].answer, bytes.substr(index == which ? where : bytes.size()));
    }
    return driver.seen.str();
}

// The annotated events, however the streams are cut. Returns the state at the end, of the streams in whole
// turns.
inline ss_framing check(const Framer& framer, const Conversation& turns)
{
    const auto expected = expected_of(turns);
    Driver whole(framer);
    for (const auto& turn : turns) {
        whole.pass(turn.answer, turn.bytes);
    }
    EXPECT_EQ(whole.seen.str(), expected);
    const auto joined = coalesced(turns);
    for (const auto* script : {&turns, &joined}) {
        for (std::size_t which = 0; which < script->size(); ++which) {
            const auto size = std::min<std::size_t>((*script)[which].bytes.size(), 4096);
            for (std::size_t where = 0; where <= size; ++where) {
                const auto seen = cut_at(framer, *script, which, where);
                if (seen != expected) {
                    EXPECT_EQ(seen, expected) << "turn " << which << " cut at " << where;
                    return whole.framing;
                }
            }
        }
    }
    std::mt19937 random(1);
    for (const std::size_t most : {1U, 2U, 3U, 5U, 8U, 17U, 63U, 64U, 65U, 300U}) {
        for (int round = 0; round < (most == 1 ? 1 : 20); ++round) {
            Driver driver(framer);
            for (const auto& turn : (round % 2 == 0 ? turns : joined)) {
                pass_in_chunks(driver, turn, random, most);
            }
            EXPECT_EQ(driver.seen.str(), expected) << "in chunks of up to " << most;
        }
    }
    return whole.framing;
}

// Both streams in random pieces, the client's ahead by up to all of it: an answer comes no earlier than in
// the script. `start` comes before, turn by turn.
inline void check_run_ahead(const Framer& framer, const Conversation& turns, const Conversation& start = {})
{
    std::string bytes[2];
    std::vector<std::pair<std::size_t, std::size_t>>
        allowed; // so much of the answers, once so much has been asked
    auto all = start;
    all.insert(all.end(), turns.begin(), turns.end());
    for (const auto& turn : turns) {
        bytes[turn.answer] += turn.bytes;
        allowed.emplace_back(bytes[0].size(), bytes[1].size());
    }
    const auto by_stream = [](const std::string& text) {
        std::istringstream words(text);
        std::vector<std::string> sorted(std::istream_iterator<std::string>(words), {});
        std::stable_partition(sorted.begin(), sorted.end(), [](const auto& word) { return word[0] == 'c'; });
        return sorted;
    };
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        Driver driver(framer);
        for (const auto& turn : start) {
            driver.pass(turn.answer, turn.bytes);
        }
        std::size_t passed[2] = {0, 0};
        while (passed[0] < bytes[0].size() || passed[1] < bytes[1].size()) {
            std::size_t limit = 0;
            for (const auto& [asked, answered] : allowed) {
                limit = asked <= passed[0] ? answered : limit;
            }
            const bool answer = passed[1] < limit && (passed[0] == bytes[0].size() || random() % 2 == 0);
            const auto end = answer ? limit : bytes[0].size();
            const auto size = std::min<std::size_t>(1 + random() % 100, end - passed[answer]);
            driver.pass(answer, std::string_view(bytes[answer]).substr(passed[answer], size));
            passed[answer] += size;
        }
        ASSERT_EQ(by_stream(driver.seen.str()), by_stream(expected_of(all))) << "seed " << seed;
    }
}

// Changes bytes at random: the driver checks each step, and that every byte is passed once shows that it
// ends.
inline void check_mutations(const Framer& framer, const std::vector<Conversation>& seeds,
                            unsigned rounds = 20000)
{
    std::mt19937 random(7);
    for (unsigned round = 0; round < rounds; ++round) {
        auto turns = seeds[random() % seeds.size()];
        for (auto changes = 1 + random() % 6; changes > 0; --changes) {
            auto& bytes = turns[random() % turns.size()].bytes;
            const auto where = bytes.empty() ? 0 : random() % bytes.size();
            switch (random() % 4) {
            case 0:
                bytes.insert(where, 1, static_cast<char>(random()));
                break;
            case 1:
                bytes.erase(where, 1 + random() % 8);
                break;
            case 2:
                std::swap(turns[random() % turns.size()].answer, turns[random() % turns.size()].answer);
                break;
            default:
                if (!bytes.empty()) {
                    bytes[where] = static_cast<char>(random());
                }
            }
        }
        Driver driver(framer);
        for (const auto& turn : turns) {
            pass_in_chunks(driver, turn, random, 1 + random() % 100);
        }
        ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    }
}

// Big-endian numbers of 4 and 2 bytes.
inline std::string be32(std::uint64_t value)
{
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}
inline std::string be16(std::uint64_t value)
{
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline bool looks_like(int (*detector)(const __u8*, __u32), std::string_view bytes)
{
    const std::vector<__u8> window(
        bytes.begin(),
        bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), SS_WINDOW)));
    return detector(window.data(), static_cast<__u32>(window.size())) != 0;
}

} // namespace conversation
