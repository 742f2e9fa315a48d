// SPDX-License-Identifier: MIT
#include "serve/unix_listener.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <slotscope/api/contract.h>

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

namespace slotscope::serve {
namespace {

using test::Client;
using test::TempDirectory;
using testing::AllOf;
using testing::HasSubstr;

std::string error_of(const std::string& path, bool may_create_directory = false)
{
    const auto listener = listen_unix(path, may_create_directory);
    return listener ? "(no error)" : listener.error().message;
}

struct stat status_of(const std::string& path)
{
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

bool exists(const std::string& path)
{
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

// A socket that was bound; it is left over once the descriptor is closed.
Fd bound(const std::string& path, int type = SOCK_STREAM)
{
    Fd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return socket;
}

TEST(ListenUnix, AcceptsClients)
{
    const TempDirectory directory;
    const auto listener = listen_unix(directory / "s", false);
    ASSERT_TRUE(listener) << listener.error().message;
    EXPECT_TRUE(Client(directory / "s").connected());
}

TEST(ListenUnix, GivesAccessToOwnerAndGroupOnly)
{
    const TempDirectory directory;
    for (const mode_t mask : {0U, 077U}) {
        const mode_t before = ::umask(mask);
        const auto listener = listen_unix(directory / "s", false);
        EXPECT_EQ(::umask(before), mask) << "the umask is left as it was";
        ASSERT_TRUE(listener) << listener.error().message;
        EXPECT_EQ(status_of(directory / "s").st_mode, static_cast<mode_t>(S_IFSOCK | 0660));
        EXPECT_EQ(status_of(directory / "s.lock").st_mode & 0777U, 0600U);
    }
}

TEST(ListenUnix, BelongsToTheGroupWhereItExists)
{
    const TempDirectory directory;
    const auto listener = listen_unix(directory / "s", false);
    ASSERT_TRUE(listener);
    const group* found = ::getgrnam(std::string(api::kGroup).c_str());
    const bool may_give = ::geteuid() == 0;
    EXPECT_EQ(status_of(directory / "s").st_gid, found && may_give ? found->gr_gid : ::getegid());
}

TEST(ListenUnix, DoesNotTakeTheGroupOfItsDirectory)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can give a directory to a foreign group";
    const TempDirectory directory;
    ASSERT_EQ(::chown((directory / "").c_str(), 0, 12345), 0);
    ASSERT_EQ(::chmod((directory / "").c_str(), 02755), 0);
    const auto listener = listen_unix(directory / "s", false);
    ASSERT_TRUE(listener);
    EXPECT_NE(status_of(directory / "s").st_gid, 12345U);
}

TEST(ListenUnix, RefusesAPathThatIsTooLong)
{
    const TempDirectory directory;
    const std::string base = directory / "";
    EXPECT_TRUE(listen_unix(base + std::string(107 - base.size(), 'x'), false));
    EXPECT_THAT(error_of(base + std::string(108 - base.size(), 'x')),
                AllOf(HasSubstr("108 bytes"), HasSubstr("--socket")));
    EXPECT_THAT(error_of(""), HasSubstr("empty"));
}

TEST(ListenUnix, SaysThatTheDirectoryIsMissing)
{
    const TempDirectory directory;
    EXPECT_THAT(error_of(directory / "no/s"),
                AllOf(HasSubstr(directory / "no"), HasSubstr("does not exist"), HasSubstr("mkdir -p")));
    EXPECT_FALSE(exists(directory / "no"));
}

TEST(ListenUnix, CreatesOnlyTheLastDirectoryAndOnlyWhereItMay)
{
    const TempDirectory directory;
    EXPECT_TRUE(listen_unix(directory / "run/s", true));
    EXPECT_EQ(status_of(directory / "run").st_mode & 0777U, 0755U);
    EXPECT_THAT(error_of(directory / "a/b/s", true), HasSubstr("does not exist"));
}

TEST(ListenUnix, SaysThatTheDirectoryIsNone)
{
    const TempDirectory directory;
    std::ofstream(directory / "file") << "text";
    EXPECT_THAT(error_of(directory / "file/s"), HasSubstr("--socket"));
}

TEST(ListenUnix, NamesTheAgentThatIsThereAlready)
{
    const TempDirectory directory;
    const auto first = listen_unix(directory / "s", false);
    ASSERT_TRUE(first);
    const std::string pid = std::to_string(::getpid());
    EXPECT_EQ(error_of(directory / "s"), "another slotscoped (pid " + pid + ") already uses " +
                                             (directory / "s") +
                                             "; stop it or give another place with --socket PATH");
    EXPECT_TRUE(Client(directory / "s").connected()) << "the first agent goes on";
}

TEST(ListenUnix, NamesTheAgentEvenIfItsSocketIsGone)
{
    const TempDirectory directory;
    const auto first = listen_unix(directory / "s", false);
    ASSERT_TRUE(first);
    ::unlink((directory / "s").c_str());
    EXPECT_THAT(error_of(directory / "s"), HasSubstr("already uses"));
}

TEST(ListenUnix, StandsALockWithoutAPid)
{
    const TempDirectory directory;
    std::ofstream(directory / "s.lock") << "garbage";
    std::ofstream(directory / "t.lock") << "";
    const Fd lock(::open((directory / "s.lock").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
    EXPECT_THAT(error_of(directory / "s"), HasSubstr("another slotscoped already uses"));
    EXPECT_TRUE(listen_unix(directory / "t", false));
}

TEST(ListenUnix, ReplacesASocketThatWasLeftOver)
{
    const TempDirectory directory;
    bound(directory / "s");
    ASSERT_TRUE(exists(directory / "s"));
    const auto listener = listen_unix(directory / "s", false);
    ASSERT_TRUE(listener) << listener.error().message;
    EXPECT_TRUE(Client(directory / "s").connected());
}

TEST(ListenUnix, ComesBackAfterAnAgentThatWasKilled)
{
    const TempDirectory directory;
    int ready[2] = {};
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto listener = listen_unix(directory / "s", false);
        [[maybe_unused]] const ssize_t told = ::write(ready[1], listener ? "y" : "n", 1);
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    ASSERT_EQ(::read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    EXPECT_THAT(error_of(directory / "s"), HasSubstr("(pid " + std::to_string(child) + ")"));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(exists(directory / "s"));
    const auto listener = listen_unix(directory / "s", false);
    EXPECT_TRUE(listener) << listener.error().message;
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST(ListenUnix, LeavesAnotherProgramsSocketAlone)
{
    const TempDirectory directory;
    const Fd other = bound(directory / "s");
    ASSERT_EQ(::listen(other.get(), 1), 0);
    const Fd datagrams = bound(directory / "d", SOCK_DGRAM);
    for (const char* name : {"s", "d"}) {
        EXPECT_THAT(error_of(directory / name), HasSubstr("another program listens"));
        EXPECT_TRUE(exists(directory / name));
    }
}

TEST(ListenUnix, LeavesAFileAlone)
{
    const TempDirectory directory;
    std::ofstream(directory / "s") << "precious";
    EXPECT_THAT(error_of(directory / "s"), AllOf(HasSubstr("is not a socket"), HasSubstr("move it away")));
    EXPECT_TRUE(exists(directory / "s"));
}

TEST(ListenUnix, FollowsNoLinkToALock)
{
    const TempDirectory directory;
    ASSERT_EQ(::symlink((directory / "target").c_str(), (directory / "s.lock").c_str()), 0);
    EXPECT_THAT(error_of(directory / "s"), HasSubstr("cannot be opened"));
    EXPECT_FALSE(exists(directory / "target"));
}

TEST(ListenUnix, UnlinksItsSocketAtTheEnd)
{
    const TempDirectory directory;
    {
        const auto listener = listen_unix(directory / "s", false);
        ASSERT_TRUE(listener);
    }
    EXPECT_FALSE(exists(directory / "s"));
    EXPECT_TRUE(listen_unix(directory / "s", false)) << "the lock was given back";
}

TEST(ListenUnix, LeavesASocketThatTookItsPlace)
{
    const TempDirectory directory;
    Fd other;
    {
        const auto listener = listen_unix(directory / "s", false);
        ASSERT_TRUE(listener);
        ASSERT_EQ(::rename((directory / "s").c_str(), (directory / "old").c_str()), 0);
        other = bound(directory / "s");
    }
    EXPECT_TRUE(exists(directory / "s"));
}

} // namespace
} // namespace slotscope::serve
