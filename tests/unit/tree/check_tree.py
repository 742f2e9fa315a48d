#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include whom, and what may lie at the top: fails on anything else.

usage: check_tree.py ROOT      prints a line for each violation; exit 0 none, 1 some, 2 wrong usage
"""

import os
import re
import sys

# Folder -> what it may include besides itself. "api" and "abi" are include/slotscope/api and .../abi.
ALLOWED = {
    "include/abi": set(),
    "include/api": set(),
    "bpf/core": {"abi"},
    "bpf/logic": {"core", "abi"},
    "bpf/hooks": {"logic", "core", "abi"},
    "bpf/iter": {"logic", "core", "abi"},
    "userspace/base": set(),
    "userspace/model": {"base"},
    "userspace/kernel": {"abi", "base", "model"},
    "userspace/decode": {"abi", "base", "model"},
    "userspace/protocol": {"base", "model"},
    "userspace/limits": {"base", "model"},
    "userspace/enrich": {"base", "model"},
    "userspace/aggregate": {"base", "model"},
    "userspace/analyze": {"base", "model"},
    "userspace/store": {"base", "model"},
    "userspace/export": {"base", "model"},
    "userspace/serve": {"api", "base", "model"},
    "userspace/cli": {"api", "base"},
}
# The wiring: every folder, but no client.
ALLOWED["userspace/daemon"] = {"abi", "api"} | {
    name.split("/")[1] for name in ALLOWED if name.startswith("userspace/") and name != "userspace/cli"
}

LIBBPF_ONLY_IN = {"userspace/kernel"}  # libbpf itself and the skeletons that it makes
SPDLOG_ONLY_IN = {"userspace/daemon", "userspace/kernel", "userspace/serve", "userspace/cli"}

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "bpf", "userspace", "include", "tests", "scripts", "packaging",
             "README.md", "LICENSE"}
TOP_LEVEL_NOT_OURS = re.compile(r"\..*|build.*|compile_commands\.json")  # dotfiles, and what git ignores

C_SOURCES = (".c", ".h", ".cpp", ".hpp", ".cc", ".inc")
LICENSED_SOURCES = C_SOURCES + (".py", ".sh")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def files(root, top, endings):
    """Paths below ROOT/TOP, relative to ROOT, that end in one of ENDINGS."""
    for directory, folders, names in os.walk(os.path.join(root, top)):
        folders[:] = sorted(folder for folder in folders if folder != "__pycache__")
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(directory, name), root)


def read_lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as source:
        return source.read().splitlines()


def folder_of(path):
    """The row of ALLOWED for a file: userspace/limits/explicit/x.h -> userspace/limits."""
    parts = path.split("/")
    if parts[:2] == ["include", "slotscope"]:
        del parts[1]
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def contract_of(target):
    """The include is of the contract headers: "api" or "abi"."""
    parts = target.split("/")
    return parts[1] if parts[0] == "slotscope" and len(parts) > 2 else None


def included_folder(path, folder, target):
    """The folder of ours that a quoted include goes to, or None and what is wrong with it."""
    top = folder.split("/")[0]
    if top == "userspace":
        if target.startswith(("../", "./", "/")) or "/" not in target:
            return None, "written from userspace/, as in \"base/result.h\""
        return target.split("/")[0], None
    resolved = os.path.normpath(os.path.join(os.path.dirname(path), target))
    parts = folder_of(resolved).split("/")
    if parts[0] != top or len(parts) != 2:
        return None, "to lead into " + top + "/"
    return parts[1], None


def check_include(path, folder, bracket, target):
    """What is wrong with one include; None where it is right."""
    if folder.startswith(("userspace", "include")):
        if (target.startswith(("bpf/", "libbpf")) or target.endswith(".skel.h")) and folder not in LIBBPF_ONLY_IN:
            return "only userspace/kernel may see libbpf and skeletons"
        if target.startswith("spdlog/") and folder not in SPDLOG_ONLY_IN:
            return "only daemon, kernel, serve and cli may log"
        if target.endswith(".skel.h"):
            return None
    included = contract_of(target)
    if included is None:
        if bracket == "<":
            return None  # not ours
        included, wrong = included_folder(path, folder, target)
        if wrong:
            return "a quoted include has " + wrong if wrong.startswith("to ") else "a quoted include is " + wrong
    if included == folder.split("/")[1] or included in ALLOWED[folder]:
        return None
    return folder + " may include only " + (", ".join(sorted(ALLOWED[folder])) or "itself") + ", not " + included


def check_includes(root):
    for top in ("bpf", "userspace", "include"):
        for path in files(root, top, C_SOURCES):
            folder = folder_of(path)
            if folder not in ALLOWED:
                yield path + ": this folder has no row in tests/unit/tree/check_tree.py"
                continue
            for number, line in enumerate(read_lines(root, path), 1):
                match = INCLUDE.match(line)
                wrong = check_include(path, folder, *match.groups()) if match else None
                if wrong:
                    yield f"{path}:{number}: includes {match[2]}: {wrong}"


def check_top_level(root):
    for name in sorted(os.listdir(root)):
        if name not in TOP_LEVEL and not TOP_LEVEL_NOT_OURS.fullmatch(name):
            yield name + ": does not belong at the top; see README.md, \"The tree\""


def check_licenses(root):
    for top in ("bpf", "userspace", "include", "tests", "scripts", "packaging"):
        for path in files(root, top, LICENSED_SOURCES):
            # BPF programs, and the records that they share, have to be loadable into a GPL kernel.
            shared = path.startswith(("bpf/", "include/slotscope/abi/"))
            wanted = "GPL-2.0-only OR MIT" if shared else "MIT"
            head = "\n".join(read_lines(root, path)[:3])
            if not re.search(r"SPDX-License-Identifier: " + re.escape(wanted) + r"\s*(\*/)?\s*$", head, re.MULTILINE):
                yield path + ":1: the first lines lack \"SPDX-License-Identifier: " + wanted + "\""


def check(root):
    """Every violation in the tree ROOT, as text."""
    return [*check_top_level(root), *check_includes(root), *check_licenses(root)]


def main(arguments):
    if len(arguments) != 2 or not os.path.isdir(os.path.join(arguments[1], "userspace")):
        print(__doc__, file=sys.stderr)
        return 2
    violations = check(arguments[1])
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
