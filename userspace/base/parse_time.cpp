// SPDX-License-Identifier: MIT
#include "base/parse_time.h"

#include <charconv>
#include <optional>
#include <string>

namespace slotscope {
namespace {

using Time = std::chrono::system_clock::time_point;

// Reads from the front of `text` and takes it off.
class Reader {
  public:
    explicit Reader(std::string_view text)
        : text_(text)
    {
    }

    std::optional<int> digits(std::size_t count)
    {
        if (text_.size() < count)
            return std::nullopt;
        int value = 0;
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + count, value);
        if (error != std::errc() || end != text_.data() + count || text_.front() == '-')
            return std::nullopt;
        text_.remove_prefix(count);
        return value;
    }

    bool take(char wanted)
    {
        if (text_.empty() || text_.front() != wanted)
            return false;
        text_.remove_prefix(1);
        return true;
    }

    bool done() const { return text_.empty(); }

    // ".123" as nanoseconds; 0 where there is none.
    std::optional<std::chrono::nanoseconds> fraction()
    {
        if (!take('.'))
            return std::chrono::nanoseconds(0);
        std::int64_t value = 0;
        std::int64_t unit = 1'000'000'000;
        std::size_t count = 0;
        for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
             ++count, text_.remove_prefix(1)) {
            unit /= 10;
            value += (text_.front() - '0') * unit;
        }
        if (count == 0)
            return std::nullopt;
        return std::chrono::nanoseconds(value);
    }

  private:
    std::string_view text_;
};

std::optional<std::chrono::minutes> offset(Reader& reader)
{
    if (reader.take('Z'))
        return std::chrono::minutes(0);
    const bool east = reader.take('+');
    if (!east && !reader.take('-'))
        return std::nullopt;
    const auto hours = reader.digits(2);
    if (!hours || *hours > 23 || !reader.take(':'))
        return std::nullopt;
    const auto minutes = reader.digits(2);
    if (!minutes || *minutes > 59)
        return std::nullopt;
    const auto sum = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return east ? sum : -sum;
}

std::optional<std::chrono::sys_days> date(Reader& reader)
{
    const auto year = reader.digits(4);
    const bool first = reader.take('-');
    const auto month = reader.digits(2);
    const bool second = reader.take('-');
    const auto day = reader.digits(2);
    if (!year || !month || !day || !first || !second || *year < 1970)
        return std::nullopt;
    const std::chrono::year_month_day parts(std::chrono::year(*year),
                                            std::chrono::month(static_cast<unsigned>(*month)),
                                            std::chrono::day(static_cast<unsigned>(*day)));
    if (!parts.ok())
        return std::nullopt;
    return std::chrono::sys_days(parts);
}

std::optional<std::chrono::nanoseconds> time_of_day(Reader& reader)
{
    const auto hour = reader.digits(2);
    const bool first = reader.take(':');
    const auto minute = reader.digits(2);
    const bool second = reader.take(':');
    const auto seconds = reader.digits(2);
    const auto fraction = reader.fraction();
    if (!hour || !minute || !seconds || !fraction || !first || !second || *hour > 23 || *minute > 59 ||
        *seconds > 60)
        return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*seconds) +
           *fraction;
}

} // namespace

Result<Time> parse_rfc3339(std::string_view text)
{
    const Error wrong{"\"" + std::string(text.substr(0, 64)) +
                      "\" is not a time such as 2026-01-31T08:15:30Z (RFC 3339)"};
    Reader reader(text);
    const auto day = date(reader);
    if (!day || (!reader.take('T') && !reader.take('t') && !reader.take(' ')))
        return wrong;
    const auto time = time_of_day(reader);
    const auto east = time ? offset(reader) : std::nullopt;
    if (!east || !reader.done())
        return wrong;
    // In seconds, of which there is room for all years: nanoseconds end in 2262.
    const auto whole = std::chrono::floor<std::chrono::seconds>(*time);
    const std::chrono::seconds seconds = day->time_since_epoch() + whole - *east;
    if (seconds >= std::chrono::floor<std::chrono::seconds>(Time::max().time_since_epoch()))
        return Time::max();
    return Time(seconds + std::chrono::duration_cast<Time::duration>(*time - whole));
}

} // namespace slotscope
