// SPDX-License-Identifier: MIT
#include "enrich/session_title.h"

#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <string>

namespace slotscope::enrich {
namespace {

TEST(SessionTitle, SaysWhoWaitsForALockAndWhoIsIdleInATransaction)
{
    EXPECT_EQ(session_doing("postgres: app shop 127.0.0.1(41234) UPDATE waiting"),
              SessionDoing::waits_for_lock);
    EXPECT_EQ(session_doing("postgres: 15/main: app shop [local] idle in transaction"),
              SessionDoing::idle_in_transaction);
    EXPECT_EQ(session_doing("postgres: app shop 127.0.0.1(41234) idle in transaction (aborted)"),
              SessionDoing::idle_in_transaction);
    EXPECT_EQ(session_doing("postgres: app shop 127.0.0.1(41234) idle"), SessionDoing::other);
    EXPECT_EQ(session_doing("postgres: app shop 127.0.0.1(41234) UPDATE"), SessionDoing::other);
}

// A commit that waits for a standby: "waiting for 0/3000148".
TEST(SessionTitle, OfWhoWaitsForAStandbyIsNoLock)
{
    EXPECT_EQ(session_doing("postgres: app shop 127.0.0.1(41234) COMMIT waiting for 0/3000148"),
              SessionDoing::other);
}

TEST(SessionTitle, EndsBeforeWhatPadsIt)
{
    EXPECT_EQ(session_doing(std::string("postgres: app shop [local] SELECT waiting\0\0\0", 45)),
              SessionDoing::waits_for_lock);
    EXPECT_EQ(session_doing("postgres: app shop [local] SELECT waiting   "), SessionDoing::waits_for_lock);
}

TEST(SessionTitle, OfAnythingElseSaysNothing)
{
    EXPECT_EQ(session_doing("/usr/bin/python3 worker.py waiting"), SessionDoing::unknown);
    EXPECT_EQ(session_doing("php-fpm: pool www idle in transaction"), SessionDoing::unknown);
    EXPECT_EQ(session_doing(""), SessionDoing::unknown);
    EXPECT_EQ(session_doing("postgres: "), SessionDoing::other);
}

TEST(SessionTitle, IsReadFromTheProcess)
{
    TemporaryDirectory proc;
    proc.write("7/cmdline", "postgres: app shop [local] UPDATE waiting");
    const SessionTitles titles(proc / "");
    EXPECT_EQ(titles.look(7), SessionDoing::waits_for_lock);
    EXPECT_EQ(titles.look(8), SessionDoing::unknown);
}

} // namespace
} // namespace slotscope::enrich
