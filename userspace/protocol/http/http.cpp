// SPDX-License-Identifier: MIT
// RFC 9112, section 3: METHOD SP TARGET SP HTTP/1.x
#include "protocol/http/http.h"

#include "protocol/path.h"
#include "protocol/text.h"

namespace slotscope::protocol::http {
namespace {

constexpr std::size_t kLongestMethod = 20;

} // namespace

std::string label(std::string_view head)
{
    while (!head.empty() && (head[0] == '\r' || head[0] == '\n')) // empty lines before it are allowed
        head.remove_prefix(1);
    const std::size_t line_end = head.find_first_of("\r\n");
    std::string_view line = head.substr(0, line_end);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || !is_word(line.substr(0, space), "-_", kLongestMethod))
        return {};
    const std::string method(line.substr(0, space));
    line.remove_prefix(space + 1);
    if (method == "CONNECT") // its target is a host
        return method;
    const std::size_t target_end = line.find(' ');
    const bool cut = target_end == std::string_view::npos && line_end == std::string_view::npos;
    const std::string_view target = line.substr(0, target_end);
    if (target.empty() && !cut)
        return {};
    return method + " " + path_template(target, cut);
}

} // namespace slotscope::protocol::http
