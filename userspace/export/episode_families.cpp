// SPDX-License-Identifier: MIT
#include "export/families.h"

#include <map>
#include <tuple>

namespace slotscope::metrics {

namespace {

// Its cause may change while the episode lasts; one series of it is there at a time.
void add_infos(Families& families, std::span<const Episode* const> episodes)
{
    std::vector<prometheus::ClientMetric> metrics;
    for (const Episode* const episode : episodes)
        metrics.push_back(
            gauge({label("backend", episode->backend), label("direction", to_string(episode->direction)),
                   label("cause", to_string(episode->verdict.cause)),
                   label("episode", std::to_string(episode->id))},
                  1));
    add_family(families, "slotscope_episode_info",
               "An episode that lasts, and its number: `slotscope episode N` and `slotscope report N` tell "
               "all of it.",
               prometheus::MetricType::Gauge, std::move(metrics));
}

} // namespace

// Two episodes of one backend at a time there are not, but two namespaces may have backends of one name.
void add_episodes(Families& families, std::span<const Episode* const> episodes)
{
    std::map<std::tuple<std::string, std::string, std::string>, double> active;
    for (const Episode* const episode : episodes)
        active[{episode->backend, std::string(to_string(episode->direction)),
                std::string(to_string(episode->verdict.cause))}] += 1;
    std::vector<prometheus::ClientMetric> metrics;
    for (const auto& [key, count] : active) {
        const auto& [backend, direction, cause] = key;
        metrics.push_back(
            gauge({label("backend", backend), label("direction", direction), label("cause", cause)}, count));
    }
    add_family(families, "slotscope_episode_active",
               "An episode of the backend lasts, and this is its cause so far; absent: none does.",
               prometheus::MetricType::Gauge, std::move(metrics));
    add_infos(families, episodes);
}

} // namespace slotscope::metrics
