// SPDX-License-Identifier: MIT
#include "cli/top/terminal.h"

#include <slotscope/api/contract.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <langinfo.h>
#include <poll.h>
#include <string_view>
#include <termios.h>
#include <unistd.h>

#define NCURSES_NOMACROS // "timeout", "move" and "clear" are words of ours
#include <curses.h>

namespace slotscope::cli::top {

namespace {

constexpr int kEscapeMilliseconds = 25; // how long a key's escape sequence may take to arrive
constexpr int kControlC = 3;
constexpr int kControlH = 8;
constexpr int kEscape = 27;
constexpr int kDelete = 127;

enum Pair : short { kWarningPair = 1, kCriticalPair, kKeyPair };

bool is_utf8()
{
    return std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
}

// A name of a locale that says nothing of characters (C, POSIX) comes from a bare environment, not from an
// old terminal.
bool choose_locale()
{
    const char* name = std::setlocale(LC_CTYPE, "");
    if (is_utf8())
        return true;
    const std::string_view chosen = name == nullptr ? "C" : name;
    if (chosen == "C" || chosen == "POSIX")
        return std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr && is_utf8();
    return false;
}

struct Code {
    int code;
    Key::Kind kind;
};

constexpr std::array<Code, 11> kCodes = {{{KEY_UP, Key::Kind::up},
                                          {KEY_DOWN, Key::Kind::down},
                                          {KEY_PPAGE, Key::Kind::page_up},
                                          {KEY_NPAGE, Key::Kind::page_down},
                                          {KEY_HOME, Key::Kind::home},
                                          {KEY_END, Key::Kind::end},
                                          {KEY_ENTER, Key::Kind::enter},
                                          {KEY_BACKSPACE, Key::Kind::backspace},
                                          {KEY_DC, Key::Kind::backspace},
                                          {KEY_RESIZE, Key::Kind::resized},
                                          {KEY_EXIT, Key::Kind::escape}}};

Key key_of_code(int code)
{
    for (const Code& each : kCodes)
        if (each.code == code)
            return {each.kind, ""};
    return {};
}

Key key_of_character(wint_t character)
{
    switch (character) {
    case kControlC:
        return {Key::Kind::interrupt, ""};
    case kEscape:
        return {Key::Kind::escape, ""};
    case '\n':
    case '\r':
        return {Key::Kind::enter, ""};
    case kControlH:
    case kDelete:
        return {Key::Kind::backspace, ""};
    default:
        break;
    }
    if (character < ' ')
        return {};
    std::array<char, 16> bytes{}; // MB_CUR_MAX is 6 at most
    const int size =
        std::wctomb(bytes.data(), static_cast<wchar_t>(character)); // NOLINT(concurrency-mt-unsafe)
    return size > 0 ? Key::of({bytes.data(), static_cast<std::size_t>(size)}) : Key{};
}

attr_t attributes_of(Style style, bool colour)
{
    switch (style) {
    case Style::plain:
        return A_NORMAL;
    case Style::title:
        return A_BOLD;
    case Style::faint:
        return A_DIM;
    case Style::warning:
        return colour ? static_cast<attr_t>(COLOR_PAIR(kWarningPair)) : A_BOLD;
    case Style::critical:
        return A_BOLD | (colour ? static_cast<attr_t>(COLOR_PAIR(kCriticalPair)) : A_NORMAL);
    case Style::key:
        return A_BOLD | (colour ? static_cast<attr_t>(COLOR_PAIR(kKeyPair)) : A_UNDERLINE);
    }
    return A_NORMAL;
}

// Ctrl-C is a key like others, so that it ends the screen as q does; Ctrl-Z still suspends.
void without_interrupt_key()
{
    termios mode{};
    if (::tcgetattr(STDIN_FILENO, &mode) != 0)
        return;
    mode.c_cc[VINTR] = _POSIX_VDISABLE;
    mode.c_cc[VQUIT] = _POSIX_VDISABLE;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
    ::def_prog_mode();
}

void print_outside(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

} // namespace

Result<std::unique_ptr<Terminal>> Terminal::open(bool colour)
{
    const char* term = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    const std::string why =
        no_screen_because(::isatty(STDIN_FILENO) == 1, ::isatty(STDOUT_FILENO) == 1, term);
    if (!why.empty())
        return Error{why, api::kExitUsage};
    const bool utf8 = choose_locale();
    // Not initscr(): it ends the program where it does not know the terminal.
    SCREEN* screen = ::newterm(nullptr, stdout, stdin);
    if (screen == nullptr)
        return Error{std::string("the terminal '") + term +
                         "' is not known here: install ncurses-term, or try TERM=xterm slotscope top",
                     api::kExitUsage};
    ::set_term(screen);
    return std::unique_ptr<Terminal>(new Terminal(colour && ::has_colors(), utf8));
}

Terminal::Terminal(bool colour, bool utf8)
    : colour_(colour)
    , utf8_(utf8)
{
    ::cbreak();
    without_interrupt_key();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(kEscapeMilliseconds);
    ::curs_set(0);
    if (!colour_)
        return;
    ::start_color();
    ::use_default_colors();
    ::init_pair(kWarningPair, COLOR_YELLOW, -1);
    ::init_pair(kCriticalPair, COLOR_RED, -1);
    ::init_pair(kKeyPair, COLOR_CYAN, -1);
}

Terminal::~Terminal()
{
    ::endwin();
}

Size Terminal::size() const
{
    return {static_cast<std::size_t>(::getmaxx(stdscr)), static_cast<std::size_t>(::getmaxy(stdscr))};
}

std::optional<Key> Terminal::key()
{
    wint_t character = 0;
    const int kind = ::get_wch(&character);
    if (kind == ERR)
        return std::nullopt;
    return kind == KEY_CODE_YES ? key_of_code(static_cast<int>(character)) : key_of_character(character);
}

// curses sends only what differs from the last frame.
void Terminal::show(const Frame& frame)
{
    ::werase(stdscr);
    for (std::size_t y = 0; y < frame.lines.size(); ++y) {
        const Line& line = frame.lines[y];
        ::wmove(stdscr, static_cast<int>(y), 0);
        for (const Span& span : line.spans) {
            ::wattrset(stdscr, static_cast<int>(attributes_of(span.style, colour_) |
                                                (line.selected ? A_REVERSE : A_NORMAL)));
            ::waddnstr(stdscr, span.text.c_str(), static_cast<int>(span.text.size()));
        }
    }
    ::wattrset(stdscr, A_NORMAL);
    ::wrefresh(stdscr);
}

void Terminal::copy(const std::string& text)
{
    ::def_prog_mode();
    ::endwin();
    print_outside(clipboard_sequence(text) + text + "-- the screen as text; any key goes back --\n");
    // The terminal is in its own mode now and would wait for the end of a line.
    ::reset_prog_mode();
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (::poll(&input, 1, -1) < 0 && errno == EINTR) {
        // a signal, such as that of another size
    }
    ::flushinp();
    ::clearok(stdscr, TRUE);
    ::wrefresh(stdscr);
}

} // namespace slotscope::cli::top
