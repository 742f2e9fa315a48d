// SPDX-License-Identifier: MIT
// The page in a real browser: no error on its console, nothing asked of the network, nothing wider than the
// screen.
#include "cli/report/html.h"
#include "cli/report/page.h"
#include "fake_agent.h"
#include "report_sample.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

namespace slotscope::cli::test {

using testing::HasSubstr;

namespace {

std::string browser()
{
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
        for (const char* directory : {"/usr/bin/", "/usr/local/bin/", "/snap/bin/"})
            if (std::filesystem::exists(std::string(directory) + name))
                return std::string(directory) + name;
    return "";
}

std::string content_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

class ReportInBrowser : public testing::Test {
  protected:
    void SetUp() override
    {
        if (browser().empty())
            GTEST_SKIP() << "no chromium here (Debian: apt-get install chromium)";
    }

    std::string write(const std::string& name, const std::string& content) const
    {
        std::ofstream(directory_.path(name), std::ios::binary) << content;
        return directory_.path(name);
    }

    // What it prints, its log among it. No name is resolved: what a browser tells its maker stays here.
    std::string run(const std::string& arguments, const std::string& file) const
    {
        const std::string command = "timeout 120 " + browser() +
                                    " --headless --no-sandbox --disable-gpu --no-first-run "
                                    "--disable-background-networking --hide-scrollbars"
                                    " --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' "
                                    "--enable-logging=stderr --user-data-dir=" +
                                    directory_.path("profile") + " " + arguments + " file://" + file +
                                    " 2>&1";
        FILE* const pipe = ::popen(command.c_str(), "r");
        std::string output;
        std::array<char, 4096> chunk{};
        for (std::size_t got = 0; (got = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
            output.append(chunk.data(), got);
        EXPECT_EQ(::pclose(pipe), 0) << output;
        return output;
    }

    struct Seen {
        std::string log;
        std::vector<std::string> requests; // lines of the network log that the page is the initiator of
    };
    Seen open(const std::string& file) const
    {
        const std::string log = directory_.path("net.json");
        Seen seen;
        seen.log = run("--log-net-log=" + log + " --net-log-capture-mode=Everything --screenshot=" +
                           directory_.path("page.png") + " --window-size=1000,1600",
                       file);
        std::istringstream lines(content_of(log));
        bool any = false;
        for (std::string line; std::getline(lines, line); any = true)
            if (line.find("\"initiator\":\"null\"") !=
                std::string::npos) // of a file; the browser's own have none
                seen.requests.push_back(line);
        EXPECT_TRUE(any) << "no network log";
        EXPECT_GT(content_of(directory_.path("page.png")).size(), 5000U);
        return seen;
    }

    // How wide the page becomes in a window of so many pixels.
    int width_in(int window, const std::string& page) const
    {
        const std::string frame =
            "<!doctype html><body><iframe style=\"border:0;height:900px;width:" + std::to_string(window) +
            "px\" srcdoc=\"" + report::text(page).code() +
            "\"></iframe><script>onload=()=>{const d=document.querySelector('iframe')."
            "contentDocument.documentElement;document.title='width='+d.scrollWidth}</script>";
        const std::string dumped = run("--dump-dom", write("frame.html", frame));
        const std::size_t found = dumped.find("<title>width=");
        EXPECT_NE(found, std::string::npos) << dumped.substr(0, 500);
        return found == std::string::npos ? 0 : std::atoi(dumped.c_str() + found + 13);
    }

    static std::string page_of(const Json& answer)
    {
        return report::report_page(*report::read_episode(answer));
    }

    TemporaryDirectory directory_;
};

const char* const kHostile =
    "<img "
    "src=http://127.0.0.1:9/x.png><script>console.error(1)</"
    "script>\"'><a-very-long-word-that-has-no-space-in-it/and/"
    "goes/on/and/on/and/on/so/that/it/has/to/be/broken/somewhere/by/whoever/shows/it";

TEST_F(ReportInBrowser, HasNoErrorAndAsksNothingOfTheNetwork)
{
    for (const Json& answer : {episode_answer(), episode_answer_with(kHostile)}) {
        const Seen seen = open(write("page.html", page_of(answer)));
        EXPECT_EQ(seen.log.find("CONSOLE"), std::string::npos) << seen.log;
        EXPECT_EQ(seen.requests, std::vector<std::string>{});
    }
}

// The check above sees what it is for.
TEST_F(ReportInBrowser, PageThatIsWrongIsSeen)
{
    const Seen seen =
        open(write("wrong.html", "<!doctype html><body style='font-size:99px'>wrong wrong wrong"
                                 "<img src='http://127.0.0.1:9/x.png'><script>nothing()</script>"));
    EXPECT_THAT(seen.log, HasSubstr("CONSOLE"));
    EXPECT_FALSE(seen.requests.empty());
}

TEST_F(ReportInBrowser, FitsPhonesAndDesks)
{
    for (const Json& answer : {episode_answer(), episode_answer_with(kHostile)})
        for (const int window : {320, 390, 1200})
            EXPECT_EQ(width_in(window, page_of(answer)), window);
}

TEST_F(ReportInBrowser, FollowsTheLightAndPrints)
{
    const std::string file = write("page.html", page_of(episode_answer()));
    const auto picture = [&](const std::string& scheme) {
        run("--window-size=800,600 --blink-settings=preferredColorScheme=" + scheme +
                " --screenshot=" + directory_.path("light.png"),
            file);
        return content_of(directory_.path("light.png"));
    };
    const std::string dark = picture("0");
    const std::string light = picture("1");
    EXPECT_GT(dark.size(), 5000U);
    EXPECT_NE(dark, light);
    run("--print-to-pdf=" + directory_.path("page.pdf"), file);
    EXPECT_TRUE(content_of(directory_.path("page.pdf")).starts_with("%PDF"));
}

} // namespace

} // namespace slotscope::cli::test
