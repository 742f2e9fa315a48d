// SPDX-License-Identifier: MIT
// Takes the place of the library's `new` and `delete` in every program that links it (C++20,
// [replacement.functions]); those for arrays, and those that do not throw, call these. What is aligned beyond
// what malloc gives is not counted: nothing here asks for it.
#include "base/memory_budget.h"

#include <cstdlib>
#include <malloc.h>

namespace slotscope {
namespace {

constinit thread_local MemoryBudget* current = nullptr;

} // namespace

MemoryBudget::MemoryBudget(std::size_t most_bytes)
    : most_bytes_(most_bytes)
    , before_(current)
{
    current = this;
}

MemoryBudget::~MemoryBudget()
{
    current = before_;
}

bool MemoryBudget::allows(std::size_t size_bytes)
{
    const bool allowed = size_bytes <= most_bytes_ && used_bytes_ <= most_bytes_ - size_bytes;
    is_spent_ = is_spent_ || !allowed;
    return allowed;
}

} // namespace slotscope

void* operator new(std::size_t size)
{
    slotscope::MemoryBudget* const budget = slotscope::current;
    if (budget && !budget->allows(size))
        throw slotscope::MemoryBudgetSpent();
    void* const block = std::malloc(size != 0 ? size : 1);
    if (!block)
        throw std::bad_alloc();
    if (budget)
        budget->take(::malloc_usable_size(block));
    return block;
}

// Replaced as well, though the library's does the same: the address sanitizer has one of its own, whose
// blocks the operator below may not take back (std::stable_sort asks for them).
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    try {
        return ::operator new(size);
    } catch (...) {
        return nullptr;
    }
}

void operator delete(void* block) noexcept
{
    if (slotscope::current && block)
        slotscope::current->give_back(::malloc_usable_size(block));
    std::free(block);
}

void operator delete(void* block, std::size_t) noexcept
{
    ::operator delete(block);
}

void operator delete(void* block, const std::nothrow_t&) noexcept
{
    ::operator delete(block);
}
