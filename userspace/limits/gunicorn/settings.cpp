// SPDX-License-Identifier: MIT
#include "limits/gunicorn/settings.h"

#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <thread>

namespace slotscope::limits::gunicorn {
namespace {

struct Known {
    OptionNames option;
    const char* name;
};
constexpr Known kKnown[] = {
    {{"-w", "--workers"}, "workers"},
    {{"", "--threads"}, "threads"},
    {{"-k", "--worker-class"}, "worker_class"},
    {{"", "--worker-connections"}, "worker_connections"},
    {{"", "--backlog"}, "backlog"},
};
constexpr OptionNames kConfiguration = {"-c", "--config"};
constexpr std::string_view kDefaultFile = "gunicorn.conf.py";

bool is_known(std::string_view name)
{
    return std::any_of(std::begin(kKnown), std::end(kKnown),
                       [&](const Known& each) { return each.name == name; });
}

void take_options(const std::vector<std::string>& argv, const std::string& from, Values& into)
{
    for (const Known& each : kKnown)
        if (auto value = option_value(argv, each.option))
            into[each.name] = {ScriptValue{std::move(*value)}, true, {from, 0}};
}

bool is_identifier(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') || character == '_';
    });
}

constexpr std::string_view kDefinitions[] = {"def", "class", "async", "lambda", "return", "assert"};
constexpr std::string_view kConditions[] = {"if",   "elif", "else",   "for",    "while",
                                            "with", "try",  "except", "finally"};

template <typename List>
bool is_one_of(const List& list, std::string_view word)
{
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string_view first_word(std::string_view text)
{
    return text.substr(0, text.find_first_of(" \t:("));
}

// A program in Python: assignments at its top level are followed, what is indented is not run through.
class File {
  public:
    File(Reading& reading, Findings& findings, Values& into)
        : findings_(findings)
        , into_(into)
    {
        script_.environment = reading.instance.environment;
        script_.processors = std::max(1U, std::thread::hardware_concurrency());
        script_.is_python = true;
    }

    void read(const std::string& content, const std::string& path)
    {
        for (const TextLine& line : lines_of(content)) {
            const std::string_view text = trimmed(line.text);
            if (skip_text(text) || text.empty() || text[0] == '#')
                continue;
            const bool top = line.text[0] != ' ' && line.text[0] != '\t';
            read_line(text, top, {path, line.number});
        }
    }

  private:
    // Texts over several lines, such as the one that describes the file.
    bool skip_text(std::string_view line)
    {
        bool inside = !until_.empty();
        for (std::size_t at = 0; at < line.size();) {
            const std::string_view three = line.substr(at, 3);
            if (until_.empty() && (three == "\"\"\"" || three == "'''"))
                until_ = three;
            else if (until_.empty() || three != until_) {
                ++at;
                continue;
            } else
                until_.clear();
            inside = true;
            at += 3;
        }
        return inside;
    }

    void read_line(std::string_view text, bool top, const Place& place)
    {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || text.substr(equals, 2) == "==")
            return;
        std::string_view left = text.substr(0, equals);
        if (is_one_of(kDefinitions, first_word(left)))
            return; // its parameters
        if (is_one_of(kConditions, first_word(left))) {
            left = left.substr(std::min(left.rfind(':'), left.size() - 1) + 1); // "if x: workers = 4"
            top = false;
        }
        const std::string name(trimmed(left.substr(0, left.find(':')))); // "workers: int = 4"
        if (!is_identifier(name))
            return read_other_assignment(left, text, place);
        auto value = top ? evaluate(text.substr(equals + 1), script_) : std::nullopt;
        if (!value)
            return forget(name, text, place,
                          top ? "the expression is not worked out: the file is never run"
                              : "whether this line is run is not known");
        script_.variables[name] = *value;
        if (is_known(name))
            into_[name] = {std::move(*value), true, place};
    }

    // "workers *= 2", "workers, threads = 2, 4", "if x: workers = 4": the names have other values from here
    // on.
    void read_other_assignment(std::string_view left, std::string_view text, const Place& place)
    {
        constexpr std::string_view kBetween = " \t,:+-*/%|&^@";
        if (left.empty() || left.find_first_of("([") != std::string_view::npos ||
            std::string_view("<>!").find(left.back()) != std::string_view::npos)
            return; // a call, an element, a comparison
        for (std::size_t at = 0; at < left.size();) {
            const std::size_t begin = std::min(left.find_first_not_of(kBetween, at), left.size());
            at = std::min(left.find_first_of(kBetween, begin), left.size());
            if (const std::string name(left.substr(begin, at - begin)); is_identifier(name))
                forget(name, text, place, "this kind of assignment is not worked out");
        }
    }

    void forget(const std::string& name, std::string_view text, const Place& place, const char* why)
    {
        script_.variables.erase(name);
        if (!is_known(name))
            return;
        not_understood(findings_, place, text, why);
        into_[name] = {{}, false, place};
    }

    Findings& findings_;
    Values& into_;
    Script script_;
    std::string until_; // the mark that ends a text over several lines
};

void read_file(Reading& reading, Findings& findings, const std::vector<std::string>& argv,
               const std::vector<std::string>& more, Values& into)
{
    auto given = option_value(argv, kConfiguration);
    if (!given)
        given = option_value(more, kConfiguration);
    std::string path = given.value_or(std::string(kDefaultFile));
    if (path.starts_with("python:")) {
        findings.incomplete = true;
        not_understood(findings, {"command line", 0}, path,
                       "a module is looked for where Python looks; name a file");
        return;
    }
    if (path.starts_with("file:"))
        path.erase(0, 5);
    const auto content =
        given ? limits::read_file(reading, findings, path) : read_file_if_there(reading, findings, path);
    if (content)
        File(reading, findings, into).read(*content, reading.files.absolute(path));
}

} // namespace

Configuration read_settings(Reading& reading, Findings& findings)
{
    const Instance& instance = reading.instance;
    Configuration configuration;
    Values& values = configuration.values;
    if (auto count = environment_value(instance.environment, "WEB_CONCURRENCY"))
        values["workers"] = {ScriptValue{std::move(*count)}, true, {"environment WEB_CONCURRENCY", 0}};

    std::vector<std::string> argv = instance.main.argv;
    configuration.hidden = !argv.empty() && argv[0].starts_with("gunicorn: ");
    if (configuration.hidden)
        argv.clear();
    else // behind the script the options are gunicorn's
        argv.erase(argv.begin(), std::find_if(argv.begin(), argv.end(), [](const std::string& word) {
                       return base_name(word).starts_with("gunicorn");
                   }));
    std::vector<std::string> more = {"gunicorn"};
    if (const auto text = environment_value(instance.environment, "GUNICORN_CMD_ARGS"))
        for (std::string& word : shell_words(*text))
            more.push_back(std::move(word));

    read_file(reading, findings, argv, more, values);
    take_options(more, "environment GUNICORN_CMD_ARGS", values);
    take_options(argv, "command line", values);
    return configuration;
}

} // namespace slotscope::limits::gunicorn
