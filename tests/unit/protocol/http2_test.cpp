// SPDX-License-Identifier: MIT
#include "protocol/http2/http2.h"

#include "protocol/http2/huffman.h"
#include "protocol/label.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace slotscope::protocol::http2 {
namespace {

using namespace std::string_literals;

constexpr int kPlain = 0;
constexpr int kHuffman = 1;
constexpr int kStatic = 2;
constexpr int kCut = 4;

std::string bytes_of(const std::string& hex)
{
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
    return bytes;
}

struct Kept {
    std::string text; // or the number of an entry of the static table
    int flags = kPlain;
};

std::string kept(const Kept& method, const Kept& path)
{
    const auto size = [](const Kept& one) {
        return (one.flags & kStatic) != 0 ? one.text : std::string(1, static_cast<char>(one.text.size()));
    };
    const auto room = [](const Kept& one, std::size_t bytes) {
        std::string text = (one.flags & kStatic) != 0 ? "" : one.text;
        text.resize(bytes, '!'); // what stands there of an earlier call
        return text;
    };
    return size(method) + static_cast<char>(method.flags) + size(path) + static_cast<char>(path.flags) +
           room(method, kMethodRoom) + room(path, kPathRoom);
}

const Kept kGet = {"\2", kStatic};
const Kept kPost = {"\3", kStatic};

std::string named(const Kept& method, const Kept& path)
{
    return label_of(Protocol::http2, kept(method, path));
}

// RFC 7541, appendices C.4 and C.6, and strings of all kinds of codes.
TEST(Huffman, DecodesTheExamplesOfItsSpecification)
{
    const std::pair<const char*, std::string> examples[] = {
        {"f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"},
        {"a8eb10649cbf", "no-cache"},
        {"25a849e95ba97d7f", "custom-key"},
        {"25a849e95bb8e8b4bf", "custom-value"},
        {"6402", "302"},
        {"aec3771a4b", "private"},
        {"d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"},
        {"9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"},
        {"640eff", "307"},
        {"d07abe941054d444a8200595040b8166e084a62d1bff", "Mon, 21 Oct 2013 20:13:22 GMT"},
        {"9bd9ab", "gzip"},
        {"94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
         "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"},
        {"", ""},
    };
    for (const auto& [code, text] : examples)
        EXPECT_EQ(huffman_decoded(bytes_of(code), false), text) << code;
}

TEST(Huffman, RefusesWhatIsNoCodeOfAText)
{
    EXPECT_FALSE(huffman_decoded(bytes_of("f1e3c2e5f23a6ba0ab90f4"), false)) << "ends within a symbol";
    EXPECT_FALSE(huffman_decoded(bytes_of("640e80"), false)) << "filled with zeroes";
    EXPECT_FALSE(huffman_decoded(bytes_of("640effff"), false)) << "filled with more than seven bits";
    EXPECT_FALSE(huffman_decoded(bytes_of("ffffffff"), false)) << "the end of a string";
    EXPECT_FALSE(huffman_decoded(bytes_of("3fffffffff"), true)) << "… within it";
    EXPECT_FALSE(huffman_decoded(bytes_of("ff"), false)) << "eight bits fill nothing";
}

TEST(Huffman, OfACutCodeTellsWhatIsWhole)
{
    const std::string code = bytes_of("f1e3c2e5f23a6ba0ab90f4ff");
    const std::string text = "www.example.com";
    for (std::size_t size = 0; size <= code.size(); ++size) {
        const auto decoded = huffman_decoded(code.substr(0, size), true);
        ASSERT_TRUE(decoded) << size;
        EXPECT_TRUE(text.starts_with(*decoded)) << *decoded;
        EXPECT_GE(decoded->size(), size * 8 / 7 > 1 ? size * 8 / 7 - 1 : 0) << "seven bits a letter here";
    }
}

TEST(Huffman, RandomBytesAreDecodedOrRefused)
{
    std::mt19937 random(3);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(random() % 40, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        const auto decoded = huffman_decoded(bytes, round % 2 == 0);
        if (decoded) {
            EXPECT_LE(decoded->size(), bytes.size() * 8 / 5);
        }
    }
}

TEST(Http2Label, IsTheMethodAndThePathTemplate)
{
    EXPECT_EQ(named(kGet, {"/report/4711?token=secret"}), "GET /report/{id}");
    EXPECT_EQ(named(kGet, {"\4", kStatic}), "GET /");
    EXPECT_EQ(named(kPost, {"\5", kStatic}), "POST /index.html");
    EXPECT_EQ(named({"DELETE"}, {"/a;s=secret"}), "DELETE /a");
    EXPECT_EQ(named({"OPTIONS"}, {"*"}), "OPTIONS *");
    EXPECT_EQ(named(kGet, {"/a/lon", kCut}), "GET /a/…");
    EXPECT_EQ(named(kGet, {bytes_of("6402"), kHuffman}), "GET /{id}");
}

TEST(Http2Label, PathInHuffmansCodeIsRead)
{
    EXPECT_EQ(named(kGet, {bytes_of("60d5485f2bce9a68"), kHuffman}), "GET /index.html");
    EXPECT_EQ(named(kGet, {bytes_of("62c2d67b12c34e843fe24fd4b5408292c2a7"), kHuffman}), "GET /report/{id}");
    EXPECT_EQ(named(kPost, {bytes_of("626b2b22f394742675fb857c651d099d8bd3949d7f"), kHuffman}),
              "POST /grpc.health.v1.Health/Check");
    EXPECT_EQ(named({bytes_of("d70efbd8ff"), kHuffman}, {"/a"}), "PATCH /a");
    EXPECT_EQ(named(kGet, {bytes_of("62c2d67b12c3"), kHuffman | kCut}), "GET /report/…");
}

TEST(Http2Label, MethodsOfGrpcStayAsTheyAre)
{
    EXPECT_EQ(named(kPost, {"/com.company.orders.fulfilment.v1.OrderService/GetOrder"}),
              "POST /com.company.orders.fulfilment.v1.OrderService/GetOrder");
    EXPECT_EQ(named(kPost, {"/grpc.health.v1.Health/Check"}), "POST /grpc.health.v1.Health/Check");
    EXPECT_EQ(named(kPost, {"/Echo/Say"}), "POST /Echo/Say");
    EXPECT_EQ(named(kPost, {"/com.company.orders.fulfilment.v1.OrderService/Ge", kCut}), "POST /{id}/…");
    // Not of gRPC: what looks like data is treated as in any path.
    EXPECT_EQ(named(kGet, {"/com.company.orders.fulfilment.v1.OrderService/GetOrder"}), "GET /{id}/GetOrder");
    EXPECT_EQ(named(kPost, {"/orders/20412041"}), "POST /orders/{id}");
    EXPECT_EQ(named(kPost, {"/orders/deadbeef0123deadbeef"}), "POST /orders/{id}");
    EXPECT_EQ(named(kPost, {"/a.4711.c/Get"}).find("4711"), std::string::npos);
    EXPECT_EQ(named(kPost, {"/a.b/c/secret@host"}), "POST /a.b/c/{id}");
}

TEST(Http2Label, WhatCannotBeReadHasNone)
{
    EXPECT_EQ(label_of(Protocol::http2, ""), "");
    EXPECT_EQ(label_of(Protocol::http2, kept(kGet, {"/a"}).substr(1)), "");
    EXPECT_EQ(label_of(Protocol::http2, kept(kGet, {"/a"}) + "x"), "");
    EXPECT_EQ(named({""}, {"/a"}), "");
    EXPECT_EQ(named(kGet, {""}), "");
    EXPECT_EQ(named({"\7", kStatic}, {"/a"}), "");
    EXPECT_EQ(named(kGet, {"\xff", kStatic}), "");
    EXPECT_EQ(named(kGet, {"/a\0\0\0"s}), "") << "bytes that could not be read";
    EXPECT_EQ(named({"GET\r\n"}, {"/a"}), "");
    EXPECT_EQ(named(kGet, {bytes_of("640e80"), kHuffman}), "");
}

TEST(Http2Label, RandomBytesAreNamedPrintably)
{
    std::mt19937 random(5);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(kKept, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        bytes[1] = static_cast<char>(random() % 8);
        bytes[3] = static_cast<char>(random() % 8);
        if (round % 2 == 0)
            bytes[0] = '\2', bytes[1] = kStatic;
        const std::string label = label_of(Protocol::http2, bytes);
        EXPECT_LE(label.size(), kLongestLabel + 3);
        for (const char c : label)
            EXPECT_GE(static_cast<unsigned char>(c), 0x20U) << label;
    }
}

} // namespace
} // namespace slotscope::protocol::http2
