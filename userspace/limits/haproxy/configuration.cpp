// SPDX-License-Identifier: MIT
#include "limits/haproxy/configuration.h"

#include "limits/haproxy/command_line.h"
#include "limits/haproxy/keywords.h"
#include "limits/text.h"

#include <algorithm>
#include <map>

namespace slotscope::limits::haproxy {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint32_t kMostCopies = 1000; // of one server-template

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, const Environment& environment)
        : reading_(reading)
        , findings_(findings)
        , environment_(environment)
    {
    }

    void read_file(const std::string& path)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        if (!content)
            return;
        for (const TextLine& line : lines_of(*content)) // a \ at its end does not make one go on
            read_line(line.text, {path, line.number});
        condition_depth_ = 0; // conditions end with their file
    }

    Configuration take()
    {
        finish();
        return std::move(configuration_);
    }

  private:
    void read_line(std::string_view line, const Place& place)
    {
        auto words = words_in(line, environment_);
        if (!words) {
            not_understood(findings_, place, line, words.error().message);
            return;
        }
        if (words->empty() || skips(*words, line, place))
            return;
        if (!begin_section(*words, place))
            read_keyword(*words, line, place);
    }

    // Conditions are not worked out: what stands in them counts in neither case.
    bool skips(const Words& words, std::string_view line, const Place& place)
    {
        if (words[0] == ".if") {
            if (!configuration_.condition)
                configuration_.condition = place;
            if (condition_depth_++ == 0)
                not_understood(findings_, place, line,
                               "conditions are not worked out: lines up to .endif are left out");
            return true;
        }
        if (words[0] == ".endif" && condition_depth_ > 0)
            --condition_depth_;
        return condition_depth_ > 0 || words[0].starts_with('.');
    }

    bool begin_section(const Words& words, const Place& place)
    {
        static const std::map<std::string, Section, std::less<>> kSections = {{"global", Section::global},
                                                                              {"defaults", Section::defaults},
                                                                              {"frontend", Section::frontend},
                                                                              {"backend", Section::backend},
                                                                              {"listen", Section::listen}};
        const auto found = kSections.find(words[0]);
        if (found == kSections.end() && !(has(kOtherSections, words[0]) && words.size() > 1))
            return false;
        finish();
        current_ = Proxy();
        current_.section = found == kSections.end() ? Section::other : found->second;
        current_.name = words.size() > 1 ? words[1] : "";
        inherit(words, place);
        return true;
    }

    // From the defaults section named by "from", else the last one before.
    void inherit(const Words& words, const Place& place)
    {
        const auto from = std::find(words.begin(), words.end(), "from");
        const Proxy* defaults = current_.section == Section::defaults ? nullptr : &last_defaults_;
        if (from != words.end() && from + 1 != words.end()) {
            const auto named = named_defaults_.find(*(from + 1));
            if (named == named_defaults_.end())
                not_understood(findings_, place, *(from + 1), "there is no such defaults section");
            else
                defaults = &named->second;
        }
        if (!defaults)
            return;
        current_.http = defaults->http;
        current_.disabled = defaults->disabled;
        current_.default_server = defaults->default_server;
        current_.maxconn = defaults->maxconn;
        current_.fullconn = defaults->fullconn;
    }

    void finish()
    {
        if (current_.section == Section::defaults) {
            last_defaults_ = current_;
            if (!current_.name.empty() && current_.name != "from")
                named_defaults_[current_.name] = current_;
        } else if (current_.section >= Section::frontend && !current_.disabled) {
            configuration_.proxies.push_back(std::move(current_));
        }
        current_ = Proxy();
    }

    void read_keyword(const Words& words, std::string_view line, const Place& place)
    {
        const std::string& word = words[0];
        if (current_.section == Section::other)
            return;
        if (current_.section == Section::global)
            return read_global(words, line, place);
        if (word == "mode" && words.size() > 1)
            current_.http = words[1] == "http" || words[1] == "health";
        else if (word == "disabled" || word == "enabled") // neither listens nor connects
            current_.disabled = word == "disabled";
        else if (word == "maxconn")
            read_count(words, 1, current_.maxconn, line, place);
        else if (word == "fullconn")
            read_count(words, 1, current_.fullconn, line, place);
        else if (word == "default-server")
            read_server_options(words, 1, current_.default_server, line, place);
        else if (word == "server" || word == "server-template")
            read_server(words, line, place);
        else if (word == "bind-process")
            configuration_.chosen_processes = place;
        else if (word == "bind" && words.size() > 1)
            read_bind(words, place);
    }

    void read_global(const Words& words, std::string_view line, const Place& place)
    {
        const std::string& word = words[0];
        const auto first = words.begin() + 1;
        if (word == "maxconn")
            read_count(words, 1, configuration_.maxconn, line, place);
        else if (word == "nbproc")
            read_count(words, 1, configuration_.processes, line, place);
        else if (word == "setenv" && words.size() > 2)
            environment_[words[1]] = words[2];
        else if (word == "presetenv" && words.size() > 2)
            environment_.emplace(words[1], words[2]);
        else if (word == "unsetenv")
            std::for_each(first, words.end(), [&](const std::string& name) { environment_.erase(name); });
        else if (word == "resetenv") // all but those that it names
            std::erase_if(environment_, [&](const auto& each) {
                return std::find(first, words.end(), each.first) == words.end();
            });
        else if (word == "stats" && words.size() > 2 && words[1] == "socket")
            read_stats_socket(words[2]);
    }

    // One of another kind (a TCP port) is nothing to ask: who answers there cannot be told.
    void read_stats_socket(std::string_view address)
    {
        constexpr std::size_t kMostSockets = 4;
        std::string path = expanded(address, environment_);
        if (path.starts_with("unix@"))
            path.erase(0, 5);
        if (path.starts_with('/') && configuration_.stats_sockets.size() < kMostSockets)
            configuration_.stats_sockets.push_back(std::move(path));
    }

    void read_count(const Words& words, std::size_t at, std::optional<Count>& into, std::string_view line,
                    const Place& place)
    {
        const auto number = at < words.size() ? count_in(words[at]) : std::nullopt;
        if (number)
            into = Count{*number, place};
        else
            not_understood(findings_, place, line, "a whole number must follow " + words[at - 1]);
    }

    void read_server(const Words& words, std::string_view line, const Place& place)
    {
        const bool is_template = words[0] == "server-template";
        const std::size_t address = is_template ? 3 : 2;
        if (words.size() <= address) {
            not_understood(findings_, place, line, "the line ends before the address");
            return;
        }
        Server server;
        server.name = words[1];
        server.address = expanded(words[address], environment_);
        server.options = current_.default_server;
        server.place = place;
        if (is_template && !read_copies(words[2], server)) {
            not_understood(findings_, place, line,
                           "not a number of servers, from 1 to " + std::to_string(kMostCopies));
            return;
        }
        read_server_options(words, address + 1, server.options, line, place);
        current_.servers.push_back(std::move(server));
    }

    // "5" or "3-7"
    static bool read_copies(std::string_view text, Server& server)
    {
        const auto dash = text.find('-');
        const auto first = dash == std::string_view::npos ? 1 : count_in(text.substr(0, dash));
        const auto last = count_in(dash == std::string_view::npos ? text : text.substr(dash + 1));
        if (!first || !last || *first == 0 || *last < *first || *last - *first >= kMostCopies)
            return false;
        server.first = *first;
        server.copies = *last - *first + 1;
        return true;
    }

    void read_server_options(const Words& words, std::size_t at, ServerOptions& into, std::string_view line,
                             const Place& place)
    {
        for (; at < words.size(); ++at) {
            if (has(kServerFlags, words[at]))
                continue;
            const std::string& word = words[at++];
            if (word == "maxconn")
                read_count(words, at, into.maxconn, line, place);
            else if (word == "minconn")
                read_count(words, at, into.minconn, line, place);
            else if (word == "resolvers")
                into.resolvers = place;
            else if (word == "resolve-opts" && at < words.size())
                read_resolve_options(words[at], into);
        }
    }

    // "allow-dup-ip,ignore-weight"; the last one holds.
    static void read_resolve_options(std::string_view list, ServerOptions& into)
    {
        const auto allow = list.rfind("allow-dup-ip");
        const auto prevent = list.rfind("prevent-dup-ip");
        if (allow != std::string_view::npos || prevent != std::string_view::npos)
            into.shares_addresses =
                prevent == std::string_view::npos || (allow != std::string_view::npos && allow > prevent);
    }

    void read_bind(const Words& words, const Place& place)
    {
        const std::string_view list = words[1];
        if (std::find(words.begin() + 2, words.end(), "process") != words.end())
            configuration_.chosen_processes = place;
        for (std::size_t start = 0; start <= list.size();) {
            const std::size_t comma = std::min(list.find(',', start), list.size());
            if (comma > start)
                current_.binds.push_back({expanded(list.substr(start, comma - start), environment_), place});
            start = comma + 1;
        }
    }

    Reading& reading_;
    Findings& findings_;
    Environment environment_;
    Configuration configuration_;
    Proxy current_;
    Proxy last_defaults_;
    std::map<std::string, Proxy, std::less<>> named_defaults_;
    int condition_depth_ = 0;
};

} // namespace

Configuration read_configuration(Reading& reading, Findings& findings, const Environment& environment)
{
    Parser parser(reading, findings, environment);
    for (const std::string& file : configuration_files(reading, findings))
        parser.read_file(file);
    return parser.take();
}

} // namespace slotscope::limits::haproxy
