// SPDX-License-Identifier: MIT
// Mutated configurations, the same ones in each run; the sanitizers judge.
#include "daemon/configuration_file.h"

#include "limits/check.h"

#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sstream>

namespace slotscope::daemon {
namespace {

class Mutator {
  public:
    std::string mutate(std::string text)
    {
        constexpr std::string_view kPieces[] = {"[",   "]]",         "\"",    "'''",   "=",          ".",
                                                "{",   "}",          "\n",    "\\u0",  "0x",         "1e9",
                                                "-",   "[[limit]]",  "[a.b]", "#",     ",",          "\xff",
                                                "inf", "2020-01-01", "true",  "slots", "99999999999"};
        for (std::size_t edits = 1 + below(6); edits > 0; --edits) {
            const std::size_t at = below(text.size() + 1);
            switch (below(4)) {
            case 0:
                text.insert(at, kPieces[below(std::size(kPieces))]);
                break;
            case 1:
                text.erase(at, 1 + below(12));
                break;
            case 2: // some of the text again, elsewhere
                text.insert(at, text.substr(below(text.size() + 1), below(60)));
                break;
            default:
                if (at < text.size())
                    text[at] = static_cast<char>(below(256));
            }
        }
        return text;
    }

  private:
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_()) % bound; }

    std::mt19937 random_{20240131};
};

TEST(ConfigurationFile, SurvivesMutations)
{
    std::ifstream file(TEST_DATA "/slotscope.toml");
    std::ostringstream content;
    content << file.rdbuf();
    ASSERT_FALSE(content.str().empty());

    Mutator mutator;
    int accepted = 0;
    for (int round = 0; round < 3000; ++round) {
        const auto result = parse_configuration(mutator.mutate(content.str()), "fuzz.toml");
        if (!result) {
            EXPECT_FALSE(result.error().message.empty());
            continue;
        }
        ++accepted;
        EXPECT_TRUE(check_socket(result->socket).ok());
        EXPECT_TRUE(check_metrics(result->metrics).ok());
        EXPECT_TRUE(limits::check_limits(result->limits).ok());
        for (const Limit& limit : result->limits) {
            EXPECT_TRUE(limits::check_name(limit.name).ok());
            EXPECT_FALSE(limit.addresses.empty());
            EXPECT_GE(limit.slots, 1U);
        }
    }
    EXPECT_GT(accepted, 100) << "the mutations leave too little that is valid to test anything";
}

} // namespace
} // namespace slotscope::daemon
