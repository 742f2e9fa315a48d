// SPDX-License-Identifier: MIT
#include "cli/render/field.h"

#include "cli/text/text.h"

namespace slotscope::cli {

Field Field::at(const char* name) const
{
    std::optional<Field> found = find(name);
    if (!found)
        throw UnexpectedAnswer("unexpected answer: " + (path_.empty() ? "" : path_ + ".") + name +
                               " is missing. Are slotscope and slotscoped of the same version?");
    return *found;
}

std::optional<Field> Field::find(const char* name) const
{
    if (!value_->is_object())
        unexpected("an object");
    const auto found = value_->find(name);
    if (found == value_->end() || found->is_null())
        return std::nullopt;
    return Field(*found, path_.empty() ? name : path_ + "." + name);
}

bool Field::has(const char* name) const
{
    return value_->is_object() && value_->contains(name);
}

std::string Field::text() const
{
    return printable(raw_text());
}

const std::string& Field::raw_text() const
{
    if (!value_->is_string())
        unexpected("a string");
    return value_->get_ref<const std::string&>();
}

std::uint64_t Field::count() const
{
    if (value_->is_number_unsigned())
        return value_->get<std::uint64_t>();
    // A signed integer that was built, not parsed: the parser makes all non-negative ones unsigned.
    if (!value_->is_number_integer() || value_->get<std::int64_t>() < 0)
        unexpected("a count");
    return value_->get<std::uint64_t>();
}

double Field::number() const
{
    if (!value_->is_number())
        unexpected("a number");
    return value_->get<double>();
}

bool Field::flag() const
{
    if (!value_->is_boolean())
        unexpected("true or false");
    return value_->get<bool>();
}

std::vector<Field> Field::elements() const
{
    if (!value_->is_array())
        unexpected("a list");
    std::vector<Field> fields;
    fields.reserve(value_->size());
    for (std::size_t i = 0; i < value_->size(); ++i)
        fields.emplace_back((*value_)[i], path_ + "[" + std::to_string(i) + "]");
    return fields;
}

std::vector<std::pair<std::string, Field>> Field::members() const
{
    if (!value_->is_object())
        unexpected("an object");
    std::vector<std::pair<std::string, Field>> fields;
    for (const auto& [name, value] : value_->items())
        fields.emplace_back(printable(name), Field(value, path_ + "." + printable(name)));
    return fields;
}

void Field::unexpected(const char* wanted) const
{
    throw UnexpectedAnswer("unexpected answer: " + (path_.empty() ? "it" : path_) + " is " +
                           value_->type_name() + ", not " + wanted +
                           ". Are slotscope and slotscoped of the same version?");
}

} // namespace slotscope::cli
