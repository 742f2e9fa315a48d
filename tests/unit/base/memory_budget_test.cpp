// SPDX-License-Identifier: MIT
#include "base/memory_budget.h"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace slotscope {
namespace {

TEST(MemoryBudget, RefusesWhatGoesBeyondIt)
{
    MemoryBudget budget(1 << 20);
    std::string fits(500'000, 'x');
    EXPECT_FALSE(budget.is_spent());
    EXPECT_THROW(std::string(600'000, 'x'), MemoryBudgetSpent);
    EXPECT_TRUE(budget.is_spent());
}

TEST(MemoryBudget, CountsWhatIsNotGivenBackOnly)
{
    MemoryBudget budget(1 << 20);
    for (int round = 0; round < 1000; ++round)
        EXPECT_NO_THROW(std::string(100'000, 'x'));
    EXPECT_EQ(budget.used_bytes(), 0U);
    const auto kept = std::make_unique<std::vector<int>>(1000);
    EXPECT_GE(budget.used_bytes(), 1000 * sizeof(int));
}

TEST(MemoryBudget, GivesNothingToThoseWhoAskWithoutExceptions)
{
    MemoryBudget budget(1 << 20);
    const std::unique_ptr<std::array<char, 500'000>> fits(new (std::nothrow) std::array<char, 500'000>);
    EXPECT_TRUE(fits);
    EXPECT_GE(budget.used_bytes(), 500'000U);
    const std::unique_ptr<std::array<char, 600'000>> more(new (std::nothrow) std::array<char, 600'000>);
    EXPECT_FALSE(more);
    EXPECT_TRUE(budget.is_spent());
}

TEST(MemoryBudget, CountsManySmallOnes)
{
    MemoryBudget budget(1 << 20);
    const auto fill = [] {
        std::vector<std::unique_ptr<int>> all;
        for (int index = 0; index < 1'000'000; ++index)
            all.push_back(std::make_unique<int>(index));
    };
    EXPECT_THROW(fill(), MemoryBudgetSpent);
    EXPECT_EQ(budget.used_bytes(), 0U); // all was given back on the way out
}

TEST(MemoryBudget, IsOfItsThreadAndEndsWithItself)
{
    {
        const MemoryBudget budget(1 << 10);
        bool refused = true;
        std::thread([&] { refused = std::string(1 << 20, 'x').empty(); }).join();
        EXPECT_FALSE(refused);
    }
    EXPECT_NO_THROW(std::string(1 << 20, 'x'));
}

TEST(MemoryBudget, OfTwoTheLastOneCounts)
{
    const MemoryBudget outer(1 << 10);
    {
        const MemoryBudget inner(1 << 21);
        EXPECT_NO_THROW(std::string(1 << 20, 'x'));
    }
    EXPECT_THROW(std::string(1 << 20, 'x'), MemoryBudgetSpent);
}

} // namespace
} // namespace slotscope
