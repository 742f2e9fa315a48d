// SPDX-License-Identifier: MIT
#include "limits/tomcat/tomcat.h"

#include "limits/lines.h"
#include "limits/options.h"
#include "limits/text.h"
#include "limits/tomcat/xml.h"

#include <algorithm>

namespace slotscope::limits::tomcat {
namespace {

constexpr const char* kThreadSlot =
    "a thread that serves a request; idle connections are not counted; the next requests wait, up to "
    "maxConnections of them with their connection accepted";
constexpr const char* kConnectionSlot =
    "an accepted connection, idle ones too; the next ones wait in the listen backlog (acceptCount)";
constexpr std::uint32_t kDefaultThreads = 200;
constexpr std::uint32_t kDefaultConnections = 8192;
constexpr std::string_view kBootstrap = "org.apache.catalina.startup.Bootstrap";

// -Dcatalina.base=/var/lib/tomcat10, and what conf/catalina.properties says.
Settings properties_of(Reading& reading, Findings& findings)
{
    Settings given;
    for (const std::string& text : option_values(reading.instance.main.argv, {"-D", ""}))
        if (const auto assignment = assignment_in(text))
            given[std::string(assignment->name)] = {std::string(assignment->value), {"command line", 0}};
    const Setting* base = find_setting(given, "catalina.base");
    if (!base)
        base = find_setting(given, "catalina.home");
    if (!base)
        return given;
    const std::string path = base->text + "/conf/catalina.properties";
    if (reading.files.is_there(path)) // what it says holds over the command line (CatalinaProperties.java)
        each_line(reading, findings, path, "#!", [&](std::string_view line, const Place& place) {
            const auto separator = line.find_first_of("=: \t"); // as java.util.Properties has it
            if (separator == std::string_view::npos)
                return;
            std::string_view value = trimmed(line.substr(separator));
            if (value.starts_with('=') || value.starts_with(':'))
                value = trimmed(value.substr(1));
            given[std::string(line.substr(0, separator))] = {std::string(value), place};
        });
    return given;
}

// ${name} and ${name:-default}
std::string filled_in(std::string_view text, const Settings& properties)
{
    return with_variables(text, "${", '}', [&](std::string_view inside) -> std::optional<std::string> {
        const auto colon = inside.find(":-");
        const auto set = properties.find(inside.substr(0, colon));
        if (set != properties.end())
            return set->second.text;
        if (colon == std::string_view::npos)
            return std::nullopt;
        return std::string(inside.substr(colon + 2));
    });
}

struct Number {
    std::uint32_t value = 0;
    bool known = true;
    bool unlimited = false; // -1
    bool written = false;
    Place place{"Tomcat's default", 0};
};

class Server {
  public:
    Server(Reading& reading, Findings& findings, Settings properties, std::string path)
        : reading_(reading)
        , findings_(findings)
        , properties_(std::move(properties))
        , path_(std::move(path))
    {
    }

    void read()
    {
        const auto content = limits::read_file(reading_, findings_, path_);
        if (!content)
            return;
        const Elements elements = parse_elements(*content);
        if (!elements.wrong.empty()) {
            findings_.incomplete = true;
            not_understood(findings_, {path_, elements.line}, "", elements.wrong);
        }
        // In their order: a connector takes an executor of its own service that stands before it
        // (ConnectorCreateRule.java).
        for (const Element& each : elements.list) {
            if (each.name == "Server") {
                offset_ = number_of(each, "portOffset", 0);
            } else if (each.name == "Service") {
                finish_all();
            } else if (each.name == "Executor") {
                executors_[text_of(each, "name")] = each;
            } else if (each.name == "Connector") {
                add_connector(each);
            }
        }
        finish_all();
    }

  private:
    struct Shared { // connectors with one executor have its threads together
        std::string executor;
        Limit limit;
    };

    std::string text_of(const Element& element, std::string_view attribute) const
    {
        const std::string* text = element.find(attribute);
        return text ? filled_in(*text, properties_) : "";
    }

    Number number_of(const Element& element, std::string_view attribute, std::uint32_t otherwise)
    {
        if (!element.find(attribute))
            return {otherwise};
        const std::string text = text_of(element, attribute);
        const Place place{path_, element.line};
        if (text.starts_with('-') && count_in(std::string_view(text).substr(1)))
            return {otherwise, true, true, true, place};
        const auto number = count_in(text);
        if (!number)
            not_understood(findings_, place, std::string(attribute) + "=\"" + text + "\"", "not a number");
        return {number.value_or(0), number.has_value(), false, true, place};
    }

    static std::string described(const char* name, const Number& number)
    {
        return std::string(name) + " " + std::to_string(number.value) + " (" + to_string(number.place) + ")";
    }

    // Where the connector listens: nothing where it does not, or where nobody can tell.
    std::vector<Endpoint> sockets_of(const Element& connector)
    {
        std::vector<Endpoint> sockets;
        if (const std::string path = text_of(connector, "unixDomainSocketPath"); !path.empty()) {
            for (const Endpoint& each : reading_.instance.listening)
                if (each.is_unix() && each.unix_path == path)
                    sockets.push_back(each);
            return sockets;
        }
        const Number port = number_of(connector, "port", 0);
        if (port.unlimited || !port.known || !offset_.known ||
            std::uint64_t{port.value} + offset_.value > 65535)
            return sockets; // switched off
        if (port.value == 0) {
            not_understood(findings_, {path_, connector.line}, "port=\"" + text_of(connector, "port") + "\"",
                           "its port is not a fixed number");
            return sockets;
        }
        sockets =
            listeners_with_port(reading_.instance, static_cast<std::uint16_t>(port.value + offset_.value));
        // Another connector may have the same port at another address.
        if (const auto own = parse_address(bracketed(text_of(connector, "address")) + ":1"))
            std::erase_if(sockets, [&](const Endpoint& each) { return each.tcp.ip != own->ip; });
        return sockets;
    }

    static std::string bracketed(const std::string& host)
    {
        return host.find(':') != std::string::npos && !host.starts_with('[') ? "[" + host + "]" : host;
    }

    void add_connector(const Element& connector)
    {
        auto sockets = sockets_of(connector);
        if (sockets.empty())
            return; // not up: it failed to bind, or will be
        const std::string executor = text_of(connector, "executor");
        const auto own = executors_.find(executor);
        if (!executor.empty() && own == executors_.end())
            not_understood(findings_, {path_, connector.line}, "executor=\"" + executor + "\"",
                           "there is no such Executor");
        const bool shares = own != executors_.end();
        Number threads = number_of(shares ? own->second : connector, "maxThreads", kDefaultThreads);
        threads.unlimited = shares ? text_of(own->second, "className").ends_with("VirtualThreadExecutor")
                                   : text_of(connector, "useVirtualThreads") == "true";
        const Number connections = number_of(connector, "maxConnections", kDefaultConnections);
        if (!threads.known || !connections.known)
            return;
        if (shares && !connections.written)
            if (const auto other = find_shared(executor)) {
                other->limit.addresses.insert(other->limit.addresses.end(), sockets.begin(), sockets.end());
                return;
            }
        if (threads.unlimited && connections.unlimited)
            return;
        const std::string name =
            sockets[0].is_unix() ? sockets[0].unix_path : std::to_string(sockets[0].tcp.port);
        Limit limit = limit_of(name, threads, connections);
        limit.addresses = std::move(sockets);
        if (const std::string* waiting = connector.find("acceptCount"))
            limit.origin.arithmetic.push_back("acceptCount " + *waiting + " (" + path_ + ":" +
                                              std::to_string(connector.line) + "): so many may wait");
        shared_.push_back({shares && !connections.written ? executor : "", std::move(limit)});
    }

    Shared* find_shared(const std::string& executor)
    {
        const auto found = std::find_if(shared_.begin(), shared_.end(),
                                        [&](const Shared& each) { return each.executor == executor; });
        return found == shared_.end() ? nullptr : &*found;
    }

    // Whichever is met first: connections where there may be fewer of them than threads.
    static Limit limit_of(const std::string& name, const Number& threads, const Number& connections)
    {
        const bool by_connection =
            !connections.unlimited && (threads.unlimited || connections.value < threads.value);
        const Number& holds = by_connection ? connections : threads;
        Limit limit = limit_at(holds.place, "tomcat/" + name, holds.value,
                               by_connection ? kConnectionSlot : kThreadSlot);
        limit.kind = by_connection ? SlotKind::connections : SlotKind::calls;
        limit.direction = Direction::inbound;
        limit.origin.setting = {by_connection ? "maxConnections" : "maxThreads", holds.value};
        limit.origin.arithmetic.push_back(threads.unlimited ? "a virtual thread for each request: any number"
                                                            : described("maxThreads", threads));
        limit.origin.arithmetic.push_back(connections.unlimited ? "maxConnections -1: any number"
                                                                : described("maxConnections", connections));
        return limit;
    }

    void finish_all()
    {
        for (Shared& each : shared_)
            finish(each);
        shared_.clear();
        executors_.clear();
    }

    void finish(Shared& each)
    {
        if (each.limit.slots == 0)
            return;
        if (!each.executor.empty())
            each.limit.origin.arithmetic.push_back("executor " + each.executor +
                                                   ": its connectors share the threads");
        findings_.limits.push_back(std::move(each.limit));
    }

    Reading& reading_;
    Findings& findings_;
    Settings properties_;
    std::string path_;
    Number offset_;
    std::map<std::string, Element> executors_; // of the service
    std::vector<Shared> shared_;
};

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "java" &&
           std::find(process.argv.begin(), process.argv.end(), kBootstrap) != process.argv.end();
}

void read(Reading& reading, Findings& findings)
{
    Settings properties = properties_of(reading, findings);
    const Setting* base = find_setting(properties, "catalina.base");
    if (!base)
        base = find_setting(properties, "catalina.home");
    if (!base) {
        not_understood(findings, {"command line", 0}, "", "it names no catalina.base");
        return;
    }
    std::string path = base->text + "/conf/server.xml";
    if (const auto given = option_value(reading.instance.main.argv, {"-config", ""}))
        path = given->starts_with('/') ? *given : base->text + "/" + *given;
    Server(reading, findings, std::move(properties), path).read();
}

} // namespace slotscope::limits::tomcat
