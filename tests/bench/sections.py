# SPDX-License-Identifier: GPL-2.0-or-later
"""One function a section: (results, folder for plots) -> Markdown. What was not measured is left out."""

import os

import plots
from page import mib, number, percent, table
from stats import interval, median
from verdicts import losses


def plot(folder, name, alt):
    return f"\n![{alt}](bench-{name}.svg)\n", os.path.join(folder, f"bench-{name}.svg")


def matrix(results, bench, cases, metric, show=number, head="", titles=None):
    """A row for each who, a column for each case."""
    everyone = list(dict.fromkeys(who for case in cases for who in results.who(bench, case)))
    rows = [[who] + [show(results.median(bench, case, who, metric)) for case in cases] for who in everyone
            if any(results.median(bench, case, who, metric) is not None for case in cases)]
    return table([head] + [(titles or {}).get(case, case) for case in cases], rows)


def owner(results, folder):
    quick = [case for case in results.cases("owner") if not case.endswith("peers")]
    peers = [f"{case}, peers" for case in quick]
    rows, series = [], {}
    for cases in (quick, peers):
        for who in dict.fromkeys(who for case in cases for who in results.who("owner", case)):
            if cases is peers and who == "portwatch, loaded":
                continue
            values = [results.median("owner", case, who, "ms") for case in cases]
            rows.append([who] + [number(value) for value in values])
            if "free port" not in who and who not in ("portwatch --json, loaded", "portwatch --version"):
                series[who] = [(int(case.split(",")[0]), value) for case, value in zip(cases, values) if value]
    ratios = []
    for case in quick:
        times = [median(results.paired("owner", f"{case}, peers", who, "portwatch, loaded", "ms"))
                 for who in results.who("owner", f"{case}, peers") if not who.startswith("portwatch") and "free port" not in who]
        once = results.paired("owner", f"{case}, peers", "fuser", "portwatch, not loaded", "ms")
        least = results.paired("owner", case, "portwatch, loaded", "/bin/true", "ms")
        ratios.append([int(case), number(median(least)) + "×", number(min(times)) + "×" if times else "–",
                       number(median(once)) + "×" if once else "–"])
    image, path = plot(folder, "owner", "time until the owner of a port is told, by the number of processes")
    plots.lines(path, "processes with 50 files each", "ms", series)
    return f"""Whole processes, from start to end, in ms; medians. Columns: processes on the machine with 50 open files each.

{table([""] + [f"{int(case):,}" for case in quick], rows)}
The npm tools cannot only look. They were asked for a port that nobody has, which they find out in the way they find an
owner (kill-port by `lsof`, fkill by `ss`, each of all sockets), and had nothing to end.

Ratios of the same round, medians:

{table(["processes", "loaded : /bin/true", "quickest peer : loaded", "fuser : not loaded"], ratios)}{image}"""


def answer(results, folder):
    rows = [[who, f"{int(case):,}"] + [number(results.median("answer", case, who, metric))
                                       for metric in ("verified_us", "described_us")]
            for case in results.cases("answer") for who in results.who("answer", case)]
    return f"""The same without the start of a process: open the tracker, ask, verify every holder; in µs.

{table(["", "processes × 50 files", "holders verified", "with command line and cgroup"], rows)}"""


def free(results, folder):
    rows = [[who, f"{int(case):,}", number(results.median("free", case, who, "ms")),
             number(results.median("free", case, who, "said_ms"))]
            for case in results.cases("free") for who in results.who("free", case)]
    return f"""From the start of the command until the process that listened is gone and its port free, and until the command
said so. Each run has a victim of its own, which ends at the first signal. portwatch sends TERM, verifies the result, and
watches for a while whether something takes the port back, which is most of the difference between its two columns; `fuser -k`,
kill-port and `fkill --force` send KILL and look no further than that.

{table(["", "processes × 50 files", "freed, ms", "said so, ms"], rows)}"""


LOADS = {"connect": "connect, accept, reset", "timewait": "connect, accept, close", "http": "keep-alive HTTP (wrk, nginx)",
         "udp-send": "UDP, unconnected sends", "udp-ask": "UDP, a socket for each datagram"}
SHORT = {"connect": "reset", "timewait": "close", "http": "keep-alive", "udp-send": "UDP sends", "udp-ask": "UDP sockets"}


def traffic(results, folder):
    parts, values = [], {}
    loads = [load for load in LOADS if load in results.cases("traffic")]
    for load in loads:
        rows = []
        for who in results.who("traffic", load):
            row = [who, number(results.median("traffic", load, who, "per_s"))]
            for metric in ("per_s", "cpu_ns"):
                more = losses(results, load, who, metric)
                low, high = interval(more)
                row.append("" if who == "bare" else f"{percent(median(more))} ({percent(low)} … {percent(high)})")
                if metric == "cpu_ns":
                    values[SHORT[load], who] = 100 * median(more)
            row += [number(results.median("traffic", load, who, metric)) for metric in ("cpu_ns", "bpf_ns", "bpf_runs")]
            rows.append(row)
        head = ["", "per second", "more time", "more processor time", "processor ns", "of it programs' ns", "programs run"]
        parts.append(f"### {LOADS[load][0].upper() + LOADS[load][1:]}\n\n{table(head, rows)}")
    names = [who for who in results.who("traffic", loads[0]) if who != "bare"]
    image, path = plot(folder, "traffic", "processor time that each costs, in percent, by load")
    plots.bars(path, "% more processor time", [SHORT[load] for load in loads], names, values)
    programs = results.median("traffic", "hooks", "empty", "programs")
    return f"""On loopback, one process or one pair of them, as fast as it goes. A connection is reset, or closed in good order, which leaves
TIME-WAIT; of UDP, datagrams of one unconnected socket, and a new connected socket for each. *empty*: {number(programs)} programs that do nothing, on
exactly the hooks that the tracker has on this kernel (made from its own links, and compared with them before each run): what
hooks cost in themselves. *stream*: the tracker and one reader of all events as JSON. Next to them what else traces every
connection: tcpstates and tcplife of libbpf-tools, their output thrown away.

Per operation. *More time* and *more processor time* are of each round against the bare load of that round: the median, with
its 95 % confidence interval. The programs' own run time is the kernel's (`kernel.bpf_stats_enabled`, in rounds of their own, as
it costs something, too); whatever else runs on the machine at that time is in it.
{image}
""" + "\n".join(parts)


def stream(results, folder):
    rows = []
    for case, title in (("rate", "at a rate"), ("full", "at full speed")):
        for who in results.who("stream", case):
            made, told, lost, rate, core, n = (results.median("stream", case, who, metric)
                                               for metric in ("made", "told", "lost", "per_s", "core", "connections"))
            rows.append([title, who, number(n), number(rate), number(made), number(told), number(made - told),
                         number(lost), number(core)])
    sent, lost, missed = (results.median("stream", "full", "portwatch", metric)
                          for metric in ("kernel_sent", "kernel_lost", "kernel_missed"))
    return f"""Connections of one process in a namespace in which nothing else happens; the reader writes into a file. *Made* is the number of
connections times the events of one ({number(results.median("stream", "events", "portwatch", "each"))} for portwatch, {number(
    results.median("stream", "events", "tcpstates", "each"))} for tcpstates, learnt from a few slow ones). *Said to be lost* is
the sum of what the reader itself reports; that of tcpstates includes other events of the machine.

{table(["", "", "connections", "per second", "made", "told", "not told", "said to be lost", "cores"], rows)}
The tracker's own counters for the last run: {number(sent)} sent, {number(lost)} lost by the reader, {number(missed)} missed by the programs.
"""


def sockets_of(case):
    return sum(map(int, case.split(":")))


def many(results, folder):
    cases = [case for case in results.cases("many") if case != "maps"]
    titles = {case: "{:,} + {:,}".format(*map(int, case.split(":"))) for case in cases}
    series = {}
    for who in ("who", "list", "check", "ss -tan", "ss -tanp"):
        series[who] = [(sockets_of(case) or 1, value) for case in cases
                       if (value := results.median("many", case, who, "ms"))]
    image, path = plot(folder, "sockets", "time of whole commands, by the number of sockets")
    plots.lines(path, "sockets", "ms", series)
    return f"""Columns: listeners + connections, both ends of each here. Whole processes in ms, medians, output to /dev/null. `check` compares
every entry with four looks at the kernel's own tables.

{matrix(results, "many", cases, "ms", titles=titles)}{image}"""


def memory(results, folder):
    cases = [case for case in results.cases("many") if case != "maps"]
    cases = list(dict.fromkeys([cases[0], cases[-1]]))
    titles = {case: "at rest" if case == "0:0" else "{:,} listeners + {:,} connections".format(*map(int, case.split(":")))
              for case in cases}
    maps = [[who, mib(results.median("many", "maps", who, "map_bytes") / 1024)] for who in results.who("many", "maps")]
    return f"""The maps are preallocated, so they take the same when they are full:

{table(["maps", ""], maps)}
The most that was ever resident (VmHWM), of whole commands:

{matrix(results, "many", cases, "rss_kib", mib, titles=titles)}"""


GROWTH = {"bystanders' files": "files open on the machine", "holder's descriptors": "descriptors of the holder",
          "holders": "processes that hold the port"}


def growth(results, folder):
    by = {}
    for case in results.cases("growth"):
        if ":" in case:
            what, n = case.rsplit(":", 1)
            by.setdefault(what, []).append((int(n), case))
    text, series = "", {}
    for what, title in GROWTH.items():
        cases = sorted(by.get(what, []))
        names = {case: f"{n:,}" for n, case in cases}
        text += f"### With {title}\n\nms\n\n" + matrix(results, "growth", names, "ms", titles=names, head=title) + "\n"
        series[title] = [(n, results.median("growth", case, "portwatch, loaded", "ms")) for n, case in cases]
    image, path = plot(folder, "growth", "time of portwatch PORT, loaded, by what may be many")
    plots.lines(path, "number", "ms", series)
    text += f"`portwatch PORT`, loaded:\n{image}\n"

    operations = results.median("growth", "readers", "connections", "operations")
    wants = [what for what in by if what.startswith("readers, ")]
    numbers = sorted({n for what in wants for n, _ in by[what]})
    rows = []
    for what in wants:
        took = {n: results.median("growth", case, "connections", "cpu_ms") * 1000 / operations for n, case in by[what]}
        rows.append([what.removeprefix("readers, ")] + [number(took.get(n)) for n in numbers])
    text += ("### With readers\n\nProcessor time of a connection (connect, accept, close) in µs, which the readers' own is not in, "
             "by their number and by what they want.\n\n" + table(["readers"] + [f"{n:,}" for n in numbers], rows) + "\n")

    names = {case: f"{n:,}" for n, case in sorted(by.get("namespaces", []))}
    if not names:
        return text
    text += "### With network namespaces\n\nms; one listener in each.\n\n" + matrix(
        results, "growth", names, "ms", titles=names, head="namespaces")
    return text


def timewait(results, folder):
    rows = [[who, number(results.median("timewait", "look", who, "ms")), mib(results.median("timewait", "look", who, "rss_kib"))]
            for who in results.who("timewait", "look") if who != "-"]
    there = [number(results.median("timewait", "look", "-", metric)) for metric in ("sockets", "sockets_after")]
    return f"""A look at {there[0]} TIME-WAIT sockets ({there[1]} were left when the last one was over).

{table(["", "ms", "most resident"], rows)}"""


def top(results, folder):
    rows = [[case, who, f"{results.median('top', case, who, 'core_percent'):.2f} %"]
            for case in results.cases("top") for who in results.who("top", case)]
    return f"""`portwatch top`, a look every 2 s while nothing happens, the kernel's work for it included; percent of one core.

{table(["", "view", "of a core"], rows)}"""
