// SPDX-License-Identifier: MIT
#include "limits/php_fpm/php_fpm.h"

#include "limits/lines.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <optional>

namespace slotscope::limits::php_fpm {
namespace {

constexpr const char* kSlot =
    "a worker process, which serves one accepted connection at a time; the next ones wait in "
    "the listen backlog (a full one gives EAGAIN on a Unix socket)";

struct Configuration {
    Settings global;
    std::vector<std::pair<std::string, Settings>> pools;
};

// Without quotes, of which there may be several that follow each other, and without a comment behind it.
std::string plain_value(std::string_view text)
{
    std::string value;
    for (std::size_t at = 0; at < text.size() && text[at] != ';';) {
        const char quote = text[at];
        const auto end = quote == '"' || quote == '\'' ? text.find(quote, at + 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            value += text[at++];
            continue;
        }
        value = trimmed(value);
        value += text.substr(at + 1, end - at - 1);
        at = end + 1;
    }
    return std::string(trimmed(value));
}

// Its title takes the place of its environment: /proc has none of a php-fpm that runs.
constexpr const char* kUnseen = "a variable of its environment, which cannot be seen from outside";

bool has_variable(std::string_view text)
{
    return text.find("${") != std::string_view::npos;
}

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, const std::string& prefix, Configuration& into)
        : reading_(reading)
        , findings_(findings)
        , prefix_(prefix)
        , into_(into)
    {
    }

    void read_file(const std::string& path, int depth)
    {
        each_line(reading_, findings_, path, ";#",
                  [&](std::string_view line, const Place& place) { read_line(line, place, depth); });
    }

  private:
    void read_line(std::string_view line, const Place& place, int depth)
    {
        if (line[0] == '[') {
            if (const auto name = section_name(line))
                begin_section(*name);
            else
                not_understood(findings_, place, line, "a section's name does not end in ]");
            return;
        }
        const auto assignment = assignment_in(line);
        if (!assignment) {
            not_understood(findings_, place, line, "neither NAME = VALUE nor [SECTION]");
            return;
        }
        const std::string value = plain_value(assignment->value);
        if (assignment->name == "include")
            include(value, place, depth);
        else if (!assignment->name.empty())
            (*section_)[std::string(assignment->name)] = {value, place};
    }

    void begin_section(std::string_view name)
    {
        if (name == "global") {
            section_ = &into_.global;
            return;
        }
        into_.pools.reserve(kMostPools);
        for (auto& [pool, values] : into_.pools)
            if (pool == name) {
                section_ = &values;
                return;
            }
        if (into_.pools.size() < kMostPools)
            section_ = &into_.pools.emplace_back(name, Settings()).second;
    }

    // An included file begins in the section of the line that includes it, and that goes on behind it.
    void include(const std::string& pattern, const Place& place, int depth)
    {
        if (!may_include(findings_, place, "include=" + pattern, depth))
            return;
        Settings* const before = section_;
        const std::string path = pattern.starts_with('/') ? pattern : prefix_ + "/" + pattern;
        for (const std::string& file : included_files(reading_, findings_, place, path))
            read_file(file, depth + 1);
        section_ = before;
    }

    static constexpr std::size_t kMostPools = 512; // references into the list stay good

    Reading& reading_;
    Findings& findings_;
    const std::string& prefix_; // where relative names begin
    Configuration& into_;
    Settings* section_ = &into_.global;
};

std::string with_pool_name(std::string text, const std::string& pool)
{
    constexpr std::string_view kVariable = "$pool";
    for (std::size_t at = text.find(kVariable); at != std::string::npos; // the name may have it, too
         at = text.find(kVariable, at + pool.size()))
        text.replace(at, kVariable.size(), pool);
    return text;
}

// "9000", "127.0.0.1:9000", "[::]:9000", "/run/php.sock"; relative paths begin at the pool's prefix.
Result<std::vector<Endpoint>> listens_on(const std::string& listen, const std::string& prefix,
                                         const Resolve& resolve)
{
    if (const auto port = port_in(listen)) // every address, IPv6 where there is such
        return endpoints_of("::", *port, resolve);
    if (const auto [host, port] = split_host_port(listen); port_in(port))
        return endpoints_of(host == "*" ? "0.0.0.0" : host, *port_in(port), resolve);
    if (listen.starts_with('/'))
        return std::vector<Endpoint>{Endpoint{{}, listen}};
    return std::vector<Endpoint>{Endpoint{{}, prefix + "/" + listen}};
}

// A bare port is shown as the socket that is really there: "0.0.0.0:9000" where the host has no IPv6.
void prefer_real_sockets(const Instance& instance, std::vector<Endpoint>& endpoints)
{
    for (Endpoint& each : endpoints)
        if (!each.is_unix() && each.tcp.is_wildcard())
            if (const auto real = listeners_with_port(instance, each.tcp.port); real.size() == 1)
                each = real.front();
}

// Workers of a static pool: all that it may have run. Else 0: what runs says nothing.
std::uint32_t running_of(const std::string& name, const Settings& pool, const Instance& instance)
{
    const Setting* kind = find_setting(pool, "pm");
    if (!kind || kind->text != "static")
        return 0;
    return static_cast<std::uint32_t>(
        std::count_if(instance.children.begin(), instance.children.end(), [&](const RunningProcess& each) {
            return !each.argv.empty() && trimmed(each.argv[0]) == "php-fpm: pool " + name;
        }));
}

void add_pool(const std::string& name, const Settings& pool, const Settings& global,
              const std::string& usual_prefix, Reading& reading, Findings& findings)
{
    const Setting* listen = find_setting(pool, "listen");
    const Setting* children = find_setting(pool, "pm.max_children");
    if (!listen || !children)
        return; // php-fpm does not start such a pool
    if (has_variable(listen->text)) {
        not_understood(findings, listen->place, "listen = " + listen->text, kUnseen);
        return;
    }
    const std::uint32_t running = has_variable(children->text) ? running_of(name, pool, reading.instance) : 0;
    const auto count = running > 0 ? running : count_in(children->text);
    if (!count || *count == 0) {
        not_understood(findings, children->place, "pm.max_children = " + children->text,
                       has_variable(children->text) ? kUnseen : "not a number of processes");
        return;
    }
    const Setting* prefix = find_setting(pool, "prefix");
    auto members = listens_on(with_pool_name(listen->text, name),
                              prefix ? with_pool_name(prefix->text, name) : usual_prefix, reading.resolve);
    if (!members) {
        not_understood(findings, listen->place, "listen = " + listen->text, members.error().message);
        return;
    }
    Limit limit = limit_at(children->place, "php-fpm/" + name, *count, kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = std::move(members).value();
    prefer_real_sockets(reading.instance, limit.addresses);
    auto& lines = limit.origin.arithmetic;
    if (running > 0) {
        lines.push_back(counted(running, "worker") + " of pool " + name + " run, pm is static; " +
                        "pm.max_children " + children->text + " (" + to_string(children->place) + ")");
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = std::string("pm.max_children is ") + kUnseen + ": it is the number that run";
    } else {
        lines.push_back("pm.max_children " + std::to_string(*count) + " (" + to_string(children->place) +
                        ")");
    }
    const Setting* all = find_setting(global, "process.max");
    if (const auto most = all ? count_in(all->text) : std::nullopt; most && *most > 0) {
        lines.push_back("all pools together: process.max " + std::to_string(*most) + " (" +
                        to_string(all->place) + ")");
        if (running == 0)
            limit.origin.certainty = Certainty::at_most;
        if (*most < limit.slots)
            limit.origin.setting = {"process.max", *most};
        limit.slots = std::min(limit.slots, *most);
    }
    if (const Setting* backlog = find_setting(pool, "listen.backlog"))
        lines.push_back("listen.backlog " + backlog->text + " (" + to_string(backlog->place) +
                        "): so many may wait");
    findings.limits.push_back(std::move(limit));
}

// "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"
std::string configuration_of(const Instance& instance)
{
    const std::vector<std::string>& argv = instance.main.argv;
    const std::string title = argv.empty() ? "" : argv[0];
    const auto open = title.find('(');
    if (title.starts_with("php-fpm: master") && open != std::string::npos)
        return title.substr(open + 1, title.rfind(')') - open - 1);
    for (std::size_t at = 1; at + 1 < argv.size(); ++at)
        if (argv[at] == "-y" || argv[at] == "--fpm-config")
            return argv[at + 1];
    return {};
}

// Where relative names begin: that of the command line, which a title hides, else of the build, whose sbin it
// runs from. The official container image has "include=etc/php-fpm.d/*.conf" in /usr/local.
std::string prefix_of(const Instance& instance)
{
    if (const auto given = option_value(instance.main.argv, {"-p", "--prefix"}))
        return *given;
    return directory_of(directory_of(instance.main.executable));
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable).starts_with("php-fpm");
}

void read(Reading& reading, Findings& findings)
{
    const std::string path = configuration_of(reading.instance);
    if (path.empty()) {
        not_understood(findings, {"command line", 0}, "",
                       "the process does not say which configuration it has");
        return;
    }
    Configuration configuration;
    const std::string prefix = prefix_of(reading.instance);
    Parser(reading, findings, prefix, configuration).read_file(path, 0);
    for (const auto& [name, pool] : configuration.pools)
        add_pool(name, pool, configuration.global, prefix, reading, findings);
}

} // namespace slotscope::limits::php_fpm
