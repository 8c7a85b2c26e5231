#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	run.py MINUTES [FOLDER]		root; PORTWATCH_BUILD: the build to run
#
# A tracker of its own, two streams, an exporter that is scraped, and `check`, under mixed load
# (load.py), for MINUTES. All that was seen is written to FOLDER/run.json; ends with its report
# (report.py) and that one's exit status.

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import load
import report

SCRAPE_EVERY = 5
CHECK_EVERY = 60
SAMPLE_EVERY = 60
SAMPLES = 20  # at least, of a short run
MAX_SOCKETS = 262144  # others on the machine may have many, too
HZ = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.abspath(os.environ.get("PORTWATCH_BUILD", f"{here}/../../build"))
PIN = f"/sys/fs/bpf/portwatch-endurance-{os.getpid()}"


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * PAGE


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HZ


class Stream(threading.Thread):
    """A stream whose lines are counted"""

    def __init__(self, run, name, lost, *words):
        super().__init__(daemon=True)
        self.name, self.lost_pattern = name, re.compile(lost)
        self.process = run.processes.start(run.portwatch, "--pin-dir", PIN, "stream", *words, nice=0,
                                           stdout=subprocess.PIPE)
        self.events = self.lost = 0
        self.start()

    def run(self):
        rest = b""
        while block := os.read(self.process.stdout.fileno(), 1 << 16):
            lines, _, rest = (rest + block).rpartition(b"\n")
            told = self.lost_pattern.findall(lines)
            self.lost += sum(map(int, told))
            self.events += lines.count(b"\n") + bool(lines) - len(told)


class Run:
    def __init__(self, minutes, folder):
        self.seconds, self.folder = minutes * 60, folder
        self.portwatch = f"{build}/portwatch"
        self.netns = [f"pw-endurance-{os.getpid()}-{name}" for name in ("servers", "chaos")]
        self.samples, self.stopping = [], threading.Event()
        self.differences = {"servers": [], "others": [], "not_repaired": 0}
        self.scrapes = {"done": 0, "failed": 0, "largest": 0}
        self.checks = {"done": 0, "failed": 0, "longest_s": 0, "resident": 0}

    def __enter__(self):
        for name in self.netns:
            subprocess.run(["ip", "netns", "add", name], check=True)
            subprocess.run(["nsenter", f"--net=/run/netns/{name}", "ip", "link", "set", "lo", "up"], check=True)
        self.inode = os.stat(f"/run/netns/{self.netns[0]}").st_ino
        self.processes = load.Processes(self.netns[0], self.folder)
        subprocess.run([self.portwatch, "--pin-dir", PIN, "-q", "load", "--max-sockets", str(MAX_SOCKETS)], check=True)
        return self

    def __exit__(self, *_):
        self.processes.end()
        subprocess.run([self.portwatch, "--pin-dir", PIN, "-q", "unload"], check=False)
        for name in self.netns:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def start(self):
        self.streams = [
            Stream(self, "stream --json", rb'"event":"lost","count":(\d+)', "--json"),
            Stream(self, "stream --port 8090, text", rb"lost  \*\*\* (\d+) events? lost here",
                   "--no-header", "--port", "8090"),
        ]
        self.exporter = self.processes.start(self.portwatch, "--pin-dir", PIN, "export", "--listen", ":9736", nice=0)
        load.start_servers(self.processes)
        load.fill(self.processes)
        self.clients = load.start_clients(self.processes)
        self.chaos = load.Chaos(self.processes, self.netns[1], f"{build}/tests/chaos")
        self.chaos.start()

    # ---- what is done now and then --------------------------------------------------------------

    def scrape(self):
        ok, text = self.processes.run("curl", "-sSf", "-m", "10", "http://127.0.0.1:9736/metrics")
        self.scrapes["done"] += 1
        self.scrapes["failed"] += not (ok and "portwatch_tracker_loaded 1\n" in text)
        self.scrapes["largest"] = max(self.scrapes["largest"], len(text))

    def ask_check(self, *words):
        """The differences, or None"""
        begin = time.monotonic()
        out = tempfile.TemporaryFile()
        p = subprocess.Popen([self.portwatch, "--pin-dir", PIN, "--json", "check", *words], stdout=out)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        self.checks["longest_s"] = max(self.checks["longest_s"], time.monotonic() - begin)
        self.checks["resident"] = max(self.checks["resident"], usage.ru_maxrss * 1024)
        out.seek(0)
        return json.load(out)["differences"] if p.returncode in (0, 1) else None

    def is_of_servers(self, difference):
        if "netns" in difference:
            return difference["netns"] == self.inode
        return difference.get("port") in load.SERVER_PORTS

    def check_while_quiet(self):
        found = self.ask_check()
        for difference in found or []:
            self.differences["servers" if self.is_of_servers(difference) else "others"].append(difference)
        if found:
            self.ask_check("--repair")
            self.differences["not_repaired"] += len(self.ask_check() or [])
        return found

    def check(self):
        self.checks["done"] += 1
        self.checks["failed"] += self.chaos.while_quiet(self.check_while_quiet) is None

    def sample(self):
        done = subprocess.run([self.portwatch, "--pin-dir", PIN, "--json", "status"], capture_output=True, check=True)
        status = json.loads(done.stdout)
        named = {s.name: s.process.pid for s in self.streams} | {"export --listen": self.exporter.pid}
        self.samples.append({
            "at": time.monotonic() - self.begin,
            "resident": {name: resident(pid) for name, pid in named.items()},
            "streams": {s.name: {"events": s.events, "lost": s.lost, "cpu_s": cpu_seconds(s.process.pid)}
                        for s in self.streams},
            "exporter_cpu_s": cpu_seconds(self.exporter.pid),
            "map_bytes": status["map_bytes"], "degraded": status["degraded"],
            "entries": status["sockets"]["entries"], "timewait": status["timewait"]["entries"],
            "chaos_operations": self.chaos.operations,
        } | {word: status["events"][word] for word in ("seen", "sent", "lost", "missed")})
        self.save()

    def every(self, seconds, do):
        def again():
            due = self.begin + seconds
            while not self.stopping.wait(max(0, due - time.monotonic())):
                do()
                due = max(due + seconds, time.monotonic())
        thread = threading.Thread(target=again, daemon=True)
        thread.start()
        return thread

    def go(self):
        self.begin = time.monotonic()
        threads = [self.every(SCRAPE_EVERY, self.scrape),
                   self.every(min(CHECK_EVERY, self.seconds / 4), self.check),
                   self.every(min(SAMPLE_EVERY, self.seconds / SAMPLES), self.sample)]
        self.stopping.wait(self.seconds)
        self.stopping.set()
        for thread in threads:
            thread.join(90)
        self.settle()

    def settle(self):
        """The last figures, when nothing moves: what was lost has been told by then."""
        self.chaos.stopping = True
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join(30)
        told = None
        for _ in range(10):  # others on the machine may never stand still
            time.sleep(2)
            if told == (told := [s.events for s in self.streams]):
                break
        self.sample()

    def save(self):
        with open(f"{self.folder}/run.json.new", "w", encoding="utf-8") as f:
            json.dump({
                "seconds": self.samples[-1]["at"],
                "machine": f"{os.cpu_count()} processors, Linux {os.uname().release}, load {os.getloadavg()[1]:.1f}",
                "samples": self.samples, "differences": self.differences, "scrapes": self.scrapes,
                "checks": self.checks,
                "chaos": {"quiet_moments": self.chaos.quiet_moments, "restarts": self.chaos.restarts},
                "clients": [{"name": c.name, "requests": c.requests, "failures": c.failures} for c in self.clients],
            }, f)
        os.rename(f"{self.folder}/run.json.new", f"{self.folder}/run.json")


def main(minutes, folder=None):
    if os.geteuid() != 0:
        sys.exit("portwatch: an endurance run needs root")
    home = folder or tempfile.mkdtemp(prefix="portwatch-endurance-")
    os.makedirs(home, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    try:
        with Run(float(minutes), home) as run:
            run.start()
            run.go()
        return report.main(f"{home}/run.json")
    finally:
        if not folder:
            shutil.rmtree(home)


sys.exit(main(*sys.argv[1:]))
