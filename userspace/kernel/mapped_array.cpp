// SPDX-License-Identifier: MIT
#include "kernel/mapped_array.h"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace slotscope::kernel {

Result<MappedArray> MappedArray::map(int map_fd, std::size_t value_size, std::size_t count, bool writable)
{
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t stride = (value_size + 7) / 8 * 8;
    const std::size_t length = (stride * count + page - 1) / page * page;
    void* address = ::mmap(nullptr, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, map_fd, 0);
    if (address == MAP_FAILED)
        return system_error("cannot map a BPF table into memory", errno);
    MappedArray array;
    array.address_ = address;
    array.length_ = length;
    array.count_ = count;
    return array;
}

MappedArray::MappedArray(MappedArray&& other) noexcept
    : address_(std::exchange(other.address_, nullptr))
    , length_(std::exchange(other.length_, 0))
    , count_(std::exchange(other.count_, 0))
{
}

MappedArray& MappedArray::operator=(MappedArray&& other) noexcept
{
    std::swap(address_, other.address_);
    std::swap(length_, other.length_);
    std::swap(count_, other.count_);
    return *this;
}

MappedArray::~MappedArray()
{
    if (address_)
        ::munmap(address_, length_);
}

} // namespace slotscope::kernel
