// SPDX-License-Identifier: MIT
#include "limits/lines.h"

#include "limits/text.h"

namespace slotscope::limits {

const Setting* find_setting(const Settings& settings, std::string_view name)
{
    const auto found = settings.find(name);
    return found == settings.end() || found->second.text.empty() ? nullptr : &found->second;
}

bool each_line(Reading& reading, Findings& findings, const std::string& path, std::string_view comments,
               const std::function<void(std::string_view line, const Place& place)>& line)
{
    const auto content = read_file(reading, findings, path);
    if (!content)
        return false;
    for (const TextLine& each : lines_of(*content)) {
        const std::string_view text = trimmed(each.text);
        if (!text.empty() && comments.find(text[0]) == std::string_view::npos)
            line(text, {path, each.number});
    }
    return true;
}

bool may_include(Findings& findings, const Place& place, std::string_view text, int depth)
{
    if (depth < kDeepestInclude)
        return true;
    not_understood(findings, place, text, "files include each other too deeply");
    return false;
}

std::optional<std::string_view> section_name(std::string_view line)
{
    const auto end = line.find(']');
    if (end == std::string_view::npos)
        return std::nullopt;
    return trimmed(line.substr(1, end - 1));
}

std::optional<Assignment> assignment_in(std::string_view line, char separator)
{
    const auto at = line.find(separator);
    if (at == std::string_view::npos)
        return std::nullopt;
    return Assignment{trimmed(line.substr(0, at)), trimmed(line.substr(at + 1))};
}

} // namespace slotscope::limits
