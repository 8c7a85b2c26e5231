# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements as the benchmarks write them (lib.sh says how), and what is computed of them."""

import math


FEW = 6


def quantile(values, q):
    values = sorted(values)
    at = q * (len(values) - 1)
    low = math.floor(at)
    return values[low] + (at - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def median(values):
    return quantile(values, 0.5)


def interval(values):
    """The 95 % confidence interval of the median, from order statistics; of less than FEW values, there
    being none, all that they cover."""
    values, n = sorted(values), len(values)
    reach = 1.96 * math.sqrt(n) / 2
    low, high = math.floor(n / 2 - reach), math.ceil(n / 2 + reach) - 1
    return values[max(low, 0)], values[min(high, n - 1)]


class Results:
    """{(benchmark, case, who, metric): {round: value}}; numbers, but for `about`."""

    def __init__(self, path):
        self.rounds = {}
        self.about = {}
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                bench, case, who, turn, metric, value = line.rstrip("\n").split("\t")
                if bench == "about":
                    self.about[metric] = value
                else:
                    self.rounds.setdefault((bench, case, who, metric), {})[int(turn)] = float(value)

    def values(self, bench, case, who, metric):
        return list(self.rounds.get((bench, case, who, metric), {}).values())

    def median(self, bench, case, who, metric):
        """None if it was not measured."""
        values = self.values(bench, case, who, metric)
        return median(values) if values else None

    def paired(self, bench, case, who, to, metric, relation=lambda a, b: a / b):
        """What `who` has in relation to `to`, of each round that measured both."""
        a = self.rounds.get((bench, case, who, metric), {})
        b = self.rounds.get((bench, case, to, metric), {})
        return [relation(a[turn], b[turn]) for turn in a if turn in b]

    def cases(self, bench):
        return list(dict.fromkeys(key[1] for key in self.rounds if key[0] == bench))

    def who(self, bench, case):
        return list(dict.fromkeys(key[2] for key in self.rounds if key[:2] == (bench, case)))

    def metrics(self, bench, case):
        return list(dict.fromkeys(key[3] for key in self.rounds if key[:2] == (bench, case)))
