#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does `portwatch top` cost while nothing happens? Two machines of 5,000 sockets: one with a
# hundred servers, one of which has 2,450 connections (both ends are here), and one with 5,000
# servers; each with a crowd of processes that have nothing to do with it.
#
#	tests/bench/top.sh [SECONDS] [INTERVAL]		root; CROWD=PROCS:FILES, tmux
#
# The figure is what the scheduler gave to the process in that time (/proc/PID/schedstat), the
# kernel's work for it included, as percent of one core.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

seconds=${1:-60}
interval=${2:-2}
crowd=${CROWD:-500:20}

bench_setup
ns=pw-bench-$$
TMUX_SOCKET=$scratch/tmux
ip netns add "$ns"
trap 'tmux -S "$TMUX_SOCKET" kill-server 2>/dev/null || true; bench_teardown; ip netns del "$ns"' EXIT
nsenter --net="/run/netns/$ns" ip link set lo up
fixture crowd --crowd "$crowd"

enter=(nsenter --net="/run/netns/$ns")

in_ns() {
	"${enter[@]}" "$@"
}

# servers PROCESSES PORTS-EACH: their pids go to $started
servers() {
	local i
	for ((i = 0; i < $1; i++)); do
		"${enter[@]}" python3 -c '
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
	until [[ $(in_ns ss -Htln | wc -l) -ge $(($1 * $2)) ]]; do sleep 0.2; done
}

on_cpu() { # PID: ns
	cut -d' ' -f1 "/proc/$1/schedstat"
}

measure() { # NAME TOP-ARG...
	local name=$1 pid before
	shift
	in_ns tmux -S "$TMUX_SOCKET" -f /dev/null new-session -d -x 120 -y 40 -s "$name" \
		"exec '$PORTWATCH' --pin-dir '$PIN' top -i $interval $*"
	pid=$(tmux -S "$TMUX_SOCKET" list-panes -t "$name" -F '#{pane_pid}')
	until tmux -S "$TMUX_SOCKET" capture-pane -p -t "$name" | grep -q ^PORT; do sleep 0.2; done
	sleep 5
	before=$(on_cpu "$pid")
	sleep "$seconds"
	awk -v name="$name" -v ns=$(($(on_cpu "$pid") - before)) -v s="$seconds" \
		'BEGIN { printf "%-34s %6.2f ms/s  %5.3f %%\n", name, ns / 1e6 / s, ns / 1e7 / s }'
	tmux -S "$TMUX_SOCKET" kill-session -t "$name"
}

end_servers() {
	local pid
	for pid in "${started[@]:1}"; do
		kill "$pid"
	done
	started=("${started[0]}")
	until [[ $(in_ns ss -Htln | wc -l) -eq 0 ]]; do sleep 0.2; done
}

about
echo "crowd of $crowd (processes:files), $seconds s, a look each $interval s"
"$PORTWATCH" --pin-dir "$PIN" -q load
echo
servers 10 10
"${enter[@]}" "$PORTFIX" --addr 127.0.0.1 --port 9000 --listen 4096 --accept 2450 >"$scratch/server" &
started+=($!)
until grep -qs ^ready "$scratch/server"; do sleep 0.1; done
"${enter[@]}" "$PORTFIX" --connect 127.0.0.1:9000 --conns 2450 >/dev/null &
started+=($!)
until [[ $(in_ns ss -Htan state established sport = :9000 | wc -l) -eq 2450 ]]; do sleep 0.2; done
measure "connections" --netns self
measure "connections-sorted-by-them" --netns self --sort conn
"$PORTWATCH" --pin-dir "$PIN" -q unload
measure "connections-own-tracker" --netns self
"$PORTWATCH" --pin-dir "$PIN" -q load
end_servers
servers 50 100
measure "listeners" --netns self
measure "listeners-tree" --netns self --tree
