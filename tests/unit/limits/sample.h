// SPDX-License-Identifier: MIT
// A product's configuration, how it runs, and what has to be found: one text, as in tests/data/limits.
//
//   # what this shows
//   argv: haproxy -f /etc/haproxy/haproxy.cfg     words are separated by " | " where one has a space
//   title: puma 5.6.5 [app]                       instead of argv: one word, whatever is in it
//   exe: /usr/sbin/haproxy                        the folder's usual program by default
//   listening: 127.0.0.1:80 unix:/run/a.sock
//   env: NAME=VALUE                               and cwd: DIRECTORY, files: N, child: ARGV
//   --- /etc/haproxy/haproxy.cfg                  a file; "--- /x -> /y" a link, "--- /x fifo"
//   ...
//   === expected
//   app/app1 | 8 calls out certain | 10.0.0.1:80 | /etc/haproxy/haproxy.cfg:3
//   ? /etc/haproxy/haproxy.cfg:9 | part of why
#pragma once

#include "limits/products.h"
#include "temporary_directory.h"

#include <string>
#include <vector>

namespace slotscope::limits {

struct Sample {
    std::string product; // of the table: "haproxy"
    Instance instance;
    struct File {
        std::string path;
        std::string link; // to what it leads
        bool fifo = false;
        std::string content;
    };
    std::vector<File> files;
    std::vector<std::string> limits; // expected, each as line_of has it, sorted
    std::vector<std::pair<std::string, std::string>> not_understood;
};

Sample parse_sample(const std::string& path);

// A root directory with the sample's files.
void write_files(const Sample& sample, const TemporaryDirectory& root);

// "name | SLOTS KIND SIDE CERTAINTY | ADDRESSES | SOURCE"
std::string line_of(const Limit& limit);

const Product& product_named(const std::string& name);

// What the product's reader finds in ROOT. Names: *.test are 10.9.9.9, two.test is 10.9.9.1 and 10.9.9.2.
Findings read_sample(const Sample& sample, const TemporaryDirectory& root);

std::vector<std::string> sample_paths(); // of all products

} // namespace slotscope::limits
