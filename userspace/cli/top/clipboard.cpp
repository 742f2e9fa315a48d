// SPDX-License-Identifier: MIT
#include "cli/top/terminal.h"

#include <cstdint>

namespace slotscope::cli::top {

// Base64 as in RFC 4648, section 4.
std::string clipboard_sequence(const std::string& text)
{
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr unsigned kDigitBits = 6;
    std::string encoded;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= kDigitBits;) {
            count -= kDigitBits;
            encoded += kDigits[(bits >> count) & 0x3fU];
        }
    }
    if (count != 0)
        encoded += kDigits[(bits << (kDigitBits - count)) & 0x3fU];
    while (encoded.size() % 4 != 0)
        encoded += '=';
    return "\x1b]52;c;" + encoded + "\x07";
}

std::string no_screen_because(bool input_is_terminal, bool output_is_terminal, const char* term)
{
    const std::string instead = "; use `slotscope backends` and `slotscope holders`";
    if (!input_is_terminal || !output_is_terminal)
        return std::string("top needs a terminal, and standard ") +
               (output_is_terminal ? "input" : "output") + " is none" + instead;
    if (term == nullptr || *term == '\0')
        return "top needs to know the terminal, and TERM is not set" + instead;
    if (std::string_view(term) == "dumb")
        return "top needs a terminal that can move its cursor, and TERM is dumb" + instead;
    return {};
}

} // namespace slotscope::cli::top
