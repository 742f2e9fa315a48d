// SPDX-License-Identifier: MIT
#include "daemon/slow_call_section.h"

#include "limits/check.h"

namespace slotscope::daemon {
namespace {

void read_enabled(const toml::node& value, SlowCallSettings& into, Problems& problems)
{
    if (const auto* flag = value.as_boolean())
        into.enabled = flag->get();
    else
        problems.add(value.source(),
                     "enabled must be true or false, not " + std::string(described(value.type())));
}

// Keys are names of backends, which nobody knows before they are seen.
void read_milliseconds(const toml::node& value, SlowCallSettings& into, Problems& problems)
{
    const toml::table* table = value.as_table();
    if (!table) {
        problems.add(value.source(), "milliseconds must be a table under [slow_calls.milliseconds] such as "
                                     "app1 = 5000, not " +
                                         std::string(described(value.type())));
        return;
    }
    for (auto&& [key, number] : *table) {
        const std::string name(key.str());
        if (auto checked = limits::check_name(name); !checked && !limits::parse_limit_address(name))
            problems.add(key.source(), "a backend's name: " + checked.error().message);
        else if (const auto milliseconds = number_of(number, name, {0, kSlowCallMilliseconds.most}, problems))
            into.milliseconds[name] = *milliseconds;
    }
}

constexpr TomlKey<SlowCallSettings> kKeys[] = {
    {"enabled", read_enabled},
    {"floor_milliseconds",
     [](const auto& value, SlowCallSettings& into, Problems& problems) {
         if (const auto number = number_of(value, "floor_milliseconds", kSlowCallMilliseconds, problems))
             into.floor_milliseconds = *number;
     }},
    {"percent_of_p99",
     [](const auto& value, SlowCallSettings& into, Problems& problems) {
         if (const auto number = number_of(value, "percent_of_p99", kPercentOfP99, problems))
             into.percent_of_p99 = *number;
     }},
    {"milliseconds", read_milliseconds},
};

} // namespace

void read_slow_calls(const toml::node& value, Configuration& into, Problems& problems)
{
    if (const toml::table* table = value.as_table())
        read_table<SlowCallSettings>(*table, kKeys, "[slow_calls]", into.slow_calls, problems);
    else
        problems.add(value.source(), "slow_calls must be a table under [slow_calls], not " +
                                         std::string(described(value.type())));
}

} // namespace slotscope::daemon
