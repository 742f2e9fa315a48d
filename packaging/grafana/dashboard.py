#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Grafana dashboard, from fleet to host to backend to episode, as JSON that Grafana imports.

usage: dashboard.py            the dashboard
       dashboard.py --queries  its queries, one JSON object a line, with values in place of the variables; for tests

Needs the recording rules of packaging/prometheus.
"""

import json
import sys

# Variables: name, label, the query of its values.
VARIABLES = [
    ("instance", "Host", "label_values(slotscope_build_info, instance)"),
    ("backend", "Backend", 'label_values(slotscope_backend_slots_in_use{instance=~"$instance"}, backend)'),
    ("direction", "Direction", 'label_values(slotscope_backend_slots_in_use{backend=~"$backend"}, direction)'),
]
ONE = 'instance=~"$instance",backend=~"$backend",direction=~"$direction"'
HOST = 'instance=~"$instance"'
NAME = "{{backend}} {{direction}} on {{instance}}"

# Rows of panels: title, kind, unit, width of 24, [(query, legend)], what it shows.
ROWS = [
    ("Fleet", [
        ("Backends at their limit", "stat", "short", 4,
         [("count(slotscope:backend_time_at_limit:ratio5m > 0.1) or vector(0)", "")],
         "Without a free slot for more than a tenth of the last five minutes, on any host."),
        ("Agents", "stat", "short", 4, [('sum(up{job="slotscope"})', "up"), ('count(up{job="slotscope"}) - sum(up{job="slotscope"})', "down")],
         "Agents that Prometheus reaches, and those that it does not."),
        ("Open episodes by cause", "bargauge", "short", 8, [("sum by (cause) (slotscope_episode_active)", "{{cause}}")],
         "An episode lasts from the moment a limit is reached until the backend has been clear of it for a while."),
        ("Losses of agents", "stat", "short", 8, [("sum by (reason) (increase(slotscope_agent_losses_total[1h])) > 0 or vector(0)", "{{reason}}")],
         "What agents have missed in the last hour; 0: every count is complete."),
        ("Fullest backends", "timeseries", "percentunit", 12, [("topk(10, slotscope:fleet_fullness:worst)", "{{backend}} {{direction}}")],
         "Mean slots in use over five minutes against the limit, on the worst host."),
        ("In use against the sum of limits", "timeseries", "percentunit", 12, [("topk(10, slotscope:fleet_fullness:sum)", "{{backend}} {{direction}}")],
         "All hosts together. Far below the worst host: the load is spread unevenly."),
        ("Worst host of each backend", "table", "percentunit", 12, [("slotscope:fleet_worst_host", "")], ""),
        ("Calls that hold the most slots", "timeseries", "short", 12, [("topk(10, slotscope:fleet_call_slots:mean5m)", "{{backend}}: {{call}}")],
         "Mean slots held by each call over five minutes, all hosts: ranked by slot-seconds, so that calls that never end count."),
    ]),
    ("Host", [
        ("Fullness on the host", "timeseries", "percentunit", 12, [(f"slotscope:backend_fullness:mean5m{{{HOST}}}", NAME)], ""),
        ("Time at the limit", "timeseries", "percentunit", 12, [(f"slotscope:backend_time_at_limit:ratio5m{{{HOST}}} > 0", NAME)],
         "Part of the time without a free slot."),
        ("Connections that failed", "timeseries", "cps", 12,
         [(f"sum by (instance, backend, direction, reason) (rate(slotscope_backend_connections_failed_total{{{HOST}}}[5m])) > 0", "{{backend}} {{direction}}: {{reason}}")], ""),
        ("Connections left in CLOSE_WAIT", "timeseries", "short", 12,
         [(f"slotscope_backend_connections_close_wait{{{HOST}}} > 0", NAME)],
         "The peer has closed, the process on the host has not, for ten seconds or more."),
        ("The agent's own cost", "timeseries", "percentunit", 12,
         [(f"rate(slotscope_agent_cpu_seconds_total{{{HOST}}}[5m])", "CPU of {{instance}}"),
          (f"slotscope_agent_table_entries{{{HOST}}} / slotscope_agent_table_capacity", "table {{table}} of {{instance}}")], ""),
    ]),
    ("Backend", [
        ("Slots in use", "timeseries", "short", 12,
         [(f"slotscope_backend_slots_in_use{{{ONE}}}", "in use, " + NAME), (f"slotscope:backend_slots_in_use:mean5m{{{ONE}}}", "mean of 5 min, " + NAME),
          (f"slotscope_backend_slots_limit{{{ONE}}}", "limit, " + NAME)], ""),
        ("Demand", "timeseries", "reqps", 6,
         [(f"slotscope:backend_calls_finished:rate5m{{{ONE}}}", "calls, " + NAME), (f"slotscope:backend_connections_opened:rate5m{{{ONE}}}", "connections, " + NAME)], ""),
        ("Hold times, 95th percentile", "timeseries", "s", 6, [(f"slotscope:backend_hold_seconds:p95_5m{{{ONE}}}", NAME)],
         "Slots in use = demand x mean hold (Little's law): what has risen, demand or hold?"),
        ("Hold times", "heatmap", "s", 12, [(f"sum by (le) (increase(slotscope_backend_hold_seconds_bucket{{{ONE}}}[$__rate_interval]))", "{{le}}")], ""),
        ("Time to the first byte, 95th percentile", "timeseries", "s", 6,
         [(f"histogram_quantile(0.95, sum by (backend, direction, le) (rate(slotscope_backend_call_first_byte_seconds_bucket{{{ONE}}}[5m])))", "{{backend}} {{direction}}")], ""),
        ("Wait to be accepted, 95th percentile", "timeseries", "s", 6,
         [(f"histogram_quantile(0.95, sum by (backend, le) (rate(slotscope_backend_accept_wait_seconds_bucket{{{ONE}}}[5m])))", "{{backend}}")], ""),
        ("What came of calls", "timeseries", "reqps", 12,
         [(f"sum by (outcome) (rate(slotscope_backend_calls_finished_total{{{ONE}}}[5m]))", "{{outcome}}")], ""),
        ("Who holds the slots", "timeseries", "short", 12,
         [('sum by (process, call) (rate(slotscope_holder_slot_seconds_total{instance=~"$instance",backend=~"$backend"}[5m]))', "{{process}}: {{call}}")], ""),
    ]),
    ("Episodes", [
        ("Episodes", "state-timeline", "short", 24,
         [(f"slotscope_episode_info{{{ONE}}} > 0", "{{backend}} {{direction}} on {{instance}}: {{cause}}, episode {{episode}}")],
         "`slotscope episodes` on the host lists them, `slotscope episode ID` and `slotscope report ID` tell one of them."),
    ]),
]

TITLE_HEIGHT = 1
PANEL_HEIGHT = 8
SMALL_HEIGHT = 4


def target(index, query, legend, kind):
    return {"refId": chr(ord("A") + index), "expr": query, "legendFormat": legend or "__auto", "instant": kind == "table",
            "format": {"table": "table", "heatmap": "heatmap"}.get(kind, "time_series"),
            "datasource": {"type": "prometheus", "uid": "${datasource}"}}


def panel(number, position, title, kind, unit, queries, description):
    made = {"id": number, "type": kind, "title": title, "description": description, "gridPos": position,
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "targets": [target(index, query, legend, kind) for index, (query, legend) in enumerate(queries)],
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []}, "options": {}}
    if unit == "percentunit" and kind == "timeseries":
        made["fieldConfig"]["defaults"]["custom"] = {"thresholdsStyle": {"mode": "line"}}
        made["fieldConfig"]["defaults"]["thresholds"] = {
            "mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 0.8}]}
    return made


def panels():
    made = []
    number = y = 0
    for title, row in ROWS:
        number += 1
        made.append({"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
                     "gridPos": {"x": 0, "y": y, "w": 24, "h": TITLE_HEIGHT}})
        y += TITLE_HEIGHT
        x = tallest = 0
        for name, kind, unit, width, queries, description in row:
            height = SMALL_HEIGHT if kind in ("stat", "bargauge") else PANEL_HEIGHT
            if x + width > 24:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            made.append(panel(number, {"x": x, "y": y, "w": width, "h": height}, name, kind, unit, queries, description))
            x, tallest = x + width, max(tallest, height)
        y += tallest
    return made


def variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "query": {"query": query, "refId": name}, "definition": query,
            "datasource": {"type": "prometheus", "uid": "${datasource}"}, "refresh": 2, "sort": 1, "includeAll": True,
            "multi": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}}


def dashboard():
    source = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    return {"uid": "slotscope", "title": "slotscope: who holds the slots", "tags": ["slotscope"], "schemaVersion": 38,
            "editable": True, "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "timezone": "",
            "templating": {"list": [source] + [variable(*row) for row in VARIABLES]}, "panels": panels()}


def queries():
    for title, row in ROWS:
        for name, _, _, _, targets, _ in row:
            for query, _ in targets:
                for variable_name, _, _ in VARIABLES:
                    query = query.replace("$" + variable_name, ".*")
                yield {"panel": title + ": " + name, "query": query.replace("$__rate_interval", "1m")}


def main(arguments):
    if arguments[1:] == ["--queries"]:
        for query in queries():
            print(json.dumps(query))
    elif len(arguments) == 1:
        print(json.dumps(dashboard(), indent=1))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
