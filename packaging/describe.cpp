// SPDX-License-Identifier: MIT
// Prints, as JSON, everything that slotscope's command line understands: what the man page and the shells'
// completions are made of. A build tool; it is not installed.
#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cctype>
#include <iostream>
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

// The words that are right, where only some are: a validator that knows them has them as its name.
Json choices_of(CLI::Option& option)
{
    Json choices = Json::array();
    try {
        std::istringstream words(option.get_validator()->get_name());
        for (std::string word; words >> word;)
            choices.push_back(word);
    } catch (const CLI::OptionNotFound&) {
        return choices; // it takes any value
    }
    return choices;
}

Json options_of(const CLI::App& app)
{
    Json options = Json::array();
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty())
            continue; // hidden
        // "BACKEND" of what stands without a name of its own; else empty.
        Json json = {{"positional", option->get_name(true)},
                     {"long", option->get_lnames()},
                     {"short", option->get_snames()},
                     {"help", option->get_description()},
                     {"takes_value", option->get_items_expected_max() > 0}};
        json["value"] = option->get_type_name();
        json["choices"] = choices_of(const_cast<CLI::Option&>(*option));
        options.push_back(std::move(json));
    }
    return options;
}

Json commands_of(CLI::App& app)
{
    Json commands = Json::array();
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back({{"name", command->get_name()},
                            {"help", command->get_description()},
                            {"notes", command->get_footer()},
                            {"options", options_of(*command)}});
    return commands;
}

} // namespace

int main()
{
    slotscope::cli::with_declared_app([](CLI::App& app) {
        const Json all = {{"name", app.get_name()},
                          {"version", SLOTSCOPE_VERSION},
                          {"description", app.get_description()},
                          {"notes", app.get_footer()},
                          {"options", options_of(app)},
                          {"commands", commands_of(app)}};
        std::cout << all.dump(1) << '\n';
    });
    return std::cout.good() ? 0 : 1;
}
