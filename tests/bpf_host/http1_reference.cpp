// SPDX-License-Identifier: MIT
#include "http1_reference.h"

#include "../../bpf/logic/framing_http1_head.h"

#include <optional>
#include <random>
#include <sstream>

namespace http1 {
namespace {

using framing::Event;
using framing::Side;

struct Lost {};
struct Partial {};

struct Head {
    std::string start;
    std::optional<std::uint64_t> length;
    bool has_coding = false;
    bool chunked = false;
};

bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string lower(std::string text)
{
    for (char& c : text) {
        c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

std::string trimmed(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> elements(const std::string& list)
{
    std::vector<std::string> result;
    std::size_t from = 0;
    for (std::size_t comma = 0; comma != std::string::npos; from = comma + 1) {
        comma = list.find(',', from);
        result.push_back(trimmed(list.substr(from, comma == std::string::npos ? comma : comma - from)));
    }
    return result;
}

class Reader {
  public:
    explicit Reader(std::string_view bytes)
        : bytes_(bytes)
    {
    }

    std::uint64_t at() const { return at_; }
    std::string_view rest() const { return bytes_.substr(at_); }

    bool more()
    {
        while (at_ < bytes_.size() && (bytes_[at_] == '\r' || bytes_[at_] == '\n')) {
            ++at_;
        }
        return at_ < bytes_.size();
    }

    std::string line()
    {
        const auto end = bytes_.find('\n', at_);
        if (end == std::string_view::npos) {
            throw Partial{};
        }
        const std::string result(bytes_.substr(at_, end - at_));
        for (const char c : result) {
            if (static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\r') {
                throw Lost{};
            }
        }
        at_ = end + 1;
        return result;
    }

    void pass(std::uint64_t count)
    {
        if (count > bytes_.size() - at_) {
            throw Partial{};
        }
        at_ += count;
    }

    // Lines up to the empty one, continued ones joined.
    std::vector<std::string> lines()
    {
        std::vector<std::string> result;
        for (std::string next = line(); !next.empty() && next != "\r"; next = line()) {
            if (next[0] == '\r') {
                throw Lost{};
            }
            if (next[0] != ' ' && next[0] != '\t') {
                result.push_back(next);
            } else if (!result.empty()) {
                result.back() += "\n" + next;
            }
        }
        return result;
    }

  private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

// The value, where the line has this header.
std::optional<std::string> value_of(const std::string& name, const std::string& line)
{
    if (lower(line.substr(0, name.size())) != name || line.size() == name.size()) {
        return std::nullopt;
    }
    const char next = line[name.size()];
    if (next == ' ' || next == '\t') {
        throw Lost{};
    }
    return next == ':' ? std::optional(line.substr(name.size() + 1)) : std::nullopt;
}

void take_length(const std::string& value, Head& head)
{
    for (const std::string& element : elements(value)) {
        if (element.empty() || !std::all_of(element.begin(), element.end(), is_digit)) {
            throw Lost{};
        }
        const std::string digits =
            element.substr(std::min(element.find_first_not_of('0'), element.size() - 1));
        if (digits.size() > 15 || std::stoull(digits) > SS_HTTP1_MOST) {
            throw Lost{};
        }
        const std::uint64_t length = std::stoull(digits);
        if (head.length.value_or(length) != length) {
            throw Lost{};
        }
        head.length = length;
    }
}

void take_coding(const std::string& value, Head& head)
{
    head.has_coding = true;
    if (value.find_first_of("\";") != std::string::npos) {
        throw Lost{};
    }
    for (const std::string& element : elements(lower(value))) {
        if (element.starts_with("chunked") && element != "chunked") {
            throw Lost{};
        }
        head.chunked = element.empty() ? head.chunked : element == "chunked";
    }
}

Head read_head(Reader& reader, bool (*good_start)(const std::string&))
{
    Head head;
    head.start = reader.line();
    if (!good_start(head.start)) {
        throw Lost{};
    }
    for (const std::string& line : reader.lines()) {
        if (const auto length = value_of("content-length", line)) {
            take_length(*length, head);
        }
        if (const auto coding = value_of("transfer-encoding", line)) {
            take_coding(*coding, head);
        }
    }
    return head;
}

std::uint64_t chunk_size(const std::string& line)
{
    std::size_t end = 0;
    while (end < line.size() &&
           (is_digit(line[end]) || (lower(line)[end] >= 'a' && lower(line)[end] <= 'f'))) {
        ++end;
    }
    const std::string digits = line.substr(0, end);
    const std::string significant = digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    while (end < line.size() && (line[end] == ' ' || line[end] == '\t')) {
        ++end;
    }
    const std::string rest = line.substr(end);
    if (digits.empty() || significant.size() > 12 || !(rest.empty() || rest == "\r" || rest[0] == ';')) {
        throw Lost{};
    }
    return significant.empty() ? 0 : std::stoull(significant, nullptr, 16);
}

void pass_chunks(Reader& reader)
{
    while (const std::uint64_t size = chunk_size(reader.line())) {
        reader.pass(size);
        const std::string_view rest = reader.rest();
        const std::size_t end = rest.starts_with("\r") ? 1 : 0;
        if (rest.size() <= end) {
            throw Partial{};
        }
        if (rest[end] != '\n') {
            throw Lost{};
        }
        reader.pass(end + 1);
    }
    reader.lines();
}

bool is_request_line(const std::string& line)
{
    const auto space = line.find(' ');
    if (space == std::string::npos || space == 0 || space > SS_HTTP1_METHOD_LENGTH || !is_upper(line[0])) {
        return false;
    }
    for (const char c : line.substr(0, space)) {
        if (!is_upper(c) && c != '-' && c != '_') {
            return false;
        }
    }
    const std::string text = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    return text.size() >= space + 10 && text.substr(text.size() - 9, 8) == " HTTP/1." &&
           is_digit(text.back());
}

bool is_status_line(const std::string& line)
{
    return line.size() >= 12 && line.starts_with("HTTP/1.") && is_digit(line[7]) && line[8] == ' ' &&
           line[9] >= '1' && line[9] <= '9' && is_digit(line[10]) && is_digit(line[11]) &&
           (line.size() == 12 || line[12] == ' ' || line[12] == '\t' || line[12] == '\r');
}

void read_request(Reader& reader, Reading& reading)
{
    const std::uint64_t began = reader.at();
    if (!is_upper(reader.rest()[0]) || reading.methods.size() == SS_HTTP1_OUTSTANDING) {
        throw Lost{};
    }
    reading.events.push_back({began, SS_FRAMING_REQUEST_BEGAN});
    reading.methods.emplace_back(reader.rest().substr(0, reader.rest().find(' ')));
    const Head head = read_head(reader, is_request_line);
    if (head.has_coding && !head.chunked) {
        throw Lost{};
    }
    if (head.chunked) {
        pass_chunks(reader);
    } else {
        reader.pass(head.length.value_or(0));
    }
    reading.events.push_back({reader.at() - 1, SS_FRAMING_REQUEST_ENDED});
}

enum class Goes { on, to_next, until_close };

Goes read_answer(Reader& reader, const std::string& method)
{
    const Head head = read_head(reader, is_status_line);
    const int status = std::stoi(head.start.substr(9, 3));
    if (status == 101 || (method == "CONNECT" && status / 100 == 2)) {
        return Goes::until_close;
    }
    if (status < 200) {
        return Goes::on;
    }
    if (method == "HEAD" || status == 204 || status == 304) {
        return Goes::to_next;
    }
    if (head.chunked) {
        pass_chunks(reader);
    } else if (head.has_coding || !head.length) {
        return Goes::until_close;
    } else {
        reader.pass(*head.length);
    }
    return Goes::to_next;
}

// False where nothing more can be found.
bool read_response(Reader& reader, const std::vector<std::string>& methods, std::size_t& answered,
                   Reading& reading)
{
    if (reader.rest()[0] != 'H') {
        throw Lost{};
    }
    if (answered == methods.size()) {
        if (reader.rest().size() < 12) {
            throw Partial{};
        }
        if (!is_status_line(std::string(reader.rest().substr(0, 12))) ||
            reader.rest().substr(9, 3) != "408") {
            throw Lost{};
        }
        return false;
    }
    // It begins with its status, an interim one not at all, and one that switches protocols with its head's
    // end.
    const std::string start(reader.rest().substr(0, 10));
    const bool switches = reader.rest().substr(0, 12).ends_with("101");
    if (start.size() == 10 && start[9] != '1' && is_status_line(start + "00")) {
        reading.events.push_back({reader.at() + 9, SS_FRAMING_RESPONSE_BEGAN});
    }
    switch (read_answer(reader, methods[answered])) {
    case Goes::on:
        return true;
    case Goes::to_next:
        reading.events.push_back({reader.at() - 1, SS_FRAMING_RESPONSE_ENDED});
        ++answered;
        return true;
    case Goes::until_close:
        break;
    }
    if (switches) {
        reading.events.push_back({reader.at() - 1, SS_FRAMING_RESPONSE_BEGAN});
    }
    reading.events.push_back({reader.at() - 1, SS_FRAMING_UNTIL_CLOSE});
    return false;
}

std::string text_of(const std::vector<Event>& events)
{
    std::ostringstream text;
    for (const Event& event : events) {
        text << event << ' ';
    }
    return text.str();
}

} // namespace

Reading read_requests(std::string_view bytes)
{
    Reading reading;
    Reader reader(bytes);
    try {
        while (reader.more()) {
            read_request(reader, reading);
        }
    } catch (const Lost&) {
        reading.lost = true;
    } catch (const Partial&) {
        reading.partial = true;
    }
    return reading;
}

Reading read_responses(std::string_view bytes, const std::vector<std::string>& methods)
{
    Reading reading;
    Reader reader(bytes);
    std::size_t answered = 0;
    try {
        while (reader.more() && read_response(reader, methods, answered, reading)) {
        }
    } catch (const Lost&) {
        reading.lost = true;
    } catch (const Partial&) {
        reading.partial = true;
    }
    return reading;
}

std::vector<Event> frame(Side side, std::string_view bytes, const std::vector<std::string>& methods,
                         const framing::Cut& cut)
{
    framing::Driver driver({ss_http1_request, ss_http1_response, framing::take_head});
    if (side == Side::response) {
        for (const std::string& method : methods) {
            driver.feed(Side::request, method + " / HTTP/1.1\r\n\r\n");
        }
    }
    driver.feed(side, bytes, cut);
    return driver.events(side);
}

std::string compare(Side side, std::string_view bytes, const std::vector<std::string>& methods,
                    std::uint64_t seed)
{
    const Reading reading = side == Side::request ? read_requests(bytes) : read_responses(bytes, methods);
    const std::vector<Event> whole = frame(side, bytes, methods, framing::uncut);
    std::mt19937_64 random(seed);
    const auto anywhere = [&](std::size_t) { return 1 + random() % (random() % 4 == 0 ? 200 : 12); };
    for (const framing::Cut& cut : {framing::Cut(framing::byte_by_byte), framing::Cut(anywhere)}) {
        const std::vector<Event> other = frame(side, bytes, methods, cut);
        if (other != whole) {
            return "uncut: " + text_of(whole) + "\ncut: " + text_of(other);
        }
    }
    std::vector<Event> kept = whole;
    const bool lost = !whole.empty() && whole.back().kind == SS_FRAMING_LOST;
    kept.resize(kept.size() - (lost ? 1 : 0));
    if (kept != reading.events || (lost && !reading.lost && !reading.partial) || (!lost && reading.lost)) {
        return "framer: " + text_of(whole) + "\nreading: " + text_of(reading.events) +
               (reading.lost ? "LOST" : "");
    }
    return "";
}

} // namespace http1
