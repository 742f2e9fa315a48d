#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the package tells of the programs is what the programs do.

usage: documents_test.py SOURCE_DIRECTORY BUILD_DIRECTORY      (built: slotscoped, slotscope_documents)
"""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

SOURCE, BUILD = (os.path.abspath(path) for path in sys.argv[1:3]) if len(sys.argv) > 2 else ("", "")
MADE = os.path.join(BUILD, "packaging")


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def plain(page):
    """A man page without its fonts and escapes."""
    return re.sub(r"\\f.", "", page).replace("\\-", "-")


def description():
    return json.loads(read(MADE, "description.json"))


def keys_of_configuration():
    """"seconds" of [audit] and so on, as the reader's tables have them."""
    directory = os.path.join(SOURCE, "userspace/daemon")
    source = "\n".join(read(directory, name) for name in sorted(os.listdir(directory)) if name.endswith(".cpp"))
    tables = re.findall(r"constexpr TomlKey<(\w+)> k(\w*?)Keys\[\] = \{(.*?)\n\};", source, re.DOTALL)
    return {singular(name or type_.removesuffix("Settings")): set(re.findall(r"^    \{\"(\w+)\"", body, re.MULTILINE))
            for type_, name, body in tables}


def singular(name):
    return name.rstrip("s")


def table_of(key):
    """"slow_calls" -> "SlowCall": how the source calls a table's keys."""
    return singular("".join(word.capitalize() for word in key.split("_")))


def sections_of_man():
    """Section of slotscope.toml(5) -> the keys that it explains."""
    sections = {}
    for part in plain(read(SOURCE, "packaging/man/slotscope.toml.5")).split("\n.SH ")[1:]:
        sections[part.splitlines()[0]] = set(re.findall(r"\.TP\n\.B (\w+)\n", part))
    return sections


class Manual(unittest.TestCase):
    def test_every_option_of_the_agent_is_explained_and_no_other(self):
        said = run(os.path.join(BUILD, "bin/slotscoped"), "--help").stdout
        offered = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", said))
        explained = set()
        for heading in re.findall(r"\n\.TP\n([^\n]*)", plain(read(SOURCE, "packaging/man/slotscoped.8"))):
            explained |= set(re.findall(r"--[a-z][a-z-]+", heading))
        self.assertGreater(len(offered), 8)
        self.assertEqual(offered, explained)

    def test_every_key_of_the_configuration_is_explained_and_no_other(self):
        keys = keys_of_configuration()
        man = sections_of_man()
        tables = {name for name in keys["Top"] if table_of(name) in keys}
        self.assertGreater(len(tables), 3)
        self.assertEqual(keys["Top"] - tables, man["TOP LEVEL"])
        for table in tables:
            heading = "[[limit]]" if table == "limit" else "[" + table + "]"
            self.assertEqual(keys[table_of(table)], man[heading], heading)

    def test_every_command_and_its_options_are_in_the_clients_page(self):
        page = plain(read(MADE, "slotscope.1"))
        self.assertGreater(len(description()["commands"]), 5)
        for command in description()["commands"]:
            self.assertIn("\n.SS " + command["name"] + "\n", page)
            section = page.split("\n.SS " + command["name"] + "\n")[1].split("\n.S")[0]
            for option in command["options"]:
                for name in option["long"]:
                    if name != "help":
                        self.assertIn("--" + name, section)

    def test_pages_are_right_to_the_formatter(self):
        pages = [os.path.join(MADE, "slotscope.1"), os.path.join(SOURCE, "packaging/man/slotscoped.8"),
                 os.path.join(SOURCE, "packaging/man/slotscope.toml.5")]
        for page in pages:
            said = run("groff", "-man", "-Tutf8", "-ww", "-z", "-K", "utf8", page)
            self.assertEqual((said.returncode, said.stderr), (0, ""), page)


class Metrics(unittest.TestCase):
    def test_every_one_has_its_meaning_in_the_readme_and_no_other(self):
        directory = os.path.join(SOURCE, "userspace/export")
        exported = set(re.findall(r'"(slotscope_\w+)"', "".join(
            read(directory, name) for name in os.listdir(directory) if name.endswith(".cpp"))))
        explained = set()
        for table in read(SOURCE, "README.md").split("### Every metric")[1].split("\n###")[0].split("\n\n"):
            prefix = "slotscope_backend_" if "`slotscope_backend_…`" in table else ""
            for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)[1 if prefix else 0:]:
                explained |= {prefix + name for name in re.findall(r"`(\w+)[`{]", row)}
        self.assertGreater(len(exported), 30)
        self.assertEqual(exported, explained)


class Losses(unittest.TestCase):
    def test_the_alert_is_for_those_that_make_counts_wrong(self):
        table = read(SOURCE, "include/slotscope/abi/losses.h")
        kernel = set(re.findall(r'"(\w+)",\s*SS_MISCOUNTS', table.replace("\\\n", " ")))
        self.assertIn("connections_full", kernel)
        own = set(re.findall(r'\{"(\w+)",[^{}]*?, true\}', read(SOURCE, "userspace/daemon/agent_answers.cpp")))
        rule = re.search(r'losses_total\{reason=~"([^"]*)"', read(SOURCE, "packaging/prometheus/alerts.yml"))
        self.assertEqual(set(rule[1].split("|")), kernel | own)


class Completions(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        line = "source \"$1\"; shift; COMP_WORDS=(slotscope \"$@\"); COMP_CWORD=$#; _slotscope; printf '%s\\n' \"${COMPREPLY[@]}\""
        said = run("bash", "--norc", "-c", line, "bash", os.path.join(MADE, "completion.bash"), *words,
                   env={"PATH": FAKE_PATH + ":" + os.environ["PATH"]})
        self.assertEqual(said.stderr, "")
        return said.stdout.split()

    def test_bash_offers_the_commands(self):
        names = [command["name"] for command in description()["commands"]]
        self.assertTrue(set(names) <= set(self.complete("")))
        self.assertEqual(["backends"], self.complete("back"))
        self.assertEqual(["backends"], self.complete("--output", "json", "back"))

    def test_bash_offers_the_options_of_the_command(self):
        self.assertEqual(["--captured"], self.complete("holders", "--ca"))
        self.assertEqual([], self.complete("backends", "--ca"))
        self.assertEqual(["--output"], self.complete("backends", "--ou"))

    def test_bash_offers_the_words_that_an_option_takes(self):
        self.assertEqual(["table", "json"], self.complete("--output", ""))
        self.assertEqual(["inbound"], self.complete("holders", "--direction", "i"))
        self.assertEqual(["folded", "pprof", "svg"], self.complete("profile", "--format", ""))

    def test_bash_offers_the_agents_backends_and_never_what_a_shell_would_run(self):
        self.assertEqual(["app1", "db"], [word for word in self.complete("holders", "") if not word.startswith("-")])
        self.assertFalse(os.path.exists(os.path.join(FAKE_PATH, "ran")))

    def test_shells_can_read_them(self):
        for shell in ("bash", "zsh", "fish"):
            if not shutil.which(shell):
                self.fail(shell + " is not installed (scripts/setup test)")
            said = run(shell, "-n", os.path.join(MADE, "completion." + shell))
            self.assertEqual((said.returncode, said.stderr), (0, ""), shell)
            for command in description()["commands"]:
                self.assertIn(command["name"], read(MADE, "completion." + shell))

    def test_fish_offers_what_bash_does(self):
        said = run("fish", "--no-config", "-c", "source $argv[1]; complete -C 'slotscope holders --direction '",
                   os.path.join(MADE, "completion.fish"), env={"PATH": os.environ["PATH"], "HOME": FAKE_PATH})
        self.assertEqual({"inbound", "outbound"}, {line.split("\t")[0] for line in said.stdout.splitlines()}, said.stderr)


class Configuration(unittest.TestCase):
    def test_the_packaged_file_changes_nothing_and_shows_every_key(self):
        packaged = read(MADE, "slotscope.toml").splitlines()
        self.assertTrue(all(not line or line.startswith("#") for line in packaged))
        settings = "\n".join(line[1:] if re.match(r"#[^ ]", line) else line for line in packaged[1:]) + "\n"
        self.assertEqual(read(SOURCE, "tests/data/slotscope.toml"), settings)

    def test_the_agent_takes_it(self):
        said = run(os.path.join(BUILD, "bin/slotscoped"), "--check-config", "--config", os.path.join(MADE, "slotscope.toml"))
        self.assertEqual((said.returncode, said.stdout), (0, "the configuration is right: 0 limits\n"))


FAKE_PATH = os.path.join(MADE, "test-path")


def make_fake_client():
    """A slotscope that knows three backends, one with a name that nobody should be offered."""
    shutil.rmtree(FAKE_PATH, ignore_errors=True)
    os.makedirs(FAKE_PATH)
    path = os.path.join(FAKE_PATH, "slotscope")
    names = ["app1", "db", "$(touch " + FAKE_PATH + "/ran)"]
    answer = json.dumps({"backends": [{"name": name, "address": "x"} for name in names]}, separators=(",", ":"))
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\ncat <<'END'\n" + answer + "\nEND\n")
    os.chmod(path, 0o755)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    make_fake_client()
    unittest.main(argv=sys.argv[:1], verbosity=2)
