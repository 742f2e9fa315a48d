// SPDX-License-Identifier: MIT
#include "products/fastcgi.h"

#include <utility>

namespace slotscope::products {
namespace {

constexpr std::size_t kHeader = 8; // bytes of a record before its content
constexpr char kEndRequest = 3;

std::string record(char type, const std::string& content)
{
    return std::string{1,
                       type,
                       0,
                       1,
                       static_cast<char>(content.size() >> 8U),
                       static_cast<char>(content.size() & 0xffU),
                       0,
                       0} +
           content;
}

} // namespace

std::string fastcgi_request(const std::string& script, const std::string& script_name, bool keep)
{
    std::string parameters;
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"SCRIPT_FILENAME", script},
                                      {"REQUEST_METHOD", "GET"},
                                      {"SCRIPT_NAME", script_name}})
        parameters +=
            std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
    return record(1, std::string{0, 1, static_cast<char>(keep), 0, 0, 0, 0, 0}) + record(4, parameters) +
           record(4, "") + record(5, "");
}

std::size_t fastcgi_answers(const std::string& bytes)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    std::size_t ends = 0;
    for (std::size_t at = 0; at + kHeader <= bytes.size();) {
        const std::size_t size = kHeader + byte(at + 4) * 256U + byte(at + 5) + byte(at + 6);
        ends += bytes[at + 1] == kEndRequest && at + size <= bytes.size();
        at += size;
    }
    return ends;
}

} // namespace slotscope::products
