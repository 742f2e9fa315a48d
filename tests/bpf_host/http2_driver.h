// SPDX-License-Identifier: MIT
// Conversations in HTTP/2, shown to the framer in windows that are cut anywhere. What a turn must yield is
// written beside it: h1 a header block on stream 1 (the server's with its status: h1:200), e1 the end of what
// this side sends on it, r1 its reset, g1 GOAWAY, L lost. Events must be told at the same byte however the
// streams are cut.
#pragma once

#include "../../bpf/logic/framing_http2.h"
#include "framing_conversation.h"
#include "http2_frames.h"

#include <cstring>

namespace http2 {

using conversation::client;
using conversation::Conversation;
using conversation::pass_in_chunks;
using conversation::server;
using conversation::Turn;

class Driver {
  public:
    // `named`: header blocks of requests are told, which changes nothing else.
    explicit Driver(bool named = false) { framing.request.flags = named ? SS_HTTP2_NAMED : 0; }

    void pass(bool answer, std::string_view bytes)
    {
        auto& stream = answer ? framing.response : framing.request;
        while (!bytes.empty() && !lost) {
            auto done = std::min<std::uint64_t>(stream.skip, bytes.size());
            stream.skip -= done;
            if (done < bytes.size() && ss_http2_is_last_byte(&stream) && unseen_ends) {
                passed_[answer] += done; // as it is where nobody can read the byte
                tell(answer, ss_http2_ended(&stream), 1);
                passed_[answer] += 1;
                bytes.remove_prefix(done + 1);
                continue;
            }
            if (done == 0)
                done = step(answer, bytes);
            passed_[answer] += done;
            bytes.remove_prefix(done);
        }
    }

    // "h1 e1 ", and with the place of each: "c33h1 c45e1 ".
    std::string kinds() const { return kinds_.str(); }
    std::string seen() const { return seen_.str(); }

    ss_framing framing{};
    bool lost = false;
    bool unseen_ends = false;

  private:
    std::uint64_t step(bool answer, std::string_view bytes)
    {
        alignas(8) __u8 window[SS_WINDOW];
        std::memset(window, junk_ = static_cast<__u8>(junk_ * 5 + 1), sizeof(window));
        const auto count = static_cast<__u32>(std::min<std::size_t>(bytes.size(), SS_WINDOW));
        std::memcpy(window, bytes.data(), count);
        const ss_step step = (answer ? ss_http2_response : ss_http2_request)(&framing, window, count);
        if (step.consumed == 0 || step.consumed > count) {
            ADD_FAILURE() << "consumed " << step.consumed << " of " << count;
            lost = true;
            return bytes.size();
        }
        tell(answer, step.events, step.consumed);
        return step.consumed;
    }

    void tell(bool answer, std::uint32_t events, std::uint64_t consumed)
    {
        const std::uint32_t id = (answer ? framing.response : framing.request).word;
        const auto note = [&](const std::string& text) {
            kinds_ << text << ' ';
            seen_ << (answer ? 's' : 'c') << passed_[answer] + consumed - 1 << text << ' ';
        };
        if ((events & SS_HTTP2_HEADERS) != 0)
            note("h" + std::to_string(id) + (answer ? ":" + std::to_string(framing.outcome) : ""));
        if ((events & SS_HTTP2_ENDS) != 0)
            note("e" + std::to_string(id));
        if ((events & SS_HTTP2_RESET) != 0)
            note("r" + std::to_string(id));
        if ((events & SS_HTTP2_GOAWAY) != 0)
            note("g" + std::to_string(id));
        if ((events & SS_FRAMING_LOST) != 0)
            note("L");
        lost = (events & SS_FRAMING_LOST) != 0;
    }

    std::ostringstream kinds_;
    std::ostringstream seen_;
    std::uint64_t passed_[2] = {0, 0};
    __u8 junk_ = 0; // what lies after the bytes shown must not matter
};

struct Options {
    bool lost = false; // at the end
};

inline void check(const Conversation& turns, Options options = {})
{
    std::string expected;
    Driver whole;
    for (const auto& turn : turns) {
        whole.pass(turn.answer, turn.bytes);
        expected += turn.expected + (turn.expected.empty() ? "" : " ");
        EXPECT_EQ(whole.kinds(), expected);
    }
    EXPECT_EQ(whole.lost, options.lost);
    for (std::size_t which = 0; which < turns.size(); ++which)
        for (std::size_t where = 0; where <= std::min<std::size_t>(turns[which].bytes.size(), 2000);
             ++where) {
            Driver driver(where % 3 == 0);
            driver.unseen_ends = where % 2 != 0;
            for (std::size_t index = 0; index < turns.size(); ++index) {
                const std::string_view bytes = turns[index].bytes;
                const auto cut = index == which ? where : bytes.size();
                driver.pass(turns[index].answer, bytes.substr(0, cut));
                driver.pass(turns[index].answer, bytes.substr(cut));
            }
            ASSERT_EQ(driver.seen(), whole.seen()) << "turn " << which << " cut at " << where;
        }
    std::mt19937 random(3);
    for (const std::size_t most : {1U, 2U, 3U, 5U, 8U, 9U, 17U, 63U, 64U, 65U, 300U})
        for (int round = 0; round < (most == 1 ? 1 : 10); ++round) {
            Driver driver(round % 4 >= 2);
            const auto joined = round % 2 == 0 ? turns : conversation::coalesced(turns);
            for (const auto& turn : joined)
                pass_in_chunks(driver, turn, random, most);
            ASSERT_EQ(driver.seen(), whole.seen()) << "in chunks of up to " << most;
        }
}

inline void check_mutations(const std::vector<Conversation>& seeds)
{
    std::mt19937 random(7);
    for (unsigned round = 0; round < 20000; ++round) {
        auto turns = seeds[random() % seeds.size()];
        for (auto changes = 1 + random() % 6; changes > 0; --changes) {
            auto& bytes = turns[random() % turns.size()].bytes;
            const auto where = random() % bytes.size();
            if (random() % 3 == 0)
                bytes.insert(where, 1, static_cast<char>(random()));
            else if (random() % 2 == 0 && bytes.size() > 10)
                bytes.erase(where, 1 + random() % 8);
            else
                bytes[where] = static_cast<char>(random());
        }
        Driver whole(round % 2 != 0);
        Driver cut(round % 2 != 0);
        for (const auto& turn : turns) {
            whole.pass(turn.answer, turn.bytes);
            pass_in_chunks(cut, turn, random, 1 + random() % 100);
        }
        ASSERT_EQ(cut.seen(), whole.seen()) << "round " << round;
    }
}

// A frame with what it must yield.
template <typename Random>
void add_random_frame(Random& random, bool answer, std::string& bytes, std::string& expected)
{
    const auto id = static_cast<std::uint32_t>(1 + 2 * (random() % 5));
    const unsigned ending = random() % 2 != 0 ? kEndStream : 0;
    const unsigned padded = random() % 3 == 0 ? kPadded : 0;
    const std::string name = std::to_string(id);
    const std::string end = ending != 0 ? "e" + name + " " : "";
    switch (random() % 6) {
    case 0:
        bytes += data(id, std::string(random() % 200, static_cast<char>(random())), ending | padded);
        expected += end;
        return;
    case 1:
        bytes += headers(id, (answer ? "\x8d" : "\x82") + std::string(random() % 90, 'x'), ending | padded);
        expected += "h" + name + (answer ? ":404 " : " ") + end;
        return;
    case 2:
        bytes += reset(id);
        expected += "r" + name + " ";
        return;
    case 3:
        bytes += goaway(id, std::string(random() % 20, 'y'));
        expected += answer ? "g" + name + " " : "";
        return;
    case 4:
        bytes += frame(static_cast<int>(10 + random() % 246), static_cast<unsigned>(random() % 256), id,
                       std::string(random() % 100, 'z'));
        return;
    default:
        bytes +=
            frame(kContinuation, static_cast<unsigned>(random() % 256), id, std::string(random() % 30, 'c'));
    }
}

inline bool looks_like(int (*detector)(const __u8*, __u32), std::string_view bytes)
{
    alignas(8) __u8 window[SS_WINDOW];
    std::memset(window, 'P', sizeof(window));
    const auto count = static_cast<__u32>(std::min<std::size_t>(bytes.size(), SS_WINDOW));
    std::memcpy(window, bytes.data(), count);
    return detector(window, count) != 0;
}

} // namespace http2
