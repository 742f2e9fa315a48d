// SPDX-License-Identifier: MIT
// The terminal: keys from it, frames to it. The only file that knows curses.
#pragma once

#include "cli/top/frame.h"
#include "cli/top/key.h"
#include "cli/top/view.h"

#include <memory>
#include <optional>
#include <string>

namespace slotscope::cli::top {

class Terminal {
  public:
    // Takes over the terminal of standard input and output; the Error says why it cannot (exit code: usage).
    static Result<std::unique_ptr<Terminal>> open(bool colour);
    // Gives it back as it was.
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    Size size() const;
    Look look() const { return {utf8_}; }
    // The next key that was pressed; empty: none is waiting.
    std::optional<Key> key();
    void show(const Frame& frame);
    // Sends the text to the terminal's clipboard, and shows it outside of the full screen, where it stays and
    // can be selected, until a key is pressed.
    void copy(const std::string& text);

  private:
    Terminal(bool colour, bool utf8);

    bool colour_;
    bool utf8_;
};

// The terminal's escape sequence that sets its clipboard (OSC 52, xterm's ctlseqs).
std::string clipboard_sequence(const std::string& text);

// Why there can be no live screen here; empty: there can.
std::string no_screen_because(bool input_is_terminal, bool output_is_terminal, const char* term);

} // namespace slotscope::cli::top
