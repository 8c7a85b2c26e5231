# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers and tables as Markdown."""


def number(value, unit=""):
    """Three digits that mean something."""
    if value is None:
        return "–"
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 or value == int(value) else f"{value:,.1f}" if size >= 10 else f"{value:,.2f}"
    return text + (f" {unit}" if unit else "")


def percent(value):
    """Of a fraction."""
    if value is None:
        return "–"
    return f"{100 * value:.2f} %" if abs(value) < 0.01 else f"{100 * value:.1f} %"


def mib(kib):
    return "–" if kib is None else f"{kib / 1024:,.1f} MiB"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
