// SPDX-License-Identifier: MIT
#include "kernel/mapped_array.h"

#include "base/fd.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace slotscope {
namespace {

using kernel::MappedArray;

// A file in memory stands in for the BPF array: both are mapped by offset.
Fd file_of(std::size_t bytes)
{
    Fd file(::memfd_create("array", MFD_CLOEXEC));
    EXPECT_EQ(::ftruncate(file.get(), static_cast<off_t>(bytes)), 0);
    return file;
}

TEST(MappedArray, GrowsInPlace)
{
    const Fd file = file_of(1024 * 2368);
    auto array = MappedArray::map(file.get(), 2368, 8, 1024, true);
    ASSERT_TRUE(array);
    ASSERT_GE(array->size(), 8U);
    EXPECT_LT(array->size(), 1024U);
    struct Value {
        std::uint64_t number;
        char rest[2360];
    };
    Value* const first = array->as<Value>().data();
    first->number = 42;
    ASSERT_TRUE(array->grow(1024));
    EXPECT_EQ(array->size(), 1024U);
    EXPECT_EQ(array->as<Value>().data(), first);
    array->as<Value>()[1023].number = 7;
    EXPECT_EQ(first->number, 42U);
}

TEST(MappedArray, NeverGrowsPastItsMost)
{
    const Fd file = file_of(8192);
    auto array = MappedArray::map(file.get(), 64, 1, 100, true);
    ASSERT_TRUE(array);
    ASSERT_TRUE(array->grow(1'000'000));
    EXPECT_EQ(array->size(), 100U);
}

TEST(MappedArray, AMapThatCannotBeMappedIsAnError)
{
    const auto array = MappedArray::map(-1, 64, 1, 100, true);
    ASSERT_FALSE(array);
    EXPECT_EQ(array.error().code, EBADF);
}

} // namespace
} // namespace slotscope
