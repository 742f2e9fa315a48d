// SPDX-License-Identifier: MIT
#include "cli/render/check.h"

#include "base/clock.h"
#include "cli/answer.h"

#include <slotscope/api/contract.h>

#include <ostream>

namespace slotscope::cli {

namespace {

// All backends are asked for even where one is meant: that it was not seen yet is no error here.
Result<CheckResult> ask_and_judge(const Arguments& arguments, const Thresholds& thresholds)
{
    const Client client(arguments.socket);
    const Result<Json> backends = ask(client, std::string(api::kBackendsPath), api::kBackendsSchema);
    if (!backends)
        return backends.error();
    const Result<Json> limits = ask(client, std::string(api::kLimitsPath), api::kLimitsSchema);
    if (!limits)
        return limits.error();
    // Without verdicts (an older agent) the limits still tell.
    const Result<Json> why = ask(client, std::string(api::kWhyPath), api::kWhySchema);
    return judge_all(*backends, *limits, why ? *why : Json(nullptr), arguments.backend, thresholds);
}

CheckResult unknown(const std::string& reason)
{
    CheckResult result;
    result.reason = reason;
    return result;
}

} // namespace

int run_check(const Arguments& arguments, Output& output)
{
    const Thresholds thresholds{arguments.warn_percent, arguments.critical_percent};
    Result<CheckResult> result = ask_and_judge(arguments, thresholds);
    if (!result)
        result = unknown(result.error().message);
    if (arguments.format == Format::json)
        print_json(check_document(*result, thresholds, rfc3339(std::chrono::system_clock::now())), output);
    else
        output.out << check_line(*result, thresholds) << '\n';
    return static_cast<int>(result->state);
}

} // namespace slotscope::cli
