#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_tree.py finds what it is for, in small trees made here."""

import os
import tempfile
import unittest

import check_tree

MIT = "// SPDX-License-Identifier: MIT\n"
DUAL = "/* SPDX-License-Identifier: GPL-2.0-only OR MIT */\n"


class CheckTree(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.write("CMakeLists.txt", "")

    def write(self, path, content):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)

    def violations_of(self, path, include):
        dual = path.startswith(("bpf/", "include/slotscope/abi/"))
        self.write(path, (DUAL if dual else MIT) + "#include " + include + "\n")
        return check_tree.check(self.root)

    def assert_allowed(self, path, include):
        self.assertEqual(self.violations_of(path, include), [])

    def assert_refused(self, path, include, why):
        found = self.violations_of(path, include)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path + ":2: "), found[0])
        self.assertIn(why, found[0])
        os.remove(os.path.join(self.root, path))

    def test_allows_the_edges_of_the_picture(self):
        for path, include in (
            ("userspace/base/a.cpp", '"base/a.h"'),
            ("userspace/base/b.cpp", "<string>"),
            ("userspace/model/a.h", '"base/result.h"'),
            ("userspace/kernel/a.cpp", "<slotscope/abi/backend.h>"),
            ("userspace/kernel/b.cpp", "<bpf/libbpf.h>"),
            ("userspace/kernel/c.cpp", '"slotscope.skel.h"'),
            ("userspace/kernel/d.cpp", "<spdlog/spdlog.h>"),
            ("userspace/decode/a.cpp", "<slotscope/abi/backend.h>"),
            ("userspace/limits/explicit/a.cpp", '"limits/check.h"'),
            ("userspace/export/a.cpp", '"model/snapshot.h"'),
            ("userspace/serve/a.cpp", "<slotscope/api/contract.h>"),
            ("userspace/cli/a.cpp", '"base/result.h"'),
            ("userspace/daemon/a.cpp", '"aggregate/a.h"'),
            ("bpf/hooks/a.bpf.c", '"../logic/a.h"'),
            ("bpf/logic/a.bpf.c", '"../core/a.h"'),
            ("bpf/logic/b.bpf.c", '"a.h"'),
            ("bpf/core/a.h", "<slotscope/abi/types.h>"),
            ("bpf/core/b.h", "<bpf/bpf_helpers.h>"),
            ("include/slotscope/abi/a.h", "<slotscope/abi/types.h>"),
        ):
            with self.subTest(path=path, include=include):
                self.assert_allowed(path, include)

    def test_finds_every_other_edge(self):
        for path, include in (
            ("userspace/base/a.cpp", '"model/limit.h"'),
            ("userspace/model/a.h", '"limits/check.h"'),
            ("userspace/model/a.h", "<slotscope/abi/backend.h>"),
            ("userspace/limits/a.cpp", '"enrich/process.h"'),
            ("userspace/limits/explicit/a.cpp", '"daemon/configuration.h"'),
            ("userspace/export/a.cpp", "<slotscope/api/contract.h>"),
            ("userspace/serve/a.cpp", '"aggregate/a.h"'),
            ("userspace/cli/a.cpp", '"model/limit.h"'),
            ("userspace/daemon/a.cpp", '"cli/a.h"'),
            ("bpf/logic/a.bpf.c", '"../hooks/a.h"'),
            ("bpf/core/a.h", '"../logic/a.h"'),
            ("bpf/iter/a.bpf.c", '"../hooks/a.h"'),
            ("bpf/core/a.h", "<slotscope/api/contract.h>"),
            ("include/slotscope/abi/a.h", "<slotscope/api/contract.h>"),
            ("include/slotscope/api/a.h", "<slotscope/abi/types.h>"),
        ):
            with self.subTest(path=path, include=include):
                self.assert_refused(path, include, "may include only")

    def test_finds_a_quoted_include_that_is_not_from_the_root(self):
        for include in ('"check.h"', '"../model/limit.h"', '"./check.h"'):
            self.assert_refused("userspace/limits/a.cpp", include, "written from userspace/")
        self.assert_refused("bpf/core/a.h", '"../../userspace/base/result.h"', "to lead into bpf/")

    def test_finds_libbpf_and_logging_elsewhere(self):
        for include in ("<bpf/libbpf.h>", "<bpf/bpf.h>", '"slotscope.skel.h"', "<slotscope.skel.h>"):
            self.assert_refused("userspace/daemon/a.cpp", include, "libbpf")
        self.assert_refused("userspace/limits/a.cpp", "<spdlog/spdlog.h>", "may log")
        self.assert_refused("userspace/limits/a.cpp", "  <spdlog/fmt/fmt.h>", "may log")

    def test_finds_a_folder_that_nobody_has_thought_of(self):
        self.write("userspace/utilities/a.cpp", MIT)
        self.assertIn("has no row", check_tree.check(self.root)[0])
        self.write("userspace/a.cpp", MIT)
        self.assertEqual(len(check_tree.check(self.root)), 2)

    def test_finds_what_does_not_belong_at_the_top(self):
        for name in (".github", "build", "build-asan", "README.md", "LICENSE", "packaging", "scripts"):
            os.mkdir(os.path.join(self.root, name))
        self.assertEqual(check_tree.check(self.root), [])
        self.write("notes.txt", "")
        os.mkdir(os.path.join(self.root, "src"))
        found = check_tree.check(self.root)
        self.assertEqual([line.split(":")[0] for line in found], ["notes.txt", "src"])

    def test_finds_a_missing_or_a_wrong_license(self):
        self.write("userspace/base/a.cpp", "int a;\n")
        self.write("bpf/core/a.h", MIT)
        self.write("include/slotscope/abi/a.h", MIT)
        self.write("tests/unit/base/a.cpp", DUAL)
        self.write("scripts/run.sh", "#!/bin/sh\n")
        self.assertEqual(len(check_tree.check(self.root)), 5)
        self.write("userspace/base/a.cpp", MIT)
        self.write("bpf/core/a.h", DUAL)
        self.write("include/slotscope/abi/a.h", DUAL)
        self.write("tests/unit/base/a.cpp", MIT)
        self.write("scripts/run.sh", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n")
        self.assertEqual(check_tree.check(self.root), [])

    def test_fails_by_its_exit_code(self):
        self.write("userspace/base/a.cpp", MIT)
        self.assertEqual(check_tree.main(["check_tree.py", self.root]), 0)
        self.write("userspace/base/a.cpp", MIT + '#include "model/limit.h"\n')
        self.assertEqual(check_tree.main(["check_tree.py", self.root]), 1)


if __name__ == "__main__":
    unittest.main()
