// SPDX-License-Identifier: MIT
// Discovery over a /proc of the test's own: a product that runs, its files, and what changes.
#include "daemon/limit_scanner.h"

#include "base/clock.h"
#include "temporary_directory.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

class FakeHost : public ::testing::Test {
  protected:
    void SetUp() override
    {
        configure(8);
        run(812, 1, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg", ticks_now() + 100);
        run(813, 812, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg", ticks_now() + 100);
        host_.write("proc/812/net/tcp", "titles\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
                                        "00:00000000 00000000     0        0 71 1 x\n");
        link("812/fd/3", "socket:[71]");
    }

    void configure(int maxconn)
    {
        host_.write("root/h.cfg", "backend app\n mode http\n server a 10.0.0.1:80 maxconn " +
                                      std::to_string(maxconn) + "\n");
    }

    // In clock ticks since boot, as /proc has it.
    static std::uint64_t ticks_now()
    {
        timespec now{};
        ::clock_gettime(CLOCK_BOOTTIME, &now);
        return static_cast<std::uint64_t>(now.tv_sec * ::sysconf(_SC_CLK_TCK) +
                                          now.tv_nsec / (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
    }

    void run(std::uint32_t pid, std::uint32_t parent, const std::string& executable, std::string cmdline,
             std::uint64_t started)
    {
        const std::string directory = "proc/" + std::to_string(pid) + "/";
        std::replace(cmdline.begin(), cmdline.end(), ' ', '\0');
        host_.write(directory + "stat", std::to_string(pid) + " (haproxy) S " + std::to_string(parent) +
                                            " 1 1 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 0 " +
                                            std::to_string(started) + " 3133440 409\n");
        host_.write(directory + "cmdline", cmdline);
        host_.write(directory + "status", "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n");
        link(std::to_string(pid) + "/exe", executable);
        link(std::to_string(pid) + "/ns/net", "net:[7]");
        link(std::to_string(pid) + "/root", host_ / "root");
    }
    void link(const std::string& name, const std::string& target) const
    {
        const std::filesystem::path path(host_ / ("proc/" + name));
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::remove(path);
        std::filesystem::create_symlink(target, path);
    }
    void end(std::uint32_t pid) const
    {
        std::filesystem::remove_all(host_ / ("proc/" + std::to_string(pid)));
    }

    std::vector<std::uint32_t> slots()
    {
        std::vector<std::uint32_t> found;
        now_ns_ += kSecond_ns;
        for (const Limit& each : (last_ = scanner_.scan(now_ns_)).limits)
            found.push_back(each.slots);
        return found;
    }

    using Slots = std::vector<std::uint32_t>;
    TemporaryDirectory host_;
    LimitScanner scanner_{host_ / "proc"};
    Discovered last_;
    std::uint64_t now_ns_ = monotonic_ns();
};

TEST_F(FakeHost, FindsTheLimitsOfAnInstanceOnce)
{
    EXPECT_EQ(slots(), Slots{8});
    EXPECT_EQ(last_.limits[0].origin.product, "haproxy");
    EXPECT_EQ(last_.limits[0].origin.pid, 812U);
    EXPECT_EQ(last_.limits[0].origin.netns, 7U);
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::certain);
    EXPECT_EQ(slots(), Slots{8});
    end(812);
    end(813);
    EXPECT_EQ(slots(), Slots{});
}

// php-fpm's master does at a reload, and a HAProxy master too.
TEST_F(FakeHost, AProcessBetweenTwoProgramsKeepsItsLimitsForAMoment)
{
    EXPECT_EQ(slots(), Slots{8});
    const std::string cmdline("haproxy\0-W\0-f\0/h.cfg", 20);
    host_.write("proc/812/cmdline", "");
    host_.write("proc/813/cmdline", "");
    EXPECT_EQ(slots(), Slots{8});
    host_.write("proc/812/cmdline", cmdline);
    EXPECT_EQ(slots(), Slots{8});
    std::filesystem::remove(host_ / "proc/812/fd/3");
    now_ns_ += 5 * kSecond_ns; // by then it is looked at again
    EXPECT_EQ(slots(), Slots{8});
    link("812/fd/3", "socket:[71]");
    EXPECT_EQ(slots(), Slots{8});
    std::filesystem::remove(host_ / "proc/812/fd/3");
    now_ns_ += 5 * kSecond_ns;
    EXPECT_EQ(slots(), Slots{8});
    EXPECT_EQ(slots(), Slots{8});
    EXPECT_EQ(slots(), Slots{}) << "two seconds";
}

TEST_F(FakeHost, WhatDoesNotListenHasNoLimits)
{
    std::filesystem::remove(host_ / "proc/812/fd/3"); // haproxy -c, or one on its way out
    EXPECT_EQ(slots(), Slots{});
}

TEST_F(FakeHost, AChangedFileHoldsFromTheNextWorkerOn)
{
    EXPECT_EQ(slots(), Slots{8});
    ::usleep(1'200'000); // the workers of the test begin a second after its start
    configure(12);
    EXPECT_EQ(slots(), Slots{8});
    ASSERT_EQ(last_.not_understood.size(), 1U);
    EXPECT_NE(last_.not_understood[0].why.find("before it is reloaded"), std::string::npos);
    EXPECT_EQ(slots(), Slots{8});

    run(814, 812, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg -sf 813", ticks_now() + 100);
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_TRUE(last_.not_understood.empty());
}

// It listens before it has workers: the first that are seen may be those of a reload that nobody saw.
TEST_F(FakeHost, AReloadBeforeAnyWorkerWasSeenIsNotMissed)
{
    end(813);
    EXPECT_EQ(slots(), Slots{8});
    ::usleep(1'200'000);
    configure(12);
    run(814, 812, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg -sf 813", ticks_now() + 100);
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::unsure); // or the start was slow

    run(815, 812, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg -sf 814", ticks_now() + 110);
    end(814);
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::certain);
}

// On a busy host the first look at the workers may come when the files have changed already.
TEST_F(FakeHost, FirstWorkersThatAreSeenWithAChangedFileAreNoReload)
{
    end(813);
    EXPECT_EQ(slots(), Slots{8});
    run(813, 812, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg", ticks_now() + 100);
    ::usleep(1'200'000);
    configure(12); // newer than the worker
    EXPECT_EQ(slots(), Slots{8});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::certain);
    ASSERT_EQ(last_.not_understood.size(), 1U);
    EXPECT_NE(last_.not_understood[0].why.find("before it is reloaded"), std::string::npos);
}

// One of nginx's that dies is replaced by its master, with what that has.
TEST_F(FakeHost, TheEndOfAFirstWorkerIsNoReload)
{
    host_.write("root/etc/nginx/nginx.conf",
                "worker_processes 2; http { upstream a { zone a 64k; server 10.0.0.1 max_conns=8; } }");
    const auto nginx = [&](std::uint32_t pid, std::uint32_t parent, std::uint64_t started) {
        run(pid, parent, "/usr/sbin/nginx", "", started);
        host_.write("proc/" + std::to_string(pid) + "/cmdline",
                    parent == 1 ? "nginx: master process nginx" : "nginx: worker process");
    };
    nginx(812, 1, ticks_now() + 100);
    nginx(813, 812, ticks_now() + 101);
    nginx(814, 812, ticks_now() + 102);
    const auto of_upstream = [&] {
        slots();
        const auto found = std::find_if(last_.limits.begin(), last_.limits.end(),
                                        [](const Limit& each) { return each.name == "a/10.0.0.1:80"; });
        return found == last_.limits.end()
                   ? "none"
                   : std::to_string(found->slots) + " " + std::string(to_string(found->origin.certainty));
    };
    EXPECT_EQ(of_upstream(), "8 certain");
    ::usleep(1'200'000);
    host_.write("root/etc/nginx/nginx.conf",
                "worker_processes 2; http { upstream a { zone a 64k; server 10.0.0.1 max_conns=9; } }");
    EXPECT_EQ(of_upstream(), "8 certain");
    end(813);
    nginx(815, 812, ticks_now() + 100);
    EXPECT_EQ(of_upstream(), "8 certain");
}

TEST_F(FakeHost, WorkersOfAReloadThatAreSeenWithTheFirstOnesAreNotTakenForThem)
{
    ::usleep(1'200'000);
    configure(12);
    run(814, 812, "/usr/sbin/haproxy", "haproxy -W -f /h.cfg -sf 813", ticks_now() + 100);
    EXPECT_EQ(slots(), Slots{12});
    end(813);
    EXPECT_EQ(slots(), Slots{12});
    ::usleep(1'200'000);
    configure(15); // newer than both
    EXPECT_EQ(slots(), Slots{12});
}

// haproxy -D -sf: the older one is nobody's child, and goes on until its connections end.
TEST_F(FakeHost, AProcessThatAnotherOneReplacesIsItsOlderGeneration)
{
    end(813);
    EXPECT_EQ(slots(), Slots{8});
    ::usleep(1'200'000);
    configure(12);
    run(900, 1, "/usr/sbin/haproxy", "haproxy -D -f /h.cfg -sf 4711 812", ticks_now() + 100);
    EXPECT_EQ(slots(), Slots{8}); // it does not listen yet
    EXPECT_EQ(last_.limits[0].origin.pid, 812U);

    host_.write("proc/900/net/tcp", "titles\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
                                    "00:00000000 00000000     0        0 91 1 x\n");
    link("900/fd/3", "socket:[91]");
    std::filesystem::remove(host_ / "proc/812/fd/3");
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_EQ(last_.limits[0].origin.pid, 900U);
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::certain);
    const auto& generations = last_.limits[0].origin.generations;
    ASSERT_EQ(generations.size(), 2U);
    EXPECT_EQ(generations[0].pids, std::vector<std::uint32_t>{812});
    EXPECT_EQ(generations[0].slots, 8U);
    EXPECT_EQ(generations[1].pids, std::vector<std::uint32_t>{900});

    end(812);
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_TRUE(last_.limits[0].origin.generations.empty());
}

// Its libraries have the texts that they were made of, whenever the file was changed.
TEST_F(FakeHost, OfVarnishWhatItHasLoadedTells)
{
    const auto vcl = [](int most) {
        return "vcl 4.1;\nbackend a { .host = \"10.0.0.1\"; .max_connections = " + std::to_string(most) +
               "; }\n";
    };
    end(812);
    end(813);
    host_.write("root/v.vcl", vcl(8));
    host_.write("root/w/vcl_boot.100.5/vgc.so", "ELF" + vcl(8) + '\0');
    run(700, 1, "/usr/sbin/varnishd", "varnishd -f /v.vcl -n w", ticks_now() - 1000);
    link("700/cwd", "/w");
    host_.write("proc/700/net/tcp", "titles\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
                                    "00:00000000 00000000     0        0 71 1 x\n");
    link("700/fd/3", "socket:[71]");
    EXPECT_EQ(slots(), Slots{8});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::certain);

    host_.write("root/v.vcl", vcl(12));
    EXPECT_EQ(slots(), Slots{8});
    ASSERT_EQ(last_.not_understood.size(), 1U);
    EXPECT_NE(last_.not_understood[0].why.find("before it is reloaded"), std::string::npos);

    host_.write("root/w/vcl_two.200.25/vgc.sym", "");
    EXPECT_EQ(slots(), Slots{8}); // it is being compiled

    host_.write("root/w/vcl_two.200.25/vgc.so", "ELF" + vcl(12) + '\0');
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::unsure);
    EXPECT_NE(last_.limits[0].origin.doubt.find("the VCL boot is loaded too"), std::string::npos);

    std::filesystem::remove_all(host_ / "root/w/vcl_boot.100.5"); // vcl.discard
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::certain);
    EXPECT_TRUE(last_.not_understood.empty());
}

// vcl.load of another file: nobody has seen the file in force.
TEST_F(FakeHost, OfVarnishAFileThatIsNotLoadedIsNotSure)
{
    end(812);
    end(813);
    host_.write("root/v.vcl", "vcl 4.1;\nbackend a { .host = \"10.0.0.1\"; .max_connections = 8; }\n");
    host_.write("root/w/vcl_other.300.5/vgc.so", "ELF vcl 4.1; another text");
    run(700, 1, "/usr/sbin/varnishd", "varnishd -f /v.vcl -n w", ticks_now() + 100);
    link("700/cwd", "/w");
    host_.write("proc/700/net/tcp", "titles\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
                                    "00:00000000 00000000     0        0 71 1 x\n");
    link("700/fd/3", "socket:[71]");
    EXPECT_EQ(slots(), Slots{8});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::unsure);
    EXPECT_NE(last_.limits[0].origin.doubt.find("does not run with /v.vcl"), std::string::npos);
}

TEST_F(FakeHost, AFileThatIsNewerThanTheProductMakesItUnsure)
{
    ::usleep(1'200'000);
    configure(12);
    EXPECT_EQ(slots(), Slots{12});
    EXPECT_EQ(last_.limits[0].origin.certainty, Certainty::unsure);
    EXPECT_NE(last_.limits[0].origin.doubt.find("/h.cfg"), std::string::npos);
}

TEST_F(FakeHost, AFileThatCannotBeReadAnyMoreIsNotTheEnd)
{
    EXPECT_EQ(slots(), Slots{8});
    std::filesystem::remove(host_ / "root/h.cfg");
    EXPECT_EQ(slots(), Slots{});
    EXPECT_FALSE(last_.not_understood.empty());
}

TEST_F(FakeHost, NamesAreLookedUpInTheHostsFileOfTheProduct)
{
    host_.write("root/etc/hosts", "127.0.0.1 localhost\n10.1.1.1 app.internal app # x\n");
    host_.write("root/h.cfg", "backend app\n server a APP:80 maxconn 3\n server b other:80 maxconn 4\n");
    EXPECT_EQ(slots(), Slots{3});
    EXPECT_EQ(to_string(last_.limits[0].addresses[0]), "10.1.1.1:80");
    ASSERT_EQ(last_.not_understood.size(), 1U);
    EXPECT_NE(last_.not_understood[0].why.find("hosts file"), std::string::npos);
}

TEST_F(FakeHost, ThousandsOfNamesAreNoThousandsOfFiles)
{
    std::string hosts;
    std::string servers = "backend app\n";
    for (int index = 0; index < 1200; ++index) {
        const std::string number = std::to_string(index);
        hosts +=
            "10.2." + std::to_string(index / 250) + "." + std::to_string(index % 250) + " h" + number + "\n";
        servers += " server s" + number + " h" + number + ":80 maxconn 1\n";
    }
    host_.write("root/etc/hosts", hosts);
    host_.write("root/h.cfg", servers);
    EXPECT_EQ(slots().size(), 1200U);
    EXPECT_TRUE(last_.not_understood.empty());
}

// Its lines would be shown, as not understood, to everybody who may ask the agent.
TEST_F(FakeHost, AFileThatTheProcessMayNotReadItselfIsNotRead)
{
    host_.write("proc/812/status",
                "Uid:\t65534\t0\t0\t0\nGid:\t65534\t0\t0\t0\nGroups:\t\n"); // as if it were setuid
    host_.write("root/h.cfg", "defaults\n server \"a secret\n");
    std::filesystem::permissions(host_ / "root/h.cfg", std::filesystem::perms(0600));
    EXPECT_EQ(slots(), Slots{});
    ASSERT_EQ(last_.not_understood.size(), 1U);
    EXPECT_EQ(last_.not_understood[0].text, "");
    EXPECT_NE(last_.not_understood[0].why.find("may not read it itself"), std::string::npos)
        << last_.not_understood[0].why;
}

int lookups = 0;

Result<std::vector<Address>> nobody_knows(const std::string& host)
{
    ++lookups;
    return Error{host + " is not known"};
}

TEST_F(FakeHost, ANameThatIsNotKnownIsNotAskedForAgainAtOnce)
{
    link("self/ns/mnt", "mnt:[1]");
    link("812/ns/mnt", "mnt:[1]");
    std::filesystem::remove(host_ / "proc/812/root");
    link("812/root", "/");
    lookups = 0;
    LimitScanner scanner(host_ / "proc", nobody_knows);
    std::filesystem::remove_all(host_ / "proc/813");
    run(812, 1, "/usr/sbin/haproxy", "haproxy -f " + (host_ / "root/h.cfg"), ticks_now() + 100);
    link("812/root", "/");
    host_.write("root/h.cfg", "backend app\n server a no.such.name.invalid:80 maxconn 3\n"
                              " server b no.such.name.invalid:80 maxconn 3\n");
    EXPECT_EQ(scanner.scan(now_ns_).not_understood.size(), 2U);
    host_.write("root/h.cfg", "backend app\n server a no.such.name.invalid:80 maxconn 30\n");
    EXPECT_EQ(scanner.scan(now_ns_ + kSecond_ns).not_understood.size(), 1U);
    EXPECT_EQ(lookups, 1);
    host_.write("root/h.cfg", "backend app\n server a no.such.name.invalid:80 maxconn 300\n");
    EXPECT_EQ(scanner.scan(now_ns_ + 100 * kSecond_ns).not_understood.size(), 1U);
    EXPECT_EQ(lookups, 2);
}

} // namespace
} // namespace slotscope::daemon
