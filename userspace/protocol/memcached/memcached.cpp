// SPDX-License-Identifier: MIT
// The text protocol: a command is the first word of a line. Keys are no part of the label.
#include "protocol/memcached/memcached.h"

#include "protocol/text.h"

namespace slotscope::protocol::memcached {
namespace {

constexpr std::size_t kLongestCommand = 16;

} // namespace

std::string label(std::string_view head)
{
    const std::size_t end = head.find_first_of(" \r\n");
    const std::string_view command = head.substr(0, end);
    return end != std::string_view::npos && is_word(command, "_", kLongestCommand) ? std::string(command)
                                                                                   : std::string();
}

} // namespace slotscope::protocol::memcached
