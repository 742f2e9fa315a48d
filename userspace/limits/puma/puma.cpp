// SPDX-License-Identifier: MIT
#include "limits/puma/puma.h"

#include "limits/expression.h"
#include "limits/lines.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <thread>

namespace slotscope::limits::puma {
namespace {

constexpr const char* kSlot =
    "a thread that serves a request; idle connections are not counted; the next ones wait in the process, "
    "then in the listen backlog";
constexpr std::uint32_t kDefaultThreads = 5;
constexpr std::uint32_t kDefaultThreadsWithoutLock = 16; // JRuby and TruffleRuby

struct Number {
    std::uint32_t value = 0;
    bool known = true;
    Place place;
};

struct Configuration {
    std::optional<Number> workers;
    std::optional<Number> threads; // the most of each process
    std::optional<Number> backlog;
    bool hidden = false; // the title has replaced the command line
    bool from_usual_file = false;
};

bool is_titled(const RunningProcess& process)
{
    return !process.argv.empty() &&
           (process.argv[0].starts_with("puma ") || process.argv[0].starts_with("puma: "));
}

// "puma: cluster worker 0: 812 [app]"
bool is_worker(const RunningProcess& process)
{
    return !process.argv.empty() && process.argv[0].starts_with("puma: cluster worker");
}

// "workers 2", "workers(2)": what is behind the word; absent for another word.
std::optional<std::string_view> argument_of(std::string_view line, std::string_view word)
{
    if (!line.starts_with(word) || line.size() == word.size())
        return std::nullopt;
    const std::string_view rest = line.substr(word.size());
    if (rest[0] == '(' && rest.ends_with(')'))
        return rest.substr(1, rest.size() - 2);
    if (rest[0] != ' ' && rest[0] != '\t' && rest[0] != '(')
        return std::nullopt;
    return trimmed(rest);
}

// A program in Ruby, line by line. What stands within a block may not be run.
class File {
  public:
    File(Reading& reading, Findings& findings, Configuration& into)
        : findings_(findings)
        , into_(into)
    {
        script_.environment = reading.instance.environment;
        script_.processors = std::max(1U, std::thread::hardware_concurrency());
    }

    void read_line(std::string_view line, const Place& place)
    {
        if (blocks_ > 0 && (line == "end" || line.starts_with("end "))) {
            --blocks_;
            return;
        }
        if (const auto workers = argument_of(line, "workers"))
            take_workers(*workers, line, place);
        else if (const auto threads = argument_of(line, "threads"))
            take_threads(*threads, line, place);
        else if (const auto equals = line.find(" = "); equals != std::string_view::npos)
            assign(line, equals);
        if (opens_block(line))
            ++blocks_;
    }

  private:
    static bool opens_block(std::string_view line)
    {
        for (const std::string_view word : {"if ", "unless ", "case ", "begin", "def ", "class ", "while "})
            if (line.starts_with(word))
                return true;
        const std::string_view code = trimmed(line.substr(0, line.find(" #")));
        return code.ends_with(" do") || (code.ends_with("|") && code.find(" do |") != std::string_view::npos);
    }

    void assign(std::string_view line, std::size_t equals)
    {
        const std::string name(trimmed(line.substr(0, equals)));
        auto value = blocks_ == 0 ? evaluate(line.substr(equals + 3), script_) : std::nullopt;
        if (value)
            script_.variables[name] = std::move(*value);
        else
            script_.variables.erase(name);
    }

    void unknown(std::string_view line, const Place& place)
    {
        not_understood(findings_, place, line,
                       blocks_ > 0 ? "whether this line is run is not known"
                                   : "the expression is not worked out: the file is never run");
    }

    void take_workers(std::string_view text, std::string_view line, const Place& place)
    {
        const auto value = blocks_ == 0 ? evaluate(text, script_) : std::nullopt;
        const auto number = value ? number_of(*value) : std::nullopt;
        if (!number)
            unknown(line, place);
        into_.workers = {number.value_or(0), number.has_value(), place};
    }

    void take_threads(std::string_view text, std::string_view line, const Place& place)
    {
        const auto values = blocks_ == 0 ? evaluate_list(text, script_) : std::nullopt;
        const auto number = values && values->size() <= 2 ? number_of(values->back()) : std::nullopt;
        if (!number || *number == 0)
            unknown(line, place);
        into_.threads = {number.value_or(0), number.value_or(0) != 0, place};
    }

    Findings& findings_;
    Configuration& into_;
    Script script_;
    int blocks_ = 0;
};

std::optional<Number> from_environment(const Instance& instance, std::initializer_list<const char*> names)
{
    for (const char* name : names)
        if (const auto text = environment_value(instance.environment, name))
            if (const auto number = count_in(*text))
                return Number{*number, true, {std::string("environment ") + name, 0}};
    return std::nullopt;
}

std::optional<Number> from_option(const std::vector<std::string>& argv, OptionNames option,
                                  Findings& findings)
{
    const auto text = option_value(argv, option);
    if (!text)
        return std::nullopt;
    const auto colon = text->find(':'); // "-t 1:5"
    const auto number = count_in(std::string_view(*text).substr(colon == std::string::npos ? 0 : colon + 1));
    if (!number)
        not_understood(findings, {"command line", 0}, std::string(option.letter) + " " + *text,
                       "not a number");
    return Number{number.value_or(0), number.has_value(), {"command line", 0}};
}

// As Puma looks for it, below its directory.
std::string usual_file(Reading& reading, const std::vector<std::string>& argv)
{
    std::string environment = "development";
    for (const char* name : {"RAILS_ENV", "RACK_ENV", "APP_ENV"}) // the last one that is set
        environment = environment_value(reading.instance.environment, name).value_or(environment);
    environment = option_value(argv, {"-e", "--environment"}).value_or(environment);
    for (const std::string& path : {"config/puma/" + environment + ".rb", std::string("config/puma.rb")})
        if (reading.files.is_there(path))
            return path;
    return {};
}

Configuration read_configuration(Reading& reading, Findings& findings)
{
    const Instance& instance = reading.instance;
    Configuration configuration;
    configuration.hidden = is_titled(instance.main);
    configuration.workers = from_environment(instance, {"WEB_CONCURRENCY"});
    configuration.threads = from_environment(instance, {"PUMA_MAX_THREADS", "MAX_THREADS"});
    std::vector<std::string> argv;
    if (!configuration.hidden)
        argv = instance.main.argv;
    auto paths = option_values(argv, {"-C", "--config"}); // all of them, in order
    if (has_option(argv, {"", "--no-config"}))
        paths.emplace_back("-");
    if (paths.empty())
        paths = {usual_file(reading, argv)};
    configuration.from_usual_file = configuration.hidden && !paths[0].empty();
    File file(reading, findings, configuration);
    for (const std::string& path : paths) {
        if (path.empty() || path == "-")
            continue;
        each_line(reading, findings, reading.files.absolute(path), "#",
                  [&](std::string_view line, const Place& place) { file.read_line(line, place); });
    }
    if (auto workers = from_option(argv, {"-w", "--workers"}, findings))
        configuration.workers = workers;
    if (auto threads = from_option(argv, {"-t", "--threads"}, findings))
        configuration.threads = threads;
    return configuration;
}

std::uint32_t default_threads(const Instance& instance)
{
    const auto name = base_name(instance.main.executable);
    return name.starts_with("ruby") ? kDefaultThreads : kDefaultThreadsWithoutLock;
}

struct Processes {
    std::uint32_t count = 1;
    std::string how;
    bool running = false; // not written: so many run
};

Processes processes_of(const Configuration& configuration, const Instance& instance)
{
    const auto running = static_cast<std::uint32_t>(
        std::count_if(instance.children.begin(), instance.children.end(), is_worker));
    const bool known = configuration.workers && configuration.workers->known;
    const bool agrees = known && (running == 0 || running == std::max(1U, configuration.workers->value));
    if (running > 0 && (!known || (configuration.hidden && !agrees)))
        return {running, "workers that run: " + std::to_string(running), true};
    if (known && configuration.workers->value > 0)
        return {configuration.workers->value, "workers " + std::to_string(configuration.workers->value) +
                                                  " (" + to_string(configuration.workers->place) + ")"};
    return {1, "1 process: no workers are configured"};
}

void add_limit(const Configuration& configuration, const Processes& processes, const Number& threads,
               Reading& reading, Findings& findings)
{
    const std::uint64_t slots = std::uint64_t{processes.count} * threads.value;
    if (slots > UINT32_MAX || reading.instance.listening.empty())
        return;
    Limit limit = limit_at(threads.place, "puma", static_cast<std::uint32_t>(slots), kSlot);
    limit.kind = SlotKind::calls;
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    limit.origin.setting = {"threads", threads.value, static_cast<double>(processes.count)};
    limit.origin.arithmetic = {processes.how, "x threads, at most " + std::to_string(threads.value) + " (" +
                                                  to_string(threads.place) + ")"};
    if (processes.running || configuration.from_usual_file) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt =
            configuration.from_usual_file
                ? "its title hides its command line: this is the file where Puma looks for it"
                : "the number of workers cannot be read: it is that of those that run";
    }
    findings.limits.push_back(std::move(limit));
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto interpreter = base_name(process.executable);
    if (!interpreter.starts_with("ruby") && interpreter != "java" && !interpreter.starts_with("truffleruby"))
        return false;
    return is_titled(process) || base_name(script_of(process.argv, "ICrES")) == "puma";
}

void read(Reading& reading, Findings& findings)
{
    const Configuration configuration = read_configuration(reading, findings);
    if (configuration.threads) {
        if (configuration.threads->known && configuration.threads->value > 0 &&
            (!configuration.workers || configuration.workers->known || !reading.instance.children.empty()))
            add_limit(configuration, processes_of(configuration, reading.instance), *configuration.threads,
                      reading, findings);
        return;
    }
    if (findings.incomplete)
        return;
    if (configuration.hidden && !configuration.from_usual_file) {
        not_understood(
            findings, {"process " + std::to_string(reading.instance.main.pid), 0},
            reading.instance.main.argv[0],
            "its title hides its command line, and there is no config/puma.rb below its directory");
        return;
    }
    add_limit(configuration, processes_of(configuration, reading.instance),
              {default_threads(reading.instance), true, {"Puma's default", 0}}, reading, findings);
}

} // namespace slotscope::limits::puma
