// SPDX-License-Identifier: MIT
#include "limits/haproxy/live.h"

#include "limits/haproxy/fronts.h"
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

    void change(const ServerAddresses& addresses)
    {
        change_fronts();
        for (const RunTimeLimit& each : findings_.run_time.limits)
            change_servers(each, addresses);
    }

    // Do addresses of the running servers matter? The answer costs more than that of limits.
    bool needs_addresses() const
    {
        const auto& all = findings_.run_time.limits;
        return !unknown().empty() ||
               std::any_of(all.begin(), all.end(), [](const RunTimeLimit& each) { return each.named; });
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

    void add(const StatRow& row, const ServerAddresses& state)
    {
        auto addresses = addresses_of({row.proxy, row.name}, state);
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
        std::vector<Endpoint> addresses; // that they have; empty: those of the files
    };

    const StatRow* row(const std::string& proxy, const std::string& name) const
    {
        const auto found = rows_.find({proxy, name});
        return found == rows_.end() ? nullptr : found->second;
    }

    static std::optional<std::vector<Endpoint>> addresses_of(const Key& server, const ServerAddresses& state)
    {
        const auto nobody = [](const std::string&) -> Result<std::vector<Address>> {
            return Error{"not an address", EINVAL};
        };
        const auto found = state.find(server);
        const auto port = found == state.end() ? std::nullopt : port_in(found->second.second);
        auto addresses = port ? endpoints_of(found->second.first, *port, nobody)
                              : Result<std::vector<Endpoint>>(Error{"not a port", EINVAL});
        return addresses ? std::optional(std::move(addresses).value()) : std::nullopt;
    }

    std::optional<Count> at_run_time(const std::optional<Count>& written,
                                     std::optional<std::uint32_t> now) const
    {
        if (now.value_or(0) == 0 || (written && written->value == *now))
            return written;
        return Count{*now, {source_, 0}};
    }

    // One that sets no maxconn has made up its own, or that of the process.
    void change_fronts()
    {
        std::vector<Front> fronts = findings_.run_time.fronts;
        for (Front& front : fronts)
            if (const StatRow* now = row(front.proxy, "FRONTEND"))
                front.maxconn = at_run_time(front.maxconn, now->limit);
        std::erase_if(findings_.limits,
                      [](const Limit& each) { return each.direction == Direction::inbound; });
        for (Limit& limit : limits_of(fronts, at_run_time(findings_.run_time.maxconn, told_.maxconn))) {
            limit.origin.live = source_;
            if (limit.source != source_)
                limit.origin.arithmetic.push_back("the " + source_ + " says the same");
            findings_.limits.push_back(std::move(limit));
        }
    }

    void change_servers(const RunTimeLimit& limit, const ServerAddresses& state)
    {
        const StatRow* backend = row(limit.proxy, "BACKEND");
        Now now;
        std::size_t counted_servers = 0;
        bool seen = false;
        for (const std::string& name : limit.servers) {
            const StatRow* server = row(limit.proxy, name);
            if (!server || (limit.servers.size() > 1 && server->maintenance))
                continue;
            if (const auto here = addresses_of({limit.proxy, name}, state); here && limit.named)
                now.addresses.insert(now.addresses.end(), here->begin(), here->end());
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
            put(limit, now);
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

    void put(const RunTimeLimit& limit, const Now& now)
    {
        Limit* found = known(limit);
        if (!found) {
            findings_.limits.push_back(limit.limit);
            found = &findings_.limits.back();
        }
        LimitOrigin& origin = found->origin;
        origin.live = source_;
        const bool doubt_stays = limit.beside_unlimited || (limit.named && now.addresses.empty());
        if (!doubt_stays || limit.limit.origin.certainty != Certainty::unsure) {
            origin.certainty = now.moves ? Certainty::moving : Certainty::certain;
            origin.doubt.clear();
        }
        origin.setting = now.setting;
        const bool same = limit.limit.slots == now.maxconn;
        if (same) {
            origin.arithmetic.push_back("the " + source_ + " says the same");
        } else {
            found->source = source_;
            found->line = 0;
            origin.arithmetic.push_back("at run time it is " + text(now.maxconn) + " instead: the " +
                                        source_ + " says so, which holds");
        }
        origin.arithmetic.insert(origin.arithmetic.end(), now.lines.begin(), now.lines.end());
        found->slots = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(now.slots, 1, UINT32_MAX));
        if (!now.addresses.empty())
            found->addresses = now.addresses;
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
    ServerAddresses addresses;
    if (update.needs_addresses())
        if (const auto state = ask(socket, kAskAddresses))
            addresses = parse_addresses(*state);
    const auto unknown = update.unknown();
    update.change(addresses);
    for (const StatRow* row : unknown)
        update.add(*row, addresses);
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
