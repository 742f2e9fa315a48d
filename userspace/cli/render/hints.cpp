// SPDX-License-Identifier: MIT
#include "cli/render/hints.h"

#include "cli/text/text.h"

namespace slotscope::cli {

std::string paragraph(const std::string& text, std::size_t width, std::size_t indent)
{
    std::string result;
    for (const std::string& line : folded(text, width - indent))
        result += (result.empty() ? "" : std::string(indent, ' ')) + line + "\n";
    return result;
}

std::string no_limit_hint(const std::vector<BackendRow>& rows, std::size_t width)
{
    const BackendRow& first = rows.front();
    const std::string name = first.name == first.address ? "NAME" : first.name;
    const std::string subject = rows.size() == 1 ? first.name : "any of these backends";
    const std::string address = first.address.empty() ? "IP:PORT" : first.address;
    return paragraph("no limit is known for " + subject + ": give one with `slotscoped --limit " + name +
                         "=" + address + ":MAX` or in /etc/slotscope/slotscope.toml",
                     width);
}

std::string no_connection_hint(const std::string& asked, std::size_t width)
{
    if (!asked.empty())
        return paragraph("no connection of " + printable(asked) +
                             " has been seen yet; `slotscope backends --all` shows what has",
                         width);
    return paragraph("no connection has been seen yet: backends appear here with their first connection; "
                     "`slotscope status` says whether the agent is well",
                     width);
}

std::string incomplete_text(const Json& answer, Colour colour, const Screen& screen)
{
    const std::string losses = miscounts_text(answer);
    if (losses.empty())
        return {};
    const std::string text =
        paragraph("! incomplete: " + losses + " – these counts are too low; `slotscope status` says why",
                  screen.width, 2);
    return painted(std::string_view(text).substr(0, text.size() - 1), colour, screen) + "\n";
}

} // namespace slotscope::cli
