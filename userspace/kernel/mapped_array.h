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
    // Reserves the addresses for `most` values of `value_size` bytes (rounded up to 8, as the kernel does) of
    // the array `map_fd`, which must stay open, and maps the first `count` of them.
    static Result<MappedArray> map(int map_fd, std::size_t value_size, std::size_t count, std::size_t most,
                                   bool writable);

    // Maps more values, so that there are at least `count`; their addresses stay. A BPF array counts as
    // resident memory as soon as it is mapped, so what nobody uses is better not mapped.
    Result<void> grow(std::size_t count);

    MappedArray(MappedArray&& other) noexcept;
    MappedArray& operator=(MappedArray&& other) noexcept;
    MappedArray(const MappedArray&) = delete;
    MappedArray& operator=(const MappedArray&) = delete;
    ~MappedArray();

    std::size_t size() const { return count_; }
    std::size_t most_bytes() const { return reserved_; }

    template <typename T>
    std::span<T> as() const
    {
        return {reinterpret_cast<T*>(address_), count_};
    }

  private:
    char* address_ = nullptr;
    std::size_t reserved_ = 0; // bytes
    std::size_t mapped_ = 0;   // bytes
    std::size_t stride_ = 0;   // bytes of a value
    std::size_t most_ = 0;
    std::size_t count_ = 0;
    int map_fd_ = -1; // not owned
    int protection_ = 0;
};

} // namespace slotscope::kernel
