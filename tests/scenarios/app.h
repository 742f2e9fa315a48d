// SPDX-License-Identifier: MIT
// An application server whose behaviour stands in the query string of each request, which no label shows: the
// load says what an incident does to a URL. A process of its own, with a thread for each connection.
#pragma once

#include "harness/netns.h"
#include "model/address.h"

namespace slotscope::scenarios {

// GET /path?ms=20      answers after 20 ms
//     /path?lock=20    likewise, one request at a time
//     /path?disk=20    likewise, in the state of a thread that waits for a disk
//     /path?hang=1     never answers
//     /path?status=503 with that status instead of 200
//     /path?size=9000  with a body of 9,000 bytes, which names as its end
//     /path?drip=3000  a body that takes 3 s to come, in pieces
//     /path?upgrade=1  101, and from then on what it is sent it sends back
//     /path?keep=1     the connection stays open even where the client wants it closed
class App {
  public:
    App(const live::Namespace& space, const Address& address);

    pid_t pid() const { return actor_.pid(); }

  private:
    live::Actor actor_;
};

} // namespace slotscope::scenarios
