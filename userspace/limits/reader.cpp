// SPDX-License-Identifier: MIT
#include "limits/reader.h"

#include "base/memory_budget.h"
#include "limits/text.h"
#include "limits/wording.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <exception>
#include <set>
#include <tuple>

namespace slotscope::limits {
namespace {

constexpr std::size_t kLongestText = 160;
constexpr std::size_t kMostNotUnderstood = 100; // of one instance
constexpr std::size_t kMostLimits = 2000;       // likewise
constexpr std::size_t kMostAddresses = 64;      // of one name

// A few bytes of a file can ask for as much memory as there is: variables that double each other, templates,
// ranges of ports. A configuration of some megabytes needs a tenth of this.
constexpr std::size_t kMostReadingBytes = 64 << 20;
constexpr std::size_t kMostFoundBytes = 8 << 20; // of what comes of it

} // namespace

std::string to_string(const Place& place)
{
    return place.line == 0 ? place.file : place.file + ":" + std::to_string(place.line);
}

void not_understood(Findings& findings, const Place& place, std::string_view text, std::string why)
{
    if (findings.not_understood.size() > kMostNotUnderstood)
        return;
    if (findings.not_understood.size() == kMostNotUnderstood) {
        findings.not_understood.push_back(
            {{}, to_string(place), {}, "there is more that was not understood"});
        return;
    }
    std::string shown(trimmed(text).substr(0, kLongestText));
    if (trimmed(text).size() > kLongestText)
        shown += "...";
    NotUnderstood told = {{}, to_string(place), std::move(shown), std::move(why)};
    const auto& list = findings.not_understood;
    if (std::find(list.begin(), list.end(), told) == list.end()) // a file that is included twice
        findings.not_understood.push_back(std::move(told));
}

Limit limit_at(const Place& place, std::string name, std::uint32_t slots, std::string rule)
{
    Limit limit;
    limit.name = std::move(name);
    limit.slots = slots;
    limit.source = to_string(place);
    limit.line = place.line;
    limit.origin.rule = std::move(rule);
    return limit;
}

namespace {

std::optional<std::string> read(Reading& reading, Findings& findings, const std::string& path,
                                bool must_be_there)
{
    auto content = reading.files.read(path);
    if (content)
        return std::move(content).value();
    if (!must_be_there && content.error().code == ENOENT)
        return std::nullopt;
    findings.incomplete = true;
    const bool may_not = content.error().code == EACCES;
    not_understood(findings, {path, 0}, "",
                   content.error().message + (may_not ? " (CAP_DAC_READ_SEARCH)" : ""));
    return std::nullopt;
}

} // namespace

std::optional<std::string> read_file(Reading& reading, Findings& findings, const std::string& path)
{
    return read(reading, findings, path, true);
}

std::optional<std::string> read_file_if_there(Reading& reading, Findings& findings, const std::string& path)
{
    return read(reading, findings, path, false);
}

std::vector<std::string> included_files(Reading& reading, Findings& findings, const Place& place,
                                        const std::string& pattern)
{
    auto files = reading.files.matching(pattern);
    if (!files) {
        findings.incomplete = true;
        not_understood(findings, place, pattern, files.error().message);
        return {};
    }
    if (files->empty() && pattern.find_first_of("*?[") == std::string::npos) {
        findings.incomplete = true;
        not_understood(findings, place, pattern, "there is no such file");
    }
    return std::move(files).value();
}

Result<std::vector<Endpoint>> endpoints_of(std::string_view host, std::uint16_t port, const Resolve& resolve)
{
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const std::string name(host);
    Endpoint endpoint;
    endpoint.tcp.port = port;
    if (::inet_pton(AF_INET6, name.c_str(), endpoint.tcp.ip.data()) == 1)
        return std::vector<Endpoint>{endpoint};
    if (::inet_pton(AF_INET, name.c_str(), endpoint.tcp.ip.data() + 12) == 1) {
        endpoint.tcp.ip[10] = endpoint.tcp.ip[11] = 0xff;
        return std::vector<Endpoint>{endpoint};
    }
    auto addresses = resolve(name);
    if (!addresses)
        return addresses.error();
    std::vector<Endpoint> endpoints;
    for (Address& address : *addresses) {
        address.port = port;
        const Endpoint each{address, {}};
        if (endpoints.size() < kMostAddresses &&
            std::find(endpoints.begin(), endpoints.end(), each) == endpoints.end())
            endpoints.push_back(each);
    }
    if (endpoints.empty())
        return Error{"the name " + in_quotes(name) + " has no address", ENOENT};
    return endpoints;
}

std::vector<Endpoint> listeners_with_port(const Instance& instance, std::uint16_t port)
{
    std::vector<Endpoint> result;
    for (const Endpoint& each : instance.listening)
        if (!each.is_unix() && (port == 0 || each.tcp.port == port))
            result.push_back(each);
    return result;
}

void fit_open_files(const Instance& instance, std::uint32_t reserved, Limit& limit)
{
    const std::uint64_t files = instance.most_open_files;
    if (files <= reserved || files - reserved >= limit.slots)
        return;
    limit.slots = static_cast<std::uint32_t>(files - reserved);
    limit.origin.setting = {"LimitNOFILE", static_cast<std::uint32_t>(files)};
    limit.origin.arithmetic.push_back("the process may open " + std::to_string(files) + " files, " +
                                      std::to_string(reserved) +
                                      " of them reserved: " + std::to_string(limit.slots));
}

namespace {

void sign(const Product& product, const Instance& instance, Findings& findings)
{
    for (Limit& limit : findings.limits) {
        limit.origin.product = product.name;
        limit.origin.pid = instance.main.pid;
        limit.origin.netns = instance.main.netns;
    }
    for (NotUnderstood& each : findings.not_understood)
        each.product = product.name;
}

} // namespace

Findings ask_running(const Product& product, const Instance& instance, const Ask& ask, Findings findings)
{
    if (!product.ask || findings.run_time.sockets.empty())
        return findings;
    product.ask(ask, findings);
    sign(product, instance, findings);
    return findings;
}

namespace {

// A file that is read twice says nothing twice: limits at one address are added up later.
void leave_each_once(std::vector<Limit>& limits)
{
    std::set<std::tuple<std::string, std::string, std::vector<Endpoint>>> seen;
    std::erase_if(limits, [&](const Limit& each) {
        return !seen.emplace(each.name, each.source, each.addresses).second;
    });
}

void leave_out_the_rest(const Place& place, Findings& findings)
{
    leave_each_once(findings.limits);
    auto& changing = findings.run_time.limits;
    changing.erase(changing.begin() + static_cast<std::ptrdiff_t>(std::min(changing.size(), kMostLimits)),
                   changing.end());
    changing.shrink_to_fit();
    if (findings.limits.size() > kMostLimits) {
        findings.limits.resize(kMostLimits);
        not_understood(findings, place, "",
                       "more than " + std::to_string(kMostLimits) + " limits: the rest is left out");
    }
    findings.limits.shrink_to_fit();
}

// Files of others: whatever is in them, the agent goes on, and within its memory.
Findings read_within_bounds(const Product& product, Reading& reading)
{
    const Place place{reading.instance.main.executable, 0};
    Findings findings;
    std::string failure;
    bool too_large = false;
    try {
        const MemoryBudget budget(kMostReadingBytes);
        try {
            product.read(reading, findings);
        } catch (const std::exception& problem) {
            findings.incomplete = true;
            too_large = budget.is_spent();
            if (!too_large)
                failure = problem.what();
        }
        leave_out_the_rest(place, findings);
        findings.size_bytes = budget.used_bytes();
        too_large = too_large || budget.is_spent() || findings.size_bytes > kMostFoundBytes;
    } catch (const MemoryBudgetSpent&) {
        too_large = true;
    }
    if (too_large) {
        findings = Findings();
        findings.incomplete = true;
        not_understood(findings, place, "",
                       "its configuration takes too much memory to read (" +
                           std::to_string(kMostReadingBytes >> 20) + " MiB at most, " +
                           std::to_string(kMostFoundBytes >> 20) +
                           " MiB of limits): nothing of it is taken; give its limits to slotscope");
    } else if (!failure.empty()) {
        not_understood(findings, place, "", "reading its configuration failed: " + failure);
    }
    return findings;
}

} // namespace

Findings read_limits(const Product& product, Reading& reading)
{
    Findings findings = read_within_bounds(product, reading);
    for (Limit& limit : findings.limits) {
        if (findings.incomplete && limit.origin.certainty == Certainty::certain) {
            limit.origin.certainty = Certainty::unsure;
            limit.origin.doubt = "not every file of the configuration could be read";
        }
    }
    sign(product, reading.instance, findings);
    return findings;
}

} // namespace slotscope::limits
