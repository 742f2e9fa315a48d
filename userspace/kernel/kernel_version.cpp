// SPDX-License-Identifier: MIT
#include "kernel/kernel_version.h"

#include <charconv>

namespace slotscope::kernel {

KernelVersion parse_kernel_version(std::string_view release)
{
    KernelVersion version;
    const char* const end = release.data() + release.size();
    const auto major = std::from_chars(release.data(), end, version.major);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.')
        return {};
    if (std::from_chars(major.ptr + 1, end, version.minor).ec != std::errc())
        return {};
    return version;
}

std::string to_string(const KernelVersion& version)
{
    return std::to_string(version.major) + "." + std::to_string(version.minor);
}

} // namespace slotscope::kernel
