// SPDX-License-Identifier: MIT
// A request begins with a BEGIN_REQUEST record, and PARAMS records with its CGI variables follow.
// https://fastcgi-archives.github.io/FastCGI_Specification.html, sections 3.3, 3.4 and 5.2. All numbers
// big-endian.
#include "protocol/fastcgi/fastcgi.h"

#include "protocol/bytes.h"
#include "protocol/path.h"
#include "protocol/text.h"

namespace slotscope::protocol::fastcgi {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kParams = 4;
constexpr std::size_t kLongestMethod = 20;

struct Variable {
    std::string_view value;
    bool cut = false; // there was more of it
    bool known = false;
};

struct Variables {
    Variable method;      // REQUEST_METHOD
    Variable uri;         // REQUEST_URI, or DOCUMENT_URI
    Variable script;      // SCRIPT_NAME
    Variable script_file; // SCRIPT_FILENAME
};

// What the PARAMS records hold, without their headers.
std::string params_of(std::string_view head)
{
    Bytes bytes(head);
    std::string params;
    while (!bytes.empty()) {
        const auto version = bytes.big_endian(1);
        const auto type = bytes.big_endian(1);
        bytes.skip(2); // request
        const auto content = bytes.big_endian(2);
        const auto padding = bytes.big_endian(1);
        if (version != kVersion || !bytes.skip(1) || !content || !padding)
            break;
        const std::string_view some = bytes.take_some(*content);
        if (type == kParams)
            params += some;
        bytes.take_some(*padding);
    }
    return params;
}

// 1 byte, or 4 with the highest bit set.
std::optional<std::uint64_t> take_length(Bytes& bytes)
{
    const auto first = bytes.big_endian(1);
    if (!first || *first < 0x80)
        return first;
    const auto others = bytes.big_endian(3);
    if (!others)
        return std::nullopt;
    return (*first & 0x7fU) << 24U | *others;
}

void note(Variables& variables, std::string_view name, Variable variable)
{
    if (name == "REQUEST_METHOD")
        variables.method = variable;
    else if (name == "REQUEST_URI" || (name == "DOCUMENT_URI" && !variables.uri.known))
        variables.uri = variable;
    else if (name == "SCRIPT_NAME")
        variables.script = variable;
    else if (name == "SCRIPT_FILENAME")
        variables.script_file = variable;
}

Variables variables_of(std::string_view params)
{
    Variables variables;
    Bytes bytes(params);
    while (!bytes.empty()) {
        const auto name_size = take_length(bytes);
        const auto value_size = take_length(bytes);
        if (!name_size || !value_size)
            break;
        const auto name = bytes.take(*name_size);
        if (!name)
            break;
        const std::string_view value = bytes.take_some(*value_size);
        note(variables, *name, {value, value.size() < *value_size, true});
    }
    return variables;
}

std::string file_name(const Variable& variable)
{
    if (!variable.known || variable.cut)
        return {};
    const std::size_t slash = variable.value.rfind('/');
    const std::string_view name =
        slash == std::string_view::npos ? variable.value : variable.value.substr(slash + 1);
    return name.empty() || is_identifier(name) ? std::string() : std::string(name);
}

} // namespace

std::string label(std::string_view head)
{
    const std::string params = params_of(head);
    const Variables variables = variables_of(params);
    std::string script = file_name(variables.script);
    if (script.empty())
        script = file_name(variables.script_file);
    const Variable& route = variables.uri.known ? variables.uri : variables.script;
    std::string text;
    if (!variables.method.cut && is_word(variables.method.value, "-_", kLongestMethod))
        text = variables.method.value;
    if (route.known) {
        const std::string path = path_template(route.value, route.cut);
        text += (text.empty() ? "" : " ") + path;
        if (script.empty() || path.ends_with("/" + script))
            return text;
    }
    if (script.empty())
        return text;
    return text.empty() ? script : text + " (" + script + ")";
}

} // namespace slotscope::protocol::fastcgi
