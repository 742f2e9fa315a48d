// SPDX-License-Identifier: MIT
// Backends and holders as the live screen gets them, and keys as a person presses them.
#pragma once

#include "../samples.h"
#include "cli/top/model.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace slotscope::cli::top::test {

using cli::test::backend;
using cli::test::backends;
using cli::test::holder;
using cli::test::holders;
using cli::test::JsonList;

inline void look(Model& model, JsonList list, const std::string& at = "08:15:30")
{
    Result<Backends> answer = read_backends(backends(std::move(list)));
    ASSERT_TRUE(answer.ok());
    model.take(std::move(*answer), at);
}

inline void hold(Model& model, JsonList list)
{
    Result<Holders> answer = read_holders(holders(std::move(list)));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    model.take(model.wish(), std::move(*answer));
}

inline Json numbered(unsigned number, std::uint64_t in_use, Json limit = 8)
{
    const std::string digits = std::to_string(1000 + number);
    return backend("app" + digits.substr(1), "10.0.0.1:" + std::to_string(2000 + number), in_use,
                   std::move(limit));
}

inline Action type(Model& model, const std::string& keys)
{
    Action action = Action::none;
    for (const char key : keys)
        action = model.press(Key::of(std::string(1, key)));
    return action;
}

inline void press(Model& model, Key::Kind kind)
{
    model.press({kind, ""});
}

inline std::vector<std::string> names(const Model& model)
{
    std::vector<std::string> names;
    for (const BackendRow* row : model.rows())
        names.push_back(row->name);
    return names;
}

} // namespace slotscope::cli::top::test
