#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# More and more sockets: what do whole commands take, in time and in memory? One listener in six; each
# connection has both ends here, so that a pair counts as two. The tracker sees them all come. At the
# first and smallest size everything is at rest: what the commands need then they always need.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

# LISTENERS:CONNECTIONS
read -ra sizes <<<"$(quick "0:0 200:1000 2000:10000 20000:100000" "0:0 200:1000")"
room=200000

# highest NAME COMMAND...: of one that goes on until it is ended, the most that was resident (KiB)
highest() {
	local name=$1 pid last=0 now
	shift
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep 1
	while now=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status") && ((now > last)); do
		last=$now
		sleep 1
	done
	kill "$pid"
	wait "$pid" || true
	result "$size" "$name" 0 rss_kib "$now"
}

# in_terminal NAME COMMAND...: the same of one that wants a terminal
in_terminal() {
	local name=$1
	shift
	tmux -S "$scratch/tmux" -f /dev/null new-session -d -x 120 -y 40 -s m "exec $*"
	sleep 4
	result "$size" "$name" 0 rss_kib \
		"$(awk '/^VmHWM/ { print $2 }' "/proc/$(tmux -S "$scratch/tmux" list-panes -t m -F '#{pane_pid}')/status")"
	tmux -S "$scratch/tmux" kill-server
}

bench_setup
bench_netns
many=$(tool sockets)
fixture server --addr 127.0.0.1
port=$(field port)
pw -q load
result maps "default sizes" 0 map_bytes "$(status .map_bytes)"
pw -q unload
for size in "${sizes[@]}"; do
	pw -q load --max-sockets "$room"
	background sockets "$many" 0 "${size%:*}" "${size#*:}"
	ours=("$PORTWATCH" --pin-dir "$PIN")
	pairs "$size" "$(rounds 50)" \
		"who=${ours[*]} $port" \
		"list=${ours[*]} list" \
		"list --json=${ours[*]} list --json" \
		"list --listening=${ours[*]} list --listening" \
		"check=${ours[*]} check" \
		"status=${ours[*]} status" \
		"ss -tan=ss -tan" \
		"ss -tanp=ss -tanp"
	pairs "$size" 2 \
		"timewait --once=${ours[*]} timewait --once" \
		"export=${ours[*]} export" \
		"free, nothing to do=${ours[*]} free 1" \
		"doctor=$PORTWATCH doctor" \
		"list, not loaded=$PORTWATCH --pin-dir $PIN-none list" \
		"load, unload=$PORTWATCH --pin-dir $PIN-again load --max-sockets $room" \
		"unload=$PORTWATCH --pin-dir $PIN-again unload"
	highest wait "${in_ns[@]}" "${ours[@]}" wait 1 --for listen
	highest stream "${in_ns[@]}" "${ours[@]}"
	highest "stream --json" "${in_ns[@]}" "${ours[@]}" --json
	in_terminal top "${in_ns[*]} ${ours[*]} top"
	result maps "for $room sockets, with $(status .sockets.entries)" 0 map_bytes "$(status .map_bytes)"
	result "$size" tracker 0 entries "$(status .sockets.entries)"
	end_started 1
	pw -q unload
done
