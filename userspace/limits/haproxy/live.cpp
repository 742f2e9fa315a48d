// SPDX-License-Identifier: MIT
#include "limits/haproxy/live.h"

#include "limits/haproxy/rules.h"
#include "limits/haproxy/stats.h"
#include "limits/text.h"

#include <algorithm>
#include <cerrno>
#include <set>

namespace slotscope::limits::haproxy {
namespace {

constexpr std::size_t kMostAdded = 500; // servers that no file has

using Key = std::pair<std::string, std::string>; // proxy, server

std::string text(std::uint64_t number)
{
    return std::to_string(number);
}

class Update {
  public:
    Update(const Told& told, std::string socket, Findings& findings)
        : told_(told)
        , source_("stats socket " + socket)
        , findings_(findings)
    {
        for (const StatRow& row : told.rows)
            rows_.emplace(Key{row.proxy, row.name}, &row);
    }

    void change()
    {
        const auto& all = findings_.run_time.limits;
        const bool one_front = std::count_if(all.begin(), all.end(), [](const RunTimeLimit& each) {
                                   return each.servers.empty();
                               }) == 1;
        for (const RunTimeLimit& each : all)
            if (each.servers.empty())
                change_front(each, one_front);
            else
                change_servers(each);
    }

    // Rows of servers that have a limit and that nothing is known of.
    std::vector<const StatRow*> unknown() const
    {
        std::set<Key> known;
        for (const RunTimeLimit& each : findings_.run_time.limits)
            for (const std::string& server : each.servers)
                known.emplace(each.proxy, server);
        std::vector<const StatRow*> rows;
        for (const StatRow& row : told_.rows)
            if (row.type == RowType::server && row.limit.value_or(0) > 0 && rows.size() < kMostAdded &&
                !known.contains({row.proxy, row.name}))
                rows.push_back(&row);
        return rows;
    }

    void add(const StatRow& row, const std::string& ip, const std::string& port)
    {
        const auto number = port_in(port);
        const auto nobody = [](const std::string&) -> Result<std::vector<Address>> {
            return Error{"not an address", EINVAL};
        };
        auto addresses = number ? endpoints_of(ip, *number, nobody)
                                : Result<std::vector<Endpoint>>(Error{"not a port", EINVAL});
        if (!addresses)
            return;
        Limit limit =
            limit_at({source_, 0}, row.proxy + "/" + row.name, *row.limit, row.http ? kHttpSlot : kTcpSlot);
        limit.kind = row.http ? SlotKind::calls : SlotKind::connections;
        limit.direction = Direction::outbound;
        limit.addresses = std::move(addresses).value();
        limit.origin.live = source_;
        limit.origin.arithmetic = {"maxconn " + text(*row.limit) + " of server " + row.name + " in " +
                                   row.proxy + " at run time (" + source_ + "): no file sets it"};
        findings_.limits.push_back(std::move(limit));
    }

  private:
    struct Now {
        std::uint64_t slots = 0;
        std::uint64_t maxconn = 0; // that it moves below; the same as slots where it does not
        std::vector<std::string> lines;
        bool moves = false;
        LimitSetting setting;
    };

    const StatRow* row(const std::string& proxy, const std::string& name) const
    {
        const auto found = rows_.find({proxy, name});
        return found == rows_.end() ? nullptr : found->second;
    }

    void change_front(const RunTimeLimit& limit, bool one_front)
    {
        const StatRow* front = row(limit.proxy, "FRONTEND");
        if (!front || front->limit.value_or(0) == 0)
            return;
        Now now;
        now.slots = *front->limit;
        if (one_front && told_.maxconn.value_or(0) != 0 && *told_.maxconn < now.slots) {
            now.slots = *told_.maxconn;
            now.setting = {"maxconn in global", static_cast<std::uint32_t>(now.slots)};
        }
        now.maxconn = now.slots;
        put(limit, now, "frontend " + limit.proxy);
    }

    void change_servers(const RunTimeLimit& limit)
    {
        const StatRow* backend = row(limit.proxy, "BACKEND");
        Now now;
        std::size_t counted_servers = 0;
        bool seen = false;
        for (const std::string& name : limit.servers) {
            const StatRow* server = row(limit.proxy, name);
            if (!server || counted_servers == limit.used || (limit.servers.size() > 1 && server->maintenance))
                continue;
            seen = true;
            ++counted_servers;
            const std::uint32_t maxconn = server->limit.value_or(0);
            now.maxconn += maxconn;
            now.slots += maxconn == 0 ? 0 : slots_of(*server, backend, limit, now);
        }
        if (now.moves || counted_servers > 1) // no one number that it is made of
            now.setting.slots_each = 0;
        if (now.maxconn == limit.limit.slots && !now.moves)
            now.setting = limit.limit.origin.setting;
        if (seen && now.maxconn == 0) // set to no limit
            remove(limit);
        else if (seen)
            put(limit, now, limit.servers.size() == 1 ? "server " + limit.servers[0] : limit.limit.name);
    }

    std::uint32_t slots_of(const StatRow& server, const StatRow* backend, const RunTimeLimit& limit, Now& now)
    {
        std::uint32_t slots = *server.limit;
        const std::uint32_t fullconn = backend ? backend->limit.value_or(0) : 0;
        if (limit.minconn != 0 && limit.minconn != slots && fullconn != 0) {
            slots = limit_of_the_moment(*server.limit, limit.minconn, fullconn, backend->sessions);
            now.moves = true;
            if (now.lines.empty())
                now.lines = moving_lines(*server.limit, limit, *backend, slots);
        }
        if (server.throttle_percent && *server.throttle_percent < 100) {
            now.moves = true;
            slots = std::max<std::uint32_t>(
                1, static_cast<std::uint32_t>(std::uint64_t{slots} * *server.throttle_percent / 100));
            now.lines.push_back("x " + text(*server.throttle_percent) + " %: " + server.name +
                                " starts slowly (slowstart) = " + text(slots));
        }
        return slots;
    }

    static std::vector<std::string> moving_lines(std::uint32_t maxconn, const RunTimeLimit& limit,
                                                 const StatRow& backend, std::uint32_t slots)
    {
        const std::string sessions = text(backend.sessions);
        const std::uint32_t fullconn = *backend.limit;
        if (backend.sessions >= fullconn)
            return {"sessions of " + backend.proxy + " at the last look, those that wait too: " + sessions +
                        ", which is fullconn " + text(fullconn) + " or more",
                    "= maxconn " + text(slots)};
        return {"sessions of " + backend.proxy + " at the last look, those that wait too: " + sessions,
                "= max(minconn " + text(limit.minconn) + ", " + sessions + " x maxconn " + text(maxconn) +
                    " / fullconn " + text(fullconn) + " = " +
                    text(std::uint64_t{backend.sessions} * maxconn / fullconn) + ") = " + text(slots)};
    }

    Limit* known(const RunTimeLimit& limit)
    {
        const auto found =
            std::find_if(findings_.limits.begin(), findings_.limits.end(), [&](const Limit& each) {
                return each.name == limit.limit.name && each.addresses == limit.limit.addresses &&
                       each.direction == limit.limit.direction;
            });
        return found == findings_.limits.end() ? nullptr : &*found;
    }

    void remove(const RunTimeLimit& limit)
    {
        if (const Limit* found = known(limit))
            findings_.limits.erase(findings_.limits.begin() + (found - findings_.limits.data()));
    }

    void put(const RunTimeLimit& limit, const Now& now, const std::string& whose)
    {
        Limit* found = known(limit);
        if (!found) {
            findings_.limits.push_back(limit.limit);
            found = &findings_.limits.back();
        }
        LimitOrigin& origin = found->origin;
        origin.live = source_;
        origin.certainty = now.moves ? Certainty::moving : Certainty::certain;
        origin.doubt.clear();
        origin.setting = now.setting;
        const bool same = limit.limit.slots == now.maxconn;
        if (same) {
            origin.arithmetic.push_back("the " + source_ + " says the same");
        } else {
            found->source = source_;
            found->line = 0;
            origin.arithmetic.push_back(
                (limit.limit.slots == 0 ? "maxconn " + text(now.maxconn) + " of " + whose + ", set by no file"
                                        : "at run time it is " + text(now.maxconn) + " instead") +
                ": the " + source_ + " says so, which holds");
        }
        origin.arithmetic.insert(origin.arithmetic.end(), now.lines.begin(), now.lines.end());
        found->slots = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(now.slots, 1, UINT32_MAX));
    }

    const Told& told_;
    std::string source_;
    Findings& findings_;
    std::map<Key, const StatRow*> rows_;
};

Result<void> ask_one(const Ask& ask, const std::string& socket, Findings& findings)
{
    const auto answer = ask(socket, kAskLimits);
    if (!answer)
        return answer.error();
    const auto told = parse_told(*answer);
    if (!told)
        return told.error();
    if (told->stopping)
        return Error{"an old worker answers, which lets its connections end", EAGAIN};
    Update update(*told, socket, findings);
    update.change();
    const auto unknown = update.unknown();
    if (unknown.empty())
        return {};
    const auto state = ask(socket, kAskAddresses);
    if (!state)
        return {};
    const ServerAddresses addresses = parse_addresses(*state);
    for (const StatRow* row : unknown)
        if (const auto found = addresses.find({row->proxy, row->name}); found != addresses.end())
            update.add(*row, found->second.first, found->second.second);
    return {};
}

} // namespace

void ask_running(const Ask& ask, Findings& findings)
{
    const std::vector<std::string> sockets = findings.run_time.sockets;
    std::vector<std::string> failures;
    for (const std::string& socket : sockets) {
        const auto asked = ask_one(ask, socket, findings);
        if (asked)
            return;
        failures.push_back(asked.error().message);
    }
    for (std::size_t index = 0; index < failures.size(); ++index)
        not_understood(findings, {"stats socket " + sockets[index], 0}, "",
                       failures[index] + ": limits are as the files have them, changes at run time are not "
                                         "seen");
}

} // namespace slotscope::limits::haproxy
