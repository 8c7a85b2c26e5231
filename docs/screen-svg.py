#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A terminal's screen, as a command or `tmux capture-pane -e -p` prints it, as SVG: colours kept."""

import re
import sys
import unicodedata
from html import escape

CELL_W, CELL_H, MARGIN, SIZE = 8.4, 18, 12, 14
FOREGROUND, BACKGROUND = "#d8dee9", "#1b1f27"
COLORS = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9"]


def color_of(number):
    """One of the 256: the first sixteen as above, a cube of six levels, a ramp of greys."""
    if number < 16:
        return COLORS[number % 8]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    levels = (0, 95, 135, 175, 215, 255)
    number -= 16
    return "#" + "".join(f"{levels[n]:02x}" for n in (number // 36, number // 6 % 6, number % 6))


class Look:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.reverse = self.underline = False

    def take(self, codes):
        numbers = [int(c or 0) for c in codes.split(";")]
        if numbers[:2] in ([38, 5], [48, 5]):
            setattr(self, "fg" if numbers[0] == 38 else "bg", color_of(numbers[2]))
            return
        for code in numbers:
            if code == 0:
                self.reset()
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.dim = True
            elif code == 4:
                self.underline = True
            elif code == 7:
                self.reverse = True
            elif 30 <= code <= 37:
                self.fg = COLORS[code - 30]
            elif 40 <= code <= 47:
                self.bg = COLORS[code - 40]
            elif code == 39:
                self.fg = None
            elif code == 49:
                self.bg = None

    def colors(self):
        fg, bg = self.fg or FOREGROUND, self.bg
        if self.reverse:
            fg, bg = bg or BACKGROUND, self.fg or FOREGROUND
        return fg, bg


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def line(text, y, look):
    """The pieces of one line; the look goes on into the next."""
    out, x = [], 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if part.startswith("\x1b["):
            look.take(part[2:-1])
            continue
        if not part:
            continue
        fg, bg = look.colors()
        left, wide = MARGIN + x * CELL_W, width(part) * CELL_W
        if bg:
            out.append(f'<rect x="{left:.1f}" y="{y}" width="{wide:.1f}" height="{CELL_H}" fill="{bg}"/>')
        if part.strip():
            style = ' font-weight="bold"' if look.bold else ""
            style += ' opacity="0.6"' if look.dim else ""
            style += ' text-decoration="underline"' if look.underline else ""
            out.append(
                f'<text x="{left:.1f}" y="{y + SIZE - 1}" fill="{fg}"{style} textLength="{wide:.1f}" '
                f'xml:space="preserve">{escape(part)}</text>'
            )
        x += width(part)
    return out, x


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    look, body, columns = Look(), [], 0
    for i, text in enumerate(lines):
        pieces, used = line(text, MARGIN + i * CELL_H, look)
        body += pieces
        columns = max(columns, used)
    w, h = columns * CELL_W + 2 * MARGIN, len(lines) * CELL_H + 2 * MARGIN
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h}" viewBox="0 0 {w:.0f} {h}" '
        f'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}">'
    )
    print(f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>')
    print("\n".join(body))
    print("</svg>")


main()
