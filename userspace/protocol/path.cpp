// SPDX-License-Identifier: MIT
#include "protocol/path.h"

#include "protocol/text.h"

#include <algorithm>

namespace slotscope::protocol {
namespace {

constexpr std::size_t kLongWord = 32;       // longer segments are no words of a route
constexpr std::size_t kLongWordDigits = 20; // … with digits in them
constexpr std::size_t kShortestHash = 8;
constexpr std::size_t kLongestExtension = 5;
constexpr std::size_t kMostSegments = 12;
constexpr std::size_t kManyDigits =
    4; // "order-2041": a number with a word before it; "v2", "oauth2" are names

std::size_t digits_in(std::string_view segment)
{
    return static_cast<std::size_t>(std::count_if(segment.begin(), segment.end(), is_digit));
}

bool is_hash(std::string_view segment)
{
    return segment.size() >= kShortestHash && digits_in(segment) > 0 &&
           std::all_of(segment.begin(), segment.end(), [](char c) { return is_hex_digit(c) || c == '-'; });
}

bool is_of_a_name(char c)
{
    return is_letter(c) || is_digit(c) || std::string_view("-_.~:,+!*$()'").find(c) != std::string_view::npos;
}

// "photo-1234.jpg" is "photo-1234" and ".jpg".
std::string_view extension_of(std::string_view segment)
{
    const std::size_t dot = segment.rfind('.');
    if (dot == std::string_view::npos || dot == 0)
        return {};
    const std::string_view extension = segment.substr(dot);
    return is_word(extension.substr(1), "", kLongestExtension) && is_letter(extension[1])
               ? extension
               : std::string_view();
}

std::string segment_template(std::string_view segment)
{
    if (!std::all_of(segment.begin(), segment.end(), is_of_a_name))
        return std::string(kIdentifier);
    const std::string_view extension = extension_of(segment);
    const std::string_view stem = segment.substr(0, segment.size() - extension.size());
    if (is_identifier(stem))
        return std::string(kIdentifier).append(extension);
    return std::string(segment);
}

// "http://host:80/a/b" -> "/a/b"
std::string_view without_authority(std::string_view path)
{
    const std::size_t scheme = path.find("://");
    if (path.empty() || path[0] == '/' || scheme == std::string_view::npos)
        return path;
    const std::size_t slash = path.find('/', scheme + 3);
    return slash == std::string_view::npos ? "/" : path.substr(slash);
}

} // namespace

bool is_identifier(std::string_view segment)
{
    if (segment.empty())
        return false;
    const std::size_t digits = digits_in(segment);
    if (digits == segment.size() || digits >= kManyDigits || is_hash(segment))
        return true;
    if (segment.size() > kLongWord || (segment.size() > kLongWordDigits && digits > 0))
        return true;
    return !std::all_of(segment.begin(), segment.end(), is_of_a_name);
}

std::string path_template(std::string_view path, bool cut)
{
    path = without_authority(path);
    const std::size_t query = path.find_first_of("?#");
    if (query != std::string_view::npos)
        cut = false;
    path = path.substr(0, query);
    if (path.empty() || path[0] != '/')
        return cut ? "…" : path == "*" ? "*" : "/{id}";
    std::string result;
    std::size_t segments = 0;
    while (!path.empty()) {
        path.remove_prefix(1); // '/'
        const std::size_t end = std::min(path.find('/'), path.size());
        std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);
        if ((path.empty() && cut) || ++segments > kMostSegments)
            return result + "/…";
        segment = segment.substr(0, segment.find(';')); // RFC 3986 3.3: parameters, such as a session's
        result.append("/").append(segment_template(segment));
    }
    return result;
}

} // namespace slotscope::protocol
