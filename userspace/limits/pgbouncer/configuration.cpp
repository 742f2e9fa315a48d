// SPDX-License-Identifier: MIT
#include "limits/pgbouncer/configuration.h"

#include "limits/text.h"

#include <algorithm>

namespace slotscope::limits::pgbouncer {
namespace {

// A name may be in quotes, which are doubled within it.
std::string unquoted(std::string_view name)
{
    if (name.size() < 2 || name.front() != '"' || name.back() != '"')
        return std::string(name);
    std::string result;
    name = name.substr(1, name.size() - 2);
    for (std::size_t at = 0; at < name.size(); ++at) {
        result += name[at];
        at += name.substr(at, 2) == "\"\"" ? 1 : 0;
    }
    return result;
}

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, Configuration& into)
        : reading_(reading)
        , findings_(findings)
        , into_(into)
    {
    }

    void read_file(const std::string& path, int depth)
    {
        each_line(reading_, findings_, path, ";#",
                  [&](std::string_view line, const Place& place) { read_line(line, place, depth); });
    }

  private:
    void read_line(std::string_view line, const Place& place, int depth)
    {
        constexpr std::string_view kInclude = "%include";
        if (line.starts_with(kInclude)) {
            if (may_include(findings_, place, line, depth))
                read_file(std::string(trimmed(line.substr(kInclude.size()))), depth + 1);
            return;
        }
        if (line[0] == '[') {
            section_ = std::string(section_name(line).value_or(line.substr(1)));
            return;
        }
        const auto assignment = assignment_in(line);
        if (!assignment) {
            not_understood(findings_, place, line, "neither NAME = VALUE nor [SECTION]");
            return;
        }
        const Setting value{std::string(assignment->value), place};
        if (section_ == "pgbouncer")
            into_.global[std::string(assignment->name)] = value;
        else if (section_ == "databases")
            into_.databases[unquoted(assignment->name)] = value;
        else if (section_ == "users")
            into_.users[unquoted(assignment->name)] = value;
    }

    Reading& reading_;
    Findings& findings_;
    Configuration& into_;
    std::string section_;
};

} // namespace

Configuration read_configuration(Reading& reading, Findings& findings, const std::string& path)
{
    Configuration configuration;
    Parser(reading, findings, configuration).read_file(reading.files.absolute(path), 0);
    return configuration;
}

Words words_of_connection(std::string_view text)
{
    Words words;
    for (std::size_t at = 0; at < text.size();) {
        at = std::min(text.find_first_not_of(" \t", at), text.size());
        const std::size_t equals = text.find('=', at);
        if (equals == std::string_view::npos)
            break;
        const std::string name(trimmed(text.substr(at, equals - at)));
        at = std::min(text.find_first_not_of(" \t", equals + 1), text.size());
        std::string value;
        if (at < text.size() && text[at] == '\'') {
            for (++at; at < text.size() && (text[at] != '\'' || text.substr(at, 2) == "''"); ++at) {
                value += text[at];
                at += text[at] == '\'';
            }
            ++at;
        } else {
            const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
            value = text.substr(at, end - at);
            at = end;
        }
        words[name] = value;
    }
    return words;
}

std::optional<std::uint32_t> count_of(const Settings& settings, std::string_view name,
                                      std::uint32_t otherwise, Findings& findings)
{
    const auto found = settings.find(name);
    if (found == settings.end())
        return otherwise;
    const auto count = count_in(found->second.text);
    if (!count)
        not_understood(findings, found->second.place, std::string(name) + " = " + found->second.text,
                       "not a whole number");
    return count;
}

std::string text_of(const Settings& settings, std::string_view name)
{
    const auto found = settings.find(name);
    return found == settings.end() ? "" : found->second.text;
}

} // namespace slotscope::limits::pgbouncer
