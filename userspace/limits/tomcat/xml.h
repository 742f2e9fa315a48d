// SPDX-License-Identifier: MIT
// As much of XML as server.xml is made of: elements with attributes. Entities of files are not followed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slotscope::limits::tomcat {

struct Element {
    std::string name;
    std::vector<std::pair<std::string, std::string>> attributes;
    int depth = 0; // 0: the outermost one
    int line = 0;

    // The attribute's text; null where there is none.
    const std::string* find(std::string_view attribute) const;
};

// The elements of TEXT in the order in which they begin.
struct Elements {
    std::vector<Element> list;
    std::string wrong; // empty: all of it was read; else what is wrong, and what is before it was read
    int line = 0;      // of what is wrong
};
Elements parse_elements(std::string_view text);

} // namespace slotscope::limits::tomcat
