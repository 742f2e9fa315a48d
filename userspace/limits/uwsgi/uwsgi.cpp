// SPDX-License-Identifier: MIT
#include "limits/uwsgi/uwsgi.h"

#include "limits/text.h"
#include "limits/uwsgi/options.h"

#include <algorithm>
#include <array>

namespace slotscope::limits::uwsgi {
namespace {

constexpr const char* kSlot =
    "a process, thread or core that serves one accepted connection at a time; the next ones wait in the "
    "listen backlog (option listen)";

constexpr const char* kDefault = "uWSGI's default";

// Sockets of programs besides the workers: routers and statistics.
constexpr std::array<std::string_view, 9> kOfOthers = {
    "http",      "https",     "http-to-https", "http11-socket-router", "fastrouter",
    "rawrouter", "sslrouter", "stats",         "stats-server"};

const Option* last_of(const std::vector<Option>& options, std::initializer_list<std::string_view> names)
{
    const auto found = std::find_if(options.rbegin(), options.rend(), [&](const Option& each) {
        return std::find(names.begin(), names.end(), each.name) != names.end();
    });
    return found == options.rend() ? nullptr : &*found;
}

// ":8080", "127.0.0.1:8080", "=0", "127.0.0.1:8080,KEY,…" or a path: does ENDPOINT come of it?
bool is_at(const Endpoint& endpoint, std::string_view text)
{
    text = text.substr(0, text.find(','));
    const auto [host, port] = split_host_port(text);
    if (endpoint.is_unix())
        return endpoint.unix_path == text;
    return port_in(port) == endpoint.tcp.port;
}

// What the workers listen on.
std::vector<Endpoint> sockets_of_workers(const std::vector<Option>& options, const Instance& instance)
{
    std::vector<Endpoint> sockets = instance.listening;
    std::erase_if(sockets, [&](const Endpoint& each) {
        return std::any_of(options.begin(), options.end(), [&](const Option& option) {
            return std::find(kOfOthers.begin(), kOfOthers.end(), option.name) != kOfOthers.end() &&
                   is_at(each, option.value.text);
        });
    });
    return sockets;
}

struct Slots {
    std::uint64_t count = 1;
    Place place{kDefault, 0};
    std::vector<std::string> arithmetic;
    LimitSetting setting; // the first that is written; the others multiply it
    bool known = true;
};

void multiply(const Option* option, const char* what, Slots& slots, Findings& findings)
{
    if (!option) {
        if (slots.arithmetic.empty())
            slots.arithmetic.push_back(std::string("1 ") + what + " (uWSGI's default)");
        return;
    }
    const auto number = count_in(option->value.text);
    if (!number || *number == 0) {
        not_understood(findings, option->value.place, option->name + " = " + option->value.text,
                       "not a number");
        slots.known = false;
        return;
    }
    if (slots.place.file == kDefault)
        slots.place = option->value.place;
    if (slots.setting.name.empty())
        slots.setting = {option->name, *number, static_cast<double>(slots.count)};
    else
        slots.setting.slots_each *= *number;
    slots.count = std::min<std::uint64_t>(slots.count * *number, UINT32_MAX);
    slots.arithmetic.push_back((slots.arithmetic.empty() ? "" : "x ") + option->name + " " +
                               std::to_string(*number) + " (" + to_string(option->value.place) + ")");
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    return name == "uwsgi" || name.starts_with("uwsgi-") || name.starts_with("uwsgi_");
}

void read(Reading& reading, Findings& findings)
{
    const std::vector<Option> options = read_options(reading, findings);
    if (const Option* emperor = last_of(options, {"emperor"})) {
        not_understood(findings, emperor->value.place, "emperor = " + emperor->value.text,
                       "which of its sockets belongs to which vassal cannot be told: give their limits");
        return;
    }
    Slots slots;
    multiply(last_of(options, {"processes", "workers"}), "process", slots, findings);
    multiply(last_of(options, {"threads"}), "thread", slots, findings);
    multiply(last_of(options, {"async", "gevent", "asyncio", "ugreen-cores"}), "core", slots, findings);
    const auto sockets = sockets_of_workers(options, reading.instance);
    if (!slots.known || sockets.empty() || (findings.incomplete && slots.place.line == 0))
        return;
    Limit limit = limit_at(slots.place, "uwsgi", static_cast<std::uint32_t>(slots.count), kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = sockets;
    limit.origin.arithmetic = std::move(slots.arithmetic);
    limit.origin.setting = std::move(slots.setting);
    if (const Option* cheaper = last_of(options, {"cheaper"})) {
        limit.origin.certainty = Certainty::at_most;
        limit.origin.arithmetic.push_back("cheaper " + cheaper->value.text + " (" +
                                          to_string(cheaper->value.place) +
                                          "): with little load so few processes run");
    }
    findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::uwsgi
