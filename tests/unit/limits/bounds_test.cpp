// SPDX-License-Identifier: MIT
// Small files that ask for all memory there is: whatever they say, reading them stays within its bounds.
#include "sample.h"

#include "limits/document.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace slotscope::limits {
namespace {

struct Greedy {
    const char* name;
    const char* product;
    std::vector<std::string> argv;
    std::string (*content)();
};

std::string repeated(const std::string& line, int times)
{
    std::string all;
    for (int index = 0; index < times; ++index)
        all += line;
    return all;
}

std::string doubling_variables()
{
    return "global\n setenv A \"0123456789\"\n" + repeated(" setenv A \"$A$A\"\n", 60) +
           "backend app\n server a 10.0.0.1:80 maxconn 8\n";
}

std::string large_templates()
{
    return "backend app\n" + repeated(" server-template a 1-1000 10.0.0.1:80 maxconn 8\n", 60'000);
}

std::string ranges_of_ports()
{
    return "global\n maxconn 8\nfrontend f\n" + repeated(" bind :1-256\n", 200'000);
}

std::string variables_again_and_again()
{
    std::string text = "Define A 0123456789\n";
    text += repeated("Define A ${A}${A}\n", 16);
    return text + repeated("X ${A}\n", 90'000);
}

std::string anchors_within_anchors()
{
    std::string text = "static_resources: ";
    for (int level = 0; level < 60; ++level)
        text += "&a" + std::to_string(level) + " [";
    text += repeated("x,", 150'000) + "x" + std::string(60, ']');
    return text + "\n";
}

std::string placeholders()
{
    return "[uwsgi]\na = " + std::string(60'000, 'x') + "\n" + repeated("b = %(a)\n", 19'000);
}

const std::vector<Greedy> kGreedy = {
    {"VariablesOfHaproxy", "haproxy", {"haproxy", "-f", "/f"}, doubling_variables},
    {"TemplatesOfHaproxy", "haproxy", {"haproxy", "-f", "/f"}, large_templates},
    {"PortsOfHaproxy", "haproxy", {"haproxy", "-f", "/f"}, ranges_of_ports},
    {"VariablesOfApache", "apache", {"apache2", "-f", "/f"}, variables_again_and_again},
    {"AnchorsOfEnvoy", "envoy", {"envoy", "-c", "/f"}, anchors_within_anchors},
    {"PlaceholdersOfUwsgi", "uwsgi", {"uwsgi", "--ini", "/f"}, placeholders},
};

long peak_kilobytes()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

class FilesThatAskForMuch : public ::testing::TestWithParam<Greedy> {};

TEST_P(FilesThatAskForMuch, AreRefusedWithinTheBound)
{
    Sample sample;
    sample.product = GetParam().product;
    sample.instance.main.argv = GetParam().argv;
    sample.instance.main.executable = "/usr/sbin/" + GetParam().argv[0];
    sample.instance.working_directory = "/";
    sample.instance.listening = {parse_endpoint("127.0.0.1:80").value()};
    sample.files = {{"/f", "", false, GetParam().content()}};
    const TemporaryDirectory root;
    write_files(sample, root);

    const long before = peak_kilobytes();
    const Findings findings = read_sample(sample, root);
#ifndef __SANITIZE_ADDRESS__ // it keeps what was given back for a while
    EXPECT_LT(peak_kilobytes() - before, 100'000);
#else
    static_cast<void>(before);
#endif
    EXPECT_TRUE(findings.incomplete);
    EXPECT_TRUE(findings.limits.empty());
    ASSERT_EQ(findings.not_understood.size(), 1U);
    EXPECT_NE(findings.not_understood[0].why.find("too much memory"), std::string::npos);
}

// Many servers are no attack: what there is room for stays.
TEST(LargeFiles, OfThousandsOfServersTheFirstOnesStay)
{
    Sample sample;
    sample.product = "haproxy";
    sample.instance.main.argv = {"haproxy", "-f", "/f"};
    sample.instance.main.executable = "/usr/sbin/haproxy";
    std::string servers = "backend app\n";
    for (int index = 0; index < 9000; ++index)
        servers += " server s" + std::to_string(index) + " 10.0." + std::to_string(index / 200) + "." +
                   std::to_string(index % 200) + ":80 maxconn 8\n";
    sample.files = {{"/f", "", false, servers}};
    const TemporaryDirectory root;
    write_files(sample, root);
    const Findings findings = read_sample(sample, root);
    EXPECT_EQ(findings.limits.size(), 2000U);
    EXPECT_EQ(findings.run_time.limits.size(), 2000U);
    ASSERT_EQ(findings.not_understood.size(), 1U);
    EXPECT_NE(findings.not_understood[0].why.find("the rest is left out"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Readers, FilesThatAskForMuch, ::testing::ValuesIn(kGreedy),
                         [](const auto& greedy) { return std::string(greedy.param.name); });

} // namespace
} // namespace slotscope::limits
