// SPDX-License-Identifier: MIT
// A bound on the memory that one piece of work may take, whatever it is given to work on.
#pragma once

#include <cstddef>
#include <new>

namespace slotscope {

// What `new` throws where a budget is spent.
struct MemoryBudgetSpent : std::bad_alloc {
    const char* what() const noexcept override { return "it takes more memory than it may"; }
};

// While one lives, what this thread takes by `new` and has not given back counts against it, and what would
// go beyond it is refused by a MemoryBudgetSpent. Ends where it was made: in the same thread, and the one
// that was made last first. Of several the last one counts, and it alone. What was taken before is not
// counted, and must not be given back meanwhile.
class MemoryBudget {
  public:
    explicit MemoryBudget(std::size_t most_bytes);
    ~MemoryBudget();
    MemoryBudget(const MemoryBudget&) = delete;
    MemoryBudget& operator=(const MemoryBudget&) = delete;

    std::size_t used_bytes() const { return used_bytes_; } // now
    bool is_spent() const { return is_spent_; }            // something was refused

    // For `new` and `delete`.
    bool allows(std::size_t size_bytes);
    void take(std::size_t size_bytes) { used_bytes_ += size_bytes; }
    void give_back(std::size_t size_bytes)
    {
        used_bytes_ -= size_bytes < used_bytes_ ? size_bytes : used_bytes_;
    }

  private:
    std::size_t most_bytes_;
    std::size_t used_bytes_ = 0;
    bool is_spent_ = false;
    MemoryBudget* before_;
};

} // namespace slotscope
