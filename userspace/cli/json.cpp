// SPDX-License-Identifier: MIT
#include "cli/json.h"

#include "cli/text/text.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

namespace {

constexpr int kDeepest = 64; // the contract nests 5 deep; printing and destroying are bounded by this

} // namespace

Result<Json> parse_object(std::string_view text) {
    bool too_deep = false;
    const auto watch = [&too_deep](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kDeepest;
        return depth <= kDeepest;
    };
    Json document = Json::parse(text, watch, false);
    if (too_deep || document.is_discarded() || !document.is_object())
        return Error{"what came back is not a JSON object: is it really slotscoped that listens there?",
                     api::kExitUnreachable};
    return document;
}

Result<Json> parse_answer(std::string_view text, std::string_view schema) {
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
