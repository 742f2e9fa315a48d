// SPDX-License-Identifier: MIT
// Labels are few: what varies more than the names of a route do is an identifier, even where it looks like a
// word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace slotscope::protocol {

struct TemplateBounds {
    std::size_t most_labels = 1000;   // that are known at a time; more are "other"
    std::size_t most_siblings = 48;   // different segments in one place of a path; more are {id}
    std::size_t most_segments = 8192; // that are remembered in all
    std::uint64_t forget_ns =
        600'000'000'000; // a label that was not seen for so long gives its place to another
};

inline constexpr std::string_view kOtherCalls = "other";

class Templates {
  public:
    explicit Templates(const TemplateBounds& bounds = {});

    // What the label of protocol::label_of is called at this moment: itself, with more of its path folded, or
    // "other".
    std::string learn(std::string_view label, std::uint64_t now_ns);

    std::size_t labels() const { return seen_ns_.size(); }

  private:
    // What stood in one place of a path: below METHOD and the segments before.
    struct Place {
        std::set<std::string, std::less<>> segments;
        bool folded = false;
    };
    std::string folded_path(std::string_view method, std::string_view path);
    void fold(const std::string& before, Place& place);
    bool is_folded(const std::string& before, std::string_view segment);
    bool has_room(std::uint64_t now_ns);

    TemplateBounds bounds_;
    std::map<std::string, Place> places_;
    std::size_t segments_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> seen_ns_; // labels, and when they were seen last
    std::uint64_t next_look_ns_ = 0;                            // for those that are to be forgotten
};

} // namespace slotscope::protocol
