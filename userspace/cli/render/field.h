// SPDX-License-Identifier: MIT
// Typed reading of an answer: what is missing or of the wrong type becomes one clear Error, never a crash and
// never a wrong number.
#pragma once

#include "cli/json.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace slotscope::cli {

// Thrown by Field, caught by reading(); never leaves render/.
class UnexpectedAnswer : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A value in an answer, with the path that leads to it. Refers to the document, which must outlive it.
class Field {
  public:
    explicit Field(const Json& value, std::string path = {})
        : value_(&value)
        , path_(std::move(path))
    {
    }

    // A member of this object. at: it must be there; find: empty where it is absent or null.
    Field at(const char* name) const;
    std::optional<Field> find(const char* name) const;
    bool has(const char* name) const; // be it null

    std::string text() const; // printable, see text.h
    const std::string& raw_text() const;
    std::uint64_t count() const;
    double number() const;
    bool flag() const;
    std::vector<Field> elements() const;
    std::vector<std::pair<std::string, Field>> members() const; // printable names

  private:
    [[noreturn]] void unexpected(const char* wanted) const;

    const Json* value_;
    std::string path_;
};

// What `read` returns, or the Error (exit code: the agent's answer is wrong) where it met something
// unexpected.
template <typename Read>
auto reading(Read read) -> Result<decltype(read())>
{
    try {
        return read();
    } catch (const UnexpectedAnswer& wrong) {
        return Error{wrong.what(), 1};
    }
}

} // namespace slotscope::cli
