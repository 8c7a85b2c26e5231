#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks measured, to be read.

report.py text RESULTS BENCHMARK    the medians of one, as plain text
report.py verdicts RESULTS          what must hold, and whether it does
report.py write RESULTS FOLDER      benchmarks.md with its plots
"""

import sys

import document
import verdicts
from stats import Results


def text(results, bench):
    for case in results.cases(bench):
        metrics = results.metrics(bench, case)
        print(f"\n{case:40}" + "".join(f"{metric:>14}" for metric in metrics))
        for who in results.who(bench, case):
            cells = (results.median(bench, case, who, metric) for metric in metrics)
            print(f"  {who:38}" + "".join(f"{'' if v is None else format(v, '.6g'):>14}" for v in cells))


def main():
    words = sys.argv[1:]
    if len(words) != {"text": 3, "verdicts": 2, "write": 3}.get(words[0] if words else ""):
        sys.exit(__doc__)
    results = Results(words[1])
    if words[0] == "text":
        text(results, words[2])
    elif words[0] == "verdicts":
        for row in verdicts.all_rows(results):
            print("\t".join(row))
    else:
        document.write(results, words[2])


if __name__ == "__main__":
    main()
