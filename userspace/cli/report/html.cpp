// SPDX-License-Identifier: MIT
#include "cli/report/html.h"

#include <algorithm>
#include <array>

namespace slotscope::cli::report {

namespace {

// These have no end tag in HTML; an element of SVG without content may be closed at once as well.
constexpr std::array<std::string_view, 10> kVoid = {"meta", "br",  "path",    "line", "rect",
                                                    "hr",   "use", "polygon", "stop", "circle"};

} // namespace

Markup text(std::string_view raw)
{
    Markup markup;
    markup.code_.reserve(raw.size());
    for (const char character : raw) {
        switch (character) {
        case '&':
            markup.code_ += "&amp;";
            break;
        case '<':
            markup.code_ += "&lt;";
            break;
        case '>':
            markup.code_ += "&gt;";
            break;
        case '"':
            markup.code_ += "&quot;";
            break;
        case '\'':
            markup.code_ += "&#39;";
            break;
        default:
            markup.code_ += character;
        }
    }
    return markup;
}

Markup element(std::string_view name, const Attributes& attributes, const Markup& content)
{
    Markup markup;
    markup.code_.append("<").append(name);
    for (const auto& [attribute, value] : attributes)
        markup.code_.append(" ").append(attribute).append("=\"").append(text(value).code()).append("\"");
    if (content.empty() && std::find(kVoid.begin(), kVoid.end(), name) != kVoid.end()) {
        markup.code_ += "/>";
        return markup;
    }
    markup.code_.append(">").append(content.code()).append("</").append(name).append(">");
    return markup;
}

Markup element(std::string_view name, const Markup& content)
{
    return element(name, Attributes{}, content);
}

Markup element_of(std::string_view name, std::string_view raw)
{
    return element(name, Attributes{}, text(raw));
}

std::string page(std::string_view title, std::string_view style, const Markup& body)
{
    const Markup head =
        element("meta", {{"charset", "utf-8"}}) +
        element("meta", {{"http-equiv", "Content-Security-Policy"},
                         {"content", "default-src 'none'; style-src 'unsafe-inline'"}}) +
        element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
        element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) + element_of("title", title);
    std::string code = "<!doctype html>\n<html lang=\"en\"><head>" + head.code();
    code.append("<style>\n").append(style).append("</style></head>\n").append(element("body", body).code());
    return code + "</html>\n";
}

} // namespace slotscope::cli::report
