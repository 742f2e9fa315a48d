// SPDX-License-Identifier: MIT
#include "report_sample.h"

#include "base/clock.h"

#include <chrono>
#include <functional>

namespace slotscope::cli::test {

namespace {

constexpr std::int64_t kBegan = 1'769'847'330; // 2026-01-31T08:15:30Z
constexpr int kBefore = 420;                   // seconds of the timeline before it
constexpr int kSeconds = 600;

std::string time_text(std::int64_t at)
{
    return rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(at)));
}

Json window(int second)
{
    const bool full = second >= kBefore;
    const double hold = full ? std::min(6.0, 0.2 + 0.08 * (second - kBefore)) : 0.2 + 0.02 * (second % 5);
    const int in_use = full ? 8 : 2 + second % 3;
    Json json{{"at", time_text(kBegan - kBefore + second)}, {"seconds", 1.0}, {"in_use", in_use}};
    json["peak"] = full ? 8 : in_use + 1;
    json["limit"] = 8;
    json["arrivals"] = 12 + second % 4;
    json["completions"] = full ? 2 : 12;
    json["failures"] = 0;
    json["refusals"] = full ? 7 : 0;
    json["at_limit_seconds"] = full ? 0.9 : 0.0;
    json["slot_seconds"] = full ? 7.9 : in_use - 0.4;
    json["hold_seconds"] = Json{{"mean", hold}, {"p50", hold * 0.8}, {"p95", hold * 2.5}};
    return json;
}

Json holder(int number)
{
    Json json{{"backend", "app1"}, {"direction", "outbound"}, {"slot", "call"}, {"state", "waiting"}};
    json["age_seconds"] = 9.5 - number * 0.1;
    json["age_is_lower_bound"] = number == 0;
    json["local"] = "127.0.0.1:" + std::to_string(41000 + number);
    json["remote"] = "127.0.0.1:8081";
    json["process"] = Json{{"pid", 812}, {"tid", 812}, {"name", "haproxy"}, {"unit", "haproxy.service"}};
    json["call"] = number % 4 == 3 ? Json(nullptr) : Json("GET /report/{id}");
    json["waits_for"] =
        Json{{"backend", "database"},
             {"address", "10.0.0.5:5432"},
             {"call", "SELECT … FROM orders WHERE id = ?"},
             {"age_seconds", 8.5},
             {"process", Json{{"pid", 900}, {"tid", 900}, {"name", "php-fpm8.2"}, {"unit", nullptr}}},
             {"certain", true}};
    json["bytes_sent"] = 118;
    json["bytes_received"] = 0;
    return json;
}

Json verdict()
{
    Json json{{"backend", "app1"}, {"episode", 7}, {"cause", "slow_dependency"}, {"confidence", 0.93}};
    json["sentence"] =
        "8 of 8 slots of app1 are held; 81 % of the slot-seconds belong to GET /report/{id}, which waits on "
        "10.0.0.5:5432 (SELECT … FROM orders WHERE id = ?).";
    json["evidence"] = Json{{"arrival_ratio", 1.02},
                            {"hold_ratio", 14.1},
                            {"share_from_demand", 0.01},
                            {"share_from_hold", 0.99},
                            {"arrivals_per_second_before", 12.5},
                            {"hold_seconds_before", 0.24},
                            {"baseline_seconds", 420}};
    json["culprits"] = Json::array({Json{{"call", "GET /report/{id}"},
                                         {"process", "haproxy"},
                                         {"share", 0.81},
                                         {"state", "waiting"},
                                         {"oldest_seconds", 9.5},
                                         {"waits_for", Json{{"address", "10.0.0.5:5432"},
                                                            {"call", "SELECT … FROM orders WHERE id = ?"}}}},
                                    Json{{"call", nullptr},
                                         {"process", "haproxy"},
                                         {"share", 0.19},
                                         {"state", "response"},
                                         {"oldest_seconds", 0.4}}});
    json["dependency"] = Json{{"address", "10.0.0.5:5432"},
                              {"call", "SELECT … FROM orders WHERE id = ?"},
                              {"backend", "database"},
                              {"share", 0.78},
                              {"shared", false}};
    json["advice"] = Json::array(
        {Json{{"product", "haproxy"},
              {"change", "server app1 127.0.0.1:8081 maxconn 19"},
              {"reason", "peak arrivals 12.9/s × p95 hold 1.4 s = 18.1; at the hold of now 19 fill in 4 s"}},
         Json{{"product", nullptr},
              {"change", "make SELECT … FROM orders faster, or give it a time-out"},
              {"reason", "it is what the slots wait for"}}});
    json["causes"] = Json::array(
        {Json{{"cause", "slow_dependency"},
              {"score", 0.93},
              {"because", "78 % of the slot-seconds wait for 10.0.0.5:5432"}},
         Json{{"cause", "limit_too_low"}, {"score", 0.2}, {"because", "usually 3.1 of 8 are in use"}}});
    json["missing"] = Json::array({"a baseline of more than 7 minutes"});
    json.update(Json{{"direction", "outbound"},
                     {"address", "127.0.0.1:8081"},
                     {"kind", "calls"},
                     {"limit", 8},
                     {"limit_source", "/etc/haproxy/haproxy.cfg:23"},
                     {"began", time_text(kBegan)},
                     {"ended", time_text(kBegan + kSeconds - kBefore - 5)},
                     {"active", false},
                     {"cut_off", false},
                     {"peak", 8},
                     {"limit_hits", 41},
                     {"refusals", 1260},
                     {"slot_seconds", 1422.5},
                     {"at_limit_seconds", 162.1},
                     {"linked_to", nullptr}});
    return json;
}

} // namespace

Json episode_answer()
{
    Json json{{"schema", "slotscope.episode/1"},
              {"at", "2026-01-31T09:00:00.000Z"},
              {"complete", true},
              {"losses", Json::object()}};
    json["episode"] = 7;
    json["verdict"] = verdict();
    json["timeline"] = Json::array();
    for (int second = 0; second < kSeconds; ++second)
        json["timeline"].push_back(window(second));
    json["holders_total"] = 60;
    json["holders"] = Json::array();
    for (int number = 0; number < 40; ++number)
        json["holders"].push_back(holder(number));
    return json;
}

Json episode_answer_with(const std::string& text)
{
    Json answer = episode_answer();
    const std::function<void(Json&, const std::string&)> replace = [&](Json& json, const std::string& key) {
        const bool ours = key == "schema" || key == "at" || key == "began" || key == "ended";
        if (json.is_string() && !ours)
            json = text;
        for (auto each = json.begin(); json.is_structured() && each != json.end(); ++each)
            replace(*each, json.is_object() ? each.key() : key == "missing" ? "" : key);
    };
    replace(answer, "");
    answer["losses"] = Json{{text, 3}};
    answer["complete"] = false;
    answer["verdict"]["evidence"][text] = 4;
    answer["verdict"]["linked_to"] = 5;
    answer["verdict"]["dependency"]["shared"] = true;
    return answer;
}

} // namespace slotscope::cli::test
