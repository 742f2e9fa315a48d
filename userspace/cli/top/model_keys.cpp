// SPDX-License-Identifier: MIT
// What keys do. The screen's last line and its help name them: view.cpp.
#include "cli/top/model.h"

#include <algorithm>

namespace slotscope::cli::top {

namespace {

constexpr std::size_t kLongestFilter = 64; // bytes

} // namespace

void Model::move(std::ptrdiff_t by)
{
    const auto most = static_cast<std::ptrdiff_t>(rows().size()) - 1;
    if (most < 0)
        return;
    const auto to = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(selected_) + by, 0, most);
    follows_ = false;
    selected_ = static_cast<std::size_t>(to);
    selected_id_.clear(); // it is what is in that place
    keep_selection();
}

Action Model::press(const Key& key)
{
    const auto page = static_cast<std::ptrdiff_t>(page_);
    if (key.kind == Key::Kind::interrupt)
        return Action::quit;
    if (typing_) {
        press_while_typing(key);
        return Action::none;
    }
    if (help_ && key.kind != Key::Kind::resized) {
        help_ = false;
        return Action::none;
    }
    switch (key.kind) {
    case Key::Kind::text:
        return press_text(key.text);
    case Key::Kind::up:
        move(-1);
        break;
    case Key::Kind::down:
        move(1);
        break;
    case Key::Kind::page_up:
        move(-page);
        break;
    case Key::Kind::page_down:
        move(page);
        break;
    case Key::Kind::end:
        move(static_cast<std::ptrdiff_t>(rows().size()));
        break;
    case Key::Kind::home:
    case Key::Kind::escape:
        follows_ = true;
        arrange();
        keep_selection();
        break;
    default:
        break;
    }
    return Action::none;
}

Action Model::press_text(const std::string& text)
{
    const char key = text.size() == 1 ? text.front() : '\0';
    switch (key) {
    case 'q':
        return Action::quit;
    case 'c':
        return Action::copy;
    case 'j':
        move(1);
        break;
    case 'k':
        move(-1);
        break;
    case 's':
    case 'S': {
        const std::size_t step = key == 's' ? 1 : kSorts - 1;
        sort_ = static_cast<Sort>((static_cast<std::size_t>(sort_) + step) % kSorts);
        arrange();
        keep_selection();
        break;
    }
    case '/':
        typing_ = true;
        filter_before_ = filter_;
        break;
    case 'd':
        direction_ = direction_.empty() ? "outbound" : direction_ == "outbound" ? "inbound" : "";
        keep_selection();
        break;
    case 'a':
        least_age_ = (least_age_ + 1) % kLeastAges.size();
        break;
    case 'A':
        least_age_ = 0;
        break;
    case 'x':
        chain_ = !chain_;
        break;
    case 'p':
    case ' ':
        paused_ = !paused_;
        break;
    case '?':
    case 'h':
        help_ = true;
        break;
    default:
        break;
    }
    return Action::none;
}

void Model::press_while_typing(const Key& key)
{
    switch (key.kind) {
    case Key::Kind::text:
        if (filter_.size() + key.text.size() <= kLongestFilter)
            filter_ += key.text;
        break;
    case Key::Kind::backspace:
        while (!filter_.empty() && (static_cast<unsigned char>(filter_.back()) & 0xc0U) == 0x80)
            filter_.pop_back(); // the rest of a character
        if (!filter_.empty())
            filter_.pop_back();
        break;
    case Key::Kind::escape:
        filter_ = filter_before_;
        typing_ = false;
        break;
    case Key::Kind::enter:
        typing_ = false;
        break;
    default:
        break;
    }
    keep_selection();
}

} // namespace slotscope::cli::top
