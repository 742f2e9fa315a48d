// SPDX-License-Identifier: MIT
#include "table.h"

#include "base/fd.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <vector>

namespace slotscope::scenarios {
namespace {

std::vector<std::string>& lines()
{
    static std::vector<std::string> all;
    return all;
}

std::string line(const std::string& scenario, const std::string& expected, const std::string& got,
                 const std::string& confidence, const std::string& seconds)
{
    char text[400];
    std::snprintf(text, sizeof(text), "%-48s %-60s %-60s %10s %7s", scenario.c_str(), expected.c_str(),
                  got.c_str(), confidence.c_str(), seconds.c_str());
    return text;
}

std::string with_digits(const std::optional<double>& value, int digits)
{
    if (!value)
        return "-";
    char text[32];
    std::snprintf(text, sizeof(text), "%.*f", digits, *value);
    return text;
}

std::string head()
{
    return line("SCENARIO", "EXPECTED", "GOT", "CONFIDENCE", "SECONDS");
}

// Adds a line to the rows that several processes write; the first of them writes the head.
void add_to(const char* path, const std::string& text)
{
    const Fd made(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
    if (made)
        std::ofstream(path, std::ios::app) << head() + "\n";
    std::ofstream(path, std::ios::app) << text + "\n";
}

class TableAtTheEnd : public testing::Environment {
    void TearDown() override
    {
        std::cout << "\n" << head() << "\n";
        for (const std::string& each : lines())
            std::cout << each << "\n";
        std::cout << std::endl;
    }
};

[[maybe_unused]] const auto* const kTable = testing::AddGlobalTestEnvironment(new TableAtTheEnd);

} // namespace

void add_row(const Row& row)
{
    lines().push_back(line(row.scenario, row.expected, row.got, with_digits(row.confidence, 2),
                           with_digits(row.seconds, 1)));
    if (const char* rows = std::getenv("SLOTSCOPE_SCENARIO_ROWS"); rows != nullptr)
        add_to(rows, lines().back());
}

} // namespace slotscope::scenarios
