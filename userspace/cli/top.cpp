// SPDX-License-Identifier: MIT
// The live screen: waits for keys and news, and draws. What they mean is the model's matter, how it looks the
// view's.
#include "cli/top/fetcher.h"
#include "cli/top/terminal.h"
#include "cli/top/view.h"

#include "cli/answer.h"

#include <slotscope/api/contract.h>

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace slotscope::cli {

namespace {

constexpr std::chrono::milliseconds kPeriod{1000};

// False: quit.
bool press_all(top::Terminal& terminal, top::Model& model)
{
    while (const auto key = terminal.key()) {
        const top::Action action = model.press(*key);
        if (action == top::Action::quit)
            return false;
        if (action == top::Action::copy)
            terminal.copy(top::draw(model, terminal.size(), terminal.look()).text());
    }
    return true;
}

// The terminal has gone, or its window was closed.
bool hung_up(const pollfd& input)
{
    return (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void live(top::Terminal& terminal, top::Fetcher& fetcher)
{
    top::Model model;
    std::array<pollfd, 2> waits = {{{STDIN_FILENO, POLLIN, 0}, {fetcher.news_fd(), POLLIN, 0}}};
    do {
        fetcher.deliver(model);
        model.set_page(top::page_of(terminal.size(), model));
        fetcher.wish(model.wish());
        terminal.show(top::draw(model, terminal.size(), terminal.look()));
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            return;
    } while (!hung_up(waits[0]) && press_all(terminal, model));
}

} // namespace

int run_top(const Arguments& arguments, Output& output)
{
    if (arguments.format == Format::json)
        return print_error(Error{"top is a live screen and has no JSON; use `slotscope events --output json`",
                                 api::kExitUsage},
                           output);
    auto terminal = top::Terminal::open(output.screen.colour);
    if (!terminal)
        return print_error(terminal.error(), output);
    top::Fetcher fetcher(arguments.socket, kPeriod);
    live(**terminal, fetcher);
    (*terminal).reset(); // the screen is the user's again before the last answer has come
    return api::kExitDone;
}

} // namespace slotscope::cli
