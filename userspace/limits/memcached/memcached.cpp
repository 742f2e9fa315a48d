// SPDX-License-Identifier: MIT
#include "limits/memcached/memcached.h"

#include "limits/text.h"

#include <map>

namespace slotscope::limits::memcached {
namespace {

constexpr const char* kSlot =
    "a client's connection, idle ones too; the next one is refused: \"ERROR Too many open "
    "connections\"";
constexpr const char* kWaitingSlot =
    "a client's connection, idle ones too; the next ones wait in the listen backlog (no_maxconns_fast)";
constexpr std::uint32_t kDefaultConnections = 1024;
constexpr std::uint32_t kDefaultThreads = 4;

// memcached refuses a connection whose file number is -c minus 1 or above, so that its own files take some.
// So many were counted with 1.6.18, for 1, 2 and 4 threads and one and two sockets that listen.
constexpr std::uint32_t kOwnFiles = 8; // one of them a socket that listens
constexpr std::uint32_t kFilesOfAThread = 4;

// Its own getopt: a letter that takes nothing may stand in one word with those behind it ("-vvc 60").
constexpr std::string_view kLettersWithValue = "apsUmcluPfntDRbBIYeoN";
constexpr std::pair<std::string_view, char> kNames[] = {
    {"--conn-limit", 'c'}, {"--threads", 't'}, {"--udp-port", 'U'}, {"--extended", 'o'}};

struct Options {
    std::map<char, std::string> values; // the last one of each
    std::string extended;               // all of -o: "a,b=c"
};

void take(char letter, const std::string& value, Options& options)
{
    options.values[letter] = value;
    if (letter == 'o')
        options.extended += "," + value;
}

Options options_of(const std::vector<std::string>& argv)
{
    Options options;
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string& word = argv[at];
        if (word.starts_with("--")) {
            const auto equals = word.find('=');
            for (const auto& [name, letter] : kNames)
                if (word.substr(0, equals) == name && (equals != std::string::npos || at + 1 < argv.size()))
                    take(letter, equals != std::string::npos ? word.substr(equals + 1) : argv[++at], options);
            continue;
        }
        const auto letter =
            word.starts_with('-') ? word.find_first_of(kLettersWithValue, 1) : std::string::npos;
        if (letter == std::string::npos)
            continue;
        if (letter + 1 < word.size())
            take(word[letter], word.substr(letter + 1), options);
        else if (at + 1 < argv.size())
            take(word[letter], argv[++at], options);
    }
    return options;
}

bool has_extended(const Options& options, std::string_view name)
{
    const auto at = options.extended.find("," + std::string(name));
    if (at == std::string::npos)
        return false;
    const auto end = at + 1 + name.size();
    return end == options.extended.size() || options.extended[end] == ',' || options.extended[end] == '=';
}

struct OwnFiles {
    std::uint64_t count = 0;
    std::string how;
};

OwnFiles own_files(const Options& options, std::uint32_t threads, std::size_t sockets)
{
    OwnFiles own{std::uint64_t{kOwnFiles} + std::uint64_t{kFilesOfAThread} * threads + sockets - 1, ""};
    own.how = std::to_string(kFilesOfAThread) + " for each of " + counted(threads, "thread") + ", " +
              std::to_string(kOwnFiles) + " besides, one more for each further socket that listens";
    const auto udp = options.values.find('U');
    if (udp != options.values.end() && count_in(udp->second).value_or(0) != 0) {
        own.count += sockets > 1 ? sockets : threads;
        own.how += sockets > 1 ? ", a UDP socket for each address" : ", a UDP socket for each thread";
    }
    if (has_extended(options, "ext_path")) {
        ++own.count;
        own.how += ", the file of ext_path";
    }
    return own;
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "memcached";
}

void read(Reading& reading, Findings& findings)
{
    const Options options = options_of(reading.instance.main.argv);
    const std::vector<Endpoint>& listening = reading.instance.listening;
    const auto value = [&](char letter) {
        const auto found = options.values.find(letter);
        return found == options.values.end() ? std::string() : found->second;
    };
    const std::string text = value('c');
    const Place place{text.empty() ? "memcached's default" : "command line", 0};
    const auto count = text.empty() ? kDefaultConnections : count_in(text);
    if (!count || *count == 0) {
        not_understood(findings, place, "-c " + text, "not a number of connections");
        return;
    }
    if (listening.empty())
        return;
    const bool waits = has_extended(options, "no_maxconns_fast"); // one later than it would refuse
    const OwnFiles own = own_files(options, count_in(value('t')).value_or(kDefaultThreads), listening.size());
    if (own.count >= *count) {
        not_understood(findings, place, "-c " + std::to_string(*count),
                       "so few are all taken by its own files");
        return;
    }
    Limit limit =
        limit_at(place, "memcached", *count - static_cast<std::uint32_t>(own.count) + (waits ? 1 : 0),
                 waits ? kWaitingSlot : kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = listening;
    limit.origin.certainty = Certainty::unsure;
    limit.origin.doubt = "how many files it has of its own was counted with version 1.6.18";
    limit.origin.arithmetic = {"-c " + std::to_string(*count) + " (" + to_string(place) + ")",
                               "- " + std::to_string(own.count) + " files of its own: " + own.how};
    if (waits)
        limit.origin.arithmetic.push_back(
            "+ 1: with no_maxconns_fast it stops to accept instead of refusing");
    limit.origin.arithmetic.push_back("= " + std::to_string(limit.slots));
    findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::memcached
