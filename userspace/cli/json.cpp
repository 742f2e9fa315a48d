// SPDX-License-Identifier: MIT
#include "cli/json.h"

#include "cli/text/text.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

namespace {

constexpr int kDeepest = 64; // the contract nests 5 deep; printing and destroying are bounded by this

// Before parsing: the parser's own callback costs the square of an array's length (nlohmann-json 3.11).
bool nested_too_deep(std::string_view text)
{
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0; // what is escaped ends nothing
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepest)
                return true;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

} // namespace

Result<Json> parse_object(std::string_view text)
{
    Json document =
        nested_too_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.is_object())
        return Error{"what came back is not a JSON object: is it really slotscoped that listens there?",
                     api::kExitUnreachable};
    return document;
}

Result<Json> parse_answer(std::string_view text, std::string_view schema)
{
    Result<Json> document = parse_object(text);
    if (!document)
        return document;
    const auto found = document->find("schema");
    const bool given = found != document->end() && found->is_string();
    if (!given || found->get_ref<const std::string&>() != schema) {
        const std::string is = given ? "'" + printable(found->get_ref<const std::string&>()) + "'" : "none";
        return Error{"unexpected answer: its schema is " + is + ", this slotscope reads '" +
                         std::string(schema) + "'. Are slotscope and slotscoped of the same version?",
                     api::kExitError};
    }
    return document;
}

} // namespace slotscope::cli
