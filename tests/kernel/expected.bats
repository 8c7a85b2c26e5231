#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Answers about each state that a port can be in: expected/NAME.txt has what was typed, what came on
# a terminal of 120 columns, and the exit status. Numbers of processes and clients, times, and where this
# machine keeps its programs are replaced, see normal().
#
#	EXPECTED_WRITE=1 bats tests/kernel/expected.bats	writes the files anew, to be read before they are committed

load lib

prepare() {
	need python3
	EXPECTED=$BATS_TEST_DIRNAME/expected
	# The command line of portfix must not be longer on one machine than on another.
	PATH=${PORTFIX%/*}:$PATH
	PORTFIX=portfix
}

normal() {
	python3 "$BATS_TEST_DIRNAME/../helpers/form.py" --lines | sed -E -e 's|[^ ]*/tests/portfix|portfix|g' \
		-e "s|${PIN}|PINS|g" \
		-e 's/\[[0-9]+\]/[PID]/g; s/\(pid [0-9]+/(pid PID/g; s/\bkill [0-9]+/kill PID/' \
		-e 's/[0-9][0-9.]* (µs|ms|s|min|h|d)\b/TIME/g' \
		-e 's/^  (directory|unit)  .*//; s/    (directory|unit)  .*//; s/^(  started  +TIME ago).*/\1/' \
		-e 's/(127\.0\.0\.1|\[::1\]):[0-9]{5}\b/\1:CLIENT/g; s/^[0-9:]{8}  /TIME  /' \
		-e 's/of at most [0-9]+/of at most MAX/; s/[0-9.]+ new/RATE new/' \
		-e 's/  +/  /g; s/^([0-9]{4}  [0-9]+)  [0-9.]+$/\1  RATE/; s/ +$//; /^$/d'
}

# says NAME ARG...: what this command prints is in expected/NAME.txt
says() {
	local name=$1 status=0 here=(--netns self)
	shift
	[[ $1 != status ]] || here=()
	{
		printf '$ portwatch %s\n' "$*"
		in_ns env TERM=xterm LC_ALL=C.UTF-8 python3 "$BATS_TEST_DIRNAME/../helpers/on-terminal.py" 120 \
			"$PORTWATCH" --pin-dir "$PIN" "${here[@]}" --color never "$@" >"$OUTPUTS/said" || status=$?
		normal <"$OUTPUTS/said"
		printf '# %s\n' "$status"
	} >"$OUTPUTS/$name.now"
	[[ -z ${EXPECTED_WRITE-} ]] || cp "$OUTPUTS/$name.now" "$EXPECTED/$name.txt"
	diff -u "$EXPECTED/$name.txt" "$OUTPUTS/$name.now" || FAILED=1
}

@test "who, list and free say of each state what their files say" {
	FAILED=
	says free-port 7000
	start_fixture held --port 7001 --addr 127.0.0.1
	says held 7001
	says held-detailed -v 7001/tcp
	says held-table --table 7001
	says held-by-one-of-several 7000 7001
	says range 7000-7010
	says list list 7001
	says list-nothing list 7000
	says plan free -n 7001
	says waited wait 7001
	says not-waited wait --for free -t 0.2 7001
	start_fixture workers --port 7002 --addr 127.0.0.1 --workers 3
	says workers 7002
	says workers-list list 7002
	says workers-detailed --table -v 7002
	start_fixture six --port 7003 --family 6
	says dual 7003
	start_fixture bound --port 7004 --addr 127.0.0.1 --bind-only
	says bound 7004
	start_fixture udp --port 7005 --proto udp --addr 127.0.0.1
	says udp 7005
	start_fixture churn --port 7006 --addr 127.0.0.1 --conn-churn 3 --reuseaddr
	await_line churn ^done
	await 5 dead "$PID"
	says timewait 7006
	says timewait-freed free 7006
	says timewait-of-ports timewait --once --by port --port 7006
	start_fixture connection --port 7007 --state ESTABLISHED --drop-listener
	says connection 7007
	start_fixture inflight --port 7008 --hold-inflight
	says inflight 7008
	start_fixture last --port 7009 --addr 127.0.0.1
	says freed free 7009
	says status status
	says wrong 7001 tcp
	[[ -z $FAILED ]]
}
