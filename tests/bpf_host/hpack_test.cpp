// SPDX-License-Identifier: MIT
#include "hpack_encoder.h"
#include "hpack_walk.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

using namespace std::string_literals;
using hpack::Encoder;
using hpack::Field;
using hpack::Literal;
using hpack::Walk;

// The blocks of one connection and what each must be called, wherever they are cut.
struct Block {
    std::string bytes;
    std::string name;
};

void check(const std::vector<Block>& blocks)
{
    for (std::size_t which = 0; which < blocks.size(); ++which)
        for (std::size_t cut = 0; cut <= blocks[which].bytes.size(); ++cut) {
            Walk walk;
            for (std::size_t i = 0; i < blocks.size(); ++i) {
                const std::string_view bytes = blocks[i].bytes;
                walk.show(bytes.substr(0, i == which ? cut : 0));
                walk.show(bytes.substr(i == which ? cut : 0));
                ASSERT_EQ(walk.end(), blocks[i].name) << "block " << i << ", " << which << " cut at " << cut;
            }
        }
    Walk bytewise;
    for (const Block& block : blocks) {
        for (const char byte : block.bytes)
            bytewise.show({&byte, 1});
        EXPECT_EQ(bytewise.end(), block.name);
    }
}

std::string bytes_of(const std::string& hex)
{
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
    return bytes;
}

// Appendices C.3 and C.4: three requests of one connection each.
TEST(Hpack, NamesTheRequestsOfItsSpecification)
{
    check({{bytes_of("828684410f7777772e6578616d706c652e636f6d"), "GET /"},
           {bytes_of("828684be58086e6f2d6361636865"), "GET /"},
           {bytes_of("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"), "GET /index.html"}});
    check({{bytes_of("828684418cf1e3c2e5f23a6ba0ab90f4ff"), "GET /"},
           {bytes_of("828684be5886a8eb10649cbf"), "GET /"},
           {bytes_of("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"), "GET /index.html"}});
}

TEST(Hpack, LiteralsAreKeptAsTheyStand)
{
    check({{"\x83\x86\x04\x06/small\x01\x09localhost", "POST /small"},
           {"\x82\x14\x02/a"s, "GET /a"},
           {"\x02\x05PATCH\x04\x02/a"s, "PATCH /a"},
           {"\x82\x04\x88"s + bytes_of("60d5485f2bce9a68"), "GET huffman:" + bytes_of("60d5485f2bce9a68")},
           {"\x04\x02/a\x82", "GET /a"}}); // in any order
}

TEST(Hpack, EntriesOfTheDynamicTableAreFollowed)
{
    check({{"\x82\x44\x02/a\x41\x04host", "GET /a"},
           {"\x82\xbf\xbe", "GET /a"},
           {"\x42\x03PUT\x44\x02/b\x40\x01x\x01y", "PUT /b"},
           {"\x82\xc2", "GET /a"},
           {"\xc0\xbf", "PUT /b"},
           {"\xc0\x7f\x03\x02/c", "PUT /c"}, // a path that takes its name from /a, and is an entry itself
           {"\xc1\xbe", "PUT /c"},
           {"\x82\x0f\x2f\x02/d"s, "GET /d"}, // … from /c
           {"\x82\xbe", "GET /c"}});
}

TEST(Hpack, ChangesOfTheTablesSizeChangeNoNumber)
{
    check({{"\x82\x44\x02/a", "GET /a"},
           {"\x20\x3f\xe1\x1f\x82\x44\x02/b", "GET /b"}, // all thrown out
           {"\x82\xbe", "GET /b"},
           {"\x3f\x01\x82\x44"s + hpack::string("/" + std::string(90, 'x')),
            "GET /" + std::string(90, 'x')}, // too large to become an entry
           {"\x3f\xe1\x1f\x82\x44\x02/c", "GET /c"},
           {"\x82\xbe", "GET /c"}});
}

TEST(Hpack, LongPathIsCutAndStaysSo)
{
    const std::string path = "/" + std::string(199, 'p');
    const std::string kept = path.substr(0, SS_HTTP2_PATH);
    check({{"\x82\x44" + hpack::string(path) + "\x41\x04host", "GET " + kept + "…"},
           {"\x82\xbf", "GET " + kept + "…"},
           {"\x82\x04" + hpack::string(kept), "GET " + kept},
           {"\x82\x04\x02/a", "GET /a"}});
    Walk walk;
    walk.most = 3;
    EXPECT_EQ(walk.name_of("\x82\x04\x04/abc"), "GET /ab…");
}

TEST(Hpack, RequestThatIsNotToldHasNoName)
{
    const std::string long_method(SS_HTTP2_METHOD + 1, 'M');
    check({{"\x82", ""},
           {"\x84", ""},
           {"\x82\x40\x05:path\x02/a", ""}, // legal, and written by nobody: not followed
           {"\x82\xbe", ""},
           {"\x42" + hpack::string(long_method) + "\x84", ""},
           {"\xbe\x84", ""},
           {"\x42" + hpack::string(std::string(120, 'M')) + "\x84", ""},
           {"\xbe\x84", ""},
           {"\x82\x04\x01/"s, "GET /"},
           {"\x40\x01x\x01y", ""}, // trailers
           {"", ""}});
}

TEST(Hpack, OtherFieldsArePassedOverAndNotKept)
{
    Walk walk;
    EXPECT_EQ(walk.name_of("\x82\x04\x02/a\x60" + hpack::string("CANARY" + std::string(300, 'x')) +
                           "\x0f\x11" + hpack::string("CANARY") +
                           "\x10\x06"
                           "CANARY\x06"
                           "CANARY\x40\x06"
                           "CANARY\x06"
                           "CANARY"),
              "GET /a");
    const std::string all(reinterpret_cast<const char*>(walk.hpack.get()), sizeof(ss_hpack));
    EXPECT_EQ(all.find("CANARY"), std::string::npos);
    EXPECT_NE(all.find("/a"), std::string::npos);
}

TEST(Hpack, BlockThatIsNotUnderstoodEndsTheFollowing)
{
    for (const std::string& block :
         {"\x80"s,                     // no entry has the number 0
          "\x00\x00\x01x"s,            // a field without a name; what could not be read is shown so
          "\xbe"s,                     // the dynamic table is empty
          "\x82\x44\x02/a\xbf"s,       // … has one entry
          "\x82\x04\x03/a"s,           // ends within a value
          "\x82\x04"s,                 // … before it
          "\x82\x40\x01"s,             // … within a name
          "\xff"s,                     // … within an integer
          "\xff\xff\xff\xff\xff\x01"s, // that is too long
          "\x82\x04\x7f\xff\xff\xff\xff\x01"s}) {
        SCOPED_TRACE(testing::PrintToString(block));
        Walk walk;
        EXPECT_EQ(walk.name_of(block), "");
        EXPECT_EQ(walk.hpack->broken, 1);
        EXPECT_EQ(walk.name_of("\x82\x84"), "") << "nothing that follows can be relied on";
    }
}

TEST(Hpack, RecordOfAnotherConnectionLeavesNothing)
{
    Walk walk;
    EXPECT_EQ(walk.name_of("\x82\x44\x02/a\x44\x02/b"), "GET /b");
    walk.show("\x82\x04\x10/half"); // cut off
    ss_hpack_begins(walk.hpack.get());
    EXPECT_EQ(walk.name_of("\x44\x02/c\x82"), "GET /c");
    EXPECT_EQ(walk.name_of("\x82\xbe"), "GET /c");
    EXPECT_EQ(walk.name_of("\x82\xbf"), "") << "an entry of the connection that had the record before";
    EXPECT_EQ(walk.hpack->broken, 1);
}

TEST(Hpack, OfManyEntriesTheNewestAreRemembered)
{
    Walk walk;
    Encoder encoder(1U << 20U);
    const auto path = [](int i) { return "/p" + std::to_string(i); };
    for (int i = 0; i < 500; ++i)
        ASSERT_EQ(walk.name_of("\x82" + encoder.field({":path", path(i)}, Literal::indexed)),
                  "GET " + path(i));
    for (int i = 0; i < 500; ++i)
        EXPECT_EQ(walk.name_of("\x82" + encoder.field({":path", path(i)}, Literal::indexed)),
                  i < 500 - SS_HPACK_KEPT ? "" : "GET " + path(i));
}

// A client that picks among a few fields and all ways to write them; the name is right or, where it cannot be
// told, there is none.
class RandomClient {
  public:
    explicit RandomClient(std::mt19937& random)
        : random_(random)
        , encoder_(sizes_[random() % std::size(sizes_)])
    {
    }

    Block block()
    {
        std::string bytes;
        if (random_() % 20 == 0)
            bytes += encoder_.resize(sizes_[random_() % std::size(sizes_)]);
        const std::string method = pick({"GET", "POST", "PUT", "PATCH", "DELETE"});
        const std::string path = "/" +
                                 pick({"", "index.html", "a", "b?c=d", std::string(random_() % 80, 'z')}) +
                                 (random_() % 3 == 0 ? std::to_string(random_() % 1000) : "");
        bytes += encoder_.field({":method", method}, how());
        if (random_() % 2 == 0)
            bytes += encoder_.field({":authority", pick({"x", "y"})}, how());
        bytes += encoder_.field({":path", path}, how());
        for (auto more = random_() % 4; more > 0; --more)
            bytes +=
                encoder_.field({pick({"cookie", "x-a", "x-b"}), std::string(random_() % 300, 'v')}, how());
        return {bytes, method + " " + path};
    }

  private:
    std::string pick(std::initializer_list<std::string> of) { return *(of.begin() + random_() % of.size()); }
    Literal how() { return static_cast<Literal>(random_() % 3); }

    static constexpr std::size_t sizes_[] = {0, 60, 200, 1000, 4096, 65536};
    std::mt19937& random_;
    Encoder encoder_;
};

TEST(Hpack, RandomClientsAreNamedRightOrNotAtAll)
{
    std::mt19937 random(17);
    std::size_t named = 0;
    std::size_t blocks = 0;
    for (int client_number = 0; client_number < 300; ++client_number) {
        Walk walk;
        RandomClient client(random);
        for (int i = 0; i < 100; ++i) {
            const Block block = client.block();
            for (std::string_view rest = block.bytes; !rest.empty();) {
                const auto count = std::min<std::size_t>(1 + random() % 90, rest.size());
                walk.show(rest.substr(0, count));
                rest.remove_prefix(count);
            }
            const std::string name = walk.end();
            ASSERT_TRUE(name.empty() || name == block.name) << name << " for " << block.name;
            ASSERT_EQ(walk.hpack->broken, 0);
            named += !name.empty();
            ++blocks;
        }
    }
    EXPECT_GT(named, blocks * 9 / 10) << "of " << blocks;
}

TEST(Hpack, BrokenBytesNeverOverrunAndAreReadAlikeWhereverTheyAreCut)
{
    std::mt19937 random(23);
    for (int round = 0; round < 20'000; ++round) {
        RandomClient client(random);
        Walk whole;
        Walk cut;
        for (int i = 0; i < 6; ++i) {
            std::string bytes = client.block().bytes;
            for (auto changes = random() % 3; changes > 0; --changes)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            whole.show(bytes);
            for (const char byte : bytes)
                cut.show({&byte, 1});
            ASSERT_EQ(whole.end(), cut.end());
            ASSERT_EQ(whole.hpack->broken, cut.hpack->broken);
        }
    }
}

} // namespace
