// SPDX-License-Identifier: MIT
#include "limits/postgresql/settings.h"

#include "limits/text.h"

#include <optional>

namespace slotscope::limits::postgresql {
namespace {

bool is_name_character(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '.' || character == '-';
}

// NAME [=] VALUE [# comment]
struct Assignment {
    std::string name;
    std::string value;
};

// 'it''s' and 'it\'s' are both it's. Absent where the quote does not end.
std::optional<std::string> quoted_value(std::string_view text)
{
    std::string value;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) {
            value += text[++at];
        } else if (text[at] != '\'') {
            value += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == '\'') {
            value += text[at++];
        } else {
            return value;
        }
    }
    return std::nullopt;
}

std::optional<Assignment> assignment_in(std::string_view line)
{
    std::size_t end = 0;
    while (end < line.size() && is_name_character(line[end]))
        ++end;
    if (end == 0)
        return std::nullopt;
    Assignment result{lowered(line.substr(0, end)), {}};
    std::string_view rest = trimmed(line.substr(end));
    if (rest.starts_with('='))
        rest = trimmed(rest.substr(1));
    if (rest.starts_with('\'')) {
        auto value = quoted_value(rest);
        if (!value)
            return std::nullopt;
        result.value = std::move(*value);
        return result;
    }
    result.value = rest.substr(0, rest.find_first_of(" \t#"));
    return result;
}

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, Settings& into)
        : reading_(reading)
        , findings_(findings)
        , into_(into)
    {
    }

    void read_file(const std::string& path, int depth, bool must_be_there)
    {
        const auto content = must_be_there ? limits::read_file(reading_, findings_, path)
                                           : read_file_if_there(reading_, findings_, path);
        if (!content)
            return;
        for (const TextLine& line : lines_of(*content)) {
            const std::string_view text = trimmed(line.text);
            if (text.empty() || text[0] == '#')
                continue;
            const Place place{path, line.number};
            const auto found = assignment_in(text);
            if (!found)
                not_understood(findings_, place, text, "not NAME = VALUE");
            else if (found->name.starts_with("include"))
                include(*found, place, depth);
            else
                into_[found->name] = {found->value, place};
        }
    }

  private:
    void include(const Assignment& what, const Place& place, int depth)
    {
        if (depth >= kDeepestInclude) {
            not_understood(findings_, place, what.name + " " + what.value,
                           "files include each other too deeply");
            return;
        }
        const std::string path =
            what.value.starts_with('/') ? what.value : directory_of(place.file) + "/" + what.value;
        if (what.name != "include_dir") {
            read_file(path, depth + 1, what.name == "include");
            return;
        }
        auto names = reading_.files.list(path);
        if (!names) {
            findings_.incomplete = true;
            not_understood(findings_, place, what.name + " " + what.value, names.error().message);
            return;
        }
        for (const std::string& name : *names)
            if (name.ends_with(".conf") && !name.starts_with('.'))
                read_file(path + "/" + name, depth + 1, true);
    }

    Reading& reading_;
    Findings& findings_;
    Settings& into_;
};

// -c NAME=VALUE and --NAME=VALUE, and the letters that stand for the settings that are read here.
Settings read_command_line(const std::vector<std::string>& argv)
{
    const std::map<std::string, std::string> kLetters = {{"-D", "data_directory"},
                                                         {"-N", "max_connections"},
                                                         {"-p", "port"},
                                                         {"-k", "unix_socket_directories"}};
    Settings settings;
    const Place place{"command line", 0};
    const auto set = [&](std::string_view text) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos)
            return;
        std::string name = lowered(text.substr(0, equals));
        for (char& character : name)
            character = character == '-' ? '_' : character;
        settings[name] = {std::string(text.substr(equals + 1)), place};
    };
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string& word = argv[at];
        const auto letter = kLetters.find(word.substr(0, 2));
        if (word == "-c" && at + 1 < argv.size())
            set(argv[++at]);
        else if (word.starts_with("--"))
            set(std::string_view(word).substr(2));
        else if (letter != kLetters.end() && word.size() > 2)
            settings[letter->second] = {word.substr(2), place};
        else if (letter != kLetters.end() && at + 1 < argv.size())
            settings[letter->second] = {argv[++at], place};
    }
    return settings;
}

std::string value_of(const Settings& settings, std::string_view name)
{
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second.text;
}

} // namespace

Settings read_settings(Reading& reading, Findings& findings)
{
    const Settings given = read_command_line(reading.instance.main.argv);
    // Without -D the data directory is in the environment, and it is the working directory of the postmaster.
    std::string data = value_of(given, "data_directory");
    if (data.empty())
        data = reading.instance.working_directory;
    std::string file = value_of(given, "config_file");
    if (file.empty())
        file = data + "/postgresql.conf";

    Settings settings;
    Parser parser(reading, findings, settings);
    parser.read_file(file, 0, true);
    if (const std::string written = value_of(settings, "data_directory"); !written.empty())
        data = written; // -D may be where the configuration is
    parser.read_file(data + "/postgresql.auto.conf", 0, false);
    for (const auto& [name, value] : given)
        settings[name] = value;
    return settings;
}

} // namespace slotscope::limits::postgresql
