// SPDX-License-Identifier: MIT
#include "profile_samples.h"

namespace slotscope::cli::test {

Json recorded_user(const std::string& call, double slot_seconds, const Json& waits_for)
{
    return {{"process", "haproxy"}, {"call", call},           {"protocol", "http"},
            {"state", "waiting"},   {"waits_for", waits_for}, {"slot_seconds", slot_seconds}};
}

Json recorded_backend(const std::string& name, double counted, double sampled, JsonList users, double other)
{
    return {{"name", name},
            {"address", "127.0.0.1:8081"},
            {"direction", "outbound"},
            {"slot_seconds", counted},
            {"sampled_slot_seconds", sampled},
            {"other_slot_seconds", other},
            {"users", std::move(users)}};
}

Json recording(double seconds, std::uint64_t looks, JsonList backends, std::uint64_t number)
{
    Json answer = envelope("slotscope.recording/1");
    answer["recording"] = number;
    answer["seconds"] = seconds;
    answer["looks"] = looks;
    answer["backends"] = std::move(backends);
    return answer;
}

profile::Profile sample_profile()
{
    const Json database = {{"address", "127.0.0.1:5432"}, {"call", "SELECT \u2026"}, {"certain", true}};
    Json idle = recorded_user("", 6);
    idle["call"] = idle["protocol"] = nullptr;
    idle["state"] = "idle";
    const Json last = recording(
        12, 100,
        {recorded_backend("app1", 20, 40,
                          {recorded_user("GET /a", 28, database), recorded_user("GET /b", 6), idle})});
    return *profile::between(recording(2, 20, {}), last);
}

} // namespace slotscope::cli::test
