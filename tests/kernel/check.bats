#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `portwatch check`: finds what is wrong with the maps, whatever it is, and puts it right. What is
# wrong is made so by hand, in the pinned maps.

load lib
load maps

prepare() {
	PATH=$PATH:/usr/sbin
	need jq bpftool
	pw -q load
	start_fixture server --addr 127.0.0.1 --port 28000 --workers 1
	start_fixture udp --proto udp --addr 127.0.0.1 --port 28001
}

# entry: [key, value] of the server's socket
entry() {
	entry_of 28000
}

# with FIELD BYTE ENTRY: the value of an entry, with another first byte of this field
with() {
	jq -c --argjson o "$(offset "$1")" --arg byte "$2" '.[1][$o] = $byte | .[1]' <<<"$3"
}

check() {
	run --separate-stderr pw --json check "$@"
	echo "check $*: $status $output $stderr"
}

@test "clean after a load, with sockets of every kind, in several namespaces" {
	make_netns other
	RUN_IN=$RET start_fixture there --port 28000 --accept 1
	start_fixture tw --state TIME_WAIT
	start_fixture orphan --state FIN_WAIT2 --orphan --drop-listener
	start_fixture bound --bind-only
	start_fixture flight --hold-inflight
	start_fixture group --reuseport-workers 8
	start_fixture idle --no-bind --proto udp --sendto 127.0.0.1:28001
	for state in SYN_SENT SYN_RECV ESTABLISHED CLOSE_WAIT FIN_WAIT1; do
		start_fixture "$state" --state "$state"
	done
	check
	[[ $status -eq 0 ]]
	jq -e '.clean and .degraded == false and .compared.sockets > 15 and .compared.namespaces > 1' \
		<<<"$output" >/dev/null
	run -0 pw check
	[[ ${#lines[@]} -eq 1 && $output = *"no difference" ]]
	pw -q unload
	pw -q load
	check
	[[ $status -eq 0 ]]
}

@test "an entry that is missing" {
	delete_element sockets "$(entry | jq -c '.[0]')"
	check
	[[ $status -eq 1 ]]
	jq -e '.differences | any(.map == "sockets" and .problem == "missing" and .proto == "tcp" and
		.state == "LISTEN" and .local == {addr: "127.0.0.1", port: 28000} and .repaired == false) and
		any(.map == "port_slots" and .problem == "stale")' <<<"$output" >/dev/null
	run -1 pw check
	[[ $output = *"sockets: tcp LISTEN 127.0.0.1:28000 netns "*": the tracker does not have it"* ]]
	check --repair
	[[ $status -eq 1 ]]
	jq -e '.differences | all(.repaired)' <<<"$output" >/dev/null
	check
	[[ $status -eq 0 ]]
	run -0 pw --json who --netns self 28000/tcp
	[[ $(jq '.sockets[0].owners | length' <<<"$output") -eq 2 ]]
	[[ $(pw --json status | jq .repaired) -gt 0 ]]
}

# wrong FILTER: check tells of it, repairs it, and is clean then
wrong() {
	check
	[[ $status -eq 1 ]]
	jq -e ".differences | $1" <<<"$output" >/dev/null
	check --repair
	[[ $status -eq 1 ]]
	jq -e '.differences | length > 0 and all(.repaired)' <<<"$output" >/dev/null
	check
	[[ $status -eq 0 ]]
	run -0 pw who --netns self 28000/tcp
	[[ $output = *portfix* ]]
}

@test "an entry without a socket" {
	value=$(entry | jq -c '.[1]')
	set_element sockets '["10","00","00","00","00","88","ff","ff"]' "$value"
	wrong 'any(.map == "sockets" and .problem == "stale")'
}

@test "an entry about another socket at its address" {
	one=$(entry)
	set_element sockets "$(jq -c '.[0]' <<<"$one")" "$(with cookie fe "$one")"
	wrong 'any(.field == "cookie" and .tracker != .kernel)'
}

@test "an entry in the wrong state, on the wrong port" {
	one=$(entry)
	set_element sockets "$(jq -c '.[0]' <<<"$one")" "$(with state 01 "$one")"
	wrong 'length == 1 and .[0].problem == "wrong" and .[0].field == "state" and
		.[0].tracker == "ESTABLISHED" and .[0].kernel == "LISTEN"'
	one=$(entry)
	set_element sockets "$(jq -c '.[0]' <<<"$one")" "$(with lport 61 "$one")"
	wrong 'any(.field == "port" and .tracker == "28001" and .kernel == "28000")'
}

@test "a place in the index that is nobody's, a counter that is wrong" {
	one=$(map port_slots | head -n 1)
	set_element port_slots '["61","6d","05","00","06","00","00","00"]' "$(jq -c '.[1]' <<<"$one")"
	wrong 'length == 1 and .[0] == {map: "port_slots", problem: "stale", repaired: false, proto: "tcp",
		port: 28001, place: 5}'
	set_element ports '["61","6d","00","00"]' \
		"$(jq -nc '["02","00","00","00","01"] + [range(19) | "00"]')"
	wrong 'length == 1 and (.[0] | .map == "ports" and .proto == "tcp" and .port == 28001 and
		.tracker == {indexed: 2, live: 1} and .found == {indexed: 0, live: 0})'
	delete_element port_slots "$(map port_slots | jq -c 'select(.[0][0:2] == ["60","6d"]) | .[0]')"
	wrong 'length == 1 and .[0].map == "port_slots" and .[0].problem == "missing"'
}

@test "a process that has ended, and its place in a family" {
	one=$(map procs | head -n 1)
	set_element procs '["ff","ff","3f","00"]' "$(jq -c '.[1]' <<<"$one")"
	one=$(map members | head -n 1)
	set_element members "$(jq -c '.[0][8] = "77" | .[0]' <<<"$one")" '["fe","ff","3f","00"]'
	wrong 'any(.map == "procs" and .pid == 4194303) and any(.map == "members" and .pid == 4194302)'
}

@test "a tracker that was too small: degraded, and whole again once there is room" {
	pw -q unload
	pw -q load --max-sockets 64
	start_fixture many --addr 127.0.0.1 --port 9000 --reuseport-workers 100
	many=$PID
	children=$(field children "$RET" | tr , ' ')
	check
	[[ $status -eq 1 && $(jq .degraded <<<"$output") = true ]]
	jq -e '.differences | all(.problem == "missing")' <<<"$output" >/dev/null
	run -1 pw check
	[[ ${lines[-1]} = *"degraded: the tracker was too small" ]]
	# and no room for a repair
	check --repair
	[[ $status -eq 1 && $(jq .degraded <<<"$output") = true ]]
	run -0 pw --json who --netns self 9000/tcp
	[[ $(jq '.sockets | length' <<<"$output") -eq 100 ]]
	# shellcheck disable=SC2086 # words
	kill -KILL "$many" $children
	await 5 eval '! pw -q who --netns self 9000/tcp >/dev/null'
	check --repair
	check
	[[ $status -eq 0 && $(jq .degraded <<<"$output") = false ]]
	run -0 pw --json who --netns self 28000/tcp
	[[ $(jq -r .source <<<"$output") = tracker && $(jq .degraded <<<"$output") = false ]]
}

@test "not loaded, wrong usage, not permitted" {
	run -5 in_ns "$PORTWATCH" --pin-dir "$PIN-none" check
	[[ $output = *"no tracker is loaded"* ]]
	run -2 pw check 28000
	run -2 pw check --no-such-option
	run -0 pw check --help
	[[ $output = *--repair* ]]
}

@test "an entry that was left behind is not taken for the next socket at its address" {
	local e other=ff
	e=$(entry)
	[[ $(jq -r --argjson o "$(offset cookie)" '.[1][$o]' <<<"$e") != ff ]] || other=00
	set_element sockets "$(jq -c '.[0]' <<<"$e")" "$(with cookie $other "$e")"
	[[ $(pw --json status | jq .repaired) -eq 0 ]]
	# shellcheck disable=SC2046 # words
	kill -KILL $(in_ns fuser 28000/tcp 2>/dev/null)
	await 5 eval '[[ $(pw --json status | jq .repaired) -eq 1 ]]'
	# so it was not that one's end
	pw --json who 28000/tcp | jq -e '.history == []'
}
