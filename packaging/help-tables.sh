#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The option tables of all commands, as `PROGRAM --help-table` prints them (src/base/opt.h): first the
# commands, then a line "of NAME" in front of each one's table. A command whose program is not
# there is left out.
#
#   help-tables.sh build/portwatch

set -eu
"$1" --help-table | while IFS='	' read -r word name summary; do
	table=$("$1" "$name" --help-table 2>/dev/null) || continue
	printf '%s\t%s\t%s\nof\t%s\n%s\n' "$word" "$name" "$summary" "$name" "$table"
done
