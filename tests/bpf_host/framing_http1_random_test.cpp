// SPDX-License-Identifier: MIT
// Random connections, whole and damaged, read by the framer and by a plain reader of whole streams.
#include "http1_reference.h"

#include <gtest/gtest.h>
#include <random>

namespace {

using framing::Side;

class Grammar {
  public:
    explicit Grammar(std::uint64_t seed)
        : random_(seed)
    {
    }

    std::size_t below(std::size_t bound) { return random_() % bound; }

    std::string one_of(std::initializer_list<std::string> choices)
    {
        return choices.begin()[below(choices.size())];
    }

    std::string request(const std::string& method)
    {
        return (below(8) == 0 ? "\r\n" : "") + method + " /" + std::string(below(90), 'p') +
               one_of({"", "?q=a b", "/%20"}) + " HTTP/1." + one_of({"0", "1"}) + end() +
               message(below(3) == 0);
    }

    std::string response()
    {
        std::string interim;
        while (below(6) == 0) {
            interim += "HTTP/1.1 " + one_of({"100 Continue", "103 Early Hints"}) + end() + headers() + end();
        }
        return interim + "HTTP/1." + one_of({"0", "1"}) + ' ' +
               one_of({"200 OK", "200", "404 Not Found", "500 No\xc3\xa9"}) + end() + message(true);
    }

    std::string bodiless(const std::string& status)
    {
        return "HTTP/1.1 " + status + end() + headers() +
               one_of({"", "Content-Length: 77\r\n", "Transfer-Encoding: chunked\r\n"}) + end();
    }

    void damage(std::string& bytes)
    {
        static const std::string kBytes = std::string("\r\n\t \0,;:\"HTcC10fx", 18);
        for (std::size_t left = 1 + below(4); left > 0 && !bytes.empty(); --left) {
            const std::size_t at = below(bytes.size());
            switch (below(4)) {
            case 0:
                bytes[at] = static_cast<char>(random_());
                break;
            case 1:
                bytes.insert(at, 1, kBytes[below(kBytes.size())]);
                break;
            case 2:
                bytes.erase(at, 1 + below(4));
                break;
            default:
                bytes.insert(at, bytes.substr(below(bytes.size()), below(40)));
            }
        }
    }

  private:
    std::string end() { return below(5) == 0 ? "\n" : "\r\n"; }

    std::string in_any_case(std::string name)
    {
        for (char& c : name) {
            c = below(4) == 0 && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        }
        return name;
    }

    std::string headers()
    {
        std::string result;
        while (below(4) != 0) {
            result += one_of({"Host", "X", "Content-Type", "Content-Lengths", "TE", "Transfer-Encodin", "C",
                              "Cookie", "X-Content-Length"}) +
                      ":" + std::string(below(70), below(9) == 0 ? '\t' : 'v') +
                      one_of({"", "", "", end() + " folded"}) + end();
        }
        return result;
    }

    std::string space() { return one_of({"", " ", "  ", "\t", end() + " "}); }

    std::string message(bool body)
    {
        const std::size_t size = body ? (below(3) == 0 ? below(400) : below(9)) : 0;
        if (below(2) == 0 && body) {
            return headers() + in_any_case("transfer-encoding:") + space() + one_of({"", "gzip, ", "x,, "}) +
                   in_any_case("chunked") + space() + end() + one_of({"", "Content-Length: 12345\r\n"}) +
                   headers() + end() + chunks();
        }
        if (!body) {
            return headers() + end();
        }
        const std::string number = one_of({"", "0", "000"}) + std::to_string(size);
        return headers() + in_any_case("content-length:") + space() + number +
               one_of({"", "", space() + "," + space() + number}) + space() + end() + headers() +
               one_of({"", "", "Content-Length: " + number + "\n"}) + end() + bytes(size);
    }

    std::string chunks()
    {
        std::string result;
        while (below(4) != 0) {
            const std::size_t size = 1 + (below(3) == 0 ? below(400) : below(20));
            result += hex(size) + extension() + end() + bytes(size) + end();
        }
        return result + one_of({"0", "0000"}) + extension() + end() + headers() + end();
    }

    std::string hex(std::size_t size)
    {
        const std::string digits = below(2) == 0 ? "0123456789abcdef" : "0123456789ABCDEF";
        std::string result;
        for (; size > 0; size /= 16) {
            result.insert(0, 1, digits[size % 16]);
        }
        return result;
    }

    std::string extension()
    {
        return one_of({"", "", "", " ", ";a=b", " ; a=\"x;\\\"y\" ;z", ";" + std::string(80, 'e')});
    }

    std::string bytes(std::size_t size)
    {
        std::string result(size, ' ');
        for (char& c : result) {
            c = below(3) == 0 ? '\n' : static_cast<char>(random_());
        }
        return result;
    }

    std::mt19937_64 random_;
};

struct Connection {
    std::string requests, responses;
    std::vector<std::string> methods;
};

Connection random_connection(Grammar& grammar)
{
    Connection connection;
    for (std::size_t calls = 1 + grammar.below(6); calls > 0; --calls) {
        const std::string method = grammar.one_of({"GET", "HEAD", "POST", "DELETE", "CONNECT", "M-SEARCH"});
        const bool bodiless = method == "HEAD" || grammar.below(8) == 0;
        connection.methods.push_back(method);
        connection.requests += grammar.request(method);
        connection.responses +=
            method == "CONNECT" ? "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"
            : bodiless
                ? grammar.bodiless(method == "HEAD" ? "200 OK" : grammar.one_of({"204 Empty", "304 Same"}))
                : grammar.response();
    }
    const std::string last =
        grammar.one_of({"", "", "HTTP/1.0 200 OK\r\n\r\nuntil close", "HTTP/1.1 101 Switch\r\n\r\n\x81"});
    if (!last.empty()) {
        connection.methods.push_back("GET");
        connection.requests += grammar.request("GET");
        connection.responses += last;
    }
    return connection;
}

TEST(Http1Random, ValidConnectionsAreReadToTheirEndAndAsTheReferenceReadsThem)
{
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Grammar grammar(seed);
        const Connection connection = random_connection(grammar);
        const http1::Reading requests = http1::read_requests(connection.requests);
        ASSERT_FALSE(requests.lost || requests.partial) << seed << '\n' << connection.requests;
        ASSERT_EQ(requests.methods, connection.methods) << seed;
        ASSERT_EQ(http1::compare(Side::request, connection.requests, {}, seed), "") << seed << '\n'
                                                                                    << connection.requests;
        const http1::Reading responses = http1::read_responses(connection.responses, connection.methods);
        ASSERT_FALSE(responses.lost || responses.partial) << seed << '\n' << connection.responses;
        ASSERT_EQ(http1::compare(Side::response, connection.responses, connection.methods, seed), "")
            << seed << '\n'
            << connection.responses;
    }
}

TEST(Http1Random, DamagedConnectionsAreReadAsTheReferenceReadsThem)
{
    for (std::uint64_t seed = 1; seed <= 10000; ++seed) {
        Grammar grammar(seed);
        Connection connection = random_connection(grammar);
        grammar.damage(connection.requests);
        grammar.damage(connection.responses);
        ASSERT_EQ(http1::compare(Side::request, connection.requests, {}, seed), "") << seed << '\n'
                                                                                    << connection.requests;
        ASSERT_EQ(http1::compare(Side::response, connection.responses, connection.methods, seed), "")
            << seed << '\n'
            << connection.responses;
    }
}

} // namespace
