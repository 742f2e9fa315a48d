// SPDX-License-Identifier: MIT
#include "verdict.h"

namespace slotscope::scenarios {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

std::string first_call(const json& verdict)
{
    const json culprits = verdict.value("culprits", json::array());
    return culprits.empty() ? "" : text_of(culprits.front(), "call");
}

json dependency_of(const json& verdict)
{
    return verdict.value("dependency", json());
}

std::string described(const std::string& cause, const std::string& call, const std::string& dependency)
{
    return cause + (call.empty() ? "" : ": " + call) + (dependency.empty() ? "" : " -> " + dependency);
}

} // namespace

std::string text_of(const json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string described(const Expected& expected)
{
    return described(expected.cause, expected.call,
                     expected.dependency ? to_string(*expected.dependency) : "");
}

std::string described(const json& verdict)
{
    const json dependency = dependency_of(verdict);
    return described(text_of(verdict, "cause"), first_call(verdict),
                     dependency.is_object() ? text_of(dependency, "address") : "");
}

std::string wrong_in(const json& verdict, const Expected& expected)
{
    std::string text;
    if (first_call(verdict).find(expected.call) == std::string::npos)
        text += "the first culprit is \"" + first_call(verdict) + "\"; ";
    const double confidence = verdict.value("confidence", -1.0);
    if (confidence < expected.confidence || confidence > 1)
        text += "confidence " + std::to_string(confidence) + "; ";
    const json dependency = dependency_of(verdict);
    if (expected.dependency.has_value() != dependency.is_object())
        text += "dependency " + dependency.dump() + "; ";
    else if (dependency.is_object() &&
             (text_of(dependency, "address") != to_string(*expected.dependency) ||
              text_of(dependency, "call").find(expected.dependency_call) == std::string::npos))
        text += "dependency " + dependency.dump() + "; ";
    if (text_of(verdict, "sentence").empty())
        text += "no sentence; ";
    return text;
}

// A verdict that is right may become more sure while more is seen; it may not become another.
void Watched::take(const json& now, const Expected& expected)
{
    const std::string cause = text_of(now, "cause");
    if (cause.empty() || cause == "unknown")
        return;
    verdict = now;
    if (causes.empty() || causes.back() != cause)
        causes.push_back(cause);
    if (!first)
        first = Clock::now();
    if (cause != expected.cause || now.value("confidence", -1.0) < expected.confidence)
        right_since.reset();
    else if (!right_since)
        right_since = Clock::now();
}

std::string Watched::got() const
{
    std::string text;
    for (std::size_t index = 0; index + 1 < causes.size(); ++index)
        text += causes[index] + ", then ";
    return verdict.is_null() ? "nothing" : text + described(verdict);
}

} // namespace slotscope::scenarios
