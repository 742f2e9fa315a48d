// SPDX-License-Identifier: MIT
#include "kernel/hook_table.h"

#include <gtest/gtest.h>
#include <set>

namespace slotscope {
namespace {

using kernel::hook_table;

TEST(HookTable, EverySignalHasANameOfItsOwnAndAVariant)
{
    std::set<std::string_view> names;
    for (const kernel::HookSignal& signal : hook_table()) {
        EXPECT_TRUE(names.insert(signal.name).second) << signal.name;
        EXPECT_FALSE(signal.variants.empty()) << signal.name;
        EXPECT_FALSE(signal.none.empty()) << signal.name << ": what is missed without it";
    }
}

TEST(HookTable, TheBestVariantHasNoGapAndNoWorseOneComesFirst)
{
    for (const kernel::HookSignal& signal : hook_table()) {
        EXPECT_TRUE(signal.variants.front().gap.empty()) << signal.name;
        bool gap = false;
        for (const kernel::HookVariant& variant : signal.variants) {
            EXPECT_FALSE(gap && variant.gap.empty()) << signal.name << ": " << variant.name;
            gap |= !variant.gap.empty();
        }
    }
}

} // namespace
} // namespace slotscope
