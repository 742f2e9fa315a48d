// SPDX-License-Identifier: MIT
#include "limits/expression.h"

#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <array>

namespace slotscope::limits {
namespace {

constexpr int kDeepestNesting = 32;
constexpr std::int64_t kLargest = 1'000'000'000; // nothing that counts slots is larger; no overflow below
constexpr std::string_view kSpace = " \t";

using Value = std::optional<ScriptValue>; // absent: unknown

constexpr std::array<std::string_view, 5> kEnvironmentCalls = {"os.environ.get", "os.getenv", "environ.get",
                                                               "getenv", "ENV.fetch"};
constexpr std::array<std::string_view, 3> kEnvironments = {"os.environ", "environ", "ENV"};
constexpr std::array<std::string_view, 6> kProcessors = {"multiprocessing.cpu_count",
                                                         "os.cpu_count",
                                                         "cpu_count",
                                                         "Etc.nprocessors",
                                                         "Concurrent.processor_count",
                                                         "Concurrent.available_processor_count"};
constexpr std::array<std::string_view, 4> kCasts = {"int", "Integer", "str", "String"};
constexpr std::array<std::string_view, 2> kNothing = {"None", "nil"};

template <typename List>
bool has(const List& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_name(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_';
}

// Python's and Ruby's: none counts as false in both, 0 and "" in Python only.
bool is_nothing(const ScriptValue& value, bool python)
{
    if (std::holds_alternative<std::monostate>(value))
        return true;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return python && *number == 0;
    const auto* text = std::get_if<std::string>(&value);
    return python && text && text->empty();
}

std::optional<std::int64_t> integer(const ScriptValue& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return *number;
    if (const auto* text = std::get_if<std::string>(&value))
        if (const auto number = count_in(trimmed(*text)))
            return *number;
    return std::nullopt;
}

class Evaluator {
  public:
    Evaluator(std::string_view text, const Script& script)
        : text_(text)
        , script_(script)
    {
    }

    Value whole()
    {
        Value value = either();
        return at_end() ? value : std::nullopt;
    }

    std::optional<std::vector<ScriptValue>> list()
    {
        std::vector<ScriptValue> values;
        do {
            Value value = either();
            if (!value)
                return std::nullopt;
            values.push_back(std::move(*value));
        } while (take(","));
        if (!at_end())
            return std::nullopt;
        return values;
    }

  private:
    void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

    bool at_end()
    {
        skip_space();
        return at_ == text_.size() || text_[at_] == '#';
    }

    bool take(std::string_view word)
    {
        skip_space();
        if (text_.substr(at_, word.size()) != word)
            return false;
        if (is_name(word[0]) && at_ + word.size() < text_.size() && is_name(text_[at_ + word.size()]))
            return false;
        at_ += word.size();
        return true;
    }

    // The value of the left side, or of the right one where that is nothing.
    Value either()
    {
        Value value = sum();
        for (;;) {
            const bool python = take("or");
            if (!python && !take("||"))
                return value;
            Value other = sum();
            if (!value || !other)
                return std::nullopt;
            if (is_nothing(*value, python))
                value = std::move(other);
        }
    }

    static Value arithmetic(const Value& left, const Value& right, char sign)
    {
        const auto* a = left ? std::get_if<std::int64_t>(&*left) : nullptr;
        const auto* b = right ? std::get_if<std::int64_t>(&*right) : nullptr;
        if (!a || !b || (sign == '/' && *b == 0))
            return std::nullopt;
        const std::int64_t result = sign == '+'   ? *a + *b
                                    : sign == '-' ? *a - *b
                                    : sign == '*' ? *a * *b
                                                  : *a / *b;
        if (result > kLargest || result < -kLargest)
            return std::nullopt;
        return ScriptValue{result};
    }

    static Value exact_quotient(const Value& left, const Value& right)
    {
        const Value quotient = arithmetic(left, right, '/');
        return quotient && arithmetic(quotient, right, '*') == left ? quotient : std::nullopt;
    }

    Value sum()
    {
        Value value = product();
        for (;;) {
            const char sign = take("+") ? '+' : take("-") ? '-' : '\0';
            if (sign == '\0')
                return value;
            value = arithmetic(value, product(), sign);
        }
    }

    Value product()
    {
        Value value = primary();
        for (;;) {
            const bool is_whole = take("//") || (!script_.is_python && take("/")); // without its fraction
            const char sign = is_whole || take("/") ? '/' : take("*") ? '*' : '\0';
            if (sign == '\0')
                return value;
            const Value right = primary();
            value = sign == '/' && !is_whole ? exact_quotient(value, right) : arithmetic(value, right, sign);
        }
    }

    Value primary()
    {
        struct Level {
            int& depth;
            explicit Level(int& of)
                : depth(++of)
            {
            }
            ~Level() { --depth; }
        } level(depth_);
        skip_space();
        if (depth_ > kDeepestNesting || at_ == text_.size())
            return std::nullopt;
        Value value = without_suffix();
        while (take(".to_i") || take(".to_s") || take(".strip()"))
            ;
        return value;
    }

    Value without_suffix()
    {
        const char character = text_[at_];
        if (character >= '0' && character <= '9')
            return digits();
        if (character == '"' || character == '\'')
            return quoted();
        if (take("("))
            return closed(either(), ")");
        if (take("["))
            return texts();
        if (is_name(character))
            return named();
        return std::nullopt;
    }

    Value closed(Value value, std::string_view bracket) { return take(bracket) ? value : std::nullopt; }

    Value digits()
    {
        std::int64_t number = 0;
        for (; at_ < text_.size() && ((text_[at_] >= '0' && text_[at_] <= '9') || text_[at_] == '_'); ++at_) {
            if (text_[at_] != '_')
                number = number * 10 + (text_[at_] - '0');
            if (number > kLargest)
                return std::nullopt;
        }
        if (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.'))
            if (text_.substr(at_, 4) != ".to_")
                return std::nullopt;
        return ScriptValue{number};
    }

    // No escapes and nothing filled in: such a text is unknown.
    Value quoted()
    {
        const char quote = text_[at_++];
        const std::size_t end = text_.find(quote, at_);
        if (end == std::string_view::npos)
            return std::nullopt;
        std::string content(text_.substr(at_, end - at_));
        at_ = end + 1;
        if (content.find_first_of("\\{") != std::string::npos)
            return std::nullopt;
        return ScriptValue{std::move(content)};
    }

    Value texts()
    {
        std::vector<std::string> list;
        while (!take("]")) {
            Value value = either();
            auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
            if (!text)
                return std::nullopt;
            list.push_back(std::move(*text));
            if (!take(",") && text_.substr(at_, 1) != "]")
                return std::nullopt;
        }
        return ScriptValue{std::move(list)};
    }

    Value named()
    {
        const std::size_t start = at_;
        while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.') &&
               text_.substr(at_, 4) != ".to_")
            ++at_;
        const std::string_view name = text_.substr(start, at_ - start);
        if (has(kNothing, name))
            return ScriptValue{};
        if (has(kProcessors, name)) {
            if (take("("))
                take(")");
            return ScriptValue{std::int64_t{script_.processors}};
        }
        if (has(kEnvironments, name) && take("["))
            return closed(from_environment(either()), "]");
        if (has(kEnvironmentCalls, name) && take("("))
            return looked_up();
        if (has(kCasts, name) && take("("))
            return cast(closed(either(), ")"), name[0] == 'i' || name[0] == 'I');
        if ((name == "max" || name == "min") && take("("))
            return extreme(name == "max");
        const auto variable = script_.variables.find(name);
        return variable == script_.variables.end() ? Value() : Value(variable->second);
    }

    Value from_environment(const Value& name) const
    {
        const auto* text = name ? std::get_if<std::string>(&*name) : nullptr;
        if (!text)
            return std::nullopt;
        if (auto value = environment_value(script_.environment, *text))
            return ScriptValue{std::move(*value)};
        return ScriptValue{};
    }

    // ("NAME"), ("NAME", default), ("NAME") { default }
    Value looked_up()
    {
        Value value = from_environment(either());
        Value otherwise = ScriptValue{};
        if (take(","))
            otherwise = either();
        if (!take(")"))
            return std::nullopt;
        if (take("{"))
            otherwise = closed(either(), "}");
        if (value && std::holds_alternative<std::monostate>(*value))
            return otherwise;
        return value;
    }

    static Value cast(Value value, bool to_number)
    {
        if (!value || !to_number)
            return value;
        const auto number = integer(*value);
        return number ? Value(ScriptValue{*number}) : std::nullopt;
    }

    Value extreme(bool largest)
    {
        std::optional<std::int64_t> result;
        do {
            const Value value = either();
            const auto* number = value ? std::get_if<std::int64_t>(&*value) : nullptr;
            if (!number)
                return std::nullopt;
            result = !result ? *number : largest ? std::max(*result, *number) : std::min(*result, *number);
        } while (take(","));
        return closed(ScriptValue{*result}, ")");
    }

    std::string_view text_;
    const Script& script_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace

std::optional<ScriptValue> evaluate(std::string_view text, const Script& script)
{
    return Evaluator(text, script).whole();
}

std::optional<std::vector<ScriptValue>> evaluate_list(std::string_view text, const Script& script)
{
    return Evaluator(text, script).list();
}

std::optional<std::uint32_t> number_of(const ScriptValue& value)
{
    const auto number = integer(value);
    if (!number || *number < 0 || *number > kLargest)
        return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

} // namespace slotscope::limits
