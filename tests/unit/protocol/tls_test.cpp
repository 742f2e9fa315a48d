// SPDX-License-Identifier: MIT
#include "protocol/label.h"

#include <gtest/gtest.h>
#include <string>

namespace slotscope::protocol {
namespace {

using namespace std::string_literals;

std::string sized(std::size_t length_bytes, const std::string& content)
{
    std::string text;
    for (std::size_t i = length_bytes; i > 0; --i)
        text += static_cast<char>(content.size() >> ((i - 1) * 8) & 0xffU);
    return text + content;
}

std::string client_hello(const std::string& extensions)
{
    const std::string hello = "\3\3"s + std::string(32, 'r') + sized(1, std::string(32, 's')) +
                              sized(2, std::string(32, 'c')) + sized(1, "\0"s) + sized(2, extensions);
    return "\x16\3\1"s + sized(2, "\1"s + sized(3, hello));
}

std::string server_name(const std::string& host)
{
    return "\0\0"s + sized(2, sized(2, "\0"s + sized(2, host)));
}

TEST(TlsLabel, NamesTheServer)
{
    EXPECT_EQ(label_of_first(client_hello("\xff\1"s + sized(2, "\0"s) + server_name("shop.example"))),
              "TLS shop.example");
}

TEST(TlsLabel, WithoutAServerNameIsTls)
{
    EXPECT_EQ(label_of_first(client_hello("\xff\1"s + sized(2, "\0"s))), "TLS");
    EXPECT_EQ(label_of_first(client_hello(server_name("not a host"))), "TLS");
}

TEST(TlsLabel, CutAnywhereNamesTheServerOrNone)
{
    const std::string whole = client_hello(server_name("shop.example"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string label = label_of_first(whole.substr(0, size));
        EXPECT_TRUE(label.empty() || label == "TLS") << label;
    }
}

TEST(TlsLabel, OfAnythingElseIsNone)
{
    EXPECT_EQ(label_of_first("GET / HTTP/1.1\r\n"), "");
    EXPECT_EQ(label_of_first(""), "");
    EXPECT_EQ(label_of_first("\x17\3\3\0\x10secretsecretsecr"s), "");
}

} // namespace
} // namespace slotscope::protocol
