// SPDX-License-Identifier: MIT
// A mixed load through HAProxy, in front of a backend that measures for itself: calls and slot-seconds are
// the same, in all and name by name.
#include "product_fixture.h"

#include "harness/wait.h"
#include "products/configuration.h"
#include "products/measured_backend.h"

#include <atomic>
#include <cmath>

namespace slotscope::products {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kClients = 24; // as many as the limit has slots: looks are frequent near it
constexpr auto kLoad = 8s;

constexpr const char* kConfiguration = R"(
global
    maxconn 200
    nbthread 1
defaults
    mode http
    http-reuse always
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend front
    bind @FRONT@
    default_backend app
backend app
    server app1 @MEASURED@
)";

// Of each hundred requests, in this order round and round.
struct Kind {
    const char* request;
    std::size_t body_bytes;
    int times;
};
constexpr Kind kMix[] = {
    {"GET /search", 0, 8}, {"GET /report", 0, 3}, {"POST /pay", 40'000, 5}, {"GET /stream", 0, 4}};

const std::map<std::string, Work> kWorks = {
    {"GET /search", {40ms, 80ms, 500, false}},
    {"GET /report", {200ms, 500ms, 300'000, false}},
    {"POST /pay", {100ms, 140ms, 100, false}},
    {"GET /stream", {150ms, 250ms, 0, true}},
};

class OverTime : public ProductTest {
  public:
    static void SetUpTestSuite() {} // an agent with a limit instead of the shared one
    static void TearDownTestSuite() {}

  protected:
    void SetUp() override
    {
        live::write_file(dir_.file("haproxy.cfg"),
                         fill_in(kConfiguration,
                                 {{"@FRONT@", to_string(front_)}, {"@MEASURED@", to_string(measured_at_)}}));
        start_product({"/usr/sbin/haproxy", "-db", "-f", dir_.file("haproxy.cfg")});
    }

    // One client: a request after the other on one connection.
    void use(std::size_t number)
    {
        const Fd fd = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
        live::must(-live::connect_to(fd, front_, live::Family::ip4), "connect to the product");
        std::vector<const Kind*> order;
        for (const Kind& kind : kMix)
            order.insert(order.end(), static_cast<std::size_t>(kind.times), &kind);
        const auto end = std::chrono::steady_clock::now() + kLoad;
        for (std::size_t turn = number * 7; std::chrono::steady_clock::now() < end; turn += 7) // prime to 20
            if (ask(fd, *order[turn % order.size()]))
                ++answered_by_now_;
            else
                break;
    }
    static bool ask(const Fd& fd, const Kind& kind)
    {
        std::string request = std::string(kind.request) + " HTTP/1.1\r\nHost: test\r\n";
        if (kind.body_bytes > 0)
            request += "Content-Length: " + std::to_string(kind.body_bytes) + "\r\n";
        live::send_text(fd, request + "\r\n" + std::string(kind.body_bytes, 'b'));
        const bool chunked = kWorks.at(kind.request).chunked;
        const std::size_t size = kWorks.at(kind.request).answer_bytes;
        std::string answer;
        for (;;) {
            const std::string part = live::receive_text(fd);
            if (part.empty())
                return false;
            answer += part;
            const std::size_t head = answer.find("\r\n\r\n");
            if (head != std::string::npos &&
                (chunked ? answer.ends_with("0\r\n\r\n") : answer.size() == head + 4 + size))
                return true;
        }
    }

    MeasuredBackend::Measured measured_in_all() const
    {
        MeasuredBackend::Measured all;
        for (const auto& [name, measured] : measured_.measured())
            all += measured;
        return all;
    }

    json calls(const std::string& direction) const
    {
        const json answer = agent_.get("/v1/calls?backend=measured&direction=" + direction);
        return answer.at("backends").at(0);
    }

    static json named(const json& backend, const std::string& name)
    {
        for (const json& each : backend.at("by_call"))
            if (each.at("call") == name)
                return each;
        ADD_FAILURE() << "no " << name << " in " << backend;
        return nullptr;
    }

    std::atomic<std::size_t> answered_by_now_ = 0;
    Address measured_at_ = live::address("127.0.0.1", live::next_port());
    MeasuredBackend measured_{
        space_.inside([this] { return live::listen_on(measured_at_, live::Family::ip4); }), kWorks};
    live::Agent agent_{{.arguments = {"--limit", "measured=" + to_string(measured_at_) + ":" +
                                                     std::to_string(kClients) + "/calls"},
                        .config = std::nullopt}};
};

// What one name's numbers may be off by, relatively: nothing where each call was told, else five standard
// deviations of a random part of them.
double tolerance(const json& backend, double count, double least)
{
    if (backend.at("counted").at("exact").get<bool>())
        return least;
    const double all = backend.at("calls").at("finished").get<double>();
    const double part = backend.at("counted").at("calls").get<double>() / std::max(all, 1.0);
    return std::max(least, 5 / std::sqrt(std::max(1.0, count * part)));
}

TEST_F(OverTime, CallsAndSlotSecondsAreThoseThatTheBackendMeasured)
{
    if (const std::string why = live::why_no_messages(agent_.get("/v1/status")); !why.empty())
        GTEST_SKIP() << why;
    std::vector<std::thread> clients;
    for (std::size_t number = 0; number < kClients; ++number)
        clients.emplace_back([this, number] { use(number); });
    for (std::thread& client : clients)
        client.join();
    ASSERT_TRUE(live::eventually([&] { return measured_in_all().count == answered_by_now_; }));
    const auto truth = measured_.measured();
    const MeasuredBackend::Measured all = measured_in_all();
    ASSERT_EQ(truth.size(), std::size(kMix));

    const json in = calls("inbound");
    const json out = calls("outbound");
    for (const json& backend : {in, out}) {
        EXPECT_EQ(backend.at("calls").at("finished"), all.count);
        EXPECT_EQ(backend.at("calls").at("in_flight"), 0);
    }
    // The backend's own view is the inbound one; HAProxy's begins before it and ends after it.
    EXPECT_NEAR(in.at("slot_seconds").get<double>(), all.seconds, 0.005 * all.seconds + all.late_seconds);
    EXPECT_GT(out.at("slot_seconds").get<double>(), 0.995 * all.seconds - all.late_seconds);
    for (const auto& [name, measured] : truth) {
        SCOPED_TRACE(name);
        const json told = named(in, name);
        const auto truly = static_cast<double>(measured.count);
        const double count = told.at("count").get<double>();
        const double seconds = count * told.at("mean_seconds").get<double>();
        EXPECT_NEAR(count, truly, truly * tolerance(in, truly, 0));
        EXPECT_NEAR(seconds, measured.seconds,
                    measured.seconds * tolerance(in, truly, 0.02) + measured.late_seconds);
        const double most = std::chrono::duration<double>(kWorks.at(name).most).count();
        EXPECT_GT(told.at("p99_seconds"), 0.7 * most) << "its bucket is a quarter wide";
        // Looks at the holders: some eighty of 24 calls each, of which a third can be new.
        EXPECT_NEAR(told.at("share").get<double>(), measured.seconds / all.seconds, 0.12);
        EXPECT_NEAR(named(out, name).at("count").get<double>(), truly, truly * tolerance(out, truly, 0));
        std::cout << "[ measured ] " << name << ": " << measured.count << " calls, " << measured.seconds
                  << " s; slotscope " << count << ", " << seconds << " s, p99 " << told.at("p99_seconds")
                  << " s, " << told.at("slot_seconds") << " slot-seconds from looks\n";
    }
    std::cout << "[ measured ] all: " << all.count << " calls, " << all.seconds << " s; slotscope "
              << in.at("calls").at("finished") << ", " << in.at("slot_seconds") << " s; HAProxy's side "
              << out.at("slot_seconds") << " s; the machine was late by " << all.late_seconds << " s\n";
}

} // namespace
} // namespace slotscope::products
