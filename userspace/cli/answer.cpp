// SPDX-License-Identifier: MIT
#include "cli/answer.h"

#include <algorithm>
#include <ostream>
#include <slotscope/api/contract.h>

namespace slotscope::cli {

Result<Json> ask(const Client& client, const std::string& target, std::string_view schema)
{
    const Result<std::string> body = client.get(target);
    if (!body)
        return body.error();
    return parse_answer(*body, schema);
}

int print_text(const Result<std::string>& text, Output& output)
{
    if (!text)
        return print_error(text.error(), output);
    output.out << *text;
    return api::kExitDone;
}

int print_json(const Result<std::string>& body, Output& output)
{
    if (!body)
        return print_error(body.error(), output);
    const Result<Json> document = parse_object(*body);
    if (!document)
        return print_error(document.error(), output);
    if (output.screen.terminal)
        return print_json(*document, output);
    // Line breaks in JSON stand between its tokens only.
    std::string line = *body;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    output.out << line << '\n';
    return api::kExitDone;
}

int print_json(const Json& document, Output& output)
{
    output.out << document.dump(output.screen.terminal ? 2 : -1) << '\n';
    return api::kExitDone;
}

int print_error(const Error& error, Output& output)
{
    output.err << "slotscope: " << error.message << '\n';
    return error.code;
}

} // namespace slotscope::cli
