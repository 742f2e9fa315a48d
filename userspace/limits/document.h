// SPDX-License-Identifier: MIT
// YAML and JSON (which is read as YAML) as a tree that knows its lines.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

struct Member;

struct Node {
    enum class Kind { nothing, scalar, list, map };
    Kind kind = Kind::nothing;
    std::string text;            // of a scalar
    std::vector<Node> items;     // of a list
    std::vector<Member> members; // of a map, in order
    int line = 0;

    // The member with this name, of a merged map ("<<") too; a node of kind nothing where there is none.
    const Node& operator[](std::string_view name) const;
    // operator[] of operator[] ...
    const Node& at(std::initializer_list<std::string_view> path) const;
    explicit operator bool() const { return kind != Kind::nothing; }
};

struct Member {
    std::string name;
    Node value;
};

// The documents in TEXT. An Error says what is wrong; `line` is where. Aliases are written out; what is more
// than a megabyte, 200,000 nodes, 1,000 documents or 64 levels is an Error.
struct Documents {
    std::vector<Node> list; // where something is wrong: those before it
    std::string wrong;      // empty: nothing is
    int line = 0;           // of what is wrong
};
Documents parse_documents(std::string_view text);

} // namespace slotscope::limits
