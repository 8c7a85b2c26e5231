#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	chaos.py PORTWATCH PIN CHAOS MODE [CHAOS-ARG...]
#
# Runs the helper `chaos` and looks whenever it stands still. MODE:
#	check	`check` is clean, and `who` says what a walk of our own over all descriptors finds;
#		differences are counted, and repaired
#	small	the tracker is too small: degraded, but `who` is as right
#	load	the tracker is loaded while all run, and unloaded at the next quiet moment
# Ends with one line of figures; at the first thing that is wrong with a message.

import json
import os
import random
import subprocess
import sys
import time

from descriptors import processes, walk

PORTS_PER_LOOK = 12

portwatch, pin, helper, mode = sys.argv[1:5]
figures = {"looks": 0, "ports": 0, "sockets": 0, "holders": 0, "verified": 0, "walk": 0, "loads": 0,
           "differences": 0}


def fail(text):
    sys.exit(f"after {figures}: {text}")


def run(*words, may=(0,)):
    done = subprocess.run([portwatch, "--pin-dir", pin, *words], capture_output=True, text=True)
    if done.returncode not in may:
        fail(f"{' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def compare(truth, doubtful, pids, proto, port):
    text = run("--json", "--netns", "all", "who", f"{port}/{proto}", may=(0, 1))
    said = {}
    for s in json.loads(text)["sockets"]:
        if "expires_ms" in s:  # a TIME-WAIT has the cookie of the socket that it was
            continue
        owners = {(o["pid"], fd) for o in s["owners"] for fd in o["fds"] if o["pid"] in pids}
        if "cookie" in s:
            said[s["cookie"]] = owners
        elif owners:
            fail(f"{port}/{proto}: owners of a socket without cookie: {s}")
        if owners:
            figures[s["resolved"]] += 1
    for cookie in truth.keys() | said.keys():
        want, have = truth.get(cookie, set()), said.get(cookie)
        # `check` has compared with the kernel's own number whether it has its port still.
        if have is None and cookie in doubtful:
            continue
        if have is None or want != have:
            fail(f"{port}/{proto}, cookie {cookie}: held by {want}, who says {have}: {text}")
        figures["holders"] += len(want)
    figures["sockets"] += len(truth)
    figures["ports"] += 1


def look_at_owners():
    pids = set(processes("chaos"))
    truth, doubtful = walk(pids)
    ports = list(truth)
    random.shuffle(ports)
    for key in ports[:PORTS_PER_LOOK]:
        compare(truth[key], doubtful, pids, *key)


def look_at_maps():
    report = json.loads(run("--json", "check", may=(0, 1)))
    differences = report["differences"]
    if mode == "load":
        # Bound, not listening, in flight, and older than the tracker: in no table that could be
        # read for its address.
        differences = [d for d in differences if (d["problem"], d.get("state")) != ("unseen", "BOUND")]
    if differences:
        figures["differences"] += len(differences)
        print(json.dumps(differences), file=sys.stderr)
        run("--json", "check", "--repair", may=(0, 1))
        if not json.loads(run("--json", "check", may=(0, 1)))["clean"] and mode != "load":
            fail(f"not repaired: {json.dumps(report)}")


def look():
    figures["looks"] += 1
    if mode != "load":
        look_at_owners()
    if mode == "small":
        if not json.loads(run("--json", "status"))["degraded"]:
            return
        figures["degraded"] = True
    else:
        look_at_maps()


def unload(chaos):
    """At a quiet moment; the next load comes while all run."""
    run("-q", "unload")
    chaos.stdin.write("go\n")
    chaos.stdin.flush()
    time.sleep(random.random() / 20)
    run("-q", "load")
    figures["loads"] += 1


random.seed(int(os.environ.get("SEED", "1")))
chaos = subprocess.Popen([helper, *sys.argv[5:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
ended = False
try:
    for line in chaos.stdout:
        if line.startswith("quiet"):
            look()
            if mode == "load":
                unload(chaos)
            else:
                chaos.stdin.write("go\n")
                chaos.stdin.flush()
        elif line.startswith("done"):
            figures["operations"] = int(line.split()[1])
            ended = True
        elif mode == "check" and line.startswith("op ") and line.split()[2] == "0":
            fail(f"no such operation took place: {line}")
    if not ended or chaos.wait():
        fail(f"chaos ended with {chaos.returncode}")
    if mode == "small" and "degraded" not in figures:
        fail("the tracker was large enough")
finally:
    # Nobody reads any more: chaos ends at its next quiet moment, and its processes with it.
    chaos.stdin.close()
    chaos.stdout.close()
    chaos.wait()
if mode != "small":
    figures["repaired"] = json.loads(run("--json", "status"))["repaired"]
print(json.dumps(figures))
