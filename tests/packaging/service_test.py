#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The systemd unit and the Kubernetes manifest: understood, as tight as they say, and of one mind about privileges.

usage: service_test.py SOURCE_DIRECTORY BIN_DIRECTORY      (built: slotscoped)
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE, BIN = (os.path.abspath(path) for path in sys.argv[1:3]) if len(sys.argv) > 2 else ("", "")
UNIT = os.path.join(SOURCE, "packaging/systemd/slotscoped.service")
MOST_EXPOSED = 3.0

# Options of systemd.exec(5) that tighten a service, each of which the unit has, or names as one that it does not survive.
SANDBOX = """CapabilityBoundingSet DevicePolicy KeyringMode LockPersonality MemoryDenyWriteExecute NoNewPrivileges PrivateDevices
PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome ProtectHostname
ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem RemoveIPC RestrictAddressFamilies
RestrictNamespaces RestrictRealtime RestrictSUIDSGID SystemCallArchitectures SystemCallFilter UMask IPAddressDeny DynamicUser
RootDirectory""".split()
BOUNDS = "MemoryHigh MemoryMax CPUQuota TasksMax WatchdogSec RuntimeDirectory StateDirectory".split()


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def settings():
    return {name: value for name, value in re.findall(r"^(\w+)=(.*)$", read(UNIT), re.MULTILINE)}


def not_survived():
    comments = read(UNIT).split("# What it does not survive:")[1]
    return {name for line in comments.splitlines() for name in re.findall(r"\b([A-Z]\w+)=", line)}


class Service(unittest.TestCase):
    def test_every_sandboxing_option_is_used_or_named_with_a_reason(self):
        used = settings()
        for option in SANDBOX:
            self.assertTrue((option in used) != (option in not_survived()), option)

    def test_it_is_bounded_watched_and_has_directories_of_its_own(self):
        self.assertEqual([], [name for name in BOUNDS if name not in settings()])
        self.assertEqual("notify", settings()["Type"])

    def test_systemd_judges_it_to_be_tight(self):
        said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], capture_output=True, text=True,
                              check=False)
        print(said.stdout)
        exposure = re.search(r"Overall exposure level for slotscoped.service: ([0-9.]+)", said.stdout)
        self.assertTrue(exposure, said.stderr)
        self.assertLessEqual(float(exposure[1]), MOST_EXPOSED)

    def test_systemd_understands_every_line(self):
        # Of a machine where it is not installed, what is not there is the only complaint.
        said = subprocess.run(["systemd-analyze", "verify", "--man=no", UNIT], capture_output=True, text=True, check=False)
        complaints = [line for line in said.stderr.splitlines() if "slotscoped" in line and "is not executable" not in line]
        self.assertEqual([], complaints)


class Manifest(unittest.TestCase):
    def test_every_field_is_one_of_kubernetes_and_none_is_missing(self):
        import kubernetes.client
        import yaml

        class Answer:  # what the client reads from
            def __init__(self, document):
                self.data = json.dumps(document)

        client = kubernetes.client.ApiClient()
        documents = list(yaml.safe_load_all(read(SOURCE, "packaging/kubernetes/slotscope.yaml")))
        self.assertEqual(["Namespace", "ConfigMap", "DaemonSet"], [document["kind"] for document in documents])
        for document in documents:
            read_back = client.sanitize_for_serialization(client.deserialize(Answer(document), "V1" + document["kind"]))
            self.assertEqual(document, read_back)

    def test_the_configuration_is_one_that_the_agent_takes(self):
        import yaml
        for document in yaml.safe_load_all(read(SOURCE, "packaging/kubernetes/slotscope.yaml")):
            if document["kind"] != "ConfigMap":
                continue
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(document["data"]["slotscope.toml"])
                file.flush()
                said = subprocess.run([os.path.join(BIN, "slotscoped"), "--check-config", "--config", file.name], capture_output=True,
                                      text=True, check=False)
            self.assertEqual((said.returncode, said.stderr), (0, ""))


class Capabilities(unittest.TestCase):
    def test_unit_and_manifest_and_container_have_the_same(self):
        unit = {name.removeprefix("CAP_") for name in settings()["CapabilityBoundingSet"].split()}
        self.assertEqual(unit, {name.removeprefix("CAP_") for name in settings()["AmbientCapabilities"].split()})
        manifest = re.search(r"add: \[(.*?)\]", read(SOURCE, "packaging/kubernetes/slotscope.yaml"))[1]
        self.assertEqual(unit, set(manifest.split(", ")))
        container = read(SOURCE, "packaging/container/Containerfile")
        self.assertEqual(unit, set(re.findall(r"--cap-add=(\w+)", container)))

    def test_they_are_those_of_the_manual(self):
        unit = set(settings()["CapabilityBoundingSet"].split())
        manual = read(SOURCE, "packaging/man/slotscoped.8").split(".SH PRIVILEGES")[1].split(".SH")[0]
        self.assertEqual(unit, set(re.findall(r"CAP_[A-Z_]+", manual)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    unittest.main(argv=sys.argv[:1], verbosity=2)
