// SPDX-License-Identifier: MIT
// What a running Varnish keeps of the VCLs that it has loaded.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::varnish {

// varnishd runs in a directory of its own (-n), where each VCL that it loads gets a directory
// (vcl_NAME.SECONDS.FRACTION) with the library made of it. The library has the text of each file that it was
// made of, for vcl.show: so it can be told whether FILES, as they are now, are what was loaded last. Where
// other texts are loaded beside it, which VCL is in use only varnishadm tells: all limits are unsure then.
void compare_with_loaded(Reading& reading, Findings& findings, const std::vector<std::string>& files);

} // namespace slotscope::limits::varnish
