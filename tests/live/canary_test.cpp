// SPDX-License-Identifier: MIT
// A canary stands in every header, query string, key, body and literal of calls of every protocol: none of
// them is in any answer, event, metric, report, profile, log or file of the agent, while the names of the
// calls are.
#include "../bpf_host/hpack_encoder.h"
#include "../bpf_host/http2_frames.h"
#include "harness/fixture.h"
#include "harness/wait.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

namespace slotscope::live {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;

constexpr const char* kCanary = "CANARY";

struct Exchange {
    std::string request;
    std::string answer;
};

struct Conversation {
    const char* protocol;
    const char* name; // that the first call has; the first is held for a while
    std::vector<Exchange> exchanges;
};

std::string big_endian(std::size_t value, int bytes)
{
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        text += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xffU);
    return text;
}

std::string postgresql(char type, const std::string& body)
{
    return type + big_endian(body.size() + 4, 4) + body;
}

std::string mysql(char number, const std::string& body)
{
    return std::string{static_cast<char>(body.size()), '\0', '\0', number} + body;
}

std::string fastcgi(char type, const std::string& body)
{
    return "\1"s + type + "\0\1"s + big_endian(body.size(), 2) + "\0\0"s + body;
}

std::string variable(const std::string& name, const std::string& value)
{
    return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
}

std::string resp(const std::vector<std::string>& words)
{
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words)
        bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return bytes;
}

// Its method and how its path is written, and fields that are put into the table: :authority and cookie.
std::string http2_request(std::uint32_t stream, const std::string& begins, const std::string& path)
{
    return http2::headers(stream, begins + hpack::string(path) + "\x0f\x08"s + hpack::string("CANARY") +
                                      "\x41" + hpack::string("CANARY") + "\x60" + hpack::string("CANARY")) +
           http2::data(stream, "CANARY", http2::kEndStream);
}

std::string http2_ok(std::uint32_t stream)
{
    return http2::headers(stream, "\x88\x40" + hpack::string("x-canary") + hpack::string("CANARY")) +
           http2::data(stream, "CANARY", http2::kEndStream);
}

const std::string kOk = "HTTP/1.1 200 OK\r\nSet-Cookie: CANARY\r\nContent-Length: 6\r\n\r\nCANARY";
const std::string kReady =
    postgresql('D', "\0\1\0\0\0\6CANARY"s) + postgresql('C', "SELECT 1\0"s) + postgresql('Z', "I");
const std::string kFastcgiOk =
    fastcgi(6, "X-Canary: CANARY\r\n\r\nCANARY") + fastcgi(3, std::string(8, '\0'));
const std::string kMysqlOk = mysql(1, "\0\0\0\2\0\0\0"s);

std::string fastcgi_request(const std::string& parameters, const std::string& body)
{
    return fastcgi(1, "\0\1\1\0\0\0\0\0"s) + fastcgi(4, parameters) + fastcgi(4, "") +
           (body.empty() ? "" : fastcgi(5, body)) + fastcgi(5, "");
}

// Parse, Bind with a value of its own, Execute, Sync.
std::string extended_query(const std::string& sql)
{
    return postgresql('P', "\0"s + sql + "\0\0\0"s) + postgresql('B', "\0\0\0\0\0\1\0\0\0\6CANARY\0\0"s) +
           postgresql('E', "\0\0\0\0\0"s) + postgresql('S', "");
}

const Conversation kConversations[] = {
    {"http",
     "GET /report/{id}",
     {{"GET /report/4711?a=CANARY HTTP/1.1\r\nHost: CANARY\r\nCookie: CANARY\r\nAuthorization: Bearer "
       "CANARY\r\n\r\n",
       kOk},
      {"POST /pay;s=CANARY?b=CANARY HTTP/1.1\r\nX-Key: CANARY\r\nContent-Length: 6\r\n\r\nCANARY", kOk},
      {"GET http://CANARY:CANARY@host/x?CANARY HTTP/1.1\r\nHost: CANARY\r\n\r\n", kOk},
      {"PUT /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nCANARY\r\n0\r\nX: CANARY\r\n\r\n", kOk}}},
    {"fastcgi",
     "GET /cart/{id}",
     {{fastcgi_request(variable("QUERY_STRING", "a=CANARY") + variable("REQUEST_METHOD", "GET") +
                           variable("REQUEST_URI", "/cart/7?a=CANARY") + variable("HTTP_COOKIE", "CANARY"),
                       ""),
       kFastcgiOk},
      {fastcgi_request(variable("REQUEST_METHOD", "POST") + variable("HTTP_AUTHORIZATION", "CANARY") +
                           variable("SCRIPT_NAME", "/pay.php") + variable("QUERY_STRING", "CANARY"),
                       "CANARY"),
       kFastcgiOk}}},
    {"postgresql",
     "SELECT a FROM t WHERE b = ?",
     {{postgresql('Q', "SELECT a FROM t WHERE b = 'CANARY' -- CANARY\0"s), kReady},
      {postgresql('Q', "INSERT INTO t VALUES ($$CANARY$$, E'CANARY', U&'CANARY', X'CA'); /* CANARY */\0"s),
       kReady},
      {extended_query("SELECT a FROM extended WHERE b = 'CANARY' AND c = $1"),
       postgresql('1', "") + postgresql('2', "") + kReady},
      {postgresql('Q', "SELECT 'CANARY"s + std::string(400, 'x') + "CANARY'\0"s), kReady}}},
    {"mysql",
     "SELECT a FROM t WHERE b = ?",
     {{mysql(0, "\3SELECT a FROM t WHERE b = \"CANARY\" # CANARY"), kMysqlOk},
      {mysql(0, "\3INSERT INTO t VALUES ('CANARY', 0xCA, 'it''s CANARY') -- CANARY"), kMysqlOk},
      {mysql(0, "\x16SELECT a FROM prepared WHERE b = 'CANARY' AND c = ?"),
       mysql(1, "\0\1\0\0\0\0\0\0\0\0\0\0"s)},
      {mysql(0, "\x17\1\0\0\0\0\1\0\0\0\0\1\xfe\0\6CANARY"s), kMysqlOk}}},
    {"redis",
     "SET",
     {{resp({"SET", "CANARY", "CANARY"}), "+OK\r\n"},
      {resp({"AUTH", "CANARY", "CANARY"}), "+OK\r\n"},
      {resp({"GET", "CANARY"}), "$6\r\nCANARY\r\n"},
      {resp({"EVAL", "return 'CANARY'", "1", "CANARY"}), "-ERR CANARY\r\n"}}},
    {"memcached",
     "get",
     {{"get CANARY\r\n", "VALUE CANARY 0 6\r\nCANARY\r\nEND\r\n"},
      {"set CANARY 0 0 6\r\nCANARY\r\n", "STORED\r\n"},
      {"gets CANARY CANARY2\r\n", "END\r\n"}}},
    {"http2",
     "GET /stock/{id}",
     {{http2::preface() + http2::settings() + http2_request(1, "\x82\x04", "/stock/4711?a=CANARY"),
       http2::settings() + http2_ok(1)},
      {http2_request(3, "\x83\x44", "/shop.v1.Orders/Place?a=CANARY"), http2_ok(3)},
      {http2::headers(5, "\x83\xc0\xbf\xbe", http2::kEndStream), http2_ok(5)}}}, // the same, of the table
    {"timing", nullptr, {{"\x80\x81\x82 CANARY\n", "CANARY\n"}, {"\x80 CANARY\n", "CANARY\n"}}},
};

// All that is said of one protocol's calls, by the way it came out.
class CanaryTest : public testing::Test {
  protected:
    struct Held {
        const Conversation* conversation;
        Place place{Path::loopback4};
        Fd listener = place.listen();
        Pair pair;
    };

    CanaryTest()
        : held_(std::size(kConversations))
    {
        std::vector<std::string> command = {
            agent_path(), "--socket",         socket_,          "--metrics",   to_string(metrics_),
            "--state",    dir_.file("state"), "--no-discovery", "--log-level", "debug"};
        for (std::size_t i = 0; i < held_.size(); ++i) {
            held_[i].conversation = &kConversations[i];
            command.insert(command.end(), {"--limit", std::string(kConversations[i].protocol) + "=" +
                                                          to_string(held_[i].place.target()) + ":1/calls"});
        }
        ProgramOptions options;
        options.command = command;
        agent_ = std::make_unique<Program>(options);
        if (!eventually(
                [this] { return agent_->out().find("ready\n") != std::string::npos || !agent_->running(); },
                400s) || // as in harness/agent.cpp
            !agent_->running())
            throw std::runtime_error("the agent did not get ready: " + agent_->err());
    }

    json get(const std::string& target) const { return http_get(socket_, target).json(); }

    void say(const std::string& way, const std::string& text) { said_.emplace_back(way, text); }
    void say_answer(const std::string& target)
    {
        const HttpAnswer answer = http_get(socket_, target);
        EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
        say(target, answer.body);
    }
    void say_command(std::vector<std::string> words)
    {
        std::string way = "slotscope";
        for (const std::string& word : words)
            way += " " + word;
        words.insert(words.begin(), {client_path(), "--socket", socket_});
        const Outcome outcome = run({.command = std::move(words)}, 60s);
        EXPECT_EQ(outcome.exit, 0) << way << ": " << outcome.err;
        say(way, outcome.said());
    }
    void say_metrics()
    {
        const Fd fd = tcp_socket(Family::ip4);
        ASSERT_EQ(connect_to(fd, metrics_, Family::ip4), 0);
        send_text(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        say("metrics", parse_answer(read_all(fd, kDeadline)).body);
    }
    // Of these backends' episodes, of each the newest.
    std::map<std::string, std::string> episodes() const
    {
        std::map<std::string, std::string> numbers;
        const json all = get("/v1/episodes");
        for (const json& episode : all.at("episodes"))
            numbers.try_emplace(episode.at("backend"),
                                std::to_string(episode.at("episode").get<std::uint64_t>()));
        std::erase_if(numbers, [](const auto& each) {
            return std::none_of(std::begin(kConversations), std::end(kConversations),
                                [&](const Conversation& one) { return one.protocol == each.first; });
        });
        return numbers;
    }
    void say_everything()
    {
        for (const char* target : {"/v1/status", "/v1/backends", "/v1/holders", "/v1/calls", "/v1/recording",
                                   "/v1/limits", "/v1/why", "/v1/episodes"})
            say_answer(target);
        for (const auto& [backend, number] : episodes()) {
            say_answer("/v1/episode?id=" + number);
            say_answer("/v1/why?id=" + number);
            say_command({"report", number});
            for (const char* direction : {"outbound", "inbound"})
                say_answer("/v1/holders?captured=1&backend=" + backend + "&direction=" + direction);
        }
        for (const char* command : {"holders", "calls", "why", "backends", "episodes"})
            say_command({command});
        say_metrics();
    }
    bool is_said(const std::string& way, const std::string& text) const
    {
        return std::any_of(said_.begin(), said_.end(), [&](const auto& each) {
            return each.first.starts_with(way) && each.second.find(text) != std::string::npos;
        });
    }

    void answer(Held& held, const Exchange& exchange)
    {
        send_text(held.pair.server, exchange.answer);
        receive_text(held.pair.client);
    }

    TempDir dir_;
    std::string socket_ = dir_.file("s");
    Address metrics_ = address("127.0.0.1", next_port());
    std::vector<Held> held_;
    std::unique_ptr<Program> agent_;
    std::vector<std::pair<std::string, std::string>> said_;
};

TEST_F(CanaryTest, IsInNothingThatLeavesTheAgent)
{
    if (const std::string why = why_no_messages(get("/v1/status")); !why.empty())
        GTEST_SKIP() << why;
    EventStream events(socket_);
    get("/v1/recording"); // it begins with the question
    for (Held& held : held_) {
        held.pair = held.place.establish(held.listener);
        send_text(held.pair.client, held.conversation->exchanges[0].request);
        receive_text(held.pair.server);
    }
    // Each is slow by now, and each limit's episode has its verdict.
    EXPECT_TRUE(eventually([&] { return episodes().size() == held_.size(); }));
    EXPECT_TRUE(eventually([&] { return !get("/v1/why").at("verdicts").empty(); }));
    std::thread profile([this] { // both formats look for a second
        say_command({"profile", "--seconds", "1", "--format", "folded"});
        say_command({"profile", "--seconds", "1", "--format", "svg"});
    });
    profile.join();
    say_everything();
    for (Held& held : held_)
        answer(held, held.conversation->exchanges[0]);
    for (Held& held : held_)
        for (std::size_t i = 1; i < held.conversation->exchanges.size(); ++i) {
            send_text(held.pair.client, held.conversation->exchanges[i].request);
            receive_text(held.pair.server);
            answer(held, held.conversation->exchanges[i]);
        }
    say_everything();
    while (const auto event = events.next("", "", 1500ms))
        say("event", event->dump());
    agent_->signal(SIGTERM);
    EXPECT_EQ(agent_->wait(20s).exit, 0);
    say("log", agent_->out() + agent_->err());
    for (const auto& file : std::filesystem::recursive_directory_iterator(dir_.file("state")))
        if (file.is_regular_file())
            say("file " + file.path().filename().string(), read_file(file.path()));

    for (const auto& [way, text] : said_)
        EXPECT_EQ(text.find(kCanary), std::string::npos)
            << way << ": …" << text.substr(std::max<std::size_t>(text.find(kCanary), 60) - 60, 200);
    // … and it was looked for where there is something to find.
    for (const Held& held : held_) {
        if (!held.conversation->name)
            continue;
        for (const char* way :
             {"/v1/holders", "/v1/holders?captured", "/v1/calls", "/v1/recording", "/v1/episode?",
              "slotscope report", "slotscope profile --seconds 1 --format folded", "metrics", "event",
              "file history.sqlite"})
            EXPECT_TRUE(is_said(way, held.conversation->name)) << held.conversation->protocol << ": " << way;
    }
    for (const char* name : {"POST /pay", "POST /shop.v1.Orders/Place", "SELECT a FROM extended",
                             "SELECT a FROM prepared", "AUTH", "EVAL", "\"set\""})
        EXPECT_TRUE(is_said("/v1/calls", name)) << name << " has ended, and is counted by its name";
}

} // namespace
} // namespace slotscope::live
