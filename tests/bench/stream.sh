#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does a stream tell everything? Connections at a rate, and then as fast as they can be made, with
# `portwatch --json` into a file; the same with tcpstates. How many events a connection makes is learnt
# from a few slow ones. The stream is of one namespace, in which nothing else happens.

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

seconds=$(quick 30 3)
rate=$(quick 20000 2000)
port=29999

bench_setup
bench_netns
pw -q load

# read_with WHO: $reader, writing to $scratch/events
start_reader() {
	: >"$scratch/events"
	case $1 in
	portwatch)
		"$PORTWATCH" --pin-dir "$PIN" --json --netns "$ns" >"$scratch/events" &
		reader=$!
		until [[ $(status .events.readers) -eq 1 ]]; do sleep 0.02; done
		;;
	tcpstates)
		# of all namespaces: those of other ports are left out when counting
		tcpstates >"$scratch/events" 2>"$scratch/errors" &
		reader=$!
		until grep -qs ^link_type "/proc/$reader"/fdinfo/*; do sleep 0.02; done
		;;
	esac
	started+=("$reader")
	read -ra before <<<"$(counters)"
}

counters() { status '"\(.events.sent) \(.events.lost) \(.events.missed)"'; }
on_cpu() { cut -d' ' -f1 "/proc/$reader/schedstat"; }

# Until the reader has no more work. tcpstates ends in good order, with what it has buffered, at SIGINT only,
# which a shell's background does not get.
end_reader() {
	local last=-1 now
	while now=$(on_cpu) && ((now - last > 1000000)); do
		last=$now
		sleep 0.2
	done
	cpu=$now
	if [[ $1 = portwatch ]]; then kill "$reader"; else kill -INT "$reader"; fi
	wait "$reader" || true
	unset 'started[-1]'
}

told() {
	case $1 in
	portwatch) grep -vc '"event":"lost"' "$scratch/events" || true ;;
	tcpstates) grep -cw "$port" "$scratch/events" || true ;;
	esac
}

lost() {
	case $1 in
	portwatch) sed -n 's/.*"event":"lost","count":\([0-9]*\).*/\1/p' "$scratch/events" ;;
	tcpstates) sed -n 's/^[Ll]ost \([0-9]*\) events.*/\1/p' "$scratch/errors" ;;
	esac | awk '{ n += $1 } END { print n + 0 }'
}

# run_with WHO PORTFIX-ARG...: leaves $n connections, $events, $lost, $cpu and $elapsed (ns)
run_with() {
	local who=$1 begin
	shift
	start_reader "$who"
	begin=$(date +%s%N)
	n=$("${in_ns[@]}" "$PORTFIX" --addr 127.0.0.1 --port $port --reuseaddr --linger0 "$@" |
		sed -n 's/^done connections=\([0-9]*\).*/\1/p')
	elapsed=$(($(date +%s%N) - begin))
	end_reader "$who"
	read -ra after <<<"$(counters)"
	events=$(told "$who")
	lost=$(lost "$who")
}

for who in portwatch tcpstates; do
	run_with "$who" --conn-churn 100 --rate 1000
	few=$events
	run_with "$who" --conn-churn 200 --rate 1000
	result rate "$who" 0 wanted "$rate"
	each=$(((events - few) / 100)) fixed=$((2 * few - events))
	result events "$who" 0 each "$each"

	for case in rate full; do
		if [[ $case = rate ]]; then
			run_with "$who" --conn-churn $((rate * seconds)) --rate "$rate" --for $((seconds * 1000))
		else
			run_with "$who" --conn-churn 100000000 --for $((seconds * 300))
		fi
		result "$case" "$who" 0 connections "$n"
		result "$case" "$who" 0 per_s $((n * 1000000000 / elapsed))
		result "$case" "$who" 0 made $((n * each + fixed))
		result "$case" "$who" 0 told "$events"
		result "$case" "$who" 0 lost "$lost"
		result "$case" "$who" 0 core "$(awk -v c="$cpu" -v e="$elapsed" 'BEGIN { print c / e }')"
		[[ $who != portwatch ]] || {
			result "$case" "$who" 0 kernel_sent $((after[0] - before[0]))
			result "$case" "$who" 0 kernel_lost $((after[1] - before[1]))
			result "$case" "$who" 0 kernel_missed $((after[2] - before[2]))
		}
	done
done
