// SPDX-License-Identifier: MIT
#include "cli/arguments.h"

#include "cli/notes.h"
#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

namespace slotscope::cli {

namespace {

constexpr const char* kProgram = "slotscope";
constexpr const char* kDescription =
    "Which backends run out of connection slots, and which processes hold them.";
constexpr const char* kFooter = "--socket, --output and --color may also stand behind the command.\n"
                                "Exit codes: 0 done; 1 the agent answered with an error; 2 wrong usage; 3 "
                                "the agent cannot be reached or\n"
                                "may not be used. check and doctor give verdicts instead, see their --help.";

// Words that become enumerators once they are known to be right.
struct Words {
    std::string format = "table";
    std::string colour = "auto";
};

// The words are the validator's name, too: that is how with_declared_app() tells them.
CLI::Validator one_of(const std::vector<std::string>& words)
{
    std::string name;
    for (const std::string& word : words)
        name += (name.empty() ? "" : " ") + word;
    return CLI::IsMember(words).description("").name(name);
}

void add_common(CLI::App& app, Arguments& arguments, Words& words)
{
    arguments.socket = api::kDefaultSocket;
    app.add_option("--socket", arguments.socket, "the agent's socket, " + arguments.socket + " by default")
        ->type_name("PATH");
    app.add_option("--output", words.format, "table, for people, or json, for programs")
        ->type_name("FORMAT")
        ->check(one_of({"table", "json"}));
    app.add_option("--color", words.colour, "auto, always or never")
        ->type_name("WHEN")
        ->check(one_of({"auto", "always", "never"}));
    app.set_version_flag("--version", "slotscope " SLOTSCOPE_VERSION, "print the version");
    app.set_help_flag("-h,--help", "print this help");
}

// CLI11's own says so with 300 digits of the largest double.
CLI::Validator positive()
{
    const auto wrong = [](const std::string& text) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool right =
            error == std::errc() && end == text.data() + text.size() && value > 0 && value < 1e15;
        return right ? std::string() : "'" + text + "' is not a number above 0";
    };
    return CLI::Validator(wrong, "");
}

CLI::Validator up_to(std::uint32_t most)
{
    const auto wrong = [most](const std::string& text) {
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool right =
            error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= most;
        return right ? std::string() : "'" + text + "' is not a number from 1 to " + std::to_string(most);
    };
    return CLI::Validator(wrong, "");
}

void add_direction(CLI::App& sub, Arguments& arguments)
{
    sub.add_option("--direction", arguments.direction,
                   "outbound: processes here connect; inbound: processes here listen")
        ->type_name("SIDE")
        ->check(one_of({"outbound", "inbound"}));
}

void add_holder_options(CLI::App& sub, Arguments& arguments)
{
    CLI::Option* all = sub.add_flag("--all", arguments.all, "show all of them, however many");
    sub.add_option("--count", arguments.count, "show the oldest N: 20 by default in a table, all in json")
        ->type_name("N")
        ->check(positive())
        ->excludes(all);
    add_direction(sub, arguments);
    sub.add_flag("--captured", arguments.captured, "those of the moment when the limit was last reached");
}

void add_window_options(CLI::App& sub, Arguments& arguments)
{
    CLI::Option* all = sub.add_flag("--all", arguments.all, "show all that the agent lists");
    sub.add_option("--count", arguments.count, "show the first N, 20 by default")
        ->type_name("N")
        ->check(positive())
        ->excludes(all);
    sub.add_option("--seconds", arguments.seconds,
                   "look back so far, " + std::to_string(api::kMostCallsSeconds) + " by default and at most")
        ->type_name("N")
        ->check(up_to(api::kMostCallsSeconds));
    add_direction(sub, arguments);
}

void add_profile_options(CLI::App& sub, Arguments& arguments)
{
    sub.add_option("--seconds", arguments.seconds,
                   "collect for so long, " + std::to_string(api::kDefaultProfileSeconds) +
                       " by default; Ctrl-C ends it earlier")
        ->type_name("N")
        ->check(up_to(api::kMostProfileSeconds));
    sub.add_option(
           "--format", arguments.profile,
           "folded (the default): a line for each stack; pprof: for `go tool pprof`; svg: a flame graph")
        ->type_name("FORMAT")
        ->check(one_of({"folded", "pprof", "svg"}));
    add_direction(sub, arguments);
}

void add_period_options(CLI::App& sub, Arguments& arguments)
{
    sub.add_option("--since", arguments.since,
                   "those of which a part is later: 15m, 2h, 3d (ago) or 2026-01-31T08:15:30Z")
        ->type_name("TIME");
    sub.add_option("--until", arguments.until, "those of which a part is earlier")->type_name("TIME");
    sub.add_option("--count", arguments.count, "the newest N, 100 by default")
        ->type_name("N")
        ->check(positive());
}

void add_own(CLI::App& sub, const Command& command, Arguments& arguments)
{
    if ((command.takes & kTakesBackend) != 0)
        sub.add_option("BACKEND", arguments.backend, "only this one, by name or address")->type_name("");
    if ((command.takes & kTakesBackendOrId) != 0)
        sub.add_option("BACKEND", arguments.backend,
                       "only this one, by name or address; or the number of an episode")
            ->type_name("");
    if ((command.takes & kTakesId) != 0)
        sub.add_option("ID", arguments.id, "the number of the episode")->type_name("")->required();
    if ((command.takes & kTakesFile) != 0)
        sub.add_option("--file", arguments.file,
                       std::string("write it there; - is standard output, the default") +
                           ((command.takes & kTakesProfile) != 0 ? "" : " where that is no terminal"))
            ->type_name("FILE");
    if ((command.takes & kTakesProfile) != 0)
        add_profile_options(sub, arguments);
    if ((command.takes & kTakesPeriod) != 0)
        add_period_options(sub, arguments);
    if ((command.takes & kTakesAll) != 0)
        sub.add_flag("--all", arguments.all,
                     "also those that are idle, and more than 50, where they have no limit");
    if ((command.takes & kTakesHolders) != 0)
        add_holder_options(sub, arguments);
    if ((command.takes & kTakesWindow) != 0)
        add_window_options(sub, arguments);
    if ((command.takes & kTakesEventCount) != 0)
        sub.add_option("--count", arguments.count, "stop after N events")->type_name("N")->check(positive());
    if ((command.takes & kTakesExplain) != 0)
        sub.add_option("--explain", arguments.explain,
                       "how this backend's limit comes about, by name or address")
            ->type_name("BACKEND");
    if ((command.takes & kTakesThresholds) != 0) {
        sub.add_option("--warn", arguments.warn_percent,
                       "warning from this part of the limit on, 80 by default")
            ->type_name("PERCENT")
            ->check(positive());
        sub.add_option("--critical", arguments.critical_percent, "critical from there on, 100 by default")
            ->type_name("PERCENT")
            ->check(positive());
    }
}

std::vector<std::string> option_names(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    return names;
}

// "slotscope: unknown command 'backend', did you mean 'backends'? …\n"
std::string explain(const CLI::App& app, const CLI::ParseError& error)
{
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    const std::string help =
        "slotscope " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help";
    const std::vector<std::string> rest = app.remaining(true);
    if (rest.empty() && chosen.empty())
        return "slotscope: no command is given; see `" + help + "`\n";
    if (rest.empty())
        return "slotscope: " + printable(error.what()) + "; see `" + help + "`\n";
    const std::string& word = rest.front();
    const std::string given = word.substr(0, word.find('='));
    std::vector<std::string> candidates;
    std::string what = "unexpected argument";
    if (word.starts_with("-")) {
        what = "unknown option";
        candidates = option_names(app);
        for (const CLI::App* sub : chosen)
            for (std::string& name : option_names(*sub))
                candidates.push_back(std::move(name));
    } else if (chosen.empty()) {
        what = "unknown command";
        for (const Command& command : commands())
            candidates.emplace_back(command.name);
    }
    const std::string suggestion = nearest(given, candidates);
    return "slotscope: " + what + " '" + printable(given) + "'" +
           (suggestion.empty() ? "; see `" : ", did you mean '" + suggestion + "'? See `") + help + "`\n";
}

void finish(CommandLine& line, const Words& words)
{
    line.arguments.format = words.format == "json" ? Format::json : Format::table;
    line.arguments.colour = words.colour == "always"  ? ColourWhen::always
                            : words.colour == "never" ? ColourWhen::never
                                                      : ColourWhen::automatic;
    if (line.arguments.warn_percent > line.arguments.critical_percent) {
        line.command = nullptr;
        line.exit_code = api::kExitUsage;
        line.err = "slotscope: --warn must not be above --critical\n";
    }
}

// Everything that may be written; `line` gets the command that was.
void declare(CLI::App& app, CommandLine& line, Words& words)
{
    add_common(app, line.arguments, words);
    app.fallthrough();
    app.require_subcommand(1);
    app.footer(kFooter);
    for (const Command& command : commands()) {
        CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.help));
        sub->group(command.needs == Needs::daemon ? "Commands" : "Commands that need no agent");
        sub->footer(std::string(notes_of(command.name)));
        add_own(*sub, command, line.arguments);
        sub->callback([&line, &command] { line.command = &command; });
    }
}

} // namespace

void with_declared_app(const std::function<void(CLI::App&)>& look)
{
    CommandLine line;
    Words words;
    CLI::App app(kDescription, kProgram);
    declare(app, line, words);
    look(app);
}

CommandLine parse_command_line(std::vector<std::string> words)
{
    CommandLine line;
    Words chosen;
    CLI::App app(kDescription, kProgram);
    declare(app, line, chosen);
    std::reverse(words.begin(), words.end()); // as CLI11 wants it
    try {
        app.parse(std::move(words));
        finish(line, chosen);
    } catch (const CLI::CallForVersion& version) {
        line.out = std::string(version.what()) + "\n";
    } catch (const CLI::Success&) {
        line.out = app.help();
    } catch (const CLI::ParseError& error) {
        line.exit_code = api::kExitUsage;
        line.err = explain(app, error);
    }
    if (!line.out.empty() || line.exit_code != 0)
        line.command = nullptr;
    return line;
}

} // namespace slotscope::cli
