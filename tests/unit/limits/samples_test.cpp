// SPDX-License-Identifier: MIT
// Every sample configuration in tests/data/limits gives the limits that are written under it.
#include "sample.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

namespace slotscope::limits {
namespace {

class Samples : public ::testing::TestWithParam<std::string> {};

TEST_P(Samples, GiveWhatIsWrittenUnderThem)
{
    const Sample sample = parse_sample(GetParam());
    const TemporaryDirectory root;
    write_files(sample, root);
    const Findings findings = read_sample(sample, root);

    std::vector<std::string> found;
    for (const Limit& limit : findings.limits) {
        found.push_back(line_of(limit));
        EXPECT_EQ(limit.origin.product, sample.product);
        EXPECT_FALSE(limit.origin.rule.empty());
        EXPECT_FALSE(limit.origin.arithmetic.empty());
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, sample.limits);

    std::vector<std::string> rest;
    for (const NotUnderstood& each : findings.not_understood)
        rest.push_back(each.source + " | " + each.why);
    EXPECT_EQ(rest.size(), sample.not_understood.size()) << ::testing::PrintToString(rest);
    for (const auto& [source, why] : sample.not_understood)
        EXPECT_TRUE(std::any_of(rest.begin(), rest.end(),
                                [&](const std::string& each) {
                                    return each.starts_with(source + " | ") &&
                                           each.find(why) != std::string::npos;
                                }))
            << source << " | " << why << " is not among " << ::testing::PrintToString(rest);
}

// Bytes changed, taken away, doubled, and parts of other samples put in: whatever comes out, it comes out
// soon.
TEST_P(Samples, SurviveBeingDamaged)
{
    const Sample whole = parse_sample(GetParam());
    const std::vector<std::string> all = sample_paths();
    // Always the same, but for --gtest_shuffle, with which each repetition is another one.
    const auto seed = static_cast<std::uint32_t>(::testing::UnitTest::GetInstance()->random_seed());
    std::mt19937 random(static_cast<std::uint32_t>(std::hash<std::string>{}(GetParam())) ^ seed);
    const auto below = [&](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, std::max<std::size_t>(most, 1) - 1)(random);
    };
    constexpr std::string_view kMarks = "{}[]()\"'\\;#=,/$*%!.:-@ \n\t\0\xff";
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < 60; ++round) {
        Sample damaged = whole;
        for (Sample::File& file : damaged.files)
            for (std::size_t change = 0; change <= below(4) && !file.content.empty(); ++change) {
                const std::size_t at = below(file.content.size());
                const std::size_t length = below(40);
                switch (below(4)) {
                case 0:
                    file.content[at] = kMarks[below(kMarks.size())];
                    break;
                case 1:
                    file.content.erase(at, length);
                    break;
                case 2:
                    file.content.insert(at, file.content.substr(below(file.content.size()), length * 10));
                    break;
                default:
                    file.content.resize(at);
                }
            }
        const TemporaryDirectory root;
        write_files(damaged, root);
        for (const Limit& limit : read_sample(damaged, root).limits) {
            EXPECT_GT(limit.slots, 0U);
            EXPECT_FALSE(limit.addresses.empty());
        }
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

std::string sample_name(const ::testing::TestParamInfo<std::string>& info)
{
    const std::filesystem::path path(info.param);
    std::string name = path.parent_path().filename().string() + "_" + path.stem().string();
    std::replace_if(
        name.begin(), name.end(),
        [](char letter) { return std::isalnum(static_cast<unsigned char>(letter)) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Readers, Samples, ::testing::ValuesIn(sample_paths()), sample_name);

} // namespace
} // namespace slotscope::limits
