// SPDX-License-Identifier: MIT
// A BPF array map in our address space.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <span>

namespace slotscope::kernel {

class MappedArray {
  public:
    MappedArray() = default;
    // Maps `count` values of `value_size` bytes (rounded up to 8, as the kernel does) of the array `map_fd`.
    static Result<MappedArray> map(int map_fd, std::size_t value_size, std::size_t count, bool writable);

    MappedArray(MappedArray&& other) noexcept;
    MappedArray& operator=(MappedArray&& other) noexcept;
    MappedArray(const MappedArray&) = delete;
    MappedArray& operator=(const MappedArray&) = delete;
    ~MappedArray();

    std::size_t size_bytes() const { return length_; }

    template <typename T>
    std::span<T> as() const
    {
        return {static_cast<T*>(address_), count_};
    }

  private:
    void* address_ = nullptr;
    std::size_t length_ = 0;
    std::size_t count_ = 0;
};

} // namespace slotscope::kernel
