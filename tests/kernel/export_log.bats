#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The event stream on its way into a log, by a real rsyslogd with the configuration that is
# packaged; and the units, as systemd judges them.

load lib
load agree
load export

PACKAGING=$(realpath "$BATS_TEST_DIRNAME/../../packaging")

# The tests that need a tracker call kernel_setup themselves.
setup() {
	:
}

teardown() {
	[[ ! -v STREAM ]] || pkill -P "$STREAM" || true
	kernel_teardown
}

# start_rsyslog: with a socket of its own; what it would log elsewhere goes to $OUTPUTS/rest
start_rsyslog() {
	sed "s|/var/log/portwatch.json|$OUTPUTS/portwatch.json|" "$PACKAGING/rsyslog/portwatch.conf" >"$OUTPUTS/packaged.conf"
	cat >"$OUTPUTS/rsyslog.conf" <<-EOF
		global(workDirectory="$OUTPUTS")
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="$OUTPUTS/log" CreatePath="off")
		include(file="$OUTPUTS/packaged.conf")
		action(type="omfile" file="$OUTPUTS/rest")
	EOF
	start rsyslog rsyslogd -n -f "$OUTPUTS/rsyslog.conf" -i "$OUTPUTS/rsyslog.pid"
	await 20 test -S "$OUTPUTS/log" || { cat "$OUTPUTS/rsyslog.err"; return 1; }
}

# The events of a kind about a port, as they came to the log.
logged() {
	jq -c "select(.event == \"$1\" and .local.port == $2)" "$OUTPUTS/portwatch.json"
}

@test "log: events go through rsyslog into a file of JSON lines" {
	kernel_setup
	need rsyslogd logger jq
	pw load
	start_rsyslog
	start stream sh -c '"$1" --pin-dir "$2" stream --json --event listen,close |
		logger --socket "$3" --tag portwatch --size 16KiB' sh "$PORTWATCH" "$PIN" "$OUTPUTS/log"
	STREAM=$RET
	logger --socket "$OUTPUTS/log" --tag portwatch 'no JSON at all'
	logger --socket "$OUTPUTS/log" --tag other '{"event":"listen"}'
	# Until the stream is there.
	await 20 listens_and_is_logged
	start_fixture f --comm $'x"\\\n{}'
	await 10 eval '[ -n "$(logged listen "$PORT")" ]'
	kill -KILL "$PID"
	await 10 eval '[ -n "$(logged close "$PORT")" ]'
	# The log has what the stream says: each line a whole object, and whoever had the port.
	same "$(logged listen "$PORT" | jq -c '[.proto, .state // "", .pid, .comm]')" \
		"$(jq -nc --argjson pid "$PID" '["tcp", "", $pid, "x\"\\\n{}"]')"
	jq -e . "$OUTPUTS/portwatch.json" >/dev/null
	pkill -P "$STREAM" # the stream, and logger with its end
	run ! grep -q -e 'no JSON' -e other "$OUTPUTS/portwatch.json"
	await 5 grep -q 'portwatch: no JSON at all' "$OUTPUTS/rest"
	grep -q 'other: {"event":"listen"}' "$OUTPUTS/rest"
}

listens_and_is_logged() {
	in_ns timeout 0.2 "$PORTFIX" --port 28400 --reuseaddr >/dev/null 2>&1 || true
	grep -qs 28400 "$OUTPUTS/portwatch.json"
}

# The units, as if the program were installed.
units() {
	OUTPUTS=$(mktemp -d)
	STARTED=()
	NAMESPACES=()
	for unit in "$PACKAGING"/systemd/*; do
		sed "s|=portwatch |=$(realpath "$PORTWATCH") |" "$unit" >"$OUTPUTS/${unit##*/}"
	done
}

@test "units: systemd-analyze verify has nothing to say" {
	need systemd-analyze
	units
	run systemd-analyze verify --man=no "$OUTPUTS"/*.service "$OUTPUTS"/*.socket
	same "$output" ''
	[ "$status" -eq 0 ]
	# A misspelt setting would be found.
	sed -i 's/^ProtectHome=yes/ProtectHom=yes/' "$OUTPUTS/portwatch-export.service"
	run systemd-analyze verify --man=no "$OUTPUTS/portwatch-export.service"
	[[ $output = *"ProtectHom"* ]]
}

# 0 is nothing that could be exposed, 100 all. What is left: two capabilities that entering network
# namespaces takes, the host's network and processes, which it is about, and root.
@test "units: the exporter's exposure is at most 2.6 of 10" {
	need systemd-analyze
	units
	systemd-analyze security --offline=true --threshold=26 "$OUTPUTS/portwatch-export.service" >"$OUTPUTS/report" || {
		cat "$OUTPUTS/report"
		return 1
	}
	run ! systemd-analyze security --offline=true --threshold=10 "$OUTPUTS/portwatch-export.service"
}

@test "units: every program that they start is one of ours, with options that it has" {
	units
	grep -hoP '^Exec(Start|Stop)=portwatch \K.*' "$PACKAGING"/systemd/* | while read -r words; do
		# shellcheck disable=SC2086 # words
		"$PORTWATCH" $words --help >/dev/null || exit 1
	done
}

# capabilities_of UNIT: as setpriv wants them
capabilities_of() {
	sed -n 's/^CapabilityBoundingSet=//p' "$PACKAGING/systemd/$1" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g; s/^/-all,/'
}

# confined UNIT COMMAND...: with the capabilities that the unit leaves it
confined() {
	local caps
	caps=$(capabilities_of "$1")
	shift
	in_ns setpriv --no-new-privs --bounding-set="$caps" --inh-caps=-all "$@"
}

@test "units: the tracker is loaded, listened to and unloaded with the capabilities that the units leave" {
	kernel_setup
	need setpriv unshare jq setcap setfacl
	# as installed: only a program file that is set up for it knows the group of the maps
	cp "$PORTWATCH" "$OUTPUTS/portwatch"
	"$BATS_TEST_DIRNAME/../../packaging/setup-group.sh" daemon "$OUTPUTS/portwatch"
	confined portwatch.service "$OUTPUTS/portwatch" --pin-dir "$PIN" load --group daemon
	same "$(stat -c %G "$PIN")" daemon
	local caps
	caps=$(capabilities_of portwatch-events.service)
	# ProtectKernelTunables= makes bpffs read-only, too.
	start events unshare --mount sh -c 'mount --make-rslave / &&
		mount -o remount,bind,ro /sys/fs/bpf && exec "$@"' sh \
		setpriv --no-new-privs --bounding-set="$caps" --inh-caps=-all \
		"$PORTWATCH" --pin-dir "$PIN" stream --json --event listen,bind-failed
	await 20 eval '"$PORTWATCH" --pin-dir "$PIN" --json status | jq -e ".events.readers >= 1" >/dev/null'
	start_fixture f --comm seen
	await 10 eval 'grep -q "\"event\":\"listen\".*\"comm\":\"seen\"" "$OUTPUTS/events"'
	refuse "$PORT"
	await 10 eval 'grep -q "\"event\":\"bind-failed\".*\"port\":$PORT" "$OUTPUTS/events"'
	kill -TERM "${STARTED[0]}"
	confined portwatch.service "$PORTWATCH" --pin-dir "$PIN" unload
	[ ! -e "$PIN" ]
}

# As the unit confines it: pins that are read-only to it, and four capabilities.
@test "units: the exporter works with what its unit leaves it" {
	kernel_setup
	need setpriv unshare curl
	pw load
	start_fixture f --comm confined
	caps=-all,+bpf,+perfmon,+sys_admin,+sys_ptrace
	start confined unshare --mount sh -c 'mount --make-rslave / &&
		mount -o remount,bind,ro /sys/fs/bpf && exec "$@"' sh \
		setpriv --no-new-privs --bounding-set="$caps" --inh-caps="$caps" \
		"$PORTWATCH" --pin-dir "$PIN" export --listen :9736 --top 10000
	await 20 grep -q '^serving' "$OUTPUTS/confined.err" || { cat "$OUTPUTS/confined.err"; return 1; }
	SERVER=$(in_ns ss -Htlnp '( sport = :9736 )' | grep -oP 'pid=\K[0-9]+')
	same "$(capabilities "$SERVER")" cap_bpf,cap_perfmon,cap_sys_admin,cap_sys_ptrace
	scrape 9736
	same "$(value portwatch_listener_info 'comm="confined"' "port=\"$PORT\"")" 1
	same "$(value portwatch_tracker_loaded)" 1
}
