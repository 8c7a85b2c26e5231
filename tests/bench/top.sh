#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measure `portwatch top` while nothing happens. Two machines of 5,000 sockets: one with a
# hundred servers, one of which has 2,450 connections (both ends are here), and one with 5,000
# servers; each with a crowd of processes that have nothing to do with it.
#
# The figure is what the scheduler gave to the process in that time (/proc/PID/schedstat), the
# kernel's work for it included, as percent of one core.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

seconds=$(quick 10 3)
interval=2
crowd=$(quick 500:20 20:20)

bench_setup
fixture crowd --crowd "$crowd"
bench_netns

# A server of its own for each: one that is about to end takes no more sessions.
cleanups+=("for socket in $scratch/tmux-*; do tmux -S \$socket kill-server; done 2>/dev/null")

# servers PROCESSES PORTS-EACH: their pids go to $started
servers() {
	local i
	for ((i = 0; i < $1; i++)); do
		"${in_ns[@]}" python3 -c '
import socket, sys, time
held = []
for port in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
    s = socket.socket()
    s.bind(("127.0.0.1", port))
    s.listen()
    held.append(s)
time.sleep(3600)' $((10000 + i * $2)) "$2" &
		started+=($!)
	done
	until [[ $("${in_ns[@]}" ss -Htln | wc -l) -ge $(($1 * $2)) ]]; do sleep 0.2; done
}

on_cpu() { # PID: ns
	cut -d' ' -f1 "/proc/$1/schedstat"
}

measure() { # NAME TOP-ARG...
	local name=$1 pid before
	shift
	"${in_ns[@]}" tmux -S "$scratch/tmux-$name" -f /dev/null new-session -d -x 120 -y 40 -s "$name" \
		"exec '$PORTWATCH' --pin-dir '$PIN' top -i $interval $*"
	pid=$(tmux -S "$scratch/tmux-$name" list-panes -t "$name" -F '#{pane_pid}')
	until tmux -S "$scratch/tmux-$name" capture-pane -p -t "$name" | grep -q ^PORT; do sleep 0.2; done
	sleep "$(quick 5 1)" # until it has looked at all for the first time
	before=$(on_cpu "$pid")
	sleep "$seconds"
	result "$case" "$name" 0 core_percent "$(awk -v ns=$(($(on_cpu "$pid") - before)) -v s="$seconds" \
		'BEGIN { print ns / 1e7 / s }')"
	tmux -S "$scratch/tmux-$name" kill-session -t "$name"
}

pw -q load
case="100 servers, 4,900 connection ends"
servers 10 10
fixture server --addr 127.0.0.1 --port 9000 --listen 4096 --accept 2450
"${in_ns[@]}" "$PORTFIX" --connect 127.0.0.1:9000 --conns 2450 >/dev/null &
started+=($!)
until [[ $("${in_ns[@]}" ss -Htan state established sport = :9000 | wc -l) -eq 2450 ]]; do sleep 0.2; done
measure by-port --netns self
measure by-connections --netns self --sort conn
pw -q unload
measure own-tracker --netns self
pw -q load
end_started 1
case="5,000 servers"
servers 50 100
measure by-port --netns self
measure tree --netns self --tree
