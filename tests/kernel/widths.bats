#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No line that any command writes to a terminal is broken by it: on pseudo-terminals of 40, 80, 120 and
# 200 columns.

load lib

WIDTHS=(40 80 120 200)
HELPERS=$BATS_TEST_DIRNAME/../helpers

prepare() {
	need python3
}

# on_terminal COLUMNS[,COLUMNS...] ARG...: portwatch on a terminal of its own in the test's namespace; what it wrote
# there is in $OUTPUTS/shown, its status in $status
on_terminal() {
	local columns=$1
	shift
	status=0
	in_ns env TERM=xterm LC_ALL=C.UTF-8 python3 "$HELPERS/on-terminal.py" "$columns" \
		"$PORTWATCH" --pin-dir "$PIN" "${HOOKS[@]}" "$@" >"$OUTPUTS/shown" || status=$?
}

# fits STATUS ARG...: at each width, with this status and something to read
fits() {
	local want=$1
	shift
	echo "$*"
	on_terminal "$(IFS=, && echo "${WIDTHS[*]}")" "$@"
	python3 "$HELPERS/too-wide.py" --each "$want" <"$OUTPUTS/shown"
}

@test "the test itself sees a line that is too wide" {
	run python3 "$HELPERS/too-wide.py" 10 <<<"$(printf '1234567890\n日本日本日x\n')"
	[[ $status -eq 1 && $output = "11 columns"* ]]
	run -0 python3 "$HELPERS/too-wide.py" 10 <<<$'\e[31m1234567890\e[0m'
	run python3 "$HELPERS/on-terminal.py" 77 sh -c 'stty size; exit 3'
	[[ $status -eq 3 && $output = "50 77" ]]
	python3 "$HELPERS/on-terminal.py" 5,80 sh -c 'stty size; exit 3' >"$OUTPUTS/sizes"
	run -0 python3 "$HELPERS/too-wide.py" --each 3 <"$OUTPUTS/sizes"
	run -1 python3 "$HELPERS/too-wide.py" --each 2 <"$OUTPUTS/sizes"
	[[ ${lines[0]} = "5 columns: status 3: 50 5" && ${lines[1]} = "80 columns: status 3: 50 80" ]]
	sed -i 's/50 5/123456/' "$OUTPUTS/sizes"
	run -1 python3 "$HELPERS/too-wide.py" --each 3 <"$OUTPUTS/sizes"
	[[ $output = "6 columns of 5: 123456" ]]
	run -1 python3 "$HELPERS/too-wide.py" --each 0 </dev/null
}

# A server on both families with a connection, one with workers, one with a name and a command that are
# long, UDP, and TIME-WAIT.
serve() {
	start_fixture plain --port 8000 --accept 1000
	start_fixture client --connect 127.0.0.1:8000
	accepted plain 1
	start_fixture workers --port 8001 --workers 5 --addr 127.0.0.1
	start_fixture six --port 8002 --family 6
	start_fixture long --port 8003 --addr 127.0.0.1 --exec bash -c 'sleep 600 # '"$(printf '/very/long/path%.0s' {1..40})"
	start_fixture udp --port 8004 --proto udp
	leave_timewait
}

# TIME-WAIT on port 8005, for a minute.
leave_timewait() {
	start_fixture churn --port 8005 --conn-churn 20 --addr 127.0.0.1 --reuseaddr
	await_line churn ^done
	await 5 dead "$PID"
}

@test "who, list, timewait, wait, free: at each width" {
	serve
	for port in 8005 8000 8001 8002 8003 8004 8006; do
		case $port in 8006) want=1 ;; *) want=0 ;; esac
		fits $want $port
		fits $want -v $port
		fits $want --table $port
	done
	fits 0 8000 8001 8003 8006
	fits 0 8000-8100
	for words in "" --listening "--sort process" "-v" "--columns proto,local,pid,user,up,unit,directory,command" \
		"--netns all"; do
		# shellcheck disable=SC2086 # words
		fits 0 list $words
	done
	leave_timewait
	for words in "--by port" "--by peer" "--by process" "--by pid" "-v"; do
		# shellcheck disable=SC2086 # words
		fits 0 timewait --once $words
	done
	fits 1 free -n 8000 8001
	fits 0 wait 8003
	fits 1 list --port 1 --comm nobody --state LISTEN --user root
}

@test "free: at each width" {
	for columns in "${WIDTHS[@]}"; do
		start_fixture "victim$columns" --port 8000 --accept 3 --workers 2
		on_terminal "$columns" free 8000
		[[ $status -eq 0 ]]
		python3 "$HELPERS/too-wide.py" "$columns" <"$OUTPUTS/shown"
		grep -q "gone" "$OUTPUTS/shown"
	done
}

@test "stream, status, check, doctor: at each width" {
	serve
	fits 1 status
	# doctor tries every hook, for four seconds: at all widths in `make test-long`.
	[[ -v TEST_LONG ]] || local WIDTHS=(40 80)
	fits 0 doctor
	WIDTHS=(40 80 120 200)
	if can_load; then
		pw -q load
		fits 0 status
		fits 0 check
		fits 0 8000
	fi
	# The lines of these two do not depend on whose the tracker is.
	fits 1 wait --for free -t 0.1 8000
	start_fixture noise --conn-churn 3 --addr 127.0.0.1 --accept 1
	fits 0 stream --for 3s &
	local stream=$!
	while ! dead "$stream"; do
		in_ns bash -c ': <>/dev/tcp/127.0.0.1/8000' 2>/dev/null || true
		sleep 0.1
	done
	wait "$stream"
	[[ $(awk 'BEGIN { RS = "\f" } /accept/ { n++ } END { print n }' "$OUTPUTS/shown") -eq ${#WIDTHS[@]} ]]
}

@test "help and errors: at each width" {
	fits 0 --help
	for command in stream who list free wait timewait guard reserve unguard load unload status check doctor; do
		fits 0 "$command" --help
	done
	fits 2 8000 tcp
	fits 2 list --listen
	fits 2 list --columns nonsense
	fits 2 --event nonsense
	fits 1 status
}
