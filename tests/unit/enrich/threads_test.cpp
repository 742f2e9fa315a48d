// SPDX-License-Identifier: MIT
#include "enrich/threads.h"

#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace slotscope::enrich {
namespace {

TEST(ThreadDoing, IsToldByStateAndWhereItSleeps)
{
    EXPECT_EQ(thread_doing('S', "futex_wait_queue"), ThreadDoing::lock);
    EXPECT_EQ(thread_doing('S', "futex_do_wait"), ThreadDoing::lock);
    EXPECT_EQ(thread_doing('S', "ep_poll"), ThreadDoing::listens);
    EXPECT_EQ(thread_doing('S', "poll_schedule_timeout.constprop.0"), ThreadDoing::listens);
    EXPECT_EQ(thread_doing('S', "hrtimer_nanosleep"), ThreadDoing::works); // it goes on by itself
    EXPECT_EQ(thread_doing('S', "locks_lock_inode_wait"), ThreadDoing::file_lock);
    EXPECT_EQ(thread_doing('R', "0"), ThreadDoing::works);
    EXPECT_EQ(thread_doing('D', "io_schedule"), ThreadDoing::disk);
    EXPECT_EQ(thread_doing('T', "do_signal_stop"), ThreadDoing::stopped);
    EXPECT_EQ(thread_doing('S', "0"), ThreadDoing::works); // where it sleeps is not told: nothing is said
    EXPECT_EQ(thread_doing('\0', ""), ThreadDoing::unknown);
}

class ThreadsOfAProcess : public ::testing::Test {
  protected:
    void thread(std::uint32_t tid, char state, const std::string& sleeps_in)
    {
        const std::string directory = "7/task/" + std::to_string(tid) + "/";
        proc_.write(directory + "stat", std::to_string(tid) + " (a) S b) " + state + " 1 1 1 0");
        proc_.write(directory + "wchan", sleeps_in);
    }

    TemporaryDirectory proc_;
    ThreadReader reader_{proc_ / ""};
};

TEST_F(ThreadsOfAProcess, ThatAllWaitDoNotWork)
{
    thread(7, 'S', "ep_poll");
    thread(8, 'S', "futex_wait_queue");
    EXPECT_EQ(reader_.look(7, 8), ThreadDoing::lock);
    EXPECT_FALSE(reader_.works(7));
}

TEST_F(ThreadsOfAProcess, OneOfWhichWorksIsEnough)
{
    thread(7, 'S', "futex_wait_queue");
    thread(8, 'S', "hrtimer_nanosleep");
    EXPECT_TRUE(reader_.works(7));
}

// As Ruby sleeps.
TEST_F(ThreadsOfAProcess, ThatWaitForASetTimeWaitForNoLock)
{
    const std::string futex = std::to_string(SYS_futex) + " 0x7f01 0x189 0x0 ";
    const std::string rest = " 0x0 0xffffffff 0x7ffd01 0x7f02\n";
    thread(7, 'S', "futex_do_wait");
    thread(8, 'S', "futex_do_wait");
    proc_.write("7/task/7/syscall", futex + "0x0" + rest);
    proc_.write("7/task/8/syscall", futex + "0x7ffd99" + rest);
    EXPECT_EQ(reader_.look(7, 7), ThreadDoing::lock);
    EXPECT_EQ(reader_.look(7, 8), ThreadDoing::works);
    EXPECT_TRUE(reader_.works(7));
    EXPECT_FALSE(waits_for_a_set_time("running\n"));
    EXPECT_FALSE(waits_for_a_set_time("-1 0x7ffd01 0x7f02\n"));
    EXPECT_FALSE(waits_for_a_set_time(""));
}

TEST_F(ThreadsOfAProcess, ThatHasGoneAreNotSaidToWait)
{
    EXPECT_EQ(reader_.look(9, 9), ThreadDoing::unknown);
    EXPECT_TRUE(reader_.works(9));
}

} // namespace
} // namespace slotscope::enrich
