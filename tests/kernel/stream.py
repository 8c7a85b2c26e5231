# SPDX-License-Identifier: GPL-2.0-or-later
"""What a stream's events say: the life of each socket, one after the other, checked at each step.

A socket's events must follow from one another (a change starts from the state that the last one
led to, nothing comes twice, nothing after the end), so that a lost, doubled or misplaced event is
an error here. What is left at the end are the sockets that should exist now.
"""

import json

TIMEWAIT_FROM = ("FIN_WAIT2", "CLOSING")
TCP_STEPS = {
    "SYN_SENT": {"ESTABLISHED", "CLOSE", "SYN_RECV"},
    "SYN_RECV": {"ESTABLISHED", "CLOSE", "FIN_WAIT1"},
    "ESTABLISHED": {"FIN_WAIT1", "CLOSE_WAIT", "CLOSE"},
    "FIN_WAIT1": {"FIN_WAIT2", "CLOSING", "CLOSE"},
    "FIN_WAIT2": {"CLOSE"},
    "CLOSE_WAIT": {"LAST_ACK", "CLOSE"},
    "LAST_ACK": {"CLOSE"},
    "CLOSING": {"CLOSE"},
    "LISTEN": {"CLOSE"},
}


def address(a):
    return (a["addr"], a.get("port", 0)) if a else None


class Socket:
    def __init__(self, event):
        self.proto = event["proto"]
        self.cookie = event.get("cookie")
        self.state = None
        self.open = True  # somebody has a descriptor
        self.accepted = False
        self.timewait = False
        self.passive = False
        self.story = []
        self.local = self.remote = self.pid = None

    def over(self):
        """Nothing is to come any more."""
        return not self.open and self.state in (None, "CLOSE", "BOUND", "UNCONN")


class Stream:
    def __init__(self, netns):
        self.netns = netns
        self.errors = []
        self.lost = 0
        self.last_time = ""
        self.live = {}      # identity -> Socket
        self.ended = []
        self.timewaits = {}  # (local, remote) -> Socket
        self.failed = []

    def error(self, event, text):
        self.errors.append(f"{text}: {json.dumps(event)}")

    def identity(self, e):
        return e.get("cookie") or (e["proto"], address(e.get("local")), address(e.get("remote")))

    def feed(self, line):
        e = json.loads(line)
        if e["event"] == "lost":
            self.lost += e["count"]
            return
        if e.get("netns") != self.netns:
            return
        if e["event"] == "bind-failed":
            self.failed.append(e)
        elif e["event"] == "timewait-end":
            pair = (address(e["local"]), address(e["remote"]))
            if not self.timewaits.pop(pair, None):
                self.error(e, "the end of a TIME-WAIT that did not begin")
        else:
            self.step(e)

    def step(self, e):
        key = self.identity(e)
        s = self.live.get(key)
        if not s:
            s = self.live[key] = Socket(e)
            self.begin(s, e)
        getattr(self, e["event"])(s, e)
        s.story.append(self.word(e))
        if e.get("local", {}).get("port"):
            s.local = address(e["local"])
        if s.state in ("BOUND", "LISTEN", "UNCONN"):
            s.remote = None
        elif "remote" in e:
            s.remote = address(e["remote"])
        s.pid = e.get("pid", s.pid)
        if s.over():
            self.ended.append(self.live.pop(key))

    @staticmethod
    def word(e):
        return f"{e['old']}>{e['new']}" if e["event"] == "state" else e["event"]

    def begin(self, s, e):
        if e["event"] == "state" and e["old"] == "SYN_RECV":
            s.passive = True
            s.state = "SYN_RECV"
        elif e["event"] not in ("bind", "listen", "connect"):
            self.error(e, "the first of its socket")

    def bind(self, s, e):
        # Of a listen() without bind() the port is told after it.
        if s.story not in ([], ["listen"], ["connect"]):
            self.error(e, f"bind after {s.story}")
        if not s.state:
            s.state = "UNCONN" if s.proto == "udp" else "BOUND"
        if not e.get("local", {}).get("port"):
            self.error(e, "no port")

    def listen(self, s, e):
        if s.state not in (None, "BOUND", "CLOSE"):
            self.error(e, f"listen in {s.state}")
        s.state = "LISTEN"

    def connect(self, s, e):
        if s.state not in (None, "BOUND", "CLOSE"):
            self.error(e, f"connect in {s.state}")
        s.state = "SYN_SENT"

    def accept(self, s, e):
        if s.accepted or not s.passive:
            self.error(e, "accepted twice, or no such connection")
        s.accepted = True

    def state(self, s, e):
        if e["old"] != s.state or e["new"] not in TCP_STEPS.get(s.state, ()):
            self.error(e, f"it was in {s.state}")
        s.state = e["new"]

    def timewait(self, s, e):
        if s.state not in TIMEWAIT_FROM or s.timewait:
            self.error(e, f"TIME-WAIT after {s.state}")
        s.timewait, s.state = True, "CLOSE"
        self.timewaits[(address(e["local"]), address(e["remote"]))] = s

    def close(self, s, e):
        if not s.open:
            self.error(e, "closed twice")
        s.open = False
