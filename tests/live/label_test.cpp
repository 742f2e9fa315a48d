// SPDX-License-Identifier: MIT
// What calls are called, on both sides of a connection; and what never leaves the agent.
#include "../bpf_host/hpack_encoder.h"
#include "../bpf_host/http2_frames.h"
#include "harness/fixture.h"
#include "harness/wait.h"

#include <sys/uio.h>

namespace slotscope::live {
namespace {

using namespace std::string_literals;
using nlohmann::json;

constexpr const char* kPlanted = "CANARY";

struct Request {
    const char* name;
    std::string bytes;
    const char* label; // nullptr: none
};

std::string postgresql_query(const std::string& statement)
{
    return "Q\0\0\0"s + static_cast<char>(statement.size() + 5) + statement + "\0"s;
}

std::string mysql_query(const std::string& statement)
{
    return std::string(1, static_cast<char>(statement.size() + 1)) + "\0\0\0\3"s + statement;
}

std::string fastcgi_variable(const std::string& name, const std::string& value)
{
    return std::string(1, static_cast<char>(name.size())) + static_cast<char>(value.size()) + name + value;
}

std::string fastcgi_request(const std::string& params)
{
    return "\1\1\0\1\0\x08\0\0\0\1\0\0\0\0\0\0"s + "\1\4\0\1\0"s + static_cast<char>(params.size()) +
           "\0\0"s + params + "\1\4\0\1\0\0\0\0"s + "\1\5\0\1\0\0\0\0"s;
}

const std::string kHttp2 = http2::preface() + http2::settings();
// :authority and cookie, which are put into the table, and authorization, which is not.
const std::string kHttp2Fields = "\x41" + hpack::string("CANARY") + "\x60" + hpack::string("CANARY") +
                                 "\x1f\x08" + hpack::string("CANARY");

// A canary stands wherever something is that must not be kept.
const Request kRequests[] = {
    {"Http", "GET /report/4711?a=CANARY HTTP/1.1\r\nHost: CANARY\r\nCookie: CANARY\r\n\r\n",
     "GET /report/{id}"},
    {"HttpBody", "POST /pay HTTP/1.1\r\nContent-Length: 6\r\n\r\nCANARY", "POST /pay"},
    {"HttpByTheByte", "GET\t/ HTTP/1.1\r\nX: CANARY\r\n\r\n", nullptr}, // no blank: no request line
    {"HttpLongPath", "GET /" + std::string(300, 'a') + "/CANARY HTTP/1.1\r\n\r\n", "GET /…"},
    {"Fastcgi",
     fastcgi_request(
         fastcgi_variable("QUERY_STRING", "a=CANARY") + fastcgi_variable("REQUEST_METHOD", "GET") +
         fastcgi_variable("REQUEST_URI", "/cart/7?a=CANARY") + fastcgi_variable("HTTP_COOKIE", "CANARY")),
     "GET /cart/{id}"},
    {"Postgresql", postgresql_query("SELECT a FROM t WHERE b = 'CANARY' -- CANARY"),
     "SELECT a FROM t WHERE b = ?"},
    {"Mysql", mysql_query("SELECT a FROM t WHERE b = \"CANARY\" # CANARY"), "SELECT a FROM t WHERE b = ?"},
    {"Redis", "*3\r\n$3\r\nSET\r\n$6\r\nCANARY\r\n$6\r\nCANARY\r\n", "SET"},
    {"Memcached", "get CANARY\r\n", "get"},
    {"Http2", kHttp2 + http2::headers(1, "\x82\x04" + hpack::string("/report/4711?a=CANARY") + kHttp2Fields),
     "GET /report/{id}"},
    // "/report/4711?a=CANARY" in Huffman's code
    {"Http2Huffman",
     kHttp2 + http2::headers(1, "\x82\x04" +
                                    hpack::string("\x62\xc2\xd6\x7b\x12\xc3\x4e\x84\x3f\xe0\xe0\xbd\x0e\x98"
                                                  "\x76\xf3",
                                                  true) +
                                    kHttp2Fields),
     "GET /report/{id}"},
    // The second stream has the path and the method of the first, which is over.
    {"Http2OfTheTable",
     kHttp2 +
         http2::headers(1, "\x42" + hpack::string("PATCH") + "\x44" + hpack::string("/pay?a=CANARY") +
                               kHttp2Fields) +
         http2::reset(1) + http2::headers(3, "\xc0\xc1" + kHttp2Fields),
     "PATCH /pay"},
    {"Grpc",
     kHttp2 +
         http2::headers(1, "\x83\x44" + hpack::string("/com.example.shop.orders.v1.OrderService/PlaceOrder") +
                               kHttp2Fields),
     "POST /com.example.shop.orders.v1.OrderService/PlaceOrder"},
    {"Http2InPieces",
     kHttp2 + http2::frame(http2::kHeaders, 0, 1, "\x82\x04\x04/pa") +
         http2::frame(http2::kContinuation, http2::kEndHeaders, 1, "y" + kHttp2Fields),
     "GET /pay"},
    {"Http2Static", kHttp2 + http2::headers(1, "\x83\x85" + kHttp2Fields, http2::kPadded),
     "POST /index.html"},
    {"Http2NotTold", kHttp2 + http2::headers(1, "\x82\x40\x05:path\x07/CANARY" + kHttp2Fields), nullptr},
    {"Unknown", "\x80\x81\x82 CANARY\n", nullptr},
};

class LabelTest : public LiveTest {
  protected:
    void SetUp() override
    {
        if (const std::string why = why_no_messages(agent().get("/v1/status")); !why.empty())
            GTEST_SKIP() << why;
        listener_ = place_.listen();
        pair_ = place_.establish(listener_);
    }

    // The call of the one holder on each side has this label.
    static testing::AssertionResult labelled(Agent& agent, const BackendRef& ref, const char* label)
    {
        return one_holder(agent, ref, std::string("called ") + (label ? label : "nothing"),
                          [&](const json& holder) {
                              if (holder.at("call_state") == "idle")
                                  return false;
                              return label ? holder.at("call") == label : holder.at("call").is_null();
                          });
    }
    testing::AssertionResult both_labelled(const char* label) const
    {
        const auto outbound = labelled(agent(), out_, label);
        return outbound ? labelled(agent(), in_, label) : outbound;
    }

    Place place_{Path::loopback4};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
    Fd listener_;
    Pair pair_;
};

class RequestTest : public LabelTest, public testing::WithParamInterface<Request> {};

TEST_P(RequestTest, IsCalledByItsNameOnBothSides)
{
    send_text(pair_.client, GetParam().bytes);
    receive_text(pair_.server);
    EXPECT_TRUE(both_labelled(GetParam().label));
}

TEST_P(RequestTest, NothingOfItButTheNameLeavesTheAgent)
{
    send_text(pair_.client, GetParam().bytes);
    receive_text(pair_.server);
    EXPECT_TRUE(both_labelled(GetParam().label));
    for (const char* path :
         {"/v1/holders", "/v1/backends", "/v1/status", "/v1/limits", "/v1/holders?captured=1"})
        EXPECT_EQ(agent().get(path).dump().find(kPlanted), std::string::npos) << path;
}

std::string request_name(const testing::TestParamInfo<Request>& info)
{
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Requests, RequestTest, testing::ValuesIn(kRequests), request_name);

TEST_F(LabelTest, IsGatheredFromManySegmentsOfOneMessage)
{
    std::string words[] = {"GET",  " ",      "/a/17/b", " ",    "HTTP/1.1",
                           "\r\n", "Host: ", "CANARY",  "\r\n", "\r\n"};
    std::vector<iovec> segments;
    for (std::string& word : words)
        segments.push_back({word.data(), word.size()});
    ASSERT_GT(::writev(pair_.client.get(), segments.data(), static_cast<int>(segments.size())), 0);
    receive_text(pair_.server);
    EXPECT_TRUE(both_labelled("GET /a/{id}/b"));
}

TEST_F(LabelTest, IsGatheredFromAHeadThatComesInPieces)
{
    for (const char* piece : {"GE", "T /orders/", "17", " HTTP/1.1\r\n", "Host: CANARY\r\n\r\n"}) {
        send_text(pair_.client, piece);
        receive_text(pair_.server);
    }
    EXPECT_TRUE(both_labelled("GET /orders/{id}"));
}

// The second of two requests in one message begins where nobody can tell whose bytes stand before it.
TEST_F(LabelTest, OfAPipelinedRequestIsNotThatOfTheFirst)
{
    const std::string request = "GET /first HTTP/1.1\r\n\r\n";
    send_text(pair_.client, request + "GET /second HTTP/1.1\r\n\r\n");
    receive_text(pair_.server);
    EXPECT_TRUE(both_labelled("GET /first"));
    send_text(pair_.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    receive_text(pair_.client);
    EXPECT_TRUE(both_labelled(nullptr));
}

TEST_F(LabelTest, BodyThatLooksLikeARequestIsNone)
{
    send_text(pair_.client, "POST /a HTTP/1.1\r\nContent-Length: 30\r\n\r\n");
    receive_text(pair_.server);
    send_text(pair_.client, "GET /CANARY HTTP/1.1\r\n\r\n123456");
    receive_text(pair_.server);
    EXPECT_TRUE(both_labelled("POST /a"));
}

TEST_F(LabelTest, IsThatOfTheNextCallWhenItIsItsTurn)
{
    for (const char* path : {"/a", "/b", "/a"}) {
        send_text(pair_.client, "GET "s + path + " HTTP/1.1\r\n\r\n");
        receive_text(pair_.server);
        EXPECT_TRUE(both_labelled(("GET "s + path).c_str()));
        send_text(pair_.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        receive_text(pair_.client);
    }
}

TEST_F(LabelTest, WithoutCaptureThereIsNoneAndEverythingElseCounts)
{
    Agent other({.arguments = {}, .config = "[calls]\ncapture_bytes = 0\n"});
    send_text(pair_.client, "GET /a HTTP/1.1\r\n\r\n");
    receive_text(pair_.server);
    EXPECT_TRUE(labelled(other, out_, nullptr));
    EXPECT_TRUE(labelled(agent(), out_, "GET /a"));
    EXPECT_EQ(look_at(other, out_).at("calls").at("in_flight"), 1);
}

TEST_F(LabelTest, FewerBytesMakeAShorterName)
{
    Agent other({.arguments = {}, .config = "[calls]\ncapture_bytes = 10\n"});
    send_text(pair_.client, "GET /abc/def HTTP/1.1\r\n\r\n");
    receive_text(pair_.server);
    EXPECT_TRUE(labelled(other, out_, "GET /abc/…"));
}

} // namespace
} // namespace slotscope::live
