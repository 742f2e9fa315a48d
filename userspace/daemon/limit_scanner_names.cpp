// SPDX-License-Identifier: MIT
// What reading a product's files may take: addresses of the names in them, and room for what comes of it.
#include "daemon/limit_scanner.h"

#include "base/clock.h"
#include "limits/hosts.h"
#include "limits/wording.h"

#include <algorithm>
#include <cerrno>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kNameIsFreshNs = 30'000'000'000;
constexpr std::uint64_t kMostLookupsNs = 5'000'000'000; // in one reading, but for the last one of them
constexpr std::size_t kMostNames = 1000;
constexpr std::size_t kMostKeptBytes = 32 << 20; // of what was found, of all products together

} // namespace

// A product's share is bounded, but there may be hundreds of them.
void LimitScanner::bound_what_is_kept(const limits::Product& product, const Known& before,
                                      limits::Findings& findings) const
{
    std::size_t bytes = findings.size_bytes;
    for (const auto& [pid, known] : known_)
        bytes += &known == &before ? 0 : known.findings.size_bytes;
    if (bytes <= kMostKeptBytes)
        return;
    findings = limits::Findings();
    findings.incomplete = true;
    findings.not_understood.push_back({std::string(product.name), "/proc", "",
                                       "the limits of all products take more than " +
                                           std::to_string(kMostKeptBytes >> 20) +
                                           " MiB: those of this one are left out; give them to slotscope"});
}

Result<std::vector<Address>> LimitScanner::resolve(std::string_view hosts, std::uint32_t pid,
                                                   const std::string& host, std::uint64_t now_ns)
{
    if (auto found = limits::addresses_in_hosts(hosts, host); !found.empty())
        return found;
    if (!resolve_ || !shares_our_files(pid))
        return Error{"the name " + limits::in_quotes(host) +
                         " is not in its hosts file, and nobody else is asked",
                     ENOENT};
    if (const auto known = names_.find(host); known != names_.end() && now_ns < known->second.until_ns)
        return known->second.answer;
    if (lookups_ns_ > kMostLookupsNs)
        return Error{"the name " + limits::in_quotes(host) +
                         " is not looked up this time: other names took too long; are the host's resolvers "
                         "there?",
                     ETIME};
    const std::uint64_t start_ns = monotonic_ns();
    auto found = resolve_(host);
    const std::uint64_t took_ns = monotonic_ns() - start_ns;
    lookups_ns_ += took_ns;
    if (names_.size() >= kMostNames)
        names_.clear();
    // One that resolvers do not answer for is asked for again when that is a sixtieth of the time.
    const std::uint64_t fresh_ns = found ? kNameIsFreshNs : std::max(kNameIsFreshNs, 60 * took_ns);
    names_.insert_or_assign(host, Name{found, now_ns + fresh_ns});
    return found;
}

} // namespace slotscope::daemon
