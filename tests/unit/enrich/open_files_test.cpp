// SPDX-License-Identifier: MIT
#include "enrich/open_files.h"

#include "temporary_directory.h"

#include "base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

TEST(OpenFiles, AreComparedWithTheirSoftLimit)
{
    TemporaryDirectory proc;
    proc.write("7/limits", "Limit                     Soft Limit           Hard Limit           Units\n"
                           "Max open files            3                    4096                 files\n");
    proc.write("7/fd/0", "");
    proc.write("7/fd/1", "");
    EXPECT_FALSE(open_files_of(proc / "", 7)->none_left());
    proc.write("7/fd/2", "");
    const auto files = open_files_of(proc / "", 7);
    EXPECT_EQ(files->open, 3U);
    EXPECT_EQ(files->most, 3U);
    EXPECT_TRUE(files->none_left());
    EXPECT_FALSE(open_files_of(proc / "", 8)) << "a process that has gone";
}

TEST(OpenFiles, OfThisProcessAreCounted)
{
    const auto pid = static_cast<std::uint32_t>(::getpid());
    const auto before = open_files_of("/proc", pid);
    ASSERT_TRUE(before);
    const Fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(open_files_of("/proc", pid)->open, before->open + 1);
}

} // namespace
} // namespace slotscope::enrich
