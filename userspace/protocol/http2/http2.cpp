// SPDX-License-Identifier: MIT
#include "protocol/http2/http2.h"

#include "protocol/http2/huffman.h"
#include "protocol/path.h"
#include "protocol/text.h"

#include <algorithm>
#include <array>
#include <optional>

namespace slotscope::protocol::http2 {
namespace {

constexpr unsigned kHuffman = 1;
constexpr unsigned kStatic = 2;
constexpr unsigned kCut = 4;

constexpr std::size_t kLongestMethod = 20;
constexpr std::size_t kLongestPart = 40; // of the name of a gRPC service, or of one of its methods

// RFC 7541, appendix A: its entries 2 to 5 are methods and paths.
constexpr std::array<std::string_view, 6> kStaticTable = {"", "", "GET", "POST", "/", "/index.html"};

struct Text {
    std::string text;
    bool cut = false;
};

std::optional<Text> text_of(unsigned size, unsigned flags, std::string_view room)
{
    if ((flags & kStatic) != 0)
        return size < kStaticTable.size() ? std::optional(Text{std::string(kStaticTable[size])})
                                          : std::nullopt;
    const bool cut = (flags & kCut) != 0;
    const std::string_view bytes = room.substr(0, std::min<std::size_t>(size, room.size()));
    if ((flags & kHuffman) == 0)
        return Text{std::string(bytes), cut};
    auto text = huffman_decoded(bytes, cut);
    return text ? std::optional(Text{*std::move(text), cut}) : std::nullopt;
}

// A name as programmers give it. What looks like an identifier of data is none.
bool is_name(std::string_view word)
{
    return is_word(word, "_", kLongestPart) && !is_digit(word[0]) &&
           (!is_identifier(word) ||
            std::all_of(word.begin(), word.end(), [](char c) { return is_letter(c) || c == '_'; }));
}

// "/package.Service/Method" (gRPC over HTTP/2, "Requests"): longer than the words of other routes often are.
bool is_of_grpc(std::string_view path)
{
    const std::size_t slash = path.find('/', 1);
    if (path.empty() || path[0] != '/' || slash == std::string_view::npos || !is_name(path.substr(slash + 1)))
        return false;
    std::string_view service = path.substr(1, slash - 1);
    for (std::size_t dot = service.find('.'); dot != std::string_view::npos; dot = service.find('.')) {
        if (!is_name(service.substr(0, dot)))
            return false;
        service.remove_prefix(dot + 1);
    }
    return is_name(service);
}

// No request has any: they are zeroes, which stand for bytes that the kernel side could not read.
bool has_control_characters(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

} // namespace

std::string label(std::string_view kept)
{
    if (kept.size() != kKept)
        return {};
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(kept[at]); };
    const auto method = text_of(byte(0), byte(1), kept.substr(4, kMethodRoom));
    const auto path = text_of(byte(2), byte(3), kept.substr(4 + kMethodRoom));
    if (!method || !path || path->text.empty() || has_control_characters(path->text) ||
        !is_word(method->text, "-_", kLongestMethod))
        return {};
    if (method->text == "POST" && !path->cut && is_of_grpc(path->text))
        return "POST " + path->text;
    return method->text + " " + path_template(path->text, path->cut);
}

} // namespace slotscope::protocol::http2
