// SPDX-License-Identifier: MIT
// HTML and SVG that cannot be broken by what stands in it: texts and attribute values become markup only
// through here, and are escaped on the way.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slotscope::cli::report {

class Markup {
  public:
    Markup() = default;

    const std::string& code() const { return code_; }
    bool empty() const { return code_.empty(); }
    Markup& operator+=(const Markup& more)
    {
        code_ += more.code_;
        return *this;
    }
    friend Markup operator+(Markup left, const Markup& right) { return std::move(left += right); }

  private:
    friend Markup text(std::string_view raw);
    friend Markup element(std::string_view name,
                          const std::vector<std::pair<std::string_view, std::string>>& attributes,
                          const Markup& content);
    std::string code_;
};

// What an attribute list is written as: {{"class", "bar"}, {"title", label}}.
using Attributes = std::vector<std::pair<std::string_view, std::string>>;

Markup text(std::string_view raw);
// Name and attribute names are ours. Those without content (meta, br, and all of SVG) are closed at once.
Markup element(std::string_view name, const Attributes& attributes, const Markup& content = {});
Markup element(std::string_view name, const Markup& content);
// The same around a text.
Markup element_of(std::string_view name, std::string_view raw);

// A whole page; `style` is ours, and the only thing that is not escaped. It allows itself no script and no
// address.
std::string page(std::string_view title, std::string_view style, const Markup& body);

} // namespace slotscope::cli::report
