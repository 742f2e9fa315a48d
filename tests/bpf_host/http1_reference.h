// SPDX-License-Identifier: MIT
// HTTP/1.x framing once more, over whole streams and in the plainest way: what the framer is compared with.
#ifndef SLOTSCOPE_TESTS_HTTP1_REFERENCE_H
#define SLOTSCOPE_TESTS_HTTP1_REFERENCE_H

#include "framing_driver.h"

namespace http1 {

struct Reading {
    std::vector<framing::Event> events; // without LOST, whose byte only the framer knows
    std::vector<std::string> methods;   // of the requests that began and whose method is complete
    bool lost = false;                  // it is not HTTP
    bool partial = false; // the bytes end within a message: the framer may know already that it is lost
};

Reading read_requests(std::string_view bytes);

// The answers to all requests of these methods.
Reading read_responses(std::string_view bytes, const std::vector<std::string>& methods);

// Shows the bytes to the framer, cut as asked, with what comes before them: for answers, a request for each
// method.
std::vector<framing::Event> frame(framing::Side side, std::string_view bytes,
                                  const std::vector<std::string>& methods, const framing::Cut& cut);

// Nothing, or in what the framer differs from the reading, or from itself where the bytes are cut otherwise.
std::string compare(framing::Side side, std::string_view bytes, const std::vector<std::string>& methods,
                    std::uint64_t seed);

} // namespace http1

#endif
