// SPDX-License-Identifier: MIT
#include "enrich/cgroup.h"

#include <algorithm>
#include <vector>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kIdDigits = 64;
constexpr std::size_t kShortId = 12; // as `docker ps` shows it
constexpr std::size_t kLongestUnit = 64;

// How a runtime names a container's group: PREFIX, 64 digits, and nothing or ".scope".
struct Runtime {
    std::string_view prefix;
    std::string_view label;
};
constexpr Runtime kRuntimes[] = {
    {"docker-", "docker:"},
    {"cri-containerd-", "containerd:"},
    {"containerd-", "containerd:"},
    {"nerdctl-", "containerd:"},
    {"crio-", "crio:"},
    {"libpod-", "podman:"},
    {"cri-containerd:", "containerd:"}, // kubelet on systemd, containerd not: "POD.slice:cri-containerd:ID"
};

bool ends_with(std::string_view text, std::string_view end)
{
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_id(std::string_view text)
{
    return text.size() == kIdDigits && std::all_of(text.begin(), text.end(), [](char digit) {
               return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
           });
}

std::vector<std::string_view> components(std::string_view path)
{
    std::vector<std::string_view> result;
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t slash = std::min(path.find('/', start), path.size());
        if (slash > start)
            result.push_back(path.substr(start, slash - start));
        start = slash + 1;
    }
    return result;
}

// PARENT is the component above, empty at the top.
std::string container_of(std::string_view component, std::string_view parent)
{
    constexpr std::string_view kScope = ".scope";
    constexpr std::string_view kLxc = "lxc.payload.";
    if (component.substr(0, kLxc.size()) == kLxc)
        return "lxc:" + std::string(component.substr(kLxc.size()));
    if (ends_with(component, kScope))
        component.remove_suffix(kScope.size());
    if (component.size() < kIdDigits)
        return {};
    const std::string_view id = component.substr(component.size() - kIdDigits);
    if (!is_id(id))
        return {};
    const std::string_view before = component.substr(0, component.size() - kIdDigits);
    const std::string short_id(id.substr(0, kShortId));
    if (before.empty())
        return (parent == "docker" ? "docker:" : "container:") + short_id;
    for (const Runtime& runtime : kRuntimes)
        if (before == runtime.prefix || ends_with(before, ":" + std::string(runtime.prefix)))
            return std::string(runtime.label) + short_id;
    return {};
}

// "pod" UID, or "kubepods-burstable-pod" UID ".slice" with _ for the - of the uid.
std::string pod_of(std::string_view component)
{
    constexpr std::string_view kSlice = ".slice";
    constexpr std::size_t kUid = 36;
    if (ends_with(component, kSlice))
        component.remove_suffix(kSlice.size());
    const auto pod = component.rfind("pod");
    if (pod == std::string_view::npos || (pod != 0 && component[pod - 1] != '-'))
        return {};
    std::string uid(component.substr(pod + 3));
    std::replace(uid.begin(), uid.end(), '_', '-');
    const bool whole = uid.size() == kUid && uid.find_first_not_of("0123456789abcdef-") == std::string::npos;
    return whole ? "pod:" + uid : std::string();
}

std::string innermost_that_ends(const std::vector<std::string_view>& path, std::string_view end)
{
    const auto found =
        std::find_if(path.rbegin(), path.rend(), [&](auto part) { return ends_with(part, end); });
    return found == path.rend() ? std::string() : std::string(*found);
}

std::string unit_of_path(std::string_view text)
{
    constexpr std::string_view kDeleted = " (deleted)";
    if (ends_with(text, kDeleted))
        text.remove_suffix(kDeleted.size());
    const std::vector<std::string_view> path = components(text);
    for (std::size_t i = path.size(); i-- > 0;)
        if (auto container = container_of(path[i], i > 0 ? path[i - 1] : std::string_view());
            !container.empty())
            return container;
    for (std::size_t i = path.size(); i-- > 0;)
        if (auto pod = pod_of(path[i]); !pod.empty())
            return pod;
    if (auto service = innermost_that_ends(path, ".service"); !service.empty())
        return service;
    return innermost_that_ends(path, ".scope");
}

// How much a hierarchy tells; the more, the earlier it is asked.
int rank(std::string_view controllers)
{
    if (controllers.empty())
        return 2; // unified
    return controllers == "name=systemd" ? 1 : 0;
}

} // namespace

std::string unit_of(std::string_view text)
{
    std::string best;
    int best_rank = -1;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line = text.substr(start, end - start);
        start = end + 1;
        const auto first = line.find(':');
        const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos)
            continue;
        const int line_rank = rank(line.substr(first + 1, second - first - 1));
        if (line_rank <= best_rank)
            continue;
        if (auto unit = unit_of_path(line.substr(second + 1)); !unit.empty()) {
            best = std::move(unit);
            best_rank = line_rank;
        }
    }
    return best.substr(0, kLongestUnit);
}

} // namespace slotscope::enrich
