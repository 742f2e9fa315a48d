// SPDX-License-Identifier: MIT
#include "enrich/netns.h"

#include "temporary_directory.h"

#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

std::uint32_t inode(const std::string& path)
{
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return static_cast<std::uint32_t>(status.st_ino);
}

// Files stand for namespaces; a second name of a file is the same namespace.
class FakePlaces : public ::testing::Test {
  protected:
    FakePlaces()
    {
        own_ = root_.write("proc/self/ns/net", "");
        same("proc/1/ns/net", own_);
        same("proc/2/ns/net", own_);
        blue_ = root_.write("netns/blue", "");
        same("proc/3/ns/net", blue_);
        nameless_ = root_.write("proc/4/ns/net", "");
        same("proc/5/ns/net", nameless_);
        docker_ = root_.write("docker/1-abcdef", "");
        root_.write("proc/6/stat", "");     // gone meanwhile, or not ours to see
        root_.write("proc/version", "");    // no process
        root_.write("proc/sys/ns/net", ""); // nor this
    }

    void same(const std::string& name, const std::string& as)
    {
        const std::string path = root_ / name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::filesystem::create_hard_link(as, path);
    }

    NetworkNamespacePlaces places() const
    {
        return {root_ / "proc", root_ / "netns", {root_ / "docker", root_ / "none"}};
    }

    TemporaryDirectory root_;
    std::string own_;
    std::string blue_;
    std::string nameless_;
    std::string docker_;
};

TEST_F(FakePlaces, ListsEveryNamespaceOnceItsOwnFirst)
{
    const auto found = NetworkNamespaces(places()).reachable();
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].inode, inode(own_));
    EXPECT_EQ(found[0].path, own_);
    EXPECT_EQ(found[1].path, blue_);
    EXPECT_EQ(found[2].path, docker_);
    EXPECT_EQ(found[3].inode, inode(nameless_));
    std::set<std::uint32_t> inodes;
    for (const NetworkNamespace& one : found)
        inodes.insert(one.inode);
    EXPECT_EQ(inodes.size(), found.size());
}

TEST_F(FakePlaces, KnowsItsOwn)
{
    EXPECT_EQ(NetworkNamespaces(places()).own(), inode(own_));
}

TEST_F(FakePlaces, NamesANamespaceElseGivesItsInode)
{
    NetworkNamespaces namespaces(places());
    EXPECT_EQ(namespaces.name(inode(blue_), 1), "blue");
    EXPECT_EQ(namespaces.name(inode(nameless_), 1), std::to_string(inode(nameless_)));
}

TEST_F(FakePlaces, NoticesNewNamesAfterAWhile)
{
    NetworkNamespaces namespaces(places());
    EXPECT_EQ(namespaces.name(inode(nameless_), 1), std::to_string(inode(nameless_)));
    same("netns/green", nameless_);
    EXPECT_EQ(namespaces.name(inode(nameless_), 2), std::to_string(inode(nameless_)));
    EXPECT_EQ(namespaces.name(inode(nameless_), 20'000'000'000), "green");
}

TEST_F(FakePlaces, DoesWithoutAnyOfThePlaces)
{
    NetworkNamespaces namespaces({root_ / "a", root_ / "b", {}});
    EXPECT_EQ(namespaces.own(), 0U);
    EXPECT_TRUE(namespaces.reachable().empty());
    EXPECT_EQ(namespaces.name(7, 1), "7");
}

TEST_F(FakePlaces, CountsTheProcessesThatMayNotBeLookedAt)
{
    std::uint64_t hidden = 7;
    EXPECT_EQ(NetworkNamespaces(places()).reachable(&hidden).size(), 4U);
    EXPECT_EQ(hidden, 0U) << "one that has gone is not hidden";

    std::filesystem::permissions(root_ / "proc/3/ns", std::filesystem::perms::none);
    std::filesystem::permissions(root_ / "", std::filesystem::perms(0755));
    const bool root = ::geteuid() == 0; // who may look everywhere
    ASSERT_TRUE(!root || ::seteuid(65534) == 0);
    const auto found = NetworkNamespaces(places()).reachable(&hidden);
    ASSERT_TRUE(!root || ::seteuid(0) == 0);
    std::filesystem::permissions(root_ / "proc/3/ns", std::filesystem::perms(0755));
    EXPECT_EQ(hidden, 1U);
    EXPECT_EQ(found.size(), 4U) << "blue has a name, too";
}

TEST_F(FakePlaces, OpensTheNamespaceThatWasMeant)
{
    EXPECT_TRUE(open_namespace({inode(blue_), blue_}).ok());
    const auto another = open_namespace({inode(blue_), nameless_});
    ASSERT_FALSE(another.ok());
    EXPECT_EQ(another.error().code, ESTALE);
    const auto gone = open_namespace({inode(blue_), root_ / "gone"});
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code, ENOENT);
}

TEST(NetworkNamespaces, IgnoresPlainFilesAmongTheNames)
{
    const TemporaryDirectory root;
    const std::string left_over = root.write("netns/stale", "");
    NetworkNamespaces namespaces({"/proc", root / "netns", {}});
    if (namespaces.own() == 0)
        GTEST_SKIP() << "/proc/self/ns/net cannot be read here";
    for (const NetworkNamespace& one : namespaces.reachable())
        EXPECT_NE(one.path, left_over);
    EXPECT_EQ(namespaces.name(inode(left_over), 1), std::to_string(inode(left_over)));
}

TEST(NetworkNamespaces, OpensItsOwn)
{
    const NetworkNamespaces namespaces;
    if (namespaces.own() == 0)
        GTEST_SKIP() << "/proc/self/ns/net cannot be read here";
    const auto found = namespaces.reachable();
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0].inode, namespaces.own());
    EXPECT_TRUE(open_namespace(found[0]).ok());
}

} // namespace
} // namespace slotscope::enrich
