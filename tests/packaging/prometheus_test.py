#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Prometheus scrapes a real agent: every metric that rules and dashboard name is there, every query of the dashboard
is answered, and a backend that is filled fires its alert and no other, and recovers.

usage: prometheus_test.py SOURCE_DIRECTORY BIN_DIRECTORY      (root; built: slotscoped, slotscope_demo_load)
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

SOURCE, BIN = (os.path.abspath(path) for path in sys.argv[1:3]) if len(sys.argv) > 2 else ("", "")
PATIENCE_SECONDS = 90

# In the contract, and exported by agents only while there is something to tell.
ONLY_AT_TIMES = {"slotscope_episode_active", "slotscope_episode_info", "slotscope_holder_slot_seconds_total", "slotscope_backend_accept_wait_seconds_bucket"}



def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def dashboard_queries():
    said = subprocess.run([sys.executable, "-B", os.path.join(SOURCE, "packaging/grafana/dashboard.py"), "--queries"],
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


def quick(text):
    """The rules with shorter times: a test cannot wait for minutes."""
    text = re.sub(r"\[(2|5)m\]", "[8s]", text)
    return re.sub(r"for: \d+m", "for: 2s", text)


class Run:
    """Agent, load and Prometheus, in a directory and on ports of the test's own."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="slotscope-prometheus-")
        self.programs = []
        self.metrics = free_port()
        self.web = free_port()
        self.load = self.start([os.path.join(BIN, "slotscope_demo_load")], "load")
        self.backend_port = int(self.line("load", r"^port (\d+)"))
        self.start([os.path.join(BIN, "slotscoped"), "--socket", self.path("s"), "--state", self.path("state"), "--no-discovery",
                    "--metrics", f"127.0.0.1:{self.metrics}", "--limit", f"app=127.0.0.1:{self.backend_port}:8/outbound"], "agent")
        self.line("agent", r"^(ready)")
        self.start_prometheus()

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def start(self, command, name):
        with open(self.path(name + ".out"), "w", encoding="utf-8") as out:
            program = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.programs.append(program)
        return program

    def line(self, name, pattern):
        for _ in range(PATIENCE_SECONDS * 10):
            found = re.search(pattern, read(self.path(name + ".out")), re.MULTILINE)
            if found:
                return found[1]
            time.sleep(0.1)
        raise AssertionError(name + " said: " + read(self.path(name + ".out")))

    def start_prometheus(self):
        for rules in ("alerts.yml", "recording.yml"):
            with open(self.path(rules), "w", encoding="utf-8") as file:
                file.write(quick(read(SOURCE, "packaging/prometheus", rules)))
        with open(self.path("prometheus.yml"), "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [alerts.yml, recording.yml]\n"
                       "scrape_configs:\n  - job_name: slotscope\n    static_configs:\n"
                       f"      - targets: ['127.0.0.1:{self.metrics}']\n")
        self.start(["prometheus", "--config.file", self.path("prometheus.yml"), "--storage.tsdb.path", self.path("data"),
                    "--web.listen-address", f"127.0.0.1:{self.web}"], "prometheus")

    def api(self, path, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        return json.loads(get(f"http://127.0.0.1:{self.web}/api/v1/{path}{query}"))

    def query(self, expression):
        answer = self.api("query", query=expression)
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    def firing(self, backend="app"):
        """Those that fire, of a backend and of the agent."""
        return [alert["labels"] for alert in self.api("alerts")["data"]["alerts"]
                if alert["state"] == "firing" and alert["labels"].get("backend", backend) == backend]

    def alerts(self, backend="app"):
        return {labels["alertname"] for labels in self.firing(backend)}

    def end(self):
        for program in reversed(self.programs):
            program.send_signal(signal.SIGTERM)
        for program in self.programs:
            program.wait(timeout=30)
        self.directory.cleanup()


def eventually(condition):
    for _ in range(PATIENCE_SECONDS * 2):
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        time.sleep(0.5)
    return condition()


class Prometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = Run()
        cls.addClassCleanup(cls.run_.end)
        assert eventually(lambda: cls.run_.query("slotscope:backend_fullness:mean5m"))

    def test_1_every_metric_that_is_named_exists(self):
        scraped = set(re.findall(r"^(slotscope_\w+)", get(f"http://127.0.0.1:{self.run_.metrics}/metrics"), re.MULTILINE))
        texts = [read(SOURCE, "packaging/prometheus", name) for name in ("alerts.yml", "recording.yml")]
        texts += [query["query"] for query in dashboard_queries()]
        named = set(re.findall(r"\bslotscope_[a-z0-9_]+", "\n".join(texts)))
        self.assertGreater(len(named), 15)
        self.assertEqual(set(), named - scraped - ONLY_AT_TIMES)

    def test_2_every_query_of_the_dashboard_is_answered(self):
        calm = [] # empty on a calm host, or where the agent has nothing to tell
        for query in dashboard_queries():
            if self.run_.query(query["query"]):
                continue
            named = set(re.findall(r"slotscope[_:]\w+", query["query"]))
            if "> 0" in query["query"] or named & (ONLY_AT_TIMES | {"slotscope:fleet_call_slots"}):
                calm.append(query)
                continue
            # Rules that are made of other rules come later.
            self.assertTrue(eventually(lambda query=query: self.run_.query(query["query"])), query)
        self.assertLess(len(calm), len(dashboard_queries()) / 3, calm)

    def test_3_a_filled_backend_fires_its_alert_and_no_other_and_recovers(self):
        self.assertEqual(set(), self.run_.alerts())
        seen = set()

        def now():
            seen.update(self.run_.alerts())
            return self.run_.alerts()
        self.run_.load.send_signal(signal.SIGUSR1)
        self.assertTrue(eventually(lambda: {"SlotscopeBackendAtLimit", "SlotscopeEpisode"} <= now()), seen)
        # Its number leads to the agent's own words.
        number = next(labels["episode"] for labels in self.run_.firing() if labels["alertname"] == "SlotscopeEpisode")
        told = subprocess.run([os.path.join(BIN, "slotscope"), "--socket", self.run_.path("s"), "--output", "json", "episode", number],
                              capture_output=True, text=True, check=True)
        self.assertIn('"backend":"app"', told.stdout)
        self.run_.load.send_signal(signal.SIGUSR2)
        self.assertTrue(eventually(lambda: not now()), seen)
        print("alerts that fired:", *sorted(seen))
        self.assertEqual({"SlotscopeBackendAtLimit", "SlotscopeEpisode"}, seen)

    # Of its clients: those that they leave themselves may be an idle pool's.
    def test_4_connections_that_a_server_leaves_in_close_wait_fire_the_leak_and_nothing_else(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(32)
            backend = "127.0.0.1:%d" % listener.getsockname()[1]
            clients = [socket.create_connection(listener.getsockname()) for _ in range(12)]
            left = [listener.accept()[0] for _ in clients]
            for each in clients:
                each.close()
            seen = set()

            def now():
                seen.update(self.run_.alerts(backend))
                return self.run_.alerts(backend)
            self.assertTrue(eventually(lambda: "SlotscopeConnectionsLeak" in now()), seen)
            self.assertEqual(12, int(self.run_.query('slotscope_backend_connections_close_wait{backend="%s",direction="inbound"}' %
                                                     backend)[0]["value"][1]))
            for each in left:
                each.close()
            self.assertTrue(eventually(lambda: not now()), seen)
            print("alerts that fired:", *sorted(seen))
            self.assertLessEqual(seen, {"SlotscopeConnectionsLeak", "SlotscopeEpisode"})

    def test_5_an_agent_that_ends_is_missed(self):
        agent = self.run_.programs[1]
        agent.send_signal(signal.SIGTERM)
        agent.wait(timeout=30)
        self.assertTrue(eventually(lambda: "SlotscopeAgentDown" in self.run_.alerts()))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    unittest.main(argv=sys.argv[:1], verbosity=2)
