// SPDX-License-Identifier: MIT
#include "daemon/command_line.h"

#include "limits/check.h"
#include "limits/explicit/limit_spec.h"
#include "limits/wording.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>

namespace slotscope::daemon {
namespace {

constexpr std::string_view kOptions[] = {"--config",  "--socket",       "--metrics", "--state",
                                         "--limit",   "--foreground",   "--help",    "--log-level",
                                         "--version", "--check-config", "--doctor",  "--no-discovery"};
constexpr std::string_view kSeeHelp = "\nslotscoped --help lists the options";

// What CLI11 fills, before it is looked at.
struct Words {
    std::vector<std::string> limits;
    std::vector<std::string> hooks;
    bool check_config = false;
    bool doctor = false;
    bool version = false;
};

void declare(CLI::App& app, Words& words, Invocation& invocation)
{
    app.set_help_flag("-h,--help", "Print this and exit");
    app.allow_extras(); // so that the message about an unknown option is ours
    const auto file = std::string(kDefaultConfigurationFile);
    app.add_option("--config", invocation.configuration_file, "Configuration file [" + file + "]")
        ->type_name("FILE");
    app.add_option("--socket", invocation.socket,
                   "Unix socket of the API [" + std::string(api::kDefaultSocket) + "]")
        ->type_name("PATH");
    app.add_option("--metrics", invocation.metrics,
                   "Where Prometheus finds the metrics [" + std::string(api::kDefaultMetrics) + "]")
        ->type_name("ADDR:PORT|off");
    app.add_option("--state", invocation.state, "State directory [" + std::string(api::kDefaultState) + "]")
        ->type_name("DIR");
    app.add_option("--limit", words.limits, "A backend's limit; may be given more than once")
        ->type_name("NAME=ADDRESS[,ADDRESS...]:MAX[/calls|/connections][/inbound|/outbound]")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    app.add_option("--log-level", invocation.log_level, "How much to log [info]")
        ->type_name("error|warn|info|debug");
    app.add_flag("--no-discovery", invocation.no_discovery,
                 "Do not look for limits in the files of the products that run here");
    app.add_flag("--foreground", invocation.foreground, "Log to the terminal");
    app.add_flag("--check-config", words.check_config, "Check the configuration and exit");
    app.add_flag("--doctor", words.doctor, "Print as JSON what this kernel and this user allow, and exit");
    app.add_flag("--version", words.version, "Print the version and exit");
    app.add_option("--hooks", words.hooks)
        ->group("") // hidden: tests choose variants with it
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
}

class Usage {
  public:
    void wrong(const std::string& what) { lines_.append(lines_.empty() ? "" : "\n").append(what); }
    void check(const char* option, const std::optional<std::string>& value,
               Result<void> (*rule)(std::string_view))
    {
        if (!value)
            return;
        if (auto checked = rule(*value); !checked)
            wrong(std::string(option) + ": " + checked.error().message);
    }
    const std::string& lines() const { return lines_; }

  private:
    std::string lines_;
};

Result<void> check_file_name(std::string_view path)
{
    if (path.empty())
        return Error{"the path is empty"};
    return {};
}

void check_unknown(const std::vector<std::string>& words, Usage& usage)
{
    bool after_option = false; // then a plain word is the value that was meant for it
    for (const std::string& word : words) {
        const bool option = !word.empty() && word[0] == '-';
        if (!option && std::exchange(after_option, false))
            continue;
        if (!option) {
            usage.wrong("unexpected argument " + limits::in_quotes(word) + ": slotscoped takes options only");
            continue;
        }
        const std::string name = word.substr(0, word.find('='));
        after_option = name.size() == word.size();
        usage.wrong("unknown option " + limits::in_quotes(name) + limits::suggestion(name, kOptions));
    }
}

void read_limits(const std::vector<std::string>& words, Invocation& invocation, Usage& usage)
{
    for (const std::string& word : words) {
        auto limit = limits::parse_limit_spec(word, "--limit");
        if (limit)
            invocation.limits.push_back(std::move(*limit));
        else
            usage.wrong("--limit: " + limit.error().message);
    }
    if (auto checked = limits::check_limits(invocation.limits); !checked)
        usage.wrong(checked.error().message);
}

void read_hooks(const std::vector<std::string>& words, Invocation& invocation, Usage& usage)
{
    for (const std::string& word : words) {
        for (std::size_t start = 0; start <= word.size();) {
            const std::size_t comma = std::min(word.find(',', start), word.size());
            const std::string part = word.substr(start, comma - start);
            const auto equals = part.find('=');
            if (equals == std::string::npos || equals == 0 || equals + 1 == part.size())
                usage.wrong("--hooks: " + limits::in_quotes(part) + " is not SIGNAL=VARIANT or SIGNAL=off");
            else
                invocation.hooks.emplace_back(part.substr(0, equals), part.substr(equals + 1));
            start = comma + 1;
        }
    }
}

void read_action(const Words& words, Invocation& invocation, Usage& usage)
{
    if (words.check_config && words.doctor)
        usage.wrong("--check-config and --doctor exclude each other");
    if (words.version)
        invocation.action = Action::show_version;
    else if (words.doctor)
        invocation.action = Action::doctor;
    else if (words.check_config)
        invocation.action = Action::check_configuration;
}

Result<Invocation> parse(int argc, const char* const* argv)
{
    Invocation invocation;
    Words words;
    CLI::App app("slotscoped: which backends run out of connection slots, and who holds them", "slotscoped");
    declare(app, words, invocation);
    try {
        std::vector<std::string> given(argv + std::min(argc, 1), argv + argc);
        std::reverse(given.begin(), given.end()); // as CLI11 wants it
        app.parse(std::move(given));
    } catch (const CLI::CallForHelp&) {
        invocation.action = Action::show_help;
        invocation.help = app.help();
        return invocation;
    } catch (const CLI::ParseError& error) {
        return Error{error.what() + std::string(kSeeHelp)};
    }

    Usage usage;
    check_unknown(app.remaining(), usage);
    usage.check("--config", invocation.configuration_file, check_file_name);
    usage.check("--socket", invocation.socket, check_socket);
    usage.check("--metrics", invocation.metrics, check_metrics);
    usage.check("--state", invocation.state, check_state);
    usage.check("--log-level", invocation.log_level, check_log_level);
    read_limits(words.limits, invocation, usage);
    read_hooks(words.hooks, invocation, usage);
    read_action(words, invocation, usage);
    if (!usage.lines().empty())
        return Error{usage.lines() + std::string(kSeeHelp)};
    return invocation;
}

void override_text(const std::optional<std::string>& given, std::string& value)
{
    if (given)
        value = *given;
}

} // namespace

Result<Invocation> parse_command_line(int argc, const char* const* argv)
{
    try {
        return parse(argc, argv);
    } catch (const std::exception& error) {
        return Error{std::string("cannot read the command line: ") + error.what()};
    }
}

Result<Configuration> load_configuration(const Invocation& invocation, const std::string& default_file)
{
    Configuration configuration;
    auto from_file = read_configuration_file(invocation.configuration_file.value_or(default_file));
    if (from_file)
        configuration = std::move(*from_file);
    else if (invocation.configuration_file || from_file.error().code != ENOENT)
        return from_file.error();

    override_text(invocation.socket, configuration.socket);
    override_text(invocation.metrics, configuration.metrics);
    override_text(invocation.state, configuration.state);
    override_text(invocation.log_level, configuration.log_level);
    configuration.discovery = configuration.discovery && !invocation.no_discovery;
    configuration.limits = override_limits(std::move(configuration.limits), invocation.limits);
    if (auto checked = limits::check_limits(configuration.limits); !checked)
        return checked.error();
    return configuration;
}

} // namespace slotscope::daemon
