// SPDX-License-Identifier: MIT
#include "limits/files.h"

#include "temporary_directory.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace slotscope::limits {
namespace {

Fd open_directory(const std::string& path)
{
    return Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

class FilesTest : public ::testing::Test {
  protected:
    Files files(FileBounds bounds = {}, const std::string& working_directory = "/") const
    {
        return Files(open_directory(root_ / "root"), working_directory, bounds);
    }
    void SetUp() override
    {
        root_.write("root/etc/app.conf", "limit 8\n");
        root_.write("secret", "outside\n");
    }

    TemporaryDirectory root_;
};

TEST_F(FilesTest, ReadsWhatIsInsideTheRoot)
{
    EXPECT_EQ(files().read("/etc/app.conf").value(), "limit 8\n");
    EXPECT_EQ(files().read("/etc/../etc/./app.conf").value(), "limit 8\n");
    EXPECT_EQ(files({}, "/etc").read("app.conf").value(), "limit 8\n");
    EXPECT_EQ(files().read("/etc/other.conf").error().code, ENOENT);
}

TEST_F(FilesTest, NothingLeadsOutOfTheRoot)
{
    std::filesystem::create_symlink(root_ / "secret", root_ / "root/absolute");
    std::filesystem::create_symlink("../secret", root_ / "root/relative");
    std::filesystem::create_symlink("/etc", root_ / "root/inside");
    for (const char* path : {"/../secret", "../secret", "/absolute", "/relative", "/etc/../../secret"})
        EXPECT_FALSE(files().read(path).ok()) << path;
    EXPECT_EQ(files().read("/inside/app.conf").value(), "limit 8\n"); // "/" is the root's
}

TEST_F(FilesTest, WhatIsNoRegularFileIsNotWaitedFor)
{
    ASSERT_EQ(::mkfifo((root_ / "root/fifo").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
    std::filesystem::create_symlink("fifo", root_ / "root/link");
    for (const char* path : {"/fifo", "/link", "/etc", "/"})
        EXPECT_EQ(files().read(path).error().code, EINVAL) << path;
}

TEST_F(FilesTest, FilesOfTheKernelAreRefused)
{
    Files host(open_directory("/"));
    for (const char* path : {"/proc/self/environ", "/proc/version", "/sys/kernel/uevent_seqnum"})
        EXPECT_FALSE(host.read(path).ok()) << path;
    EXPECT_FALSE(host.list("/proc").ok());
}

TEST_F(FilesTest, WhoMayNotReadAFileIsNotShownIt)
{
    namespace fs = std::filesystem;
    const auto as = [&](ReadFor who) {
        return Files(open_directory(root_ / "root"), "/", {}, std::move(who));
    };
    const ReadFor nobody{65534, 65534, {}};
    fs::permissions(root_ / "root", fs::perms(0755));
    fs::permissions(root_ / "root/etc", fs::perms(0755));
    fs::permissions(root_ / "root/etc/app.conf", fs::perms(0644));
    EXPECT_EQ(as(nobody).read("/etc/app.conf").value(), "limit 8\n");
    fs::permissions(root_ / "root/etc/app.conf", fs::perms(0600));
    EXPECT_EQ(as(nobody).read("/etc/app.conf").error().code, EPERM);
    EXPECT_EQ(as({0, 0, {}}).read("/etc/app.conf").value(), "limit 8\n");
    EXPECT_TRUE(files().read("/etc/app.conf").ok()); // for nobody in particular

    // One that all may read, in a directory that not all may enter; by a link, too.
    root_.write("root/private/key", "secret\n");
    fs::permissions(root_ / "root/private/key", fs::perms(0644));
    fs::permissions(root_ / "root/private", fs::perms(0700));
    fs::create_symlink("/private/key", root_ / "root/etc/link");
    for (const char* path : {"/private/key", "/etc/link", "/etc/../private/key"})
        EXPECT_EQ(as(nobody).read(path).error().code, EPERM) << path;
    EXPECT_EQ(as(nobody).list("/private").error().code, EPERM);
    EXPECT_TRUE(as(nobody).matching("/private/*").value().empty());
    fs::permissions(root_ / "root/private", fs::perms(0711));
    EXPECT_TRUE(as(nobody).read("/etc/link").ok());
    EXPECT_EQ(as(nobody).list("/private").error().code, EPERM); // names are more than it may see
}

TEST_F(FilesTest, PermissionsAreThoseOfTheFirstClassThatFits)
{
    const ReadFor who{10, 20, {30, 31}};
    EXPECT_TRUE(who.may(4, 0400, 10, 99));
    EXPECT_FALSE(who.may(4, 0044, 10, 20)); // the owner's own hold, even where others have more
    EXPECT_TRUE(who.may(4, 0040, 11, 20));
    EXPECT_TRUE(who.may(4, 0040, 11, 31));
    EXPECT_FALSE(who.may(4, 0004, 11, 31));
    EXPECT_TRUE(who.may(4, 0004, 11, 32));
    EXPECT_FALSE(who.may(1, 0004, 11, 32));
    EXPECT_TRUE((ReadFor{0, 5, {}}).may(4, 0000, 11, 32));
}

TEST_F(FilesTest, LinksThatMultiplyPathsHaveABound)
{
    for (int index = 0; index < 10; ++index) {
        root_.write("root/all/" + std::to_string(index), "");
        std::filesystem::create_symlink("/all", root_ / ("root/all/link" + std::to_string(index)));
    }
    EXPECT_EQ(files().matching("/all/*").value().size(), 20U);
    EXPECT_EQ(files({.most_entries = 100}).matching("/all/*/*").error().code, E2BIG); // 200
}

TEST_F(FilesTest, SizesNumbersAndEntriesHaveBounds)
{
    root_.write("root/large", std::string(1001, 'x'));
    EXPECT_EQ(files({.most_bytes_each = 1000}).read("/large").error().code, EFBIG);

    Files all = files({.most_bytes = 1500});
    EXPECT_TRUE(all.read("/large").ok());
    EXPECT_EQ(all.read("/large").error().code, EFBIG);

    Files few = files({.most_files = 2});
    EXPECT_TRUE(few.read("/etc/app.conf").ok());
    EXPECT_TRUE(few.read("/etc/app.conf").ok());
    EXPECT_EQ(few.read("/etc/app.conf").error().code, E2BIG);

    for (int index = 0; index < 5; ++index)
        root_.write("root/many/" + std::to_string(index), "");
    EXPECT_EQ(files({.most_entries = 4}).list("/many").error().code, E2BIG);
    EXPECT_EQ(files({.most_entries = 4}).matching("/many/*").error().code, E2BIG);
    EXPECT_EQ(files({.most_ns = 0}).read("/large").error().code, ETIME);
    EXPECT_EQ(files({.most_ns = 0}).matching("/none").error().code, ETIME);
    EXPECT_FALSE(files({.most_ns = 0}).is_directory("/many"));
}

TEST_F(FilesTest, PatternsMatchAsTheShellsDo)
{
    for (const char* name : {"b.conf", "a.conf", ".hidden.conf", "c.txt"})
        root_.write(std::string("root/conf.d/") + name, "");
    root_.write("root/other.d/z.conf", "");
    using List = std::vector<std::string>;
    EXPECT_EQ(files().matching("/conf.d/*.conf").value(), (List{"/conf.d/a.conf", "/conf.d/b.conf"}));
    EXPECT_EQ(files().matching("/*.d/[az].conf").value(), (List{"/conf.d/a.conf", "/other.d/z.conf"}));
    EXPECT_EQ(files({}, "/conf.d").matching("c.txt").value(), (List{"/conf.d/c.txt"}));
    EXPECT_EQ(files().matching("/conf.d/none").value(), List{});
    EXPECT_EQ(files().matching("/none/*").value(), List{});
}

TEST_F(FilesTest, WhatWasLookedAtIsRememberedAndChangesAreSeen)
{
    Files reader = files();
    ASSERT_TRUE(reader.read("/etc/app.conf").ok());
    ASSERT_FALSE(reader.read("/etc/not-there.conf").ok());
    ASSERT_EQ(reader.seen().size(), 2U);
    for (const auto& [path, stamp] : reader.seen())
        EXPECT_EQ(reader.stamp(path), stamp) << path;
    root_.write("root/etc/app.conf", "limit 80\n");
    root_.write("root/etc/not-there.conf", "");
    for (const auto& [path, stamp] : reader.seen())
        EXPECT_NE(reader.stamp(path), stamp) << path;
}

} // namespace
} // namespace slotscope::limits
