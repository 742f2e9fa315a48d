// SPDX-License-Identifier: MIT
#include "limits/memcached/memcached.h"

#include "limits/text.h"

namespace slotscope::limits::memcached {
namespace {

constexpr const char* kSlot =
    "a client's connection, idle ones too; the next one is refused: \"ERROR Too many open "
    "connections\"";
constexpr std::uint32_t kDefaultConnections = 1024;
constexpr std::uint32_t kDefaultThreads = 4;

// memcached refuses a connection whose file number is -c minus 1 or above, so that its own files take some.
// So many were counted with 1.6.18, for 1, 2 and 4 threads and one and two sockets that listen.
constexpr std::uint32_t kOwnFiles = 8; // one of them a socket that listens
constexpr std::uint32_t kFilesOfAThread = 4;

// The value of -c 100, -c100, --conn-limit=100 or --conn-limit 100; empty where there is none.
std::string option(const std::vector<std::string>& argv, const std::string& letter, const std::string& name)
{
    std::string value;
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string& word = argv[at];
        if ((word == letter || word == name) && at + 1 < argv.size())
            value = argv[++at];
        else if (word.starts_with(name + "="))
            value = word.substr(name.size() + 1);
        else if (word.starts_with(letter) && word.size() > letter.size())
            value = word.substr(letter.size());
    }
    return value;
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "memcached";
}

void read(Reading& reading, Findings& findings)
{
    const std::vector<std::string>& argv = reading.instance.main.argv;
    const std::vector<Endpoint>& listening = reading.instance.listening;
    const std::string text = option(argv, "-c", "--conn-limit");
    const Place place{text.empty() ? "memcached's default" : "command line", 0};
    const auto count = text.empty() ? kDefaultConnections : count_in(text);
    const auto threads = count_in(option(argv, "-t", "--threads")).value_or(kDefaultThreads);
    if (!count || *count == 0) {
        not_understood(findings, place, "-c " + text, "not a number of connections");
        return;
    }
    if (listening.empty())
        return;
    const std::uint64_t own =
        std::uint64_t{kOwnFiles} + std::uint64_t{kFilesOfAThread} * threads + listening.size() - 1;
    if (own >= *count) {
        not_understood(findings, place, "-c " + std::to_string(*count),
                       "so few are all taken by its own files");
        return;
    }
    Limit limit = limit_at(place, "memcached", *count - static_cast<std::uint32_t>(own), kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = listening;
    limit.origin.certainty = Certainty::unsure;
    limit.origin.doubt = "how many files it has of its own was counted with version 1.6.18";
    limit.origin.arithmetic = {"-c " + std::to_string(*count) + " (" + to_string(place) + ")",
                               "- " + std::to_string(own) +
                                   " files of its own: " + std::to_string(kFilesOfAThread) + " for each of " +
                                   counted(threads, "thread") + ", " + std::to_string(kOwnFiles) +
                                   " besides, one more for each further socket that listens",
                               "= " + std::to_string(limit.slots)};
    findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::memcached
