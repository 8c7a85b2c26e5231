#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long does `portwatch PORT` take as a whole process, next to an empty one and to what else
# answers the question? On a machine made busy: 2,000 processes with 50 open files each.
#
#	tests/bench/query.sh [ROUNDS]		root; CROWD=PROCS:FILES
#
# Every round runs each of them once, in turns; medians, and ratios of pairs of the same round.
# A benchmark is no test: it says what it measured and judges nothing.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${1:-200}
crowd=${CROWD:-2000:50}

bench_setup
fixture server --addr 127.0.0.1
port=$(field port)
fixture crowd --crowd "$crowd"
"$PORTWATCH" --pin-dir "$PIN" -q load

tool() { # NAME COMMAND...
	local name=$1
	shift
	command -v "$1" >/dev/null && printf '%s\n' "$name=$*"
}

about
echo "crowd of $crowd (processes:files); port $port is held, port 1 is free; $rounds rounds"
echo
"$PAIR" "$rounds" \
	"/bin/true=/bin/true" \
	"portwatch PORT=$PORTWATCH --pin-dir $PIN $port" \
	"portwatch --json PORT=$PORTWATCH --pin-dir $PIN --json $port" \
	"portwatch FREE-PORT=$PORTWATCH --pin-dir $PIN 1" \
	"portwatch --version=$PORTWATCH --version"
echo
# These take so much longer that fewer rounds tell as much.
mapfile -t others < <(
	tool "ss -tlnp" ss -Htlnp "sport = :$port"
	tool "fuser" fuser "$port/tcp"
	tool "lsof" lsof -nP "-iTCP:$port" -sTCP:LISTEN
)
"$PAIR" $((rounds / 10 > 4 ? rounds / 10 : 5)) \
	"portwatch PORT=$PORTWATCH --pin-dir $PIN $port" \
	"portwatch, not loaded=$PORTWATCH --pin-dir $PIN-none $port" \
	"${others[@]}"
