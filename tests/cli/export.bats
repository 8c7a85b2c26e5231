#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `portwatch export`: its help, wrong usage, and one without rights. Nothing is loaded by these tests.

load lib

setup() {
	[ -x "$PORTWATCH_BUILD/portwatch-export" ] || skip "portwatch-export is not built"
}

@test "export: wrong usage" {
	wrong_usage "'localhost:80' is no ADDR:PORT, such as 127.0.0.1:9736" export --listen localhost:80
	for place in '' : 0 65536 127.0.0.1 ::1:80 '[::1]' 80x; do
		wrong_usage "is no ADDR:PORT" export --listen "$place"
	done
	wrong_usage "format" export --format json
	wrong_usage "--top" export --top 0
	wrong_usage "--top" export --top many
	wrong_usage "--listeners" export --listeners 100001
	wrong_usage "netns" export --netns main
	wrong_usage "takes no '8000'" export 8000
	wrong_usage "needs --listen" export --bind-failures
	wrong_usage "needs --listen" export --allow-host web1
	for host in '' web1:9736 http://web1 '*' 'web1, web2' ','; do
		wrong_usage "--allow-host: '.*' is no name or address without a port" export --listen :9736 --allow-host "$host"
	done
	wrong_usage "no JSON" export --json
	wrong_usage "no-such" export --no-such
	wrong_usage "portwatch export --help" export --listen
}

@test "export: the help fits a screen of 40 lines and names what it takes" {
	run --separate-stderr "$PORTWATCH" export --help
	[ "$status" -eq 0 ]
	[ "$(wc -l <<<"$output")" -le 40 ]
	for option in --listen --format --top --listeners --netns --bind-failures --allow-host --names; do
		[[ $output == *"$option"* ]]
	done
}

@test "export: without rights what anybody may see, once and served" {
	[ "$(id -u)" -ne 0 ] || setpriv --reuid=65534 --clear-groups --regid=65534 \
		test -x "$PORTWATCH" || skip "$PORTWATCH cannot be run by another user"
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all
		timeout 20 "$PORTWATCH" --pin-dir /sys/fs/bpf/portwatch-test-none export)
	run --separate-stderr "${nobody[@]}"
	echo "$status $output $stderr"
	[ "$status" -eq 0 ]
	[[ $output = *'portwatch_sockets{proto="tcp",state="LISTEN"}'*"# EOF" ]]
	# A user without access to bpffs cannot tell whether a tracker is loaded.
	if setpriv --reuid=65534 --clear-groups --regid=65534 test -x /sys/fs/bpf; then
		[[ $output = *$'\nportwatch_tracker_loaded 0\n'* ]]
	else
		[[ $output != *portwatch_tracker_loaded* ]]
	fi
	[[ $output != *portwatch_accepts_total* ]]
	"${nobody[@]}" --listen 127.0.0.1:19736 3>&- &
	for _ in {1..50}; do
		run curl -fsS -H 'Accept: application/openmetrics-text' http://127.0.0.1:19736/metrics
		[ "$status" -ne 0 ] || break
		sleep 0.1
	done
	kill $!
	[[ $output = *portwatch_sockets*"# EOF" && $output != *$'\nportwatch_tracker_loaded 1\n'* ]]
}

@test "export: an address that is taken, or is none of ours, is named" {
	coproc holder { exec python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
input()'; }
	# shellcheck disable=SC2154 # bash sets it
	read -r port <&"${holder[0]}"
	run --separate-stderr "$PORTWATCH" export --pin-dir /nonexistent --listen ":$port"
	[ "$status" -eq 5 ]
	one_error_line "cannot listen on 127.0.0.1:$port: .* .portwatch $port tells more"
	run --separate-stderr "$PORTWATCH" export --listen 192.0.2.1:80
	[ "$status" -eq 5 ]
	one_error_line "cannot listen on 192.0.2.1:80: "
}
