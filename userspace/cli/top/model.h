// SPDX-License-Identifier: MIT
// The state of the live screen, and what keys and answers make of it. Pure: no terminal, no agent, no clock.
#pragma once

#include "base/result.h"
#include "cli/top/answers.h"
#include "cli/top/history.h"
#include "cli/top/key.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::cli::top {

enum class Sort { fullness, in_use, rate, hold, failed, name };
constexpr std::size_t kSorts = 6;
std::string_view to_string(Sort sort);

constexpr std::array<double, 6> kLeastAges = {0, 0.1, 1, 10, 60, 600}; // seconds, of holders that are shown

enum class Action { none, quit, copy };

// What to ask the agent for besides the backends.
struct Wish {
    std::string backend; // name; empty: nothing is selected
    std::string direction;
    bool operator==(const Wish&) const = default;
};

class Model {
  public:
    // ---- what the agent said

    void take(Backends backends, std::string at); // `at`: the time to show, "08:15:30"
    void take(const Wish& wish, Holders holders); // one for a backend that is selected no more is dropped
    void take(const Wish& wish, std::string verdict);
    // The agent does not answer. What is shown stays, and is marked as old.
    void lost(const Error& error);

    // ---- what the user pressed

    Action press(const Key& key);
    // How many rows of backends there is room for; the selected one is kept within.
    void set_page(std::size_t rows);

    // ---- what is to be shown

    std::vector<const BackendRow*> rows() const; // filtered, in the order of the screen
    std::size_t selected() const { return selected_; }
    std::size_t first() const { return first_; } // of the rows that are on the screen
    const BackendRow* selected_row() const;
    std::vector<const HolderLine*> holders() const; // of at least the minimum age
    std::uint64_t holders_total() const { return holders_.total; }
    std::size_t holders_fetched() const { return holders_.lines.size(); }
    Wish wish() const;
    const History& history() const { return history_; }
    const std::string& verdict() const { return verdict_; }
    const std::string& losses() const { return losses_; }
    const std::string& at() const { return at_; }
    const std::string& trouble() const { return trouble_; } // empty: the agent answers
    std::size_t known() const { return backends_.size(); }
    std::size_t full() const; // backends without a free slot
    bool answered() const { return answered_; }
    bool holders_known() const { return holders_known_; }
    bool paused() const { return paused_; }
    bool help() const { return help_; }
    bool chain() const { return chain_; }
    // The rows follow the sort order; once the user has chosen a row they stay where they are.
    bool follows() const { return follows_; }
    Sort sort() const { return sort_; }
    double least_age() const;
    const std::string& direction() const { return direction_; } // empty: both
    const std::string& filter() const { return filter_; }
    bool typing() const { return typing_; }

  private:
    struct Place {
        BackendRow row;
        std::string id;
    };

    Action press_text(const std::string& text);
    void press_while_typing(const Key& key);
    void move(std::ptrdiff_t by);
    void arrange(); // all rows in sort order
    void settle(std::vector<BackendRow> rows);
    void keep_selection();
    void forget_selected_answers();
    bool shown(const BackendRow& row) const;

    std::vector<Place> backends_; // in the order of the screen
    History history_;
    Holders holders_;
    std::string verdict_;
    std::string losses_;
    std::string at_;
    std::string trouble_;
    std::string selected_id_;
    std::size_t selected_ = 0;
    std::size_t first_ = 0;
    std::size_t page_ = 1;
    bool answered_ = false;
    bool holders_known_ = false; // of the selected backend
    bool paused_ = false;
    bool help_ = false;
    bool chain_ = false;
    bool follows_ = true;
    bool typing_ = false;
    Sort sort_ = Sort::fullness;
    std::size_t least_age_ = 0; // index
    std::string direction_;
    std::string filter_;
    std::string filter_before_; // for escape
};

} // namespace slotscope::cli::top
