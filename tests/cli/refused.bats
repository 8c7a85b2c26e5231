#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Check that tests/kernel/refused.jq finds nothing in right answers and the fault of each wrong answer.

bats_require_minimum_version 1.5.0

load ../kernel/lib

setup() {
	need jq
	MAY=[]
	SCENE='{"netns": 7, "held": {"port": 1, "pid": 11}, "bound": {"port": 2, "pid": 12}, "timewait": {"port": 3},
		"free": {"port": 4}, "other": {"port": 9, "pid": 19, "netns": 8}, "fresh": {"port": 5, "pid": 15},
		"own": {"port": 6, "pid": 16}}'
	WHO='{"source": "snapshot", "sockets": [
		{"proto": "tcp", "state": "LISTEN", "local": {"port": 1}, "netns": 7, "owners": [{"pid": 11}]},
		{"proto": "tcp", "state": "BOUND", "local": {"port": 2}, "netns": 7, "owners": [{"pid": 12}]},
		{"proto": "tcp", "state": "TIME_WAIT", "local": {"port": 3}, "netns": 7, "expires_ms": 50000, "owners": []},
		{"proto": "tcp", "state": "LISTEN", "local": {"port": 9}, "netns": 8, "owners": [{"pid": 19}]}],
		"ports": [{"port": 1, "proto": "tcp", "why": "held", "bindable": false},
		{"port": 2, "proto": "tcp", "why": "bound", "bindable": false},
		{"port": 3, "proto": "tcp", "why": "timewait", "bindable": false},
		{"port": 4, "proto": "tcp", "why": "free", "bindable": true}]}'
	PLAN='{"free": false, "processes": [{"pid": 11}]}'
	FREED='{"free": true, "processes": [{"pid": 16}]}'
	TIMEWAIT='{"total": {"current": 2}, "by_port": [{"port": 3, "current": 2}]}'
	METRICS='portwatch_listener_info{port="1",comm="portfix"} 1
portwatch_listener_processes{port="1"} 1
portwatch_sockets{proto="tcp",state="LISTEN"} 3
portwatch_timewait_sockets 2
portwatch_tracker_loaded 0
# EOF
'
}

# verdict CHECK STATUS OUT [ERR] [HIT [OTHER-RUNS]]: the faults, in $output
verdict() {
	run jq -nr -L "$BATS_TEST_DIRNAME/../kernel" --arg check "$1" --argjson status "$2" --arg out "$3" --arg err "${4-}" \
		--argjson hit "${5:-false}" --argjson others "${6:-[]}" --argjson may "$MAY" --argjson scene "$SCENE" \
		'include "refused"; {word: "iter", $may, $scene, runs: [{name: "x", $check, $status, $out, $err, $hit}]} |
		.runs = $others + .runs | judge'
}

right() {
	verdict "$@"
	echo "$1 $2: $output"
	[[ $status -eq 0 && -z $output ]]
}

# wrong PATTERN CHECK STATUS OUT [ERR]
wrong() {
	local pattern=$1
	shift
	verdict "$@"
	echo "$1 $2: '$pattern' in: $output"
	[[ $status -eq 0 && $output =~ $pattern ]]
}

# with DOCUMENT CHANGE
with() {
	jq -c "$2" <<<"$1"
}

@test "refused: what is right" {
	right who 0 "$WHO"
	right list 0 "$WHO"
	right who_free 1 "$WHO"
	right who_bound 0 "$WHO"
	right who_text 0 "8000/tcp: in use by portfix (pid 11)"
	right free_plan 1 "$PLAN"
	right free_really 0 "$FREED" "6/tcp: stopping portfix (pid 16"
	right timewait_once 0 "$TIMEWAIT"
	right export 0 "$METRICS"
	right status_unloaded 1 '{"loaded": false}'
	right status_loaded 0 '{"loaded": true}'
	right wait 0 '{}'
	right load 0 ''
	right unload 0 ''
}

@test "refused: a wrong free, a wrong owner, and no owner without a reason" {
	wrong "status 1 instead of 0" who 1 "$WHO"
	wrong "held port: why free" who 0 "$(with "$WHO" '.ports[0] |= (.why = "free" | .bindable = true)')"
	wrong "held port: why held, bindable true" who 0 "$(with "$WHO" '.ports[0].bindable = true')"
	wrong "held port: sockets \[\]" who 1 '{"sockets": [], "ports": [{"port": 1, "proto": "tcp", "why": "free", "bindable": true}]}'
	wrong "held port: owners \[11,99\]" who 0 "$(with "$WHO" '.sockets[0].owners += [{pid: 99}]')"
	wrong "held port: owners \[99\]" list 0 "$(with "$WHO" '.sockets[0].owners = [{pid: 99}]')"
	wrong "held port: no owner, and" who 0 "$(with "$WHO" '.sockets[0].owners = []')"
	wrong "held port: no owner, and" who 0 "$(with "$WHO" 'del(.sockets[0].owners)')"
	wrong "bound port: no owner" list 0 "$(with "$WHO" '.sockets[1].owners = []')"
	wrong "bound port: sockets \[\]" who_bound 1 "$(with "$WHO" 'del(.sockets[1])')"
	wrong "other port: sockets \[\]" list 0 "$(with "$WHO" 'del(.sockets[3])')"
	wrong "timewait port: owners" who 0 "$(with "$WHO" '.sockets[2].owners = [{pid: 11}]')"
	wrong "TIME-WAIT: no time" who 0 "$(with "$WHO" 'del(.sockets[2].expires_ms)')"
	wrong "TIME-WAIT: why free" who 0 "$(with "$WHO" '.ports[2].why = "free"')"
	wrong "free port: why held" who_free 1 "$(with "$WHO" '.ports[3].why = "held"')"
	wrong "status 0 instead of 1" who_free 0 "$WHO"
	wrong "text: not the owner" who_text 0 "8000/tcp: in use by portfix (pid 12)"
	wrong "held port: free is true" free_plan 1 "$(with "$PLAN" '.free = true')"
	wrong "held port: processes \[\]" free_plan 1 "$(with "$PLAN" '.processes = []')"
	wrong "other processes are to be ended: \[1\]" free_plan 1 "$(with "$PLAN" '.processes += [{pid: 1}]')"
	wrong "own port: free is false" free_really 0 "$(with "$FREED" '.free = false')"
	wrong "TIME-WAIT: total 0" timewait_once 0 "$(with "$TIMEWAIT" '.total.current = 0')"
	wrong "not in by_port" timewait_once 0 "$(with "$TIMEWAIT" '.by_port = []')"
	wrong "loaded true" status_unloaded 1 '{"loaded": true}'
	wrong "source snapshot" who_loaded 0 "$WHO"
}

@test "refused: metrics of what is not known are absent, not 0" {
	wrong "no end" export 0 "${METRICS%\# EOF*}"
	wrong "owner of the held port is missing" export 0 "${METRICS/comm=\"portfix\"/comm=\"x\"}"
	wrong "nobody holds" export 0 "${METRICS/processes{port=\"1\"\} 1/processes{port=\"1\"\} 0}"
	wrong "no TIME-WAIT" export 0 "${METRICS/sockets 2/sockets 0}"
	wrong "no listening" export 0 "${METRICS/LISTEN\"\} 3/LISTEN\"\} 0}"
	wrong "counters of a tracker" export 0 "portwatch_accepts_total 0
$METRICS"
	MAY='["holders"]'
	right export 0 "$(sed '/listener/d' <<<"$METRICS")"$'\n'
}

@test "refused: what is unknown is said, and no more than the refusal takes away" {
	local nobody unknown
	nobody=$(with "$WHO" '.sockets[].owners = [] | .unknown = ["holders"]')
	wrong "holders is said to be unknown, but" who 0 "$nobody"
	wrong "no such name: owners" who 0 "$(with "$WHO" '.unknown = ["owners"]')"
	MAY='["holders", "bound-sockets", "timewait", "netns"]'
	right who 0 "$nobody"
	right who 5 "$nobody"
	wrong "status 4 instead" who 4 "$nobody"
	wrong "held port: owners \[99\]" who 0 "$(with "$nobody" '.sockets[0].owners = [{pid: 99}]')"
	right who_text 5 "8000/tcp: held, by processes that cannot be seen"
	wrong "neither the owner nor a line" who_text 0 "8000/tcp: busy"
	right free_plan 5 '{"free": false, "processes": [], "unknown": ["holders"]}'
	wrong "free, but holders are not known" free_plan 5 '{"free": true, "processes": [], "unknown": ["holders"]}'

	unknown=$(with "$WHO" 'del(.sockets[1]) | .unknown = ["bound-sockets"] | .ports[1] |= del(.bindable) + {why: "unknown"}')
	right who 0 "$unknown"
	right who_bound 5 "$unknown"
	wrong "status 1 instead of 0" who_bound 1 "$(with "$unknown" 'del(.unknown)')"
	wrong "status 0, though it is not known" who_bound 0 "$unknown"
	wrong "bound port: it is said to be free" who 0 "$(with "$unknown" '.ports[1].why = "free"')"
	wrong "bound port: it is said to be free" who 0 "$(with "$unknown" '.ports[1].bindable = true')"
	right list 0 "$(with "$WHO" 'del(.sockets[3]) | .unknown = ["netns"]')"
	right timewait_once 5 '{"total": {}, "unknown": ["timewait"]}'
	wrong "none, though they are not known" timewait_once 5 '{"total": {"current": 0}, "unknown": ["timewait"]}'
}

@test "refused: no answer at all" {
	local line="portwatch: who holds it is not known: the kernel refuses iterators"
	wrong "other sources for holders" who 5 "" "$line"
	wrong "status 4: portwatch" who 4 "" "$line"
	wrong "status 1: *$" who 1 ""
	wrong "status 3: portwatch" wait 3 "" "portwatch: events: the kernel refuses iterators"
	MAY='["holders", "events"]'
	right who 5 "" "$line"
	right load 4 "" "portwatch: cannot load: the kernel refuses iterators"
	wrong "not one line" who 5 "" "$line"$'\n'"$line"
	wrong "not one line" who 5 ""
	wrong "does not name what is missing" who 5 "" "portwatch: the kernel refuses iterators"
	wrong "does not name what was refused" who 5 "" "portwatch: nobody knows the holders"
	wrong "does not name what was refused" load 4 "" "portwatch: cannot load"
	wrong "strange lines" who 5 "" "libbpf: failed"
	wrong "hung" who 124 ""
	wrong "died: status 139" who 139 ""
}

@test "refused: doctor is wrong in neither direction" {
	local works fails none
	works=$(jq -nc --arg who "$WHO" --arg plan "$PLAN" '[{name: "who", check: "who", status: 0, out: ($who | fromjson | .sources = {holders: "proc"} | tojson), err: "", hit: false},
		{name: "list", check: "list", status: 0, out: $who, err: "", hit: false},
		{name: "free -n", check: "free_plan", status: 1, out: $plan, err: "", hit: false}]')
	fails=$(jq -c '.[2] += {status: 3, out: "", err: "portwatch: iter"}' <<<"$works")
	right doctor 0 '{"verdict": "works"}' "" false "$works"
	right doctor 0 '{"refused": "iter/tcp"}' "" true "$works"
	right doctor 0 '{"sources": {"holders": "proc"}}' "" false "$works"
	wrong "x: status 1, but who, list and free work" doctor 1 '{}' "" false "$works"
	wrong "x: what was refused is not named" doctor 0 '{}' "" true "$works"
	wrong "x: source of holders: walk, but who used proc" doctor 0 '{"sources": {"holders": "walk"}}' "" false "$works"
	wrong "x: status 0, but who, list and free do not work" doctor 0 '{}' "" false "$fails"
	wrong "x: no document" doctor 0 '' "" false "$works"
}
