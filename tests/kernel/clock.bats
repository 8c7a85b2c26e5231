#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The time of day is set while a tracker is loaded: what is remembered keeps its age, and what is shown
# from then on has the new time. Only where the whole machine is the test's own.

load lib

prepare() {
	need jq
	[[ -v THROWAWAY ]] || skip "sets the machine's clock"
}

# within SECONDS TIME: an RFC 3339 time is that near to now
within() {
	local seconds=$1 difference
	difference=$(($(date +%s) - $(date -d "$2" +%s)))
	((difference <= seconds && difference >= -seconds)) || { echo "$2 is $difference s ago"; return 1; }
}

# bats test_tags=core
@test "the clock is set forward and back: ages stay, times follow" {
	local left step
	pw -q load
	start_fixture gone --addr 127.0.0.1 --port 20700
	kill -KILL "$PID"
	start_fixture tw --state TIME_WAIT --drop-listener
	local port=$PORT
	start_fixture held --addr 127.0.0.1 --port 20701
	start stream "$PORTWATCH" --pin-dir "$PIN" --json --port 20702
	await 20 eval '[[ $(pw --json status | jq .events.readers) = 1 ]]'
	for step in 7200 -3600; do
		date -s "@$(($(date +%s) + step))" >/dev/null
		within 1800 "$(pw --json status | jq -r .since)"
		within 1800 "$(pw --json 20701/tcp | jq -r '.sockets[0].since')"
		within 1800 "$(pw --json 20700/tcp | jq -r '.history[0].until')"
		left=$(pw --json "$port/tcp" | jq '.ports[0].frees_in_ms')
		((left > 0 && left <= 62000))
		sleep 1.5
		start_fixture "new$step" --addr 127.0.0.1 --port 20702
		await 10 grep -q '"event":"listen".*"port":20702' "$OUTPUTS/stream"
		within 20 "$(tail -n 1 "$OUTPUTS/stream" | jq -r .time)"
		kill "$PID"
		await 10 dead "$PID"
		: >"$OUTPUTS/stream"
	done
}
