// SPDX-License-Identifier: MIT
#include "limits/apache/pools.h"

#include "limits/text.h"

#include <algorithm>
#include <set>

namespace slotscope::limits::apache {
namespace {

constexpr std::size_t kMostPools = 5000;

bool is_balancer(std::string_view url)
{
    return url.starts_with("balancer:");
}

bool is_url(std::string_view text)
{
    return text.find("://") != std::string_view::npos;
}

std::string without_end(std::string url)
{
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

// The address of the <Proxy> or <Location> that the directive stands in; empty for none.
std::string section_of(const Directive& directive, std::string_view name)
{
    for (auto each = directive.sections.rbegin(); each != directive.sections.rend(); ++each)
        if (each->starts_with(name) && each->size() > name.size() && (*each)[name.size()] == ' ')
            return each->substr(name.size() + 1);
    return {};
}

// What workers are compared by: "unix:/run/a.sock|fcgi://localhost/" is fcgi://localhost/.
std::string_view name_of(std::string_view url)
{
    const auto bar = url.find('|');
    return url.starts_with("unix:") && bar != std::string_view::npos ? url.substr(bar + 1) : url;
}

// Where the path begins.
std::size_t host_end(std::string_view name)
{
    const auto scheme = name.find("://");
    return std::min(name.find('/', scheme == std::string_view::npos ? 0 : scheme + 3), name.size());
}

class Reader {
  public:
    explicit Reader(Findings& findings)
        : findings_(findings)
    {
    }

    void take(const Directive& directive)
    {
        std::vector<std::string> words = directive.arguments;
        if (directive.name == "proxypass" || directive.name == "proxypassmatch") {
            const bool in_location =
                !section_of(directive, "location").empty() || !section_of(directive, "locationmatch").empty();
            if (!in_location && !words.empty())
                words.erase(words.begin());
            make_or_share(directive, "", words);
        } else if (directive.name == "balancermember") {
            std::string balancer = section_of(directive, "proxy");
            if (words.size() > 1 && is_balancer(words[0]) && is_url(words[1])) {
                balancer = words[0];
                words.erase(words.begin());
            }
            make_or_share(directive, without_end(balancer), words);
        } else if (directive.name == "proxyset") {
            if (const std::string section = section_of(directive, "proxy"); !section.empty())
                words.insert(words.begin(), section);
            change(directive, words);
        }
    }

    std::vector<Pool> take_pools() { return std::move(pools_); }

  private:
    // A worker whose name an address begins with takes what goes there: the longest one
    // (ap_proxy_get_worker_ex).
    Pool* find(std::uint32_t host, const std::string& balancer, const std::string& url)
    {
        const std::string_view name = name_of(url);
        Pool* longest = nullptr;
        for (Pool& each : pools_) {
            const std::string_view other = name_of(each.url);
            if (each.host == host && each.balancer == balancer && other.size() >= host_end(name) &&
                name.starts_with(other) && (!longest || other.size() > name_of(longest->url).size()))
                longest = &each;
        }
        return longest;
    }

    Pool* make(const Directive& directive, const std::string& balancer, const std::string& url)
    {
        if (pools_.size() >= kMostPools)
            return nullptr;
        pools_.push_back({url, balancer, 0, directive.place, directive.host, 1});
        return &pools_.back();
    }

    // What comes second shares the first one's pool, and its parameters are ignored (AH01146).
    void make_or_share(const Directive& directive, const std::string& balancer,
                       const std::vector<std::string>& words)
    {
        const std::string url = words.empty() ? "" : words[0];
        if (url.empty() || url == "!" || is_balancer(url) || find(directive.host, balancer, url))
            return;
        if (Pool* made = make(directive, balancer, url))
            set(*made, words, directive);
    }

    void change(const Directive& directive, const std::vector<std::string>& words)
    {
        if (words.empty() || is_balancer(words[0]) || !is_url(words[0]))
            return;
        Pool* pool = find(directive.host, "", words[0]);
        if (!pool)
            pool = make(directive, "", words[0]);
        if (pool)
            set(*pool, words, directive);
    }

    void set(Pool& pool, const std::vector<std::string>& words, const Directive& directive)
    {
        constexpr std::string_view kOption = "max=";
        for (const std::string& word : words) {
            if (!word.starts_with(kOption))
                continue;
            const auto most = count_in(std::string_view(word).substr(kOption.size()));
            if (!most) {
                not_understood(findings_, directive.place, word, "not a number of connections");
                continue;
            }
            pool.most = *most;
            pool.place = directive.place;
        }
    }

    Findings& findings_;
    std::vector<Pool> pools_;
};

// Seen with 2.4: a virtual host with workers of its own has copies of the main server's, which come first;
// one without shares them. Balancers are shared by all.
void count_inherited(std::vector<Pool>& pools)
{
    std::set<std::uint32_t> hosts; // with workers of their own
    std::set<std::string> main;
    for (const Pool& each : pools) {
        if (each.balancer.empty() && each.host == 0)
            main.insert(each.url);
        else if (each.balancer.empty())
            hosts.insert(each.host);
    }
    for (Pool& each : pools)
        if (each.balancer.empty() && each.host == 0)
            each.copies += static_cast<std::uint32_t>(hosts.size());
    std::erase_if(pools, [&](const Pool& each) {
        return each.balancer.empty() && each.host != 0 && main.contains(each.url);
    });
}

} // namespace

std::vector<Pool> pools_of(const Configuration& configuration, Findings& findings)
{
    Reader reader(findings);
    for (const Directive& each : configuration.directives)
        reader.take(each);
    std::vector<Pool> pools = reader.take_pools();
    count_inherited(pools);
    std::vector<Pool> result;
    for (Pool& pool : pools) {
        const auto same = std::find_if(result.begin(), result.end(), [&](const Pool& each) {
            return each.host != 0 && pool.host != 0 && each.url == pool.url &&
                   each.balancer == pool.balancer && each.most == pool.most &&
                   to_string(each.place) == to_string(pool.place);
        });
        if (same == result.end())
            result.push_back(std::move(pool));
        else
            ++same->copies;
    }
    return result;
}

} // namespace slotscope::limits::apache
