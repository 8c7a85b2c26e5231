#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""report.py RUN.json: the table and the verdict of an endurance run. Exit status 0: it held.

What must be:
  memory flat    of each process of ours, and of the maps, the median of the run's second half is at
                 most FLAT above that of what precedes it, without the first tenth, or SLACK bytes
  losses         none, or each one counted: the readers were told of as many as the tracker counts
  differences    none at all in the servers' namespace. Of the chaos generator's sockets, among whose
                 operations are some that two processors do to one socket in the same instant, at
                 most one in 200,000 operations, and one, as in tests/kernel/chaos.bats
  answers        no scrape, no check and no server's client failed for want of us
"""

import json
import statistics
import sys

FLAT = 0.05
SLACK = 256 * 1024


def halves(values):
    """Medians before and after the middle, without the warm-up"""
    warm = values[len(values) // 10:]
    middle = len(warm) // 2
    return statistics.median(warm[:middle]), statistics.median(warm[middle:])


def series(run):
    """{name: [bytes of each sample]}"""
    found = {f"resident: {name}": [s["resident"][name] for s in run["samples"]]
             for name in run["samples"][0]["resident"]}
    found["maps"] = [s["map_bytes"] for s in run["samples"]]
    return found


def allowed(operations):
    return 1 + operations // 200000


def faults(run):
    last = run["samples"][-1]
    for name, values in series(run).items():
        first, second = halves(values)
        if second > first * (1 + FLAT) and second > first + SLACK:
            yield f"{name} grew from {first / 1024:.0f} to {second / 1024:.0f} KiB"
    told = sum(s["lost"] for s in last["streams"].values())
    if told != last["lost"]:
        yield f"the tracker counted {last['lost']} lost events, the streams were told of {told}"
    if last["missed"]:
        yield f"{last['missed']} runs of a program were missed"
    if last["degraded"]:
        yield "the tracker is degraded"
    if run["differences"]["servers"]:
        yield f"{len(run['differences']['servers'])} differences in the servers' namespace"
    others = len(run["differences"]["others"])
    if others > allowed(last["chaos_operations"]):
        yield f"{others} differences elsewhere in {last['chaos_operations']} chaos operations"
    if run["differences"]["not_repaired"]:
        yield f"{run['differences']['not_repaired']} differences were not repaired"
    for what, figures in (("scrapes", run["scrapes"]), ("checks", run["checks"])):
        if figures["failed"] or not figures["done"]:
            yield f"{figures['failed']} of {figures['done']} {what} failed"
    for client in run["clients"]:
        if not client["requests"]:
            yield f"no request was answered: {client['name']}"
    if not last["chaos_operations"]:
        yield "chaos did nothing"
    for name, stream in last["streams"].items():
        if not stream["events"]:
            yield f"no event: {name}"


def kib(value):
    return f"{value / 1024:,.0f}"


def print_table(run):
    print("| KiB | after warm-up | second half | at most | at the end |")
    print("|---|---:|---:|---:|---:|")
    for name, values in series(run).items():
        first, second = halves(values)
        print(f"| {name} | {kib(first)} | {kib(second)} | {kib(max(values))} | {kib(values[-1])} |")
    print()
    print("| | |")
    print("|---|---:|")
    last = run["samples"][-1]
    entries = [s["entries"] for s in run["samples"]]
    waiting = [s["timewait"] for s in run["samples"]]
    print(f"| duration, samples | {run['seconds'] / 60:.1f} min, {len(run['samples'])} |")
    print(f"| machine | {run['machine']} |")
    for client in run["clients"]:
        print(f"| requests by {client['name']} | {client['requests']:,} ({client['failures']} runs failed) |")
    print(f"| chaos: operations, quiet moments, starts anew | {last['chaos_operations']:,}, "
          f"{run['chaos']['quiet_moments']:,}, {run['chaos']['restarts']} |")
    print(f"| events seen, sent, lost, missed | {last['seen']:,}, {last['sent']:,}, {last['lost']:,}, {last['missed']:,} |")
    for name, stream in last["streams"].items():
        print(f"| {name}: events, lost, processor | {stream['events']:,}, {stream['lost']:,}, {stream['cpu_s']:.1f} s |")
    print(f"| exporter: scrapes, failed, largest, processor | {run['scrapes']['done']:,}, {run['scrapes']['failed']}, "
          f"{kib(run['scrapes']['largest'])} KiB, {last['exporter_cpu_s']:.1f} s |")
    print(f"| checks, failed, longest, resident at most | {run['checks']['done']}, {run['checks']['failed']}, "
          f"{run['checks']['longest_s']:.2f} s, {kib(run['checks']['resident'])} KiB |")
    print(f"| tracked sockets: median, at most | {statistics.median(entries):,.0f}, {max(entries):,} |")
    print(f"| tracked TIME-WAIT: median, at most | {statistics.median(waiting):,.0f}, {max(waiting):,} |")
    print(f"| differences: servers, elsewhere, not repaired | {len(run['differences']['servers'])}, "
          f"{len(run['differences']['others'])} (allowed {allowed(last['chaos_operations'])}), "
          f"{run['differences']['not_repaired']} |")
    print()


def main(path):
    with open(path, encoding="utf-8") as f:
        run = json.load(f)
    if len(run["samples"]) < 5:
        sys.exit("too few samples for a verdict")
    print_table(run)
    found = list(faults(run))
    for fault in found:
        print(f"- FAULT: {fault}")
    for difference in run["differences"]["servers"] + run["differences"]["others"]:
        print(f"- difference: {json.dumps(difference)}")
    print("verdict: " + ("it did not hold" if found else "memory flat, losses none or counted, no difference"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
