// SPDX-License-Identifier: MIT
#include "limits/uwsgi/options.h"

#include "limits/document.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <array>
#include <thread>

namespace slotscope::limits::uwsgi {
namespace {

constexpr std::size_t kMostOptions = 20'000;
constexpr std::size_t kLongestValue = 64 << 10; // placeholders that hold each other double with each line

// Letters of the command line that stand for options which are looked at (uwsgi --help).
constexpr std::pair<std::string_view, std::string_view> kLetters[] = {
    {"-p", "processes"}, {"-s", "socket"}, {"-l", "listen"}, {"-y", "yaml"},
    {"-j", "json"},      {"-x", "xml"},    {"-M", "master"}};
// Options of the command line that stand alone: what follows belongs to nobody, or is a file.
constexpr std::array<std::string_view, 8> kFlags = {
    "master",         "die-on-term", "need-app", "vacuum", "single-interpreter",
    "enable-threads", "lazy-apps",   "strict"};

std::string without_extension(std::string_view name)
{
    return std::string(name.substr(0, name.rfind('.')));
}

// %(name), %d, %n, %p, %s, %k and $(NAME) (uWSGI documentation, "Configuration", "Magic variables").
std::string filled_in(std::string_view text, const std::string& path, const std::vector<Option>& options,
                      const Instance& instance)
{
    std::string result;
    for (std::size_t at = 0; at < text.size() && result.size() < kLongestValue; ++at) {
        const std::string_view two = text.substr(at, 2);
        const std::size_t end =
            two == "%(" || two == "$(" ? bracket_after(text, at, ')') : std::string_view::npos;
        if (end != std::string_view::npos) {
            const std::string_view name = text.substr(at + 2, end - at - 2);
            if (two[0] == '$') {
                result += environment_value(instance.environment, name).value_or("");
            } else {
                const auto set = std::find_if(options.rbegin(), options.rend(),
                                              [&](const Option& each) { return each.name == name; });
                result +=
                    set == options.rend() ? std::string(text.substr(at, end - at + 1)) : set->value.text;
            }
            at = end;
        } else if (two == "%k") {
            result += std::to_string(std::max(1U, std::thread::hardware_concurrency()));
            ++at;
        } else if (two == "%d" || two == "%n" || two == "%p" || two == "%s") {
            const std::string directory = directory_of(path);
            result += two == "%p"   ? path
                      : two == "%d" ? directory + (directory.ends_with('/') ? "" : "/")
                      : two == "%s" ? std::string(base_name(path))
                                    : without_extension(base_name(path));
            ++at;
        } else {
            result += text[at];
        }
    }
    result.resize(std::min(result.size(), kLongestValue));
    return result;
}

class Options {
  public:
    Options(Reading& reading, Findings& findings)
        : reading_(reading)
        , findings_(findings)
    {
    }

    // Takes the option; follows it where it names a file. PATH: the file that it stands in.
    void take(std::string name, std::string_view text, const Place& place, const std::string& path, int depth)
    {
        if (options_.size() >= kMostOptions)
            return;
        std::string value = filled_in(text, path, options_, reading_.instance);
        if (value.starts_with("@(") && value.ends_with(')') && value.find("://") == std::string::npos) {
            const std::string file = value.substr(2, value.size() - 3); // its content is the value
            const auto content = limits::read_file(reading_, findings_, reading_.files.absolute(file));
            value = trimmed(content.value_or(""));
            value.resize(std::min(value.size(), kLongestValue));
        }
        if (name == "set-placeholder" || name == "set-ph" || name == "set") {
            const auto assignment = assignment_in(value);
            if (!assignment)
                return;
            options_.push_back({std::string(assignment->name), {std::string(assignment->value), place}});
            paths_.push_back(path);
            return;
        }
        if (name == "ini" || name == "yaml" || name == "yml" || name == "json" || name == "inherit" ||
            name == "include" || name == "config" || name == "xml") {
            if (may_include(findings_, place, name + " = " + value, depth))
                read_file(value, name, place, depth + 1);
            return;
        }
        options_.push_back({std::move(name), {std::move(value), place}});
        paths_.push_back(path);
    }

    void read_file(std::string path, const std::string& how, const Place& place, int depth)
    {
        std::string section = "uwsgi";
        if (const auto colon = path.rfind(':'); colon != std::string::npos && colon > 0) {
            section = path.substr(colon + 1);
            path.resize(colon);
        }
        path = reading_.files.absolute(path);
        if (path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") ||
            path.ends_with(".js") || how == "yaml" || how == "yml" || how == "json")
            return read_tree(path, section, depth);
        if (path.ends_with(".xml") || how == "xml") {
            findings_.incomplete = true;
            return not_understood(findings_, place, path, "configurations in XML are not read");
        }
        read_ini(path, section, depth);
    }

    // Placeholders may stand before what they are filled with.
    std::vector<Option> taken()
    {
        for (std::size_t at = 0; at < options_.size(); ++at)
            if (options_[at].value.text.find("%(") != std::string::npos)
                options_[at].value.text =
                    filled_in(options_[at].value.text, paths_[at], options_, reading_.instance);
        return std::move(options_);
    }

  private:
    void read_ini(const std::string& path, const std::string& section, int depth)
    {
        bool ours = false;
        bool skipping = false; // within if-… and for
        each_line(reading_, findings_, path, ";#", [&](std::string_view line, const Place& place) {
            if (line[0] == '[') {
                ours = section_name(line).value_or("") == section;
                return;
            }
            const auto assignment = assignment_in(line);
            if (!ours)
                return;
            if (!assignment)
                return not_understood(findings_, place, line, "neither NAME = VALUE nor [SECTION]");
            const std::string name(assignment->name);
            if (name == "end" || name == "endif" || name == "endfor") {
                skipping = false;
            } else if (name.starts_with("if-") || name == "for" || name.starts_with("for-") ||
                       name.starts_with("ifnot-")) {
                skipping = true;
                not_understood(findings_, place, line, "conditions and loops are left out");
            } else if (!skipping) {
                take(name, assignment->value, place, path, depth);
            }
        });
    }

    void read_tree(const std::string& path, const std::string& section, int depth)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        if (!content)
            return;
        const Documents documents = parse_documents(*content);
        if (!documents.wrong.empty()) {
            findings_.incomplete = true;
            not_understood(findings_, {path, documents.line}, "", documents.wrong);
        }
        for (const Node& document : documents.list)
            for (const auto& [name, value] : document[section].members) {
                if (value.kind == Node::Kind::scalar)
                    take(name, value.text, {path, value.line}, path, depth);
                for (const Node& each : value.items)
                    take(name, each.text, {path, each.line}, path, depth);
            }
    }

    Reading& reading_;
    Findings& findings_;
    std::vector<Option> options_;
    std::vector<std::string> paths_; // the file of each
};

// UWSGI_PROCESSES=4 is processes = 4.
void take_environment(const Instance& instance, Options& options)
{
    constexpr std::string_view kPrefix = "UWSGI_";
    for (const std::string& entry : instance.environment) {
        const auto equals = entry.find('=');
        if (!entry.starts_with(kPrefix) || equals == std::string::npos)
            continue;
        std::string name = lowered(entry.substr(kPrefix.size(), equals - kPrefix.size()));
        std::replace(name.begin(), name.end(), '_', '-');
        options.take(name, std::string_view(entry).substr(equals + 1),
                     {"environment " + entry.substr(0, equals), 0}, "", 0);
    }
}

bool is_file(std::string_view word)
{
    constexpr std::array<std::string_view, 5> kEndings = {".ini", ".yaml", ".yml", ".json", ".xml"};
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [&](std::string_view ending) { return word.ends_with(ending); });
}

// A file that no option names is read after all options, and holds over them.
void take_command_line(const std::vector<std::string>& argv, Options& options)
{
    const Place place{"command line", 0};
    std::vector<std::string> files;
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string& word = argv[at];
        const bool value_follows = at + 1 < argv.size() && !argv[at + 1].starts_with('-');
        if (word.starts_with("--")) {
            const auto equals = word.find('=');
            const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
            const bool flag = std::find(kFlags.begin(), kFlags.end(), name) != kFlags.end();
            if (equals != std::string::npos)
                options.take(name, std::string_view(word).substr(equals + 1), place, "", 0);
            else if (value_follows && !flag)
                options.take(name, argv[++at], place, "", 0);
            else
                options.take(name, "true", place, "", 0);
            continue;
        }
        const auto letter = std::find_if(std::begin(kLetters), std::end(kLetters),
                                         [&](const auto& each) { return word.starts_with(each.first); });
        if (letter != std::end(kLetters) && word.size() > 2)
            options.take(std::string(letter->second), std::string_view(word).substr(2), place, "", 0);
        else if (letter != std::end(kLetters) && value_follows && letter->second != "master")
            options.take(std::string(letter->second), argv[++at], place, "", 0);
        else if (!word.starts_with('-') && is_file(word))
            files.push_back(word);
    }
    for (const std::string& file : files)
        options.read_file(file, "", place, 0);
}

} // namespace

std::vector<Option> read_options(Reading& reading, Findings& findings)
{
    Options options(reading, findings);
    take_environment(reading.instance, options);
    take_command_line(reading.instance.main.argv, options);
    return options.taken();
}

} // namespace slotscope::limits::uwsgi
