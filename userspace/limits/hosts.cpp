// SPDX-License-Identifier: MIT
#include "limits/hosts.h"

#include "limits/text.h"

#include <algorithm>
#include <arpa/inet.h>

namespace slotscope::limits {

std::vector<Address> addresses_in_hosts(std::string_view content, std::string_view name)
{
    std::vector<Address> addresses;
    for (const TextLine& line : lines_of(content)) {
        const auto words = words_of(line.text.substr(0, line.text.find('#')));
        if (words.size() < 2 || std::none_of(words.begin() + 1, words.end(),
                                             [&](std::string_view word) { return equal_words(word, name); }))
            continue;
        const std::string text(words[0]);
        Address address;
        if (::inet_pton(AF_INET, text.c_str(), address.ip.data() + 12) == 1)
            address.ip[10] = address.ip[11] = 0xff;
        else if (::inet_pton(AF_INET6, text.c_str(), address.ip.data()) != 1)
            continue;
        addresses.push_back(address);
    }
    return addresses;
}

} // namespace slotscope::limits
