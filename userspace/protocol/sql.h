// SPDX-License-Identifier: MIT
// Statements without what they were given: "SELECT name FROM users WHERE id = 7 AND mail = 'x'" becomes
// "SELECT name FROM users WHERE id = ? AND mail = ?".
#pragma once

#include <string>
#include <string_view>

namespace slotscope::protocol {

// How the dialects differ in what is a literal.
struct SqlDialect {
    bool double_quotes_are_literals = false; // MySQL without ANSI_QUOTES; else they are names
    bool dollar_quotes = false;              // $tag$…$tag$ (PostgreSQL)
    bool hash_comments = false;              // MySQL
    bool nested_comments = false;            // PostgreSQL
};

inline constexpr SqlDialect kPostgresql = {false, true, false, true};
inline constexpr SqlDialect kMysql = {true, false, true, false};

// Literals become ?, lists of them (…), comments go, white space is one blank, a long list of columns becomes
// "…". Of a statement that ends in the middle of a literal or comment nothing of it is shown; `cut`: it may
// end anywhere, even in the middle of a number or a word, which then are left out.
std::string sql_template(std::string_view statement, const SqlDialect& dialect, bool cut);

} // namespace slotscope::protocol
