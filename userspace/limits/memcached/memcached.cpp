// SPDX-License-Identifier: MIT
#include "limits/memcached/memcached.h"

#include "limits/text.h"

namespace slotscope::limits::memcached {
namespace {

constexpr const char* kSlot =
    "a client's connection, idle ones too; at the limit it stops accepting, and the next ones "
    "wait in the listen backlog";
constexpr std::uint32_t kDefaultConnections = 1024;

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "memcached";
}

void read(Reading& reading, Findings& findings)
{
    const std::vector<std::string>& argv = reading.instance.main.argv;
    std::string text;
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string_view word = argv[at];
        if ((word == "-c" || word == "--conn-limit") && at + 1 < argv.size())
            text = argv[++at];
        else if (word.starts_with("--conn-limit="))
            text = word.substr(13);
        else if (word.starts_with("-c") && !word.starts_with("--") && word.size() > 2)
            text = word.substr(2);
    }
    const Place place{text.empty() ? "memcached's default" : "command line", 0};
    const auto count = text.empty() ? kDefaultConnections : count_in(text);
    if (!count || *count == 0) {
        not_understood(findings, place, "-c " + text, "not a number of connections");
        return;
    }
    Limit limit = limit_at(place, "memcached", *count, kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    limit.origin.arithmetic.push_back("-c " + std::to_string(*count) + " (" + to_string(place) + ")");
    if (!limit.addresses.empty())
        findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::memcached
