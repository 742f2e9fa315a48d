// SPDX-License-Identifier: MIT
#include "limits/apache/directives.h"

#include "limits/lines.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace slotscope::limits::apache {
namespace {

constexpr std::size_t kMostDirectives = 100'000;
constexpr std::size_t kDeepestSection = 32;

// What Debian and most others build in (apache2 -l), which no LoadModule names.
constexpr std::array<std::string_view, 16> kBuiltIn = {
    "core_module",       "core.c",           "so_module",       "mod_so.c",
    "http_module",       "http_core.c",      "unixd_module",    "mod_unixd.c",
    "log_config_module", "mod_log_config.c", "watchdog_module", "mod_watchdog.c",
    "logio_module",      "mod_logio.c",      "version_module",  "mod_version.c"};

// The words of a line: quoted ones keep their spaces, \ before a quote is taken away (httpd's
// ap_getword_conf).
std::vector<std::string> words_in(std::string_view line)
{
    std::vector<std::string> words;
    for (std::size_t at = 0; at < line.size();) {
        at = std::min(line.find_first_not_of(" \t", at), line.size());
        if (at == line.size())
            break;
        std::string word;
        if (line[at] == '"' || line[at] == '\'') {
            const char quote = line[at++];
            for (; at < line.size() && line[at] != quote; ++at) {
                if (line[at] == '\\' && at + 1 < line.size() &&
                    (line[at + 1] == quote || line[at + 1] == '\\'))
                    ++at;
                word += line[at];
            }
            ++at;
        } else {
            const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
            word = line.substr(at, end - at);
            at = end;
        }
        words.push_back(std::move(word));
    }
    return words;
}

// "mod_proxy.so" -> "mod_proxy.c", which <IfModule> may name instead; those of the multi-processing modules
// have other names.
std::string source_of(std::string_view file)
{
    std::string name(file.substr(0, file.rfind('.')));
    constexpr std::string_view kMultiProcessing = "mod_mpm_";
    if (name.starts_with(kMultiProcessing))
        name.erase(0, kMultiProcessing.size());
    return name + ".c";
}

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, Configuration& into, std::string root)
        : reading_(reading)
        , findings_(findings)
        , into_(into)
        , root_(std::move(root))
    {
        for (const std::string& name : option_values(reading.instance.main.argv, {"-D", ""}))
            defined_[name] = "";
    }

    void read_file(const std::string& path, int depth)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        if (!content)
            return;
        const std::size_t outside = sections_.size();
        std::string joined; // of lines that end in a backslash
        int first = 0;
        for (const TextLine& line : lines_of(*content)) {
            if (joined.empty())
                first = line.number;
            joined += line.text;
            if (joined.ends_with('\\')) {
                joined.pop_back(); // nothing comes in its place, and \\ is no exception
                continue;
            }
            read_line(trimmed(joined), {path, first}, depth, outside);
            joined.clear();
        }
        read_line(trimmed(joined), {path, first}, depth, outside);
        if (sections_.size() > outside)
            not_understood(findings_, sections_[outside].place, "<" + sections_[outside].name + ">",
                           "the file ends within this section");
        sections_.resize(std::min(sections_.size(), outside));
    }

    // Of options -c and -C.
    void read_text(const std::string& line) { read_line(trimmed(line), {"command line", 0}, 0, 0); }

  private:
    struct Section {
        std::string name; // "ifmodule mpm_event_module"
        Place place;
        bool holds = true;
        std::uint32_t host = 0; // number of a <VirtualHost>
    };

    void read_line(std::string_view line, const Place& place, int depth, std::size_t outside)
    {
        if (line.empty() || line[0] == '#')
            return;
        if (line.starts_with("</")) {
            if (sections_.size() > outside)
                sections_.pop_back();
            else
                not_understood(findings_, place, line, "no section is open here");
            return;
        }
        if (line[0] == '<') {
            open_section(filled_in(line), place);
            return;
        }
        if (!sections_.empty() && !sections_.back().holds)
            return;
        const std::string text = filled_in(line);
        std::vector<std::string> words = words_in(text);
        if (words.empty() || into_.directives.size() >= kMostDirectives)
            return;
        take(lowered(words[0]), {words.begin() + 1, words.end()}, place, depth);
    }

    void take(const std::string& name, std::vector<std::string> arguments, const Place& place, int depth)
    {
        const std::string first = arguments.empty() ? "" : arguments[0];
        if (name == "include" || name == "includeoptional") {
            if (may_include(findings_, place, name + " " + first, depth))
                include(first, name, place, depth);
        } else if (name == "define") {
            defined_[first] = arguments.size() > 1 ? arguments[1] : "";
        } else if (name == "undefine") {
            defined_.erase(first);
        } else if (name == "serverroot") {
            root_ = first;
        } else if (name == "loadmodule") {
            into_.modules.push_back(first);
            if (arguments.size() > 1)
                into_.modules.push_back(source_of(base_name(arguments[1])));
        } else {
            add(name, std::move(arguments), place);
        }
    }

    void add(const std::string& name, std::vector<std::string> arguments, const Place& place)
    {
        if (name == "use")
            not_understood(findings_, place, name + " " + (arguments.empty() ? "" : arguments[0]),
                           "macros are not worked out");
        Directive directive{name, std::move(arguments), {}, place, 0};
        for (const Section& each : sections_) {
            if (!each.name.starts_with("if"))
                directive.sections.push_back(each.name);
            directive.host = std::max(directive.host, each.host);
        }
        into_.directives.push_back(std::move(directive));
    }

    void open_section(std::string_view line, const Place& place)
    {
        if (line.ends_with('>'))
            line.remove_suffix(1);
        else
            not_understood(findings_, place, line, "a section does not end in >");
        const std::vector<std::string> words = words_in(line.substr(1));
        if (sections_.size() >= kDeepestSection || words.empty()) {
            not_understood(findings_, place, line,
                           words.empty() ? "a section without a name" : "sections are nested too deeply");
            sections_.push_back({"if", place, false, 0});
            return;
        }
        Section section{lowered(words[0]), place, sections_.empty() || sections_.back().holds, 0};
        const std::string argument = words.size() > 1 ? words[1] : "";
        if (section.holds)
            section.holds = applies(section.name, argument, line, place);
        if (section.name == "virtualhost")
            section.host = ++hosts_;
        const bool is_proxy = section.name == "proxy" && section.holds;
        section.name += argument.empty() ? "" : " " + argument;
        sections_.push_back(std::move(section));
        if (is_proxy && words.size() > 2) // <Proxy URL max=8>
            add("proxyset", {words.begin() + 2, words.end()}, place);
    }

    bool applies(const std::string& name, std::string_view argument, std::string_view line,
                 const Place& place)
    {
        const bool negated = argument.starts_with('!');
        const std::string wanted(argument.substr(negated ? 1 : 0));
        const auto& modules = into_.modules;
        if (name == "ifmodule")
            return negated != (std::find(modules.begin(), modules.end(), wanted) != modules.end() ||
                               std::find(kBuiltIn.begin(), kBuiltIn.end(), wanted) != kBuiltIn.end());
        if (name == "ifdefine")
            return negated != defined_.contains(wanted);
        if (name == "iffile")
            return negated != reading_.files.is_there(below_root(wanted));
        if (name == "ifversion" || name == "ifdirective" || name == "ifsection") {
            not_understood(findings_, place, line, "whether this holds is not known: it is left out");
            return false;
        }
        if (name == "macro") // what it is good for is told where it is used
            return false;
        return true; // <If> of a request too: a server that is used sometimes is used
    }

    std::string below_root(const std::string& path) const
    {
        return path.starts_with('/') || root_.empty() ? path : root_ + "/" + path;
    }

    void include(const std::string& pattern, const std::string& word, const Place& place, int depth)
    {
        const bool optional = word == "includeoptional";
        const std::string text = word + " " + pattern;
        const std::string path = below_root(pattern);
        if (optional && !reading_.files.is_there(path) && path.find_first_of("*?[") == std::string::npos)
            return;
        for (const std::string& file : included_files(reading_, findings_, place, path))
            read_all(file, place, text, depth + 1);
    }

    // Of a directory all files, and those of the directories in it.
    void read_all(const std::string& path, const Place& place, const std::string& text, int depth)
    {
        if (!reading_.files.is_directory(path))
            return read_file(path, depth);
        if (!may_include(findings_, place, text, depth))
            return;
        const auto names = reading_.files.list(path);
        if (!names) {
            findings_.incomplete = true;
            not_understood(findings_, place, path, names.error().message);
            return;
        }
        for (const std::string& name : *names)
            read_all(path + (path.ends_with('/') ? "" : "/") + name, place, text, depth + 1);
    }

    // ${NAME} of Define, else of the environment; one that is neither stays as it is.
    std::string filled_in(std::string_view text) const
    {
        return with_variables(text, "${", '}', [&](std::string_view name) {
            const auto set = defined_.find(name);
            return set != defined_.end() ? std::optional(set->second)
                                         : environment_value(reading_.instance.environment, name);
        });
    }

    Reading& reading_;
    Findings& findings_;
    Configuration& into_;
    std::string root_;
    std::map<std::string, std::string, std::less<>> defined_;
    std::vector<Section> sections_;
    std::uint32_t hosts_ = 0; // so far
};

} // namespace

Configuration read_configuration(Reading& reading, Findings& findings)
{
    const RunningProcess& process = reading.instance.main;
    const bool debian = base_name(process.executable) == "apache2";
    std::string root = debian ? "/etc/apache2" : "/etc/httpd";
    std::string file = debian ? "apache2.conf" : "conf/httpd.conf";
    if (process.executable.starts_with("/usr/local/apache2/"))
        root = "/usr/local/apache2";
    root = option_value(process.argv, {"-d", ""}).value_or(root);
    file = option_value(process.argv, {"-f", ""}).value_or(file);
    if (!file.starts_with('/'))
        file = root + "/" + file;

    Configuration configuration;
    Parser parser(reading, findings, configuration, root);
    for (const std::string& line : option_values(process.argv, {"-C", ""}))
        parser.read_text(line);
    parser.read_file(file, 0);
    for (const std::string& line : option_values(process.argv, {"-c", ""}))
        parser.read_text(line);
    return configuration;
}

} // namespace slotscope::limits::apache
