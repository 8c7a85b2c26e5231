# SPDX-License-Identifier: GPL-2.0-or-later
"""Plots as SVG, by gnuplot: no background and middling colours, to be read on light and on dark pages."""

import subprocess

COLOURS = ["#2a7de1", "#e1712a", "#2f9e55", "#c0406a", "#8a63d2", "#999933", "#3aa6a6", "#b0b0b0"]
GREY = "#808080"


def draw(path, commands, data):
    blocks = "".join(f"$d{i} << EOD\n{rows}EOD\n" for i, rows in enumerate(data))
    head = f"""
set terminal svg size 720,360 dynamic font "sans-serif,13" linewidth 1.5
set output "{path}"
set border 3 linecolor rgb "{GREY}"
set tics nomirror textcolor rgb "{GREY}"
set key outside right center Left reverse textcolor rgb "{GREY}"
set grid ytics linecolor rgb "{GREY}" linewidth 0.3
"""
    subprocess.run(["gnuplot"], input=blocks + head + commands, text=True, check=True)


def quoted(text):
    return '"' + text.replace('"', "'").replace("@", " ") + '"'


def labels(x, y):
    return (f"set xlabel {quoted(x)} textcolor rgb '{GREY}'\n"
            f"set ylabel {quoted(y)} textcolor rgb '{GREY}'\n")


def lines(path, x, y, series):
    """series: {name: [(x, y)]}; both axes are logarithmic."""
    series = {name: points for name, points in series.items() if points}
    if not series:
        return
    ticks = sorted({at for points in series.values() for at, _ in points})
    plots = ", ".join(
        f"$d{i} with linespoints pointtype 7 pointsize 0.5 linecolor rgb '{COLOURS[i % len(COLOURS)]}' "
        f"title {quoted(name)}" for i, name in enumerate(series))
    draw(path, labels(x, y) + "set logscale xy\nset autoscale xfix\nset format y '%g'\nset xtics ("
         + ", ".join(f"{quoted(format(at, ','))} {at}" for at in ticks)
         + f")\nset offsets graph 0.03, graph 0.03\nplot {plots}\n",
         ["".join(f"{at} {value}\n" for at, value in sorted(points)) for points in series.values()])


def bars(path, y, groups, names, values):
    """values: {(group, name): number}"""
    rows = "".join(
        quoted(group) + "".join(f" {values.get((group, name), 'NaN')}" for name in names) + "\n"
        for group in groups)
    plots = ", ".join(
        f"$d0 using {i + 2}:xtic(1) linecolor rgb '{COLOURS[i % len(COLOURS)]}' title {quoted(name)}"
        for i, name in enumerate(names))
    draw(path, labels("", y) + "set style data histogram\nset style histogram clustered gap 1.5\n"
         "set style fill solid noborder\nset xzeroaxis linetype 1 linecolor rgb '#808080'\n"
         f"plot {plots}\n", [rows])
