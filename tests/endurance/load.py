# SPDX-License-Identifier: GPL-2.0-or-later
"""The load of an endurance run: servers with their clients, and the chaos generator.

Every rate is bounded, and all of it is nice: what is sought is time, not speed.
"""

import os
import re
import subprocess
import sys
import threading
import time

CHAOS_EVERY = 2000  # operations between two moments at which its processes stand still
CHAOS_REST = 4.0  # seconds that they stand still

NGINX = """daemon off; user root; worker_processes 1; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p;
  fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen 8080; listen [::]:8080 ipv6only=on; location / {{ return 200 "hello\\n"; }} }}
}}
"""
HAPROXY = """global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:8090
  bind :::8091 v6only
  default_backend back
backend back
  server one 127.0.0.1:8080
"""
SERVER_PORTS = (8080, 8090, 8091, 6379, 9736)


# The tracker remembers some 16,000 combinations of process and peer that were left in TIME-WAIT, and
# the exporter with it. Full from the beginning, neither can hide a leak behind its growth.
REMEMBERED = 17000
FILL = """
import socket, sys
for i in range(int(sys.argv[1])):
    socket.create_connection((f"127.1.{i >> 8}.{i & 255}", 8080)).close()
"""


class Processes:
    """Started in a network namespace, each in a group of its own, and all ended together."""

    def __init__(self, netns, home):
        self.netns, self.home, self.started = netns, home, []

    def start(self, *words, nice=10, netns=None, **how):
        how.setdefault("stdout", subprocess.DEVNULL)
        p = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{netns or self.netns}", "nice", "-n", str(nice), *words],
            stderr=open(f"{self.home}/{os.path.basename(words[0])}.err", "ab"),
            start_new_session=True, **how)
        self.started.append(p)
        return p

    def run(self, *words):
        """Whether a command that ends by itself succeeded, and what it said"""
        p = subprocess.run(["nsenter", f"--net=/run/netns/{self.netns}", "nice", *words],
                           capture_output=True, text=True, check=False)
        return p.returncode == 0, p.stdout

    def end(self):
        for p in reversed(self.started):
            try:
                os.killpg(p.pid, 15)
                p.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
            try:
                os.killpg(p.pid, 9)
            except ProcessLookupError:
                pass
            p.wait()


class Clients(threading.Thread):
    """One client program again and again, with a pause in between"""

    def __init__(self, processes, name, pause, each, words):
        super().__init__(daemon=True)
        self.processes, self.name, self.pause, self.each, self.words = processes, name, pause, each, words
        self.requests = self.failures = 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            ok, said = self.processes.run(*self.words)
            if not ok:
                self.failures += 1
            # wrk goes by time and says what came of it
            done = re.search(r"(\d+) requests in", said)
            self.requests += int(done[1]) if done else self.each if ok else 0
            self.stopping.wait(self.pause)


def start_servers(processes):
    home = processes.home
    for name, text in (("nginx.conf", NGINX), ("haproxy.cfg", HAPROXY)):
        with open(f"{home}/{name}", "w", encoding="utf-8") as f:
            f.write(text.format(home=home))
    processes.start("nginx", "-p", home, "-c", f"{home}/nginx.conf")
    processes.start("haproxy", "-f", f"{home}/haproxy.cfg")
    processes.start("redis-server", "--port", "6379", "--save", "", "--daemonize", "no", "--dir", home)
    for _ in range(200):
        ok, said = processes.run("ss", "-Htln")
        if ok and all(f":{port} " in said for port in (8080, 8090, 8091, 6379)):
            return
        time.sleep(0.1)
    raise SystemExit(f"the servers do not listen: see {home}")


def fill(processes):
    ok, _ = processes.run(sys.executable, "-c", FILL, str(REMEMBERED))
    if not ok:
        raise SystemExit("the clients of the warm-up failed")


def start_clients(processes):
    """Half of the connections are kept alive, half are new ones."""
    clients = [
        Clients(processes, "ab, haproxy to nginx", 1.0, 100, ("ab", "-q", "-n", "100", "-c", "8", "http://127.0.0.1:8090/")),
        Clients(processes, "ab, haproxy, IPv6", 3.0, 50, ("ab", "-q", "-n", "50", "-c", "4", "http://[::1]:8091/")),
        Clients(processes, "wrk, nginx, keep-alive", 20.0, 0, ("wrk", "-t1", "-c8", "-d1s", "http://127.0.0.1:8080/")),
        Clients(processes, "redis-benchmark, kept", 5.0, 2000,
                ("redis-benchmark", "-q", "-n", "1000", "-c", "10", "-t", "set,get")),
        Clients(processes, "redis-benchmark, new", 5.0, 200,
                ("redis-benchmark", "-q", "-n", "100", "-c", "10", "-k", "0", "-t", "set,get")),
    ]
    for client in clients:
        client.start()
    return clients


class Chaos(threading.Thread):
    """tests/helpers/chaos, which stands still after some operations; `quiet` holds it there."""

    def __init__(self, processes, netns, program):
        super().__init__(daemon=True)
        self.processes, self.netns, self.program = processes, netns, program
        self.operations = self.restarts = self.quiet_moments = 0
        self.wanted, self.is_quiet, self.may_go = threading.Event(), threading.Event(), threading.Event()
        self.stopping = False

    def run(self):
        before = 0
        while not self.stopping:
            p = self.processes.start(self.program, "--workers", "8", "--every", str(CHAOS_EVERY),
                                     "--ops", str(10 ** 9), "--seconds", str(10 ** 6),
                                     "--seed", str(self.restarts + 1), netns=self.netns,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for line in p.stdout:
                if line.startswith("quiet"):
                    self.operations = before + int(line.split()[1])
                    self.quiet_moments += 1
                    self.rest()
                    if self.stopping:
                        break
                    p.stdin.write("go\n")
                    p.stdin.flush()
            if not self.stopping:
                self.restarts += 1
            before = self.operations

    def rest(self):
        end = time.monotonic() + CHAOS_REST
        while time.monotonic() < end and not self.stopping:
            if self.wanted.wait(0.1):
                self.is_quiet.set()
                self.may_go.wait()
                return

    def while_quiet(self, look):
        """look() while its processes stand still; None if they do not get there"""
        self.may_go.clear()
        self.wanted.set()
        try:
            return look() if self.is_quiet.wait(60) else None
        finally:
            self.wanted.clear()
            self.is_quiet.clear()
            self.may_go.set()
