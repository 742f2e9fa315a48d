// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/field.h"
#include "cli/render/hints.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>

namespace slotscope::cli {

namespace {

constexpr unsigned kNearlyFull = 80; // percent

// "slotscope with CAP_SYS_PTRACE, CAP_SYS_ADMIN"
std::string privileges_text(const Field& user, const Field& capabilities)
{
    std::string names;
    for (const Field& each : capabilities.elements())
        names += (names.empty() ? " with " : ", ") + each.text();
    return user.text() + (names.empty() ? " without capabilities" : names);
}

std::string agent_section(const Field& agent, const Screen& screen)
{
    const double uptime = agent.at("uptime_seconds").number();
    const double cpu = agent.at("cpu_seconds").number();
    const auto share = static_cast<std::uint64_t>(std::clamp(uptime > 0 ? cpu / uptime * 1000 : 0, 0.0, 1e6));
    const auto audit_ago = agent.find("last_audit_seconds_ago");
    std::string text = "slotscoped " + agent.at("version").text() + " has been up for " +
                       duration_text(uptime) + ": pid " + std::to_string(agent.at("pid").count()) +
                       ", kernel " + agent.at("kernel").text();
    text = paragraph(text, screen.width, 2);
    text += "  cost     CPU " + duration_text(cpu) + " (" + std::to_string(share / 10) + "." +
            std::to_string(share % 10) + "%), memory " + size_text(agent.at("memory_bytes").count()) +
            ", in the kernel " + size_text(agent.at("kernel_memory_bytes").count()) + "\n";
    if (const auto user = agent.find("user"))
        text += paragraph("  runs as  " + privileges_text(*user, agent.at("capabilities")), screen.width, 11);
    text += "  reach    " + counted(agent.at("namespaces").count(), "network namespace") + "\n";
    text += "  audit    ";
    text += audit_ago ? duration_text(audit_ago->number()) + " ago, it took " +
                            duration_text(agent.at("last_audit_seconds").number())
                      : std::string("none yet");
    return text + "; reading the holders takes " + duration_text(agent.at("last_walk_seconds").number()) +
           "\n";
}

std::string warnings_section(const Field& warnings, const Screen& screen)
{
    std::string text;
    for (const Field& warning : warnings.elements()) {
        const std::string lines = paragraph("! " + warning.text(), screen.width, 2);
        text += painted(lines.substr(0, lines.size() - 1), Colour::yellow, screen) + "\n";
    }
    return text;
}

std::string hooks_section(const Field& hooks, const Screen& screen)
{
    Table table({{"HOOK", Align::left, true, false, ""},
                 {"VARIANT", Align::left, true, false, ""},
                 {"WHAT IS NOT SEEN", Align::left, true, true, ""}});
    for (const Field& hook : hooks.elements()) {
        const auto gap = hook.find("gap");
        const std::string text = gap ? gap->text() : "";
        const std::string variant = hook.at("variant").text();
        const Colour colour = variant == "none" ? Colour::red : text.empty() ? Colour::plain : Colour::yellow;
        table.add({{hook.at("signal").text(), Colour::plain, ""},
                   {variant, colour, ""},
                   {text.empty() ? "-" : text, text.empty() ? Colour::plain : Colour::yellow, ""}});
    }
    return table.empty() ? painted("no hook is attached", Colour::red, screen) + "\n" : table.render(screen);
}

// Only what has happened; `none` otherwise.
std::string reasons_section(const Field& reasons, const char* title, const char* none, Colour colour,
                            const Screen& screen)
{
    Table table({{title, Align::left, true, false, ""},
                 {"COUNT", Align::right, false, false, ""},
                 {"MEANING", Align::left, true, true, ""}});
    for (const Field& reason : reasons.elements())
        if (reason.at("count").count() != 0)
            table.add({{reason.at("name").text(), colour, ""},
                       {count_text(reason.at("count").count()), colour, ""},
                       {reason.at("meaning").text(), Colour::plain, ""}});
    return table.empty() ? std::string(none) + "\n" : table.render(screen);
}

std::string programs_section(const Field& programs, const Screen& screen)
{
    Table table({{"PROGRAM", Align::left, true, false, ""},
                 {"RUNS", Align::right, false, false, ""},
                 {"TIME", Align::right, false, false, ""},
                 {"MEAN", Align::right, false, false, ""},
                 {"MISSED", Align::right, false, false, ""}});
    bool measured = false;
    for (const Field& program : programs.elements()) {
        const std::uint64_t runs = program.at("runs").count();
        const double seconds = program.at("run_seconds").number();
        const std::uint64_t missed = program.at("recursion_misses").count();
        measured = measured || runs != 0;
        const std::string mean = runs == 0 ? "-"
                                           : count_text(static_cast<std::uint64_t>(std::clamp(
                                                 seconds / static_cast<double>(runs) * 1e9, 0.0, 1e15))) +
                                                 "ns";
        table.add({{program.at("name").text(), Colour::plain, ""},
                   {runs == 0 ? "-" : count_text(runs), Colour::plain, ""},
                   {runs == 0 ? "-" : duration_text(seconds), Colour::plain, ""},
                   {mean, Colour::plain, ""},
                   {count_text(missed), missed == 0 ? Colour::plain : Colour::yellow, ""}});
    }
    if (table.empty())
        return {};
    return "\n" + table.render(screen) +
           (measured ? "" : "runs and times: `sudo sysctl kernel.bpf_stats_enabled=1` turns them on\n");
}

std::string tables_section(const Field& tables, const Screen& screen)
{
    Table table({{"TABLE", Align::left, true, false, ""},
                 {"USED", Align::right, false, false, ""},
                 {"CAPACITY", Align::right, false, false, ""},
                 {"FULL", Align::right, false, false, ""}});
    for (const Field& each : tables.elements()) {
        const std::uint64_t used = each.at("used").count();
        const std::uint64_t capacity = each.at("capacity").count();
        const unsigned percent = percent_of(used, capacity);
        const Colour colour = percent >= 100           ? Colour::red
                              : percent >= kNearlyFull ? Colour::yellow
                                                       : Colour::plain;
        table.add({{each.at("name").text(), colour, ""},
                   {std::to_string(used), colour, ""},
                   {std::to_string(capacity), Colour::plain, ""},
                   {std::to_string(percent) + "%", colour, ""}});
    }
    return table.empty() ? "" : "\n" + table.render(screen);
}

} // namespace

Result<std::string> render_status(const Json& answer, const Screen& screen)
{
    return reading([&] {
        const Field status(answer);
        std::string text = agent_section(status.at("agent"), screen);
        text += warnings_section(status.at("warnings"), screen);
        text += "\n" + hooks_section(status.at("hooks"), screen);
        text += "\n" + reasons_section(status.at("loss_reasons"), "LOSS",
                                       "losses: none, every count is complete", Colour::red, screen);
        text += reasons_section(status.at("repairs"), "REPAIR", "repairs: none", Colour::plain, screen);
        text += tables_section(status.at("tables"), screen);
        text += programs_section(status.at("programs"), screen);
        return text;
    });
}

} // namespace slotscope::cli
