# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold, and whether the measurements say so. Nothing here is known before they are read."""

import random

from page import number, percent
from stats import FEW, interval, median, quantile


def losses(results, load, who, metric):
    """Per round: the share that the load is slower with `who` (per_s), or takes more processor time (cpu_ns)."""
    if metric == "per_s":
        return results.paired("traffic", load, who, "bare", metric, lambda a, b: b / a - 1)
    return results.paired("traffic", load, who, "bare", metric, lambda a, b: a / b - 1)


def times_empty(results, load, metric):
    """What the tracker costs in units of what empty programs cost, and its 95 % interval (bootstrap).

    None for both if the noise is such that either seems to cost nothing or less.
    """
    pairs = list(zip(losses(results, load, "loaded", metric), losses(results, load, "empty", metric)))
    if not pairs:
        return None
    draw = random.Random(1)

    def medians(sample):
        return tuple(median(values) for values in zip(*sample))

    many = [medians(draw.choices(pairs, k=len(pairs))) for _ in range(2000)]
    loaded, empty = medians(pairs)
    if loaded <= 0 or quantile([e for _, e in many], 0.025) <= 0:
        return None, None
    ratios = [l / e for l, e in many]
    return loaded / empty, (quantile(ratios, 0.025), quantile(ratios, 0.975))


def judged(value, limit, at_most, rounds=None, around=None, show=number):
    """met, or missed by how much, and whether another run might say otherwise.

    rounds: what the value is the median of; around: its interval, if that is not theirs.
    """
    met = value <= limit if at_most else value >= limit
    text = "met" if met else f"**missed** by {show(abs(value - limit))}"
    if rounds is None:
        return text
    if len(rounds) < FEW:
        return f"{text}, not certain: only {len(rounds)} rounds"
    low, high = around or interval(rounds)
    if low <= limit <= high:
        text += f", not certain: 95 % interval {show(low)} to {show(high)}"
    return text


def owner(results):
    cases = [case for case in results.cases("owner") if not case.endswith("peers")]
    rows = []
    worst = None
    for case in cases:
        ratios = results.paired("owner", case, "portwatch, loaded", "/bin/true", "ms")
        if ratios and (worst is None or median(ratios) > median(worst[1])):
            worst = case, ratios
    if worst:
        value = median(worst[1])
        rows.append(("`portwatch PORT`, loaded, next to `/bin/true`", "at most 2× at every size",
                     f"{number(value)}× at worst ({int(worst[0]):,} processes)",
                     judged(value, 2, True, worst[1])))
    case = "2000, peers"
    peers = [(results.median("owner", case, who, "ms"), who) for who in results.who("owner", case)
             if not who.startswith("portwatch") and "free" not in who]
    if peers:
        quickest = min(peers)[1]
        ratios = results.paired("owner", case, quickest, "portwatch, loaded", "ms")
        value = median(ratios)
        rows.append((f"loaded, next to the quickest peer ({quickest}) at 2,000 × 50", "at least 150× faster",
                     f"{number(value)}×", judged(value, 150, False, ratios)))
        for what, who, peer, limit in (
                (f"not loaded, next to the quickest peer ({quickest}) at 2,000 × 50", "portwatch, not loaded", quickest, 15),
                (f"without BPF, next to the quickest peer ({quickest}) at 2,000 × 50", "portwatch, no BPF", quickest, 3),
                ("a free port without BPF, next to fuser at 2,000 × 50", "portwatch of a free port, no BPF",
                 "fuser of a free port", 10)):
            ratios = results.paired("owner", case, peer, who, "ms")
            if ratios:
                value = median(ratios)
                rows.append((what, f"at least {limit}× faster", f"{number(value)}×",
                             judged(value, limit, False, ratios)))
    ratios = results.paired("owner", "10, peers", "fuser", "portwatch, not loaded", "ms")
    if ratios:
        value = median(ratios)
        rows.append(("not loaded, next to fuser at 10 × 50", "at least as fast", f"{number(value)}×",
                     judged(value, 1, False, ratios)))
    return rows


def traffic(results):
    rows = []
    for load, name in (("connect", "connect, accept, reset"), ("timewait", "connect, accept, close")):
        for metric, how in (("per_s", "by the rate"), ("cpu_ns", "by processor time")):
            found = times_empty(results, load, metric)
            if not found:
                continue
            value, around = found
            rounds = losses(results, load, "loaded", metric)
            shares = [percent(median(losses(results, load, who, metric))) for who in ("loaded", "empty")]
            rows.append((f"{name}: loaded, next to empty programs, {how}", "at most 2× their cost; goal 1.5×",
                         f"{shares[0]}, empty {shares[1]}" + (f": {number(value)}×" if around else ""),
                         judged(value, 2, True, rounds, around) if around else
                         "not decided: the cost is lost in the noise"))
    shares = losses(results, "http", "loaded", "per_s")
    if shares:
        value = median(shares)
        rows.append(("keep-alive HTTP, loaded, by the rate", "less than 1 %", percent(value),
                     judged(value, 0.01, True, shares, show=percent)))
    run = results.median("traffic", "http", "loaded", "bpf_ns")
    whole = results.median("traffic", "http", "bare", "cpu_ns")
    if run is not None and whole:
        rows.append(("keep-alive HTTP, loaded, by the programs' own run time", "less than 1 %", percent(run / whole),
                     judged(run / whole, 0.01, True, show=percent)))
    return rows


def stream(results):
    def of(case, metric):
        return results.median("stream", case, "portwatch", metric)

    rows = []
    if of("rate", "made") is not None:
        missing = of("rate", "made") - of("rate", "told")
        rate, wanted = of("rate", "per_s"), of("rate", "wanted")
        slow = "" if rate > 0.98 * wanted else f" wanted, {number(rate)} made by the machine"
        rows.append((f"stream --json into a file, {number(wanted)} connections a second{slow}", "no loss",
                     f"{number(of('rate', 'told'))} of {number(of('rate', 'made'))} events told",
                     "met" if missing == 0 else f"**missed** by {number(missing)} events"))
        rows.append(("its reader", "less than one core", f"{number(of('rate', 'core'))} cores",
                     judged(of("rate", "core"), 1, True)))
    if of("full", "made") is not None:
        wrong = of("full", "told") + of("full", "lost") - of("full", "made")
        rows.append((f"at full speed ({number(of('full', 'per_s'))}/s)", "told + lost = made, exactly",
                     f"{number(of('full', 'told'))} + {number(of('full', 'lost'))}, made {number(of('full', 'made'))}",
                     "met" if wrong == 0 else f"**missed** by {number(wrong)} events"))
    return rows


def all_rows(results):
    return owner(results) + traffic(results) + stream(results)
