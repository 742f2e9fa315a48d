// SPDX-License-Identifier: MIT
#include "cli/top/model.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace slotscope::cli::top {

namespace {

constexpr std::size_t kSteadyLooks = 10; // a full backend flickers; for so long it counts as full

double fullness(const BackendRow& row, const History& history)
{
    if (!row.limit || *row.limit == 0)
        return -1;
    return static_cast<double>(history.most(row, kSteadyLooks)) / static_cast<double>(*row.limit);
}

// What the rows are sorted by, the greatest first; by name where it is equal.
double weight(const BackendRow& row, Sort sort, const History& history)
{
    switch (sort) {
    case Sort::fullness:
        return fullness(row, history);
    case Sort::in_use:
        return static_cast<double>(history.most(row, kSteadyLooks));
    case Sort::rate:
        return row.arrivals_per_second;
    case Sort::hold:
        return row.hold_p99.value_or(-1);
    case Sort::failed:
        return static_cast<double>(row.failed);
    case Sort::name:
        return 0;
    }
    return 0;
}

// Those with a limit first; among the others the busiest.
bool before(const BackendRow& a, const BackendRow& b, Sort sort, const History& history)
{
    const double left = weight(a, sort, history);
    const double right = weight(b, sort, history);
    if (left != right)
        return left > right;
    if (sort == Sort::fullness && a.in_use != b.in_use && !a.limit && !b.limit)
        return a.in_use > b.in_use;
    return std::tie(a.name, b.direction, a.network_namespace) <
           std::tie(b.name, a.direction, b.network_namespace);
}

std::string lower(std::string text)
{
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

bool contains(const std::string& text, const std::string& part)
{
    return lower(text).find(lower(part)) != std::string::npos;
}

} // namespace

std::string_view to_string(Sort sort)
{
    constexpr std::array<std::string_view, kSorts> kNames = {"full", "in use", "rate",
                                                             "p99",  "failed", "name"};
    return kNames[static_cast<std::size_t>(sort)];
}

void Model::take(Backends backends, std::string at)
{
    trouble_.clear();
    if (paused_)
        return;
    answered_ = true;
    at_ = std::move(at);
    losses_ = std::move(backends.losses);
    history_.add(backends.rows);
    settle(std::move(backends.rows));
}

// Rows keep their places, new ones come last. While the screen follows the order, all are sorted anew.
void Model::settle(std::vector<BackendRow> rows)
{
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < backends_.size(); ++i)
        places.emplace(backends_[i].id, i);
    std::vector<std::pair<std::size_t, Place>> next;
    for (BackendRow& row : rows) {
        std::string id = identity(row);
        const auto known = places.find(id);
        next.emplace_back(known == places.end() ? backends_.size() : known->second,
                          Place{std::move(row), std::move(id)});
    }
    std::stable_sort(next.begin(), next.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    backends_.clear();
    for (auto& [place, backend] : next)
        backends_.push_back(std::move(backend));
    if (follows_)
        arrange();
    keep_selection();
}

void Model::arrange()
{
    std::stable_sort(backends_.begin(), backends_.end(), [this](const Place& a, const Place& b) {
        return before(a.row, b.row, sort_, history_);
    });
}

void Model::take(const Wish& wish, Holders holders)
{
    if (wish != this->wish() || (paused_ && holders_known_))
        return;
    holders_ = std::move(holders);
    holders_known_ = true;
}

void Model::take(const Wish& wish, std::string verdict)
{
    if (wish == this->wish() && (!paused_ || verdict_.empty()))
        verdict_ = std::move(verdict);
}

void Model::lost(const Error& error)
{
    trouble_ = error.message;
}

bool Model::shown(const BackendRow& row) const
{
    if (!direction_.empty() && row.direction != direction_)
        return false;
    return filter_.empty() || contains(row.name, filter_) || contains(row.address, filter_);
}

std::vector<const BackendRow*> Model::rows() const
{
    std::vector<const BackendRow*> rows;
    for (const Place& place : backends_)
        if (shown(place.row))
            rows.push_back(&place.row);
    return rows;
}

const BackendRow* Model::selected_row() const
{
    const auto all = rows();
    return selected_ < all.size() ? all[selected_] : nullptr;
}

std::size_t Model::full() const
{
    return static_cast<std::size_t>(std::count_if(backends_.begin(), backends_.end(),
                                                  [](const Place& place) { return place.row.full(); }));
}

double Model::least_age() const
{
    return kLeastAges[least_age_];
}

std::vector<const HolderLine*> Model::holders() const
{
    std::vector<const HolderLine*> lines;
    for (const HolderLine& line : holders_.lines)
        if (line.row.age >= least_age())
            lines.push_back(&line);
    return lines;
}

Wish Model::wish() const
{
    const BackendRow* row = selected_row();
    return row == nullptr ? Wish{} : Wish{row->name, row->direction};
}

void Model::set_page(std::size_t rows)
{
    page_ = std::max<std::size_t>(rows, 1);
    keep_selection();
}

// The selected backend stays selected wherever it went; where it is gone, the one in its place is.
void Model::keep_selection()
{
    const Wish before = {selected_id_, ""};
    const auto all = rows();
    if (follows_)
        selected_ = 0;
    else
        for (std::size_t i = 0; i < all.size(); ++i)
            if (identity(*all[i]) == selected_id_)
                selected_ = i;
    selected_ = all.empty() ? 0 : std::min(selected_, all.size() - 1);
    selected_id_ = all.empty() ? "" : identity(*all[selected_]);
    if (selected_id_ != before.backend)
        forget_selected_answers();
    first_ = std::min(first_, selected_);
    if (selected_ >= first_ + page_)
        first_ = selected_ + 1 - page_;
    if (all.size() <= page_)
        first_ = 0;
}

void Model::forget_selected_answers()
{
    holders_ = {};
    holders_known_ = false;
    verdict_.clear();
}

} // namespace slotscope::cli::top
