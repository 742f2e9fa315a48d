#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`slotscope top` in a real terminal (tmux), driven by keys, against a real agent: with no backend, three and more than a
thousand, at 80x24 and 140x40, during an episode; and what it and the agent take of a processor meanwhile.

usage: top_test.py BIN_DIRECTORY      (root; tmux; built: slotscoped, slotscope, slotscope_demo_load)
"""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
PATIENCE_SECONDS = 40
SIZES = ((80, 24), (140, 40))
MANY = 1000
MOST_CPU = 0.25  # of a core, of top and of the agent each: far above what is measured, so that a busy machine passes
KEYS = "q quit"  # how the last line begins


def listeners(count):
    """Sockets that listen, and one connection to each: as many backends in each direction."""
    made = []
    for _ in range(count):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        made += [listener, socket.create_connection(listener.getsockname())]
    return made


class NoBackends(threading.Thread):
    """An agent that has seen nothing yet: what the real one says, without the backends."""

    def __init__(self, path, real):
        super().__init__(daemon=True)
        self.real = real
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)

    def run(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            with client:
                client.sendall(self.answer(client.recv(65536)))

    def answer(self, request):
        path = request.split(b" ")[1].decode()
        with socket.socket(socket.AF_UNIX) as agent:
            agent.connect(self.real)
            agent.sendall(f"GET {path} HTTP/1.1\r\nHost: slotscope\r\nConnection: close\r\n\r\n".encode())
            said = b"".join(iter(lambda: agent.recv(65536), b""))
        document = json.loads(said.split(b"\r\n\r\n", 1)[1])
        for name in ("backends", "holders", "verdicts"):
            if name in document:
                document[name] = []
        body = json.dumps(document).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Screen:
    """One session of a tmux of its own."""

    def __init__(self, directory, command, size):
        self.tmux = ["tmux", "-S", tempfile.mktemp(dir=directory), "-f", "/dev/null"]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        environment.pop("TMUX", None)
        subprocess.run([*self.tmux, "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                        command + "; echo exit $?; sleep 60"], check=True, env=environment)

    def do(self, *words):
        return subprocess.run([*self.tmux, *words], check=True, capture_output=True, text=True).stdout

    def press(self, *keys):
        for key in keys:
            self.do("send-keys", key)

    def lines(self):
        return self.do("capture-pane", "-p").split("\n")[:-1]

    def pid_of(self, program):
        shell = self.do("display-message", "-p", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell, "-x", program], check=True, capture_output=True, text=True).stdout)

    def shows(self, pattern):
        """The lines, once one matches."""
        for _ in range(PATIENCE_SECONDS * 10):
            lines = self.lines()
            if any(re.search(pattern, line) for line in lines):
                return lines
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} in:\n" + "\n".join(self.lines()))

    def end(self):
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Top(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
        directory = tempfile.TemporaryDirectory(prefix="slotscope-top-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = directory.name
        cls.socket = os.path.join(cls.directory, "s")
        cls.two = listeners(2)
        ports = [each.getsockname()[1] for each in cls.two[::2]]
        cls.load = cls.start("slotscope_demo_load")
        port = re.search(r"port (\d+)", cls.load.stdout.readline())[1]
        cls.agent = cls.start("slotscoped", "--socket", cls.socket, "--metrics", "off", "--state", os.path.join(cls.directory, "state"),
                              "--no-discovery", "--limit", f"tt-app=127.0.0.1:{port}:8/outbound",
                              "--limit", f"tt-b=127.0.0.1:{ports[0]}:100/outbound", "--limit", f"tt-c=127.0.0.1:{ports[1]}:100/outbound")
        assert cls.agent.stdout.readline().strip() == "ready"

    @classmethod
    def start(cls, name, *options):
        program = subprocess.Popen([os.path.join(BIN, name), *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(lambda: (program.terminate(), program.wait(), program.stdout.close()))
        return program

    def screen(self, size, agent=None, environment=""):
        screen = Screen(self.directory, f"{environment} {BIN}/slotscope --socket {agent or self.socket} top", size)
        self.addCleanup(screen.end)
        return screen

    def check_frame(self, lines, size):
        """Nothing is wrapped or lost: the first and the last line are where they belong."""
        self.assertEqual(size[1], len(lines))
        self.assertRegex(lines[0], r"^slotscope top +\d\d:\d\d:\d\d")
        self.assertTrue(lines[-1].startswith(KEYS), lines[-1])
        self.assertLessEqual(max(map(len, lines)), size[0])

    def show(self, what, lines):
        print(f"--- {what}", *lines, sep="\n")

    def test_1_no_backend_is_said_in_words(self):
        empty = os.path.join(self.directory, "empty")
        proxy = NoBackends(empty, self.socket)
        proxy.start()
        for size in SIZES:
            screen = self.screen(size, agent=empty)
            lines = screen.shows("no connection was seen yet")
            self.check_frame(lines, size)
            self.show(f"0 backends at {size}", lines[:6])
            screen.end()
        proxy.listener.shutdown(socket.SHUT_RDWR)

    def test_2_three_are_filtered_sorted_selected_paused_and_explained(self):
        for size in SIZES:
            screen = self.screen(size)
            screen.shows("tt-app")
            screen.press("/", "t", "t", "-", "Enter")
            lines = screen.shows("filter.*tt-")
            self.check_frame(lines, size)
            shown = [line.split()[0] for line in lines if line.startswith("tt-")]
            self.assertEqual({"tt-app", "tt-b", "tt-c"}, set(shown), "\n".join(lines))
            screen.press("Down", "Down")
            screen.shows(r"^-- \S+ outbound|\u2500\u2500 \S+ outbound")
            screen.press("p")
            screen.shows("PAUSED")
            screen.press("p", "?")
            screen.shows("least age|filter")
            screen.press("?")
            screen.press("s")
            self.show(f"3 backends at {size}", screen.shows("sort: (?!full)"))
            screen.press("q")
            screen.shows("^exit 0$")
            screen.end()

    def test_3_an_episode_has_its_verdict_on_the_screen(self):
        self.load.send_signal(signal.SIGUSR1)
        for size in SIZES:
            screen = self.screen(size)
            screen.shows("tt-app.*100%")
            screen.press("/", "t", "t", "-", "a", "Enter", "Down")
            lines = screen.shows("slow backend|8 of 8 slots of tt-app are held")
            self.check_frame(lines, size)
            self.assertTrue(any("demo-proxy" in line for line in lines), "\n".join(lines))
            self.show(f"an episode at {size}", lines)
            screen.end()
        self.load.send_signal(signal.SIGUSR2)

    def test_4_a_terminal_that_changes_its_size_is_drawn_anew(self):
        screen = self.screen((140, 40))
        screen.shows("tt-app")
        for size in ((60, 15), (40, 10), (100, 30)):
            screen.do("resize-window", "-x", str(size[0]), "-y", str(size[1]))
            for _ in range(50):
                lines = screen.lines()
                if len(lines) == size[1] and lines[-1].startswith(KEYS) and lines[0].startswith("slotscope top"):
                    break
                time.sleep(0.1)
            self.check_frame(lines, size)

    def test_5_where_it_cannot_be_drawn_it_says_what_to_use(self):
        screen = self.screen((80, 24), environment="TERM=dumb")
        said = " ".join(screen.shows("^exit 2$"))
        self.assertRegex(said, "TERM is dumb; *use `slotscope backends`")
        screen.end()
        screen = self.screen((80, 24), environment="NO_COLOR=1")
        screen.shows("tt-app")
        self.assertNotRegex(screen.do("capture-pane", "-p", "-e"), "\x1b\\[3[0-7]m")

    def test_6_more_than_a_thousand_fit_and_cost_little(self):
        many = listeners(MANY)
        for size in SIZES:
            screen = self.screen(size)
            lines = screen.shows(r"\b[12]\d\d\d backends")
            self.check_frame(lines, size)
            first = [line for line in lines if re.match(r"127\.0\.0\.1:|tt-", line)]
            screen.press("NPage", "NPage")
            time.sleep(1)
            later = [line for line in screen.lines() if re.match(r"127\.0\.0\.1:|tt-", line)]
            self.assertGreater(len(first), 5)
            self.assertNotEqual(first[0].split()[:2], later[0].split()[:2])
            self.show(f"{MANY} backends at {size}", lines)
            programs = {"top": screen.pid_of("slotscope"), "agent": self.agent.pid}
            before = {name: cpu_seconds(pid) for name, pid in programs.items()}
            time.sleep(10)
            for name, pid in programs.items():
                share = (cpu_seconds(pid) - before[name]) / 10
                print(f"CPU of {name} with more than {MANY} backends at {size}: {100 * share:.1f} % of a core")
                self.assertLess(share, MOST_CPU)
            screen.end()
        for each in many:
            each.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    unittest.main(argv=sys.argv[:1], verbosity=2)
