// SPDX-License-Identifier: MIT
#include "limits/varnish/loaded.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace slotscope::limits::varnish {
namespace {

constexpr std::string_view kPrefix = "vcl_";
constexpr std::size_t kMostLoaded = 8; // the newest ones that are looked at

struct Loaded {
    std::string directory;
    std::string name;
    double at = 0; // seconds since the epoch
};

// "vcl_boot.1795315931.240412"
std::optional<Loaded> loaded_in(const std::string& directory)
{
    const auto fraction = directory.rfind('.');
    const auto seconds = fraction == std::string::npos || fraction == 0 ? std::string::npos
                                                                        : directory.rfind('.', fraction - 1);
    if (!directory.starts_with(kPrefix) || seconds == std::string::npos || seconds < kPrefix.size())
        return std::nullopt;
    Loaded loaded{directory, directory.substr(kPrefix.size(), seconds - kPrefix.size())};
    const char* const end = directory.data() + directory.size();
    if (const auto [at, failed] = std::from_chars(directory.data() + seconds + 1, end, loaded.at);
        failed != std::errc() || at != end)
        return std::nullopt;
    return loaded;
}

std::vector<Loaded> newest_first(Reading& reading)
{
    std::vector<Loaded> all;
    const std::string& directory = reading.instance.working_directory;
    const auto names =
        directory == "/" ? Result<std::vector<std::string>>(Error{"", 0}) : reading.files.list(directory);
    reading.files.is_made_by_product(directory);
    if (names)
        for (const std::string& name : *names)
            if (auto loaded = loaded_in(name))
                all.push_back(std::move(*loaded));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
    all.resize(std::min(all.size(), kMostLoaded));
    return all;
}

// The first of FILES that the library was not made of; empty: it was made of all of them. Absent: it cannot
// be read.
std::optional<std::string> not_part_of(const Loaded& loaded, Reading& reading,
                                       const std::vector<std::pair<std::string, std::string>>& texts)
{
    const std::string path = reading.instance.working_directory + "/" + loaded.directory + "/vgc.so";
    const auto library = reading.files.read(path);
    reading.files.is_made_by_product(path);
    if (!library)
        return std::nullopt;
    for (const auto& [file, text] : texts)
        if (library->find(text) == std::string::npos)
            return file;
    return "";
}

} // namespace

void compare_with_loaded(Reading& reading, Findings& findings, const std::vector<std::string>& files)
{
    std::vector<std::pair<std::string, std::string>> texts;
    for (const std::string& file : files) {
        const auto text = reading.files.read(file);
        if (!text)
            return;
        texts.emplace_back(file, *text);
    }
    const std::vector<Loaded> loaded = newest_first(reading);
    if (loaded.empty() || texts.empty())
        return;
    std::size_t newest = 0; // that has its library: the compiler may still be at work on one
    while (newest < loaded.size() && !(findings.not_loaded = not_part_of(loaded[newest], reading, texts)))
        ++newest;
    if (findings.not_loaded != "")
        return;
    for (const Loaded& each : loaded)
        if (not_part_of(each, reading, texts).value_or("") != "") {
            for (Limit& limit : findings.limits) {
                limit.origin.certainty = Certainty::unsure;
                limit.origin.doubt = "the VCL " + each.name + " is loaded too: that " + loaded[newest].name +
                                     ", the newest one, is in use is taken for granted";
            }
            return;
        }
}

} // namespace slotscope::limits::varnish
