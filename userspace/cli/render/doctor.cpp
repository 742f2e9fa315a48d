// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/field.h"
#include "cli/text/table.h"

namespace slotscope::cli {

namespace {

Colour colour_of_status(const std::string& status)
{
    if (status == "ok")
        return Colour::plain;
    return status == "degraded" ? Colour::yellow : Colour::red;
}

std::string verdict_sentence(const std::string& verdict)
{
    if (verdict == "ok")
        return "ok: slotscoped has all that it needs here";
    if (verdict == "degraded")
        return "degraded: slotscoped works here, with gaps; what to do is below";
    return "missing: slotscoped cannot work here; what to do is below";
}

int exit_code_of(const std::string& verdict)
{
    if (verdict == "ok")
        return 0;
    if (verdict == "degraded")
        return 1;
    if (verdict == "missing")
        return 2;
    throw UnexpectedAnswer("unexpected answer: the verdict is '" + verdict +
                           "', not ok, degraded or missing");
}

} // namespace

Result<Diagnosis> render_doctor(const Json& answer, const Screen& screen)
{
    return reading([&] {
        const std::string verdict = Field(answer).at("verdict").text();
        Table table({{"CHECK", Align::left, true, false, ""},
                     {"STATUS", Align::left, false, false, ""},
                     {"FOUND", Align::left, true, true, ""}});
        for (const Field& check : Field(answer).at("checks").elements()) {
            const std::string status = check.at("status").text();
            const auto remedy = check.find("remedy");
            const std::string what_to_do = remedy ? remedy->text() : "";
            table.add({{check.at("name").text(), Colour::plain, ""},
                       {status, colour_of_status(status), ""},
                       {check.at("found").text() + (what_to_do.empty() ? "" : "\n→ " + what_to_do),
                        Colour::plain, ""}});
        }
        Diagnosis diagnosis;
        diagnosis.exit_code = exit_code_of(verdict);
        diagnosis.text = painted(verdict_sentence(verdict), colour_of_status(verdict), screen) + "\n" +
                         (table.empty() ? "" : table.render(screen));
        return diagnosis;
    });
}

} // namespace slotscope::cli
