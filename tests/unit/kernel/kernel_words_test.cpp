// SPDX-License-Identifier: MIT
#include "kernel/kernel_words.h"

#include <gtest/gtest.h>

namespace slotscope::kernel {
namespace {

TEST(VerdictOfVerifier, IsTheLineBeforeTheStatistics)
{
    EXPECT_EQ(verdict_of_verifier("libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n"
                                  "1448: (db) lock *(u64 *)(r1 +288) += r2\n"
                                  "R1 unbounded memory access, make sure to bounds check any such access\n"
                                  "processed 371 insns (limit 1000000) max_states_per_insn 0\n"
                                  "-- END PROG LOAD LOG --\n"),
              "R1 unbounded memory access, make sure to bounds check any such access");
}

TEST(VerdictOfVerifier, OfAnEmptyLogIsEmptyAndOfALongLineBounded)
{
    EXPECT_EQ(verdict_of_verifier(""), "");
    EXPECT_EQ(verdict_of_verifier("-- BEGIN PROG LOAD LOG --\n-- END PROG LOAD LOG --\n"), "");
    EXPECT_LE(verdict_of_verifier(std::string(100'000, 'x')).size(), 300U);
}

} // namespace
} // namespace slotscope::kernel
