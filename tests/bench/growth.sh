#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measure what each cost grows with: descriptors of bystanders, descriptors of the holder itself, holders,
# readers, network namespaces. (Processes: owner.sh; sockets: many.sh.)

# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

bench_setup
bench_netns
operations=$(quick 5000 500)
pw -q load

who() { # CASE PORT: loaded; and in fewer rounds those that take longer
	pairs "$1" "$(rounds 250)" "/bin/true=/bin/true" "portwatch, loaded=$PORTWATCH --pin-dir $PIN $2"
}

who_peers() {
	pairs "$1" "$(rounds 15)" "portwatch, not loaded=$PORTWATCH --pin-dir $PIN-none $2" "fuser=fuser $2/tcp"
}

fixture server --addr 127.0.0.1
port=$(field port)
for files in $(quick "10 100 500 1000" "10 100"); do
	fixture crowd --crowd "100:$files"
	who "bystanders' files:$((100 * files))" "$port"
	who_peers "bystanders' files:$((100 * files))" "$port"
	end_started 1
done
end_started 0

# Descriptors of the holder itself: an answer that names descriptors looks at each, 0.5 us.
for dup in $(quick "1 100 1000 10000" "1 100"); do
	fixture server --addr 127.0.0.1 --dup "$dup"
	who "holder's descriptors:$dup" "$(field port)"
	end_started 0
done
for workers in $(quick "1 10 100 1000" "1 10"); do
	fixture server --addr 127.0.0.1 --workers "$workers"
	who "holders:$workers" "$(field port)"
	end_started 0
done

result readers connections 0 operations "$operations"
# Readers that want nothing of what happens, and such as want all of it
for wants in "--port 1" ""; do
	before=0
	for readers in $(quick "0 1 4 16" "0 1"); do
		for ((; before < readers; before++)); do
			# shellcheck disable=SC2086 # one option with its value, or none
			"$PORTWATCH" --pin-dir "$PIN" --json $wants >/dev/null &
			started+=($!)
		done
		until [[ $(status .events.readers) -eq $readers ]]; do sleep 0.05; done
		pairs "readers, ${wants:-all events}:$readers" "$(rounds 50)" \
			"connections=$PORTFIX --conn-churn $operations --linger0"
	done
	end_started 0
	until [[ $(status .events.readers) -eq 0 ]]; do sleep 0.05; done
done

many=$(tool sockets)
for namespaces in $(quick "1 10 100" "1 10"); do
	background sockets "$many" "$namespaces" "$namespaces" 0
	pairs "namespaces:$namespaces" "$(rounds 25)" \
		"list=$PORTWATCH --pin-dir $PIN list" \
		"list, not loaded=$PORTWATCH --pin-dir $PIN-none list" \
		"check=$PORTWATCH --pin-dir $PIN check" \
		"who=$PORTWATCH --pin-dir $PIN $port"
	end_started 0
done
