// SPDX-License-Identifier: MIT
#include "serve/query.h"

#include <charconv>

namespace slotscope::serve {
namespace {

Error malformed(std::string_view part, std::string_view why)
{
    return Error{"\"" + std::string(part) + "\" in the request's target " + std::string(why)};
}

Result<std::string> decode(std::string_view part)
{
    constexpr int kHexadecimal = 16;
    std::string decoded;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != '%') {
            decoded += part[i];
            continue;
        }
        unsigned value = 0;
        const std::string_view digits = part.substr(i + 1, 2);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, kHexadecimal);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
            return malformed(part, "has a % that is not followed by two hexadecimal digits");
        if (value == 0)
            return malformed(part, "holds a zero byte");
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

// "http://host/path" -> "/path": a server must understand both (RFC 9112, 3.2.2).
std::string_view without_origin(std::string_view target)
{
    constexpr std::string_view kScheme = "http://";
    if (target.substr(0, kScheme.size()) != kScheme)
        return target;
    const auto slash = target.find('/', kScheme.size());
    return slash == std::string_view::npos ? "/" : target.substr(slash);
}

Result<void> add_parameter(Target& result, std::string_view parameter)
{
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos)
        return malformed(parameter, "has no value: write NAME=VALUE");
    auto name = decode(parameter.substr(0, equals));
    if (!name)
        return name.error();
    auto value = decode(parameter.substr(equals + 1));
    if (!value)
        return value.error();
    if (!result.parameters.emplace(*name, *value).second)
        return malformed(*name, "is given twice");
    return {};
}

} // namespace

Result<Target> parse_target(std::string_view target)
{
    target = without_origin(target);
    if (target.empty() || target.front() != '/')
        return malformed(target, "is not a path: it must start with /");

    Target result;
    const auto question = target.find('?');
    auto path = decode(target.substr(0, question));
    if (!path)
        return path.error();
    result.path = std::move(path).value();

    std::string_view rest = question == std::string_view::npos ? "" : target.substr(question + 1);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        if (const auto added = add_parameter(result, rest.substr(0, end)); !added)
            return added.error();
        rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    }
    return result;
}

} // namespace slotscope::serve
