// SPDX-License-Identifier: MIT
#include "limits/haproxy/stats.h"

#include "limits/text.h"

#include <algorithm>
#include <cerrno>

namespace slotscope::limits::haproxy {
namespace {

constexpr std::size_t kMostRows = 20'000;
constexpr std::size_t kMostFields = 300; // of a line; 2.6 has 124
constexpr std::size_t kLongestName = 256;

// A field may stand in double quotes, which are doubled within.
std::vector<std::string> fields_of(std::string_view line)
{
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t at = 0; at < line.size() && fields.size() <= kMostFields; ++at) {
        const char each = line[at];
        if (each == '"' && quoted && at + 1 < line.size() && line[at + 1] == '"')
            fields.back() += line[++at];
        else if (each == '"')
            quoted = !quoted;
        else if (each == ',' && !quoted)
            fields.emplace_back();
        else
            fields.back() += each;
    }
    return fields;
}

class Columns {
  public:
    explicit Columns(std::string_view header)
    {
        header.remove_prefix(2); // "# "
        const auto names = fields_of(header);
        for (std::size_t index = 0; index < names.size(); ++index)
            by_name_.emplace(names[index], index);
    }
    std::string_view in(const std::vector<std::string>& fields, std::string_view name) const
    {
        const auto found = by_name_.find(name);
        return found == by_name_.end() || found->second >= fields.size()
                   ? std::string_view()
                   : std::string_view(fields[found->second]);
    }
    bool has(std::string_view name) const { return by_name_.contains(name); }

  private:
    std::map<std::string, std::size_t, std::less<>> by_name_;
};

std::optional<RowType> type_in(std::string_view text)
{
    if (text == "0")
        return RowType::frontend;
    if (text == "1")
        return RowType::backend;
    return text == "2" ? std::optional(RowType::server) : std::nullopt;
}

void add_row(const Columns& columns, std::string_view line, Told& told)
{
    const auto fields = fields_of(line);
    const auto type = type_in(columns.in(fields, "type"));
    StatRow row;
    row.proxy = columns.in(fields, "pxname");
    row.name = columns.in(fields, "svname");
    const auto too_long = [](const std::string& name) { return name.empty() || name.size() > kLongestName; };
    if (!type || too_long(row.proxy) || too_long(row.name) || told.rows.size() >= kMostRows)
        return;
    row.type = *type;
    row.sessions = count_in(columns.in(fields, "scur")).value_or(0);
    row.limit = count_in(columns.in(fields, "slim"));
    row.throttle_percent = count_in(columns.in(fields, "throttle"));
    row.maintenance = columns.in(fields, "status").starts_with("MAINT");
    row.http = columns.in(fields, "mode") == "http";
    told.rows.push_back(std::move(row));
}

void add_info(std::string_view line, Told& told)
{
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
        return;
    const auto key = line.substr(0, colon);
    const auto value = count_in(line.substr(colon + 2));
    if (key == "Pid")
        told.pid = value.value_or(0);
    else if (key == "Stopping")
        told.stopping = value.value_or(0) != 0;
    else if (key == "Maxconn")
        told.maxconn = value;
}

} // namespace

Result<Told> parse_told(std::string_view answer)
{
    Told told;
    std::optional<Columns> columns;
    for (const TextLine& line : lines_of(answer)) {
        if (line.text.starts_with("# pxname,"))
            columns.emplace(line.text);
        else if (columns)
            add_row(*columns, line.text, told);
        else
            add_info(line.text, told);
    }
    if (!columns || !columns->has("slim") || !columns->has("type") || told.pid == 0)
        return Error{"the answer of the stats socket is not understood", EBADMSG};
    return told;
}

ServerAddresses parse_addresses(std::string_view answer)
{
    ServerAddresses addresses;
    std::vector<std::string_view> titles;
    for (const TextLine& line : lines_of(answer)) {
        auto words = words_of(line.text);
        if (words.size() > 2 && words[0] == "#") {
            titles.assign(words.begin() + 1, words.end());
            continue;
        }
        const auto word = [&](std::string_view title) {
            const auto at = std::find(titles.begin(), titles.end(), title) - titles.begin();
            const auto index = static_cast<std::size_t>(at);
            return index < words.size() && index < titles.size() ? words[index] : std::string_view();
        };
        if (word("be_name").empty() || word("srv_name").empty() || addresses.size() >= kMostRows)
            continue;
        addresses.try_emplace({std::string(word("be_name")), std::string(word("srv_name"))}, word("srv_addr"),
                              word("srv_port"));
    }
    return addresses;
}

std::uint32_t limit_of_the_moment(std::uint32_t maxconn, std::uint32_t minconn, std::uint32_t fullconn,
                                  std::uint32_t sessions_of_the_backend)
{
    if (minconn == 0 || minconn == maxconn || sessions_of_the_backend >= fullconn)
        return maxconn;
    const std::uint64_t share = std::uint64_t{sessions_of_the_backend} * maxconn / fullconn;
    return std::max(minconn, static_cast<std::uint32_t>(share));
}

} // namespace slotscope::limits::haproxy
