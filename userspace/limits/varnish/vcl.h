// SPDX-License-Identifier: MIT
// The backends of a VCL file (vcl(7)).
#pragma once

#include "limits/reader.h"

#include <map>
#include <string>
#include <vector>

namespace slotscope::limits::varnish {

struct Attribute {
    std::string value; // a string's content, else the words up to the ;
    Place place;
};

struct Backend {
    std::string name;
    std::map<std::string, Attribute, std::less<>> attributes; // "host", "max_connections": without their dot
    Place place;
};

// Those of PATH and of what it includes. SEARCH: where relative names are looked for.
std::vector<Backend> read_backends(Reading& reading, Findings& findings, const std::string& path,
                                   const std::vector<std::string>& search);

} // namespace slotscope::limits::varnish
