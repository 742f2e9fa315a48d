// SPDX-License-Identifier: MIT
#include "kernel/mapped_array.h"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace slotscope::kernel {
namespace {

std::size_t whole_pages(std::size_t bytes)
{
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

} // namespace

Result<MappedArray> MappedArray::map(int map_fd, std::size_t value_size, std::size_t count, std::size_t most,
                                     bool writable)
{
    MappedArray array;
    array.stride_ = (value_size + 7) / 8 * 8;
    array.most_ = most;
    array.map_fd_ = map_fd;
    array.protection_ = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    const std::size_t reserved = whole_pages(array.stride_ * most);
    void* address = ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED)
        return system_error("cannot reserve addresses for a BPF table", errno);
    array.address_ = static_cast<char*>(address);
    array.reserved_ = reserved;
    if (auto result = array.grow(count); !result)
        return result.error();
    return array;
}

Result<void> MappedArray::grow(std::size_t count)
{
    const std::size_t bytes = whole_pages(stride_ * std::min(count, most_));
    if (bytes > mapped_) {
        void* address = ::mmap(address_ + mapped_, bytes - mapped_, protection_, MAP_SHARED | MAP_FIXED,
                               map_fd_, static_cast<off_t>(mapped_));
        if (address == MAP_FAILED)
            return system_error("cannot map a BPF table into memory", errno);
        mapped_ = bytes;
    }
    count_ = std::min(most_, mapped_ / stride_); // what the last page has room for is there, too
    return {};
}

MappedArray::MappedArray(MappedArray&& other) noexcept
{
    *this = std::move(other);
}

MappedArray& MappedArray::operator=(MappedArray&& other) noexcept
{
    std::swap(address_, other.address_);
    std::swap(reserved_, other.reserved_);
    std::swap(mapped_, other.mapped_);
    std::swap(stride_, other.stride_);
    std::swap(most_, other.most_);
    std::swap(count_, other.count_);
    std::swap(map_fd_, other.map_fd_);
    std::swap(protection_, other.protection_);
    return *this;
}

MappedArray::~MappedArray()
{
    if (address_)
        ::munmap(address_, reserved_);
}

} // namespace slotscope::kernel
