// SPDX-License-Identifier: MIT
#include "limits/pgbouncer/users.h"

#include "limits/text.h"

#include <algorithm>

namespace slotscope::limits::pgbouncer {
namespace {

// Behind the quote that ends what begins at AT; doubled ones are part of it. Else npos.
std::size_t behind_quoted(std::string_view text, std::size_t at)
{
    for (; at < text.size() && text[at] != '\n'; ++at) {
        if (text[at] != '"')
            continue;
        if (text.substr(at, 2) != "\"\"")
            return at + 1;
        ++at;
    }
    return std::string_view::npos;
}

// Lines of "NAME" "PASSWORD" and of comments behind a semicolon (loader.c, load_auth_file). False: there is
// something else, where PgBouncer stops reading.
bool read_names(std::string_view content, std::set<std::string>& into)
{
    for (const TextLine& line : lines_of(content)) {
        const std::string_view text = trimmed(line.text);
        if (text.empty() || text[0] == ';')
            continue;
        const std::size_t end = text[0] == '"' ? behind_quoted(text, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            return false;
        into.emplace(text.substr(1, end - 2));
    }
    return true;
}

constexpr std::size_t kMostUsers = 1000; // each is looked at for each database

// What auth_type takes its users from.
bool only_of_auth_file(std::string_view auth_type)
{
    constexpr std::string_view kTypes[] = {"", "md5", "plain", "trust", "cert", "scram-sha-256"}; // none: md5
    return std::find(std::begin(kTypes), std::end(kTypes), auth_type) != std::end(kTypes);
}

} // namespace

Users users_of(const Configuration& configuration, Reading& reading)
{
    Users users;
    const std::string type = lowered(text_of(configuration.global, "auth_type"));
    const std::string path = text_of(configuration.global, "auth_file");
    if (!only_of_auth_file(type))
        users.unknown = "auth_type " + type + " lets in others than auth_file has";
    else if (!text_of(configuration.global, "auth_user").empty())
        users.unknown = "auth_user looks them up in the database";
    else if (path.empty())
        users.unknown = "there is no auth_file";
    if (!users.unknown.empty())
        return users;
    const auto content = reading.files.read(reading.files.absolute(path));
    if (!content)
        users.unknown = content.error().message;
    else if (!read_names(*content, users.names))
        users.unknown = path + " is not written as an auth_file is";
    // With `trust` those of [users] need no password.
    for (const auto& [name, settings] : configuration.users)
        users.names.insert(name);
    if (users.names.size() > kMostUsers)
        users.unknown = "there are more than " + std::to_string(kMostUsers);
    if (users.unknown.empty() && users.names.empty())
        users.unknown = path + " has none";
    users.where = "auth_file " + path;
    return users;
}

} // namespace slotscope::limits::pgbouncer
