// SPDX-License-Identifier: MIT
// What must hold for every rendered text.
#pragma once

#include "cli/json.h"
#include "cli/text/text.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace slotscope::cli::test {

// Lines joined again, to look for a sentence that may be folded.
inline std::string unfolded(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::string result;
    std::unique_copy(text.begin(), text.end(), std::back_inserter(result),
                     [](char a, char b) { return a == ' ' && b == ' '; });
    return result;
}

// No line wider than `width`, none with control characters, and a '\n' at the end.
inline void expect_well_formed(const std::string& text, std::size_t width)
{
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(text.back(), '\n');
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), width) << line;
        EXPECT_EQ(printable(line), line);
    }
}

// Renders every document that comes from `sample` by removing one value, or by making it null or of a wrong
// type. `render` gives the error message, "" for none; each error must say that the answer is unexpected.
inline void expect_no_crash(const Json& sample, const std::function<std::string(const Json&)>& render)
{
    EXPECT_EQ(render(sample), "");
    const Json flat = sample.flatten();
    std::vector<Json::json_pointer> places;
    for (const auto& [path, value] : flat.items())
        for (Json::json_pointer place(path); !place.empty(); place.pop_back())
            places.push_back(place);
    for (const Json::json_pointer& place : places) {
        for (const Json& wrong : {Json(nullptr), Json("text"), Json(-1), Json(1e300), Json::array({1}),
                                  Json{{"x", 1}}, Json(true)}) {
            Json document = sample;
            document[place] = wrong;
            const std::string error = render(document);
            EXPECT_TRUE(error.empty() || error.find("unexpected answer") == 0)
                << place.to_string() << ": " << error;
        }
        Json document = sample;
        Json& parent = document[place.parent_pointer()];
        if (parent.is_object())
            parent.erase(place.back());
        const std::string error = render(document);
        EXPECT_TRUE(error.empty() || error.find("unexpected answer") == 0)
            << place.to_string() << ": " << error;
    }
}

} // namespace slotscope::cli::test
