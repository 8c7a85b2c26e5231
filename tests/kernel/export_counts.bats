#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `portwatch export`: counters of the whole machine. Other tests would change them, so this file runs
# alone (tests/order.txt).

load lib
load agree
load export

prepare() {
	need jq curl promtool "$PYTHON"
}

@test "export: refused binds by reason, once each, however many programs look" {
	pw load
	start_fixture holder --port 28200
	serve 9736 --bind-failures
	start stream1 "$PORTWATCH" --pin-dir "$PIN" stream --event bind-failed --json
	start stream2 "$PORTWATCH" --pin-dir "$PIN" stream --event bind-failed --json
	await 20 both_streams_listen
	scrape 9736
	inuse=$(value portwatch_bind_failures_total 'reason="EADDRINUSE"')
	for _ in 1 2 3; do
		refuse 28200
	done
	refuse 28200 192.0.2.1
	sleep 1 # until the next look is due
	scrape 9736
	same "$(value portwatch_bind_failures_total 'reason="EADDRINUSE"')" $((inuse + 3))
	same "$(value portwatch_bind_failures_total 'reason="EADDRNOTAVAIL"')" 1
	# Another tracker is traced in its turn, though capabilities have been given up.
	pw unload
	pw load
	sleep 1
	scrape 9736
	same "$(value portwatch_bind_failures_total 'reason="EADDRINUSE"')" 0
	refuse 28200
	sleep 1
	scrape 9736
	same "$(value portwatch_bind_failures_total 'reason="EADDRINUSE"')" 1
}
