// SPDX-License-Identifier: MIT
// Structures as JSON text and back, from one function that names the members:
//
//   template <typename Members> static void visit(Members& members, Of<Members, Point>& point)
//   {
//       members("x", point.x);
//   }
//
// Numbers that are 0 (or not finite), texts and lists that are empty and optionals without a value are left
// out; when read, what is absent or of the wrong type stays as the structure has it.
#pragma once

#include "base/result.h"
#include "model/episode.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace slotscope::store {

// T as visit takes it: not to be changed by a writer.
template <typename Members, typename T>
using Of = std::conditional_t<Members::kWrites, const T, T>;

using TimePoint = std::chrono::system_clock::time_point;

std::int64_t nanoseconds_of(TimePoint at);
TimePoint time_point_of(std::int64_t nanoseconds);

// "none", "sent", "received".
std::string_view to_string(LastIo last_io);

class JsonWriter {
  public:
    static constexpr bool kWrites = true;

    template <typename T>
    std::string write(const T& value)
    {
        append(value);
        return std::move(text_);
    }

    template <typename T>
    void operator()(std::string_view name, const T& value)
    {
        if (is_left_out(value))
            return;
        text_ += text_.back() == '{' ? "\"" : ",\"";
        text_ += name;
        text_ += "\":";
        append(value);
    }
    template <typename Enum>
    void operator()(std::string_view name, Enum value, Enum /*last*/)
    {
        (*this)(name, to_string(value));
    }

  private:
    template <typename T>
    static bool is_left_out(const T& value)
    {
        if constexpr (std::is_same_v<T, bool> || std::is_enum_v<T>)
            return false;
        else if constexpr (std::is_floating_point_v<T>)
            return value == 0 || !std::isfinite(value);
        else if constexpr (std::is_arithmetic_v<T>)
            return value == 0;
        else if constexpr (requires { value.has_value(); })
            return !value || is_left_out_in_optional(*value);
        else if constexpr (requires { value.empty(); })
            return value.empty();
        else
            return false;
    }
    template <typename T>
    static bool is_left_out_in_optional(const T& value)
    {
        if constexpr (std::is_floating_point_v<T>)
            return !std::isfinite(value);
        else
            return false;
    }

    template <typename T>
    void append(const T& value)
    {
        if constexpr (std::is_same_v<T, bool>)
            text_ += value ? "true" : "false";
        else if constexpr (std::is_arithmetic_v<T>)
            append_number(value);
        else if constexpr (std::is_same_v<T, Cause>)
            append_text(to_string(value));
        else if constexpr (std::is_same_v<T, TimePoint>)
            append_number(nanoseconds_of(value));
        else if constexpr (std::is_same_v<T, Address>)
            append_text(slotscope::to_string(value));
        else if constexpr (std::is_convertible_v<const T&, std::string_view>)
            append_text(value);
        else if constexpr (requires { value.has_value(); })
            append(*value);
        else if constexpr (std::is_same_v<T, std::map<std::string, double>>)
            append_map(value);
        else if constexpr (requires { value.begin(); })
            append_list(value);
        else {
            text_ += '{';
            visit(*this, value);
            text_ += '}';
        }
    }
    template <typename T>
    void append_list(const T& list)
    {
        text_ += '[';
        bool first = true;
        for (const auto& each : list) {
            if (!first)
                text_ += ',';
            first = false;
            append(each);
        }
        text_ += ']';
    }
    template <typename T>
    void append_number(T value)
    {
        char digits[32];
        text_.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
    }
    void append_text(std::string_view text);
    void append_map(const std::map<std::string, double>& map);

    std::string text_;
};

class JsonReader {
  public:
    static constexpr bool kWrites = false;

    // An Error where the text is not JSON, or not a list for a list or an object for a structure.
    template <typename T>
    static Result<T> read(std::string_view text)
    {
        const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
        if (json.is_discarded() ||
            (requires(T t) { t.push_back({}); } ? !json.is_array() : !json.is_object()))
            return Error{"what is stored there cannot be read"};
        T value;
        take(json, value);
        return value;
    }

    explicit JsonReader(const nlohmann::json& object)
        : object_(object)
    {
    }

    template <typename T>
    void operator()(const char* name, T& value)
    {
        if (const auto found = object_.find(name); found != object_.end())
            take(*found, value);
    }
    template <typename Enum>
    void operator()(const char* name, Enum& value, Enum last)
    {
        std::string word;
        (*this)(name, word);
        for (int number = 0; number <= static_cast<int>(last); ++number)
            if (!word.empty() && to_string(static_cast<Enum>(number)) == word)
                value = static_cast<Enum>(number);
    }

  private:
    template <typename T>
    static void take(const nlohmann::json& json, T& value)
    {
        if constexpr (std::is_same_v<T, bool>) {
            if (json.is_boolean())
                value = json.get<bool>();
        } else if constexpr (std::is_floating_point_v<T>) {
            if (json.is_number())
                value = json.get<T>();
        } else if constexpr (std::is_arithmetic_v<T>) {
            if (json.is_number_unsigned() && std::in_range<T>(json.get<std::uint64_t>()))
                value = json.get<T>();
        } else if constexpr (std::is_same_v<T, std::string>) {
            if (json.is_string())
                value = json.get_ref<const std::string&>();
        } else if constexpr (std::is_same_v<T, TimePoint>) {
            if (json.is_number_integer())
                value = time_point_of(json.get<std::int64_t>());
        } else if constexpr (std::is_same_v<T, Cause> || std::is_same_v<T, Address>) {
            take_word(json, value);
        } else if constexpr (requires { value.has_value(); }) {
            take(json, value.emplace());
        } else if constexpr (std::is_same_v<T, std::map<std::string, double>>) {
            take_map(json, value);
        } else if constexpr (requires { value.push_back({}); }) {
            if (json.is_array())
                for (const auto& each : json)
                    take(each, value.emplace_back());
        } else if (json.is_object()) {
            JsonReader members(json);
            visit(members, value);
        }
    }
    static void take_word(const nlohmann::json& json, Cause& cause);
    static void take_word(const nlohmann::json& json, Address& address);
    static void take_map(const nlohmann::json& json, std::map<std::string, double>& map);

    const nlohmann::json& object_;
};

} // namespace slotscope::store
