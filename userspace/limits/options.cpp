// SPDX-License-Identifier: MIT
#include "limits/options.h"

#include "limits/text.h"

namespace slotscope::limits {

std::vector<std::string> option_values(const std::vector<std::string>& argv, OptionNames option)
{
    std::vector<std::string> values;
    const std::string with_equals = std::string(option.name) + "=";
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string& word = argv[at];
        if (word == "--")
            break;
        if (word.empty())
            continue; // no option is, and one that has no letter is not meant
        if (word == option.letter || word == option.name) {
            if (++at < argv.size())
                values.push_back(argv[at]);
        } else if (!option.name.empty() && word.starts_with(with_equals)) {
            values.push_back(word.substr(with_equals.size()));
        } else if (!option.letter.empty() && word.starts_with(option.letter)) {
            values.push_back(word.substr(option.letter.size()));
        }
    }
    return values;
}

std::optional<std::string> option_value(const std::vector<std::string>& argv, OptionNames option)
{
    auto values = option_values(argv, option);
    if (values.empty())
        return std::nullopt;
    return std::move(values.back());
}

bool has_option(const std::vector<std::string>& argv, OptionNames option)
{
    for (std::size_t at = 1; at < argv.size(); ++at)
        if ((!option.letter.empty() && argv[at] == option.letter) || argv[at] == option.name ||
            argv[at].starts_with(std::string(option.name) + "="))
            return true;
    return false;
}

std::string script_of(const std::vector<std::string>& argv, std::string_view letters_with_value)
{
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string& word = argv[at];
        if (word == "-m")
            return at + 1 < argv.size() ? argv[at + 1] : "";
        if (!word.starts_with('-'))
            return word;
        if (word == "-c" || word == "-e" || word == "-") // a program of its own
            return {};
        if (word.size() == 2 && letters_with_value.find(word[1]) != std::string_view::npos)
            ++at;
    }
    return {};
}

std::vector<std::string> shell_words(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    const auto end_word = [&] {
        if (in_word)
            words.push_back(std::move(word));
        word.clear();
        in_word = false;
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char character = text[at];
        if (character == '\\' && quote != '\'' && at + 1 < text.size()) {
            word += text[++at];
            in_word = true;
        } else if (quote != 0 ? character == quote : character == '"' || character == '\'') {
            quote = quote != 0 ? '\0' : character;
            in_word = true;
        } else if (quote == 0 && (character == ' ' || character == '\t' || character == '\n')) {
            end_word();
        } else {
            word += character;
            in_word = true;
        }
    }
    end_word();
    return words;
}

std::optional<std::string> environment_value(const std::vector<std::string>& entries, std::string_view name)
{
    for (const std::string& entry : entries)
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
            return entry.substr(name.size() + 1);
    return std::nullopt;
}

} // namespace slotscope::limits
