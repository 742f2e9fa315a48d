// SPDX-License-Identifier: MIT
// The formats, as those read them that they are for: go tool pprof, an XML parser, a browser.
#include "cli/profile/formats.h"
#include "fake_agent.h"
#include "profile_samples.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <zlib.h>

namespace slotscope::cli::test {

using profile::Profile;
using testing::HasSubstr;
using testing::Not;

namespace {

// Its exit status and all that it says.
std::pair<int, std::string> said_by(const std::string& command)
{
    FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string output;
    std::array<char, 4096> chunk{};
    for (std::size_t got = 0; (got = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
        output.append(chunk.data(), got);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

std::string write(const std::string& path, const std::string& content)
{
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

Profile hostile()
{
    Profile profile = sample_profile();
    profile.stacks[0].frames = {"<script>alert(1)</script>", "\"onload='x'", "]]>&amp;&", "a;b;c"};
    return profile;
}

Profile many(std::size_t count)
{
    Profile profile;
    for (std::size_t i = 0; i < count; ++i) {
        const double held = i == 0 ? 1000 : 0.01;
        profile.stacks.push_back(
            {{"app1 (outbound)", "haproxy", "GET /" + std::to_string(i), "(waiting)"}, held});
        profile.slot_seconds += held;
    }
    return profile;
}

bool missing(const std::string& program)
{
    return said_by("command -v " + program).first != 0;
}

} // namespace

TEST(Folded, AreLinesOfMicrosecondsWithoutASeparatorInAFrame)
{
    EXPECT_EQ(profile::folded(sample_profile()),
              "app1 (outbound);haproxy;GET /a;waits for 127.0.0.1:5432 SELECT \u2026 14000000\n"
              "app1 (outbound);haproxy;(no call);(idle) 3000000\n"
              "app1 (outbound);haproxy;GET /b;(waiting) 3000000\n");
    EXPECT_THAT(profile::folded(hostile()), HasSubstr(";a:b:c 14000000\n"));
    EXPECT_EQ(profile::folded(Profile{}), "");
}

TEST(Pprof, IsOneGzipMember)
{
    const std::string packed = profile::pprof(sample_profile());
    ASSERT_GT(packed.size(), 20U);
    std::string raw(100'000, '\0');
    z_stream stream{};
    ASSERT_EQ(::inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    std::string input = packed;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(raw.data());
    stream.avail_out = static_cast<uInt>(raw.size());
    EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.avail_in, 0U);
    ::inflateEnd(&stream);
    EXPECT_EQ(packed, profile::pprof(sample_profile())) << "no time of writing in it";
}

TEST(Pprof, IsReadByItsOwnTool)
{
    if (missing("go"))
        GTEST_SKIP() << "no go tool pprof here (Debian: apt-get install golang-go)";
    const TemporaryDirectory directory;
    const std::string file = write(directory.path("p.pb.gz"), profile::pprof(sample_profile()));
    const std::string tool = "HOME=" + directory.path("") + " go tool pprof ";
    const auto [status, raw] = said_by(tool + "-raw " + file);
    ASSERT_EQ(status, 0) << raw;
    EXPECT_THAT(raw, HasSubstr("slots/nanoseconds"));
    EXPECT_THAT(raw, HasSubstr("Duration: 10"));
    EXPECT_THAT(raw, HasSubstr("Period: 125000000\n"));
    EXPECT_THAT(raw, HasSubstr(" 14000000000: 1 2 3 4"));
    EXPECT_THAT(raw, HasSubstr("1: 0x0 M=1 waits for 127.0.0.1:5432 SELECT \u2026"));
    EXPECT_THAT(raw, HasSubstr("4: 0x0 M=1 app1 (outbound)"));
    EXPECT_THAT(said_by(tool + "-unit=s -top " + file).second, HasSubstr("Total samples = 20s"));
    EXPECT_EQ(said_by(tool + "-traces " + file).first, 0);
    const std::string empty = write(directory.path("empty.pb.gz"), profile::pprof(Profile{}));
    EXPECT_EQ(said_by(tool + "-raw " + empty).first, 0);
    const std::string large = write(directory.path("large.pb.gz"), profile::pprof(many(5000)));
    EXPECT_THAT(said_by(tool + "-unit=s -top -nodecount=3 " + large).second, HasSubstr("of 1049.99s total"));
}

TEST(FlameGraph, IsWellFormedWhateverTheNamesAre)
{
    const TemporaryDirectory directory;
    for (const Profile& each : {sample_profile(), hostile(), many(3000), Profile{}}) {
        const std::string code = profile::flame_graph(each);
        EXPECT_THAT(code, Not(HasSubstr("<script")));
        EXPECT_THAT(code, Not(HasSubstr("http://www.w3.org/1999")));
        const std::string file = write(directory.path("p.svg"), code);
        const auto [status, said] =
            said_by("python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' " + file);
        EXPECT_EQ(status, 0) << said;
    }
}

TEST(FlameGraph, NamesEveryFrameAndItsShareForThoseWhoHover)
{
    const std::string code = profile::flame_graph(sample_profile());
    EXPECT_THAT(code, HasSubstr("<title>app1 (outbound): 100.0 %, 20.00 slot-seconds</title>"));
    EXPECT_THAT(
        code, HasSubstr("<title>waits for 127.0.0.1:5432 SELECT \u2026: 70.0 %, 14.00 slot-seconds</title>"));
    EXPECT_THAT(code, HasSubstr("20.0 slot-seconds in 10.0 s: 2.0 slots in use on average; 80 looks"));
    EXPECT_THAT(profile::flame_graph(Profile{}), HasSubstr("no slot was held in this time"));
}

TEST(FlameGraph, IsBoundedAndTellsOfTheSmallOnesTogether)
{
    const std::string code = profile::flame_graph(many(5000));
    EXPECT_LT(code.size(), 20'000U);
    EXPECT_THAT(code, HasSubstr("<title>4999 smaller ones: 4.8 %"));
}

TEST(FlameGraph, IsDrawnByABrowserWithoutAComplaint)
{
    if (missing("chromium"))
        GTEST_SKIP() << "no chromium here (Debian: apt-get install chromium)";
    const TemporaryDirectory directory;
    const auto draw = [&](const std::string& name, const std::string& code) {
        const auto [status, said] =
            said_by("timeout 120 chromium --headless --no-sandbox --disable-gpu --no-first-run "
                    "--disable-background-networking"
                    " --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --window-size=1220,500 "
                    "--user-data-dir=" +
                    directory.path("profile") + " --screenshot=" + directory.path(name + ".png") +
                    " file://" + write(directory.path(name + ".svg"), code));
        EXPECT_EQ(status, 0) << said;
        EXPECT_THAT(said, Not(HasSubstr("CONSOLE"))) << said;
        std::ifstream picture(directory.path(name + ".png"), std::ios::binary | std::ios::ate);
        return static_cast<std::size_t>(picture.tellg());
    };
    const std::size_t full = draw("full", profile::flame_graph(sample_profile()));
    EXPECT_GT(full, 10'000U);
    EXPECT_GT(draw("hostile", profile::flame_graph(hostile())), 10'000U);
    EXPECT_LT(draw("empty", profile::flame_graph(Profile{})), full) << "the frames are what is drawn";
}

} // namespace slotscope::cli::test
