#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rules for Prometheus are understood, and each alert fires on what it is for: promtool, with rules_test.yml.
#
# usage: rules_test.sh SOURCE_DIRECTORY
set -euo pipefail

WORK="$(mktemp -d /tmp/slotscope-rules.XXXXXX)"
trap 'rm -rf "$WORK"' EXIT
cp "$1"/packaging/prometheus/*.yml "$1/tests/packaging/rules_test.yml" "$WORK/"
cd "$WORK"
promtool check rules alerts.yml recording.yml
promtool test rules rules_test.yml
# Each alert has a test in which it fires.
sed -n 's/^ *- alert: //p' alerts.yml | while read -r alert; do
    grep -A 4 "alertname: $alert\$" rules_test.yml | grep -q 'exp_labels' || {
        echo "no test lets $alert fire"
        exit 1
    }
done
