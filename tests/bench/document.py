# SPDX-License-Identifier: GPL-2.0-or-later
"""benchmarks.md: all sections for which there are results."""

import os

import sections
import verdicts
from page import table

TITLES = {
    "owner": "Who has a port?", "answer": "The answer alone", "free": "Free it", "traffic": "What it costs the traffic",
    "stream": "Does a stream tell everything?", "many": "Very many sockets", "memory": "Memory",
    "growth": "How costs grow", "timewait": "TIME-WAIT", "top": "top",
}
MEASURED_BY = {"memory": "many"}
TOOLS = ("ss", "fuser", "lsof", "fkill-cli", "kill-port", "node", "wrk", "nginx", "libbpf-tools")


def machine(about):
    peers = ", ".join(f"{tool} {about[tool]}" for tool in TOOLS if about.get(tool))
    rows = [
        ("portwatch", f"{about['portwatch']} ({about['commit']})"),
        ("kernel", f"{about['kernel']}, {about['system']}"),
        ("machine", about["cpu"] + (", virtual" if about["virtual"] == "yes" else "")),
        ("load average", f"{about['load']} before, {about['load_end']} after"),
        ("rounds", f"{about['rounds']}" + (", a quick run: sizes are small, figures mean little" if about["quick"] else "")
         + f"; {int(about['seconds']) // 60} min {int(about['seconds']) % 60} s in all"),
        ("hooks", about["hooks"]),
        ("peers", peers),
    ]
    return table(["", ""], rows)


def busy(about):
    """Whether something else was running when this began."""
    return float(about["load"].split()[0]) > 0.5


def write(results, folder):
    os.makedirs(folder, exist_ok=True)
    about = results.about
    text = f"""# Benchmarks

Written by `make bench`, every figure and every verdict, from one run on the machine below. Not to be edited. Whatever is
compared ran in turns, each once in every round; a ratio is the median of the ratios of single rounds, so that what else
the machine did is in both.

{machine(about)}"""
    if busy(about):
        text += "\nThe machine was not quiet when this run began: absolute figures are worse than they need be.\n"
    text += "\n## What must hold\n\n" + table(["", "must", "is", ""], verdicts.all_rows(results))
    for name, title in TITLES.items():
        if results.cases(MEASURED_BY.get(name, name)):
            text += f"\n## {title}\n\n" + getattr(sections, name)(results, folder)
    with open(os.path.join(folder, "benchmarks.md"), "w", encoding="utf-8") as out:
        out.write(text)
    print(f"\n{folder}/benchmarks.md")
