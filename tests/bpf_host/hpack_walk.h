// SPDX-License-Identifier: MIT
// The walk over header blocks as the programs do it, and what it has found as text.
#pragma once

#include "../../bpf/logic/hpack.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace hpack {

inline std::string text_of(unsigned size, unsigned flags, const __u8* bytes)
{
    constexpr const char* kStatic[] = {"?", "?", "GET", "POST", "/", "/index.html"};
    if ((flags & SS_HTTP2_STATIC) != 0)
        return size < std::size(kStatic) ? kStatic[size] : "?";
    return ((flags & SS_HTTP2_HUFFMAN) != 0 ? "huffman:" : "") +
           std::string(reinterpret_cast<const char*>(bytes), size) + ((flags & SS_HTTP2_CUT) != 0 ? "…" : "");
}

// The walk over one connection's blocks, in windows cut anywhere, as the programs do it.
class Walk {
  public:
    Walk() { ss_hpack_begins(hpack.get()); }

    void show(std::string_view bytes)
    {
        while (!bytes.empty()) {
            alignas(8) __u8 window[SS_WINDOW];
            std::memset(window, junk_ = static_cast<__u8>(junk_ * 5 + 1), sizeof(window));
            const auto count = std::min<std::size_t>(bytes.size(), SS_WINDOW);
            std::memcpy(window, bytes.data(), count);
            ss_hpack_bytes(hpack.get(), window, static_cast<__u32>(count), most);
            bytes.remove_prefix(count);
        }
    }

    // "GET /a", or nothing.
    std::string end()
    {
        std::string name;
        if (ss_hpack_ends(hpack.get()))
            name = text_of(hpack->name.method_size, hpack->name.method_flags, hpack->name.method) + " " +
                   text_of(hpack->name.path_size, hpack->name.path_flags, hpack->name.path);
        ss_hpack_forget_name(hpack.get());
        return name;
    }

    std::string name_of(std::string_view block)
    {
        show(block);
        return end();
    }

    std::unique_ptr<ss_hpack> hpack = std::make_unique<ss_hpack>();
    __u32 most = SS_HTTP2_PATH;

  private:
    __u8 junk_ = 0;
};

} // namespace hpack
