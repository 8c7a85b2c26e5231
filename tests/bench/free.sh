#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long until a port is free? From the start of the command to the end of the process that held the
# port, and to the command's own end. Each run has a victim of its own, which listened before the clock
# ran and ends at the first signal.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

bench_setup
bench_netns # nothing but the victim's is freed, whatever a peer takes a number for
npm=$(npm_tools)
pw -q load
ways=(
	"portwatch, loaded=$PORTWATCH --pin-dir $PIN --free %p"
	"portwatch, not loaded=$PORTWATCH --pin-dir $PIN-none --free %p"
	"fuser -k=fuser -k %p/tcp"
)
[[ -z $npm ]] || ways+=("fkill=$npm/fkill --force :%p" "kill-port=$npm/kill-port %p")
for crowd in 10 $(quick 2000 200); do
	fixture "crowd-$crowd" --crowd "$crowd:50"
	pairs "$crowd" -v "$(rounds 40)" "${ways[@]}"
	end_started 0
done
