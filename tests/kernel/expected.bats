#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Answers about each state that a port can be in: expected/NAME.txt has what was typed, what came on
# a terminal of 120 columns, and the exit status. Numbers of processes and clients, times, and where this
# machine keeps its programs are replaced, see normal().
#
#	EXPECTED_WRITE=1 bats tests/kernel/expected.bats	writes the files anew, to be read before they are committed

# Loading takes a processor 1.3 s: the tests that have no need of a fresh tracker share theirs.
ONE_TRACKER=1
load lib
load maps
load top

teardown() {
	top_teardown
}

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
		-e 's/(127\.0\.0\.1|\[::1\]):[0-9]{5}\b/\1:CLIENT/g; s/^[0-9:]{8}(\.[0-9]{6})?  /TIME  /' \
		-e 's/\([0-9]+ s ago\) +//; s/of at most [0-9]+/of at most MAX/; s/[0-9.]+ new/RATE new/' \
		-e 's/ since [0-9-]{10} [0-9:]{8} \(.*\)/ since THEN/; s/by portwatch [0-9.]+/by portwatch VERSION/' \
		-e 's/^[0-9]+ sockets? in [0-9]+ network .*: /N sockets in N network namespaces, N entries: /' \
		-e 's/^(kernel|cgroup2|lockdown|hooks) .*/\1 .../; /^cure /d' \
		-e 's/\([0-9]+ of [0-9]+\)/(N of N)/; s/netns [0-9]+/netns N/' \
		-e '/^(sockets|timewait|events|memory)  +[0-9]/s/[0-9.]+/N/g' \
		-e 's/  +/  /g; s/^(.*  [0-9]+)  [0-9]+\.[0-9]$/\1  RATE/; s/ +$//; /^$/d'
}

ON_TERMINAL=(env TERM=xterm LC_ALL=C.UTF-8 python3 "$BATS_TEST_DIRNAME/../helpers/on-terminal.py" 120)

# says NAME ARG...: what this command prints is in expected/NAME.txt. With ANSWER it is asked, and told that.
says() {
	local name=$1 status=0 here=(--netns self)
	shift
	[[ ! $1 =~ ^(status|check|export|doctor|load|unload)$ ]] || here=()
	in_ns "${AS[@]}" "${ON_TERMINAL[@]}" bash -c '[[ -z $0 ]] || exec <<<"$0"; exec "$@"' "${ANSWER-}" \
		"$PORTWATCH" --pin-dir "$PIN" "${here[@]}" --color never "$@" >"$OUTPUTS/said" || status=$?
	said "$name" "$status" "$@"
}

# said NAME STATUS ARG...: what is in $OUTPUTS/said, and came of this command, is in expected/NAME.txt
said() {
	local name=$1 status=$2
	shift 2
	{
		printf '$ portwatch %s\n' "$*"
		normal <"$OUTPUTS/said" | sed -E "${BY_CHANCE-}" | if [[ $name = *-in-any-order ]]; then sort; else cat; fi
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

@test "who says of the rarer states what their files say" {
	FAILED=
	start_fixture orphan --port 7090 --state FIN_WAIT1 --orphan --drop-listener
	BY_CHANCE='s/(FIN_WAIT|LAST_ACK|CLOSING)[12]?/CLOSING/g; s/CLIENT/PEER/g' says orphan 7090
	start_fixture closing --port 7091 --state CLOSE_WAIT --drop-listener
	says close-wait 7091
	start_fixture full --port 7092 --addr 127.0.0.1 --listen 0
	start_fixture clients --connect 127.0.0.1:7092
	await 30 eval '[[ $(in_ns ss -Hltn "sport = :7092" | tr -s " " | cut -d" " -f2) -ge 1 ]]'
	! kernel_is 6.1 || says not-accepting 7092
	in_ns sysctl -qw net.ipv4.ip_local_reserved_ports=7093
	says reserved 7093
	make_netns other
	RUN_IN=$RET start_fixture elsewhere --port 7094 --addr 127.0.0.1
	BY_CHANCE='s/pwt-[0-9a-z-]+/NETNS/g' says other-netns --netns all 7094/tcp
	start_fixture both --port 7095 --addr 127.0.0.1
	start_fixture udp --port 7095 --addr 127.0.0.1 --proto udp
	says tcp-and-udp 7095
	BY_CHANCE='s/^[0-9]+$/PID/' says pids -t 7095
	says pids-of-nobody -t 7096
	says list-sorted list --sort state --columns state,local,process 7095 7092
	[[ -z $FAILED ]]
}

@test "free says of each outcome what its file says" {
	FAILED=
	start_fixture server --port 7020 --addr 127.0.0.1 --accept 2
	start_fixture client --connect 127.0.0.1:7020 --conns 2
	accepted server 2
	says free-plan-of-connections free -n 7020
	says free-by-kill free -9 7020
	start_fixture stubborn --port 7021 --addr 127.0.0.1 --on-term stay
	says free-not-ended free --no-escalate -t 0.2 7021
	says free-escalated free -t 0.2 7021
	start_fixture one --port 7022 --addr 127.0.0.1
	start_fixture two --port 7023 --addr 127.0.0.1
	says free-plan-of-several free -n 7022 7023
	says free-several-in-any-order free 7022 7023
	says free-nothing free 7024
	says free-and-run free 7024 -- echo started
	says free-and-run-nothing free 7024 -- /nonexistent
	start_fixture closed --port 7025 --addr 127.0.0.1
	says free-closed free --close 7025
	start_fixture churn --port 7026 --addr 127.0.0.1 --conn-churn 3 --reuseaddr
	await_line churn ^done
	await 5 dead "$PID"
	says free-strict free --strict 7026
	says free-plan-of-timewait free -n --timewait 7026
	! kernel_is 6.1 || says free-timewait free --timewait 7026
	start_fixture connection --port 7027 --state ESTABLISHED --drop-listener
	says free-spares-connections free --listening 7027
	start_fixture udp --port 7028 --proto udp --addr 127.0.0.1
	says free-udp free 7028/udp
	[[ -z $FAILED ]]
}

@test "free says whom it spares, and who comes back" {
	FAILED=
	start_fixture nameless --port 7060 --addr 127.0.0.1 --comm ''
	says nameless 7060
	says nameless-list list 7060
	ANSWER=n says free-declined free -i 7060
	ANSWER=y says free-accepted free -i 7060
	# The descriptor is closed, for portwatch would spare itself as well.
	start_fixture ancestor --port 7061 --addr 127.0.0.1 --exec bash -c "${ON_TERMINAL[*]} $PORTWATCH --pin-dir $PIN \
		--netns self --color never free 7061 3<&- >$OUTPUTS/refused; echo status=\$?; exec sleep 600"
	await_line ancestor ^status= 20
	cp "$OUTPUTS/refused" "$OUTPUTS/said"
	said free-refused "${RET#status=}" free 7061
	start supervisor python3 -u -c 'import subprocess, sys
while True: subprocess.call(sys.argv[1:])' "$PORTFIX" --port 7062 --addr 127.0.0.1
	await_line supervisor ^ready
	says free-taken-back free --observe 30 7062
	kill -KILL "${STARTED[-1]}"
	pw -q free 7062 || true
	[[ -z $FAILED ]]
}

@test "stream says of live events what its file says" {
	FAILED=
	[[ -z ${PORTWATCH_HOOKS-} ]] && kernel_is 6.1 || skip "what is told of a bind depends on the hooks"
	# Into a file: a terminal's lines come when all is over.
	start stream "$PORTWATCH" --pin-dir "$PIN" --netns self -f 7070 --event listen,accept,close
	local stream=$RET
	await_listening "$stream"
	start_fixture server --port 7070 --addr 127.0.0.1 --accept 1
	start_fixture client --connect 127.0.0.1:7070
	accepted server 1
	await_line stream ' accept ' 30
	kill "$PID"
	kill "$(field pid "$(cat "$OUTPUTS/server")")"
	await_line stream ' close ' 30
	kill -INT "$stream"
	await 10 dead "$stream"
	# Chance decides which end closes first.
	grep -v ' close ' "$OUTPUTS/stream" >"$OUTPUTS/said"
	said stream-live 0 7070 -f
	[[ -z $FAILED ]]
}

@test "wait, timewait, list, status and check say what their files say" {
	FAILED=
	says wait-in-vain wait -t 0.1 7030
	start_fixture server --port 7031 --addr 127.0.0.1
	says wait-for-any wait --any 7030 7031
	says wait-and-run wait 7031 -- echo up
	start_fixture churn --port 7032 --addr 127.0.0.1 --conn-churn 3 --reuseaddr
	await_line churn ^done
	await 5 dead "$PID"
	says wait-for-timewait wait --for free -t 0.2 7032
	says timewait-of-processes timewait --once --by process --port 7032
	says timewait-of-peers timewait --once --by peer --port 7032
	says timewait-of-nothing timewait --once --by port --port 7033
	says list-columns list --columns local,user,state,process 7031
	says list-quiet list -q 7031
	says list-timewait list --state TIME_WAIT 7032
	says who-timewait-detailed -v 7032/tcp
	says who-two-verdicts 7031 7032
	# The facts of a tracker depend on its hooks.
	[[ -n ${PORTWATCH_HOOKS-} ]] || ! kernel_is 6.1 || with_tracker
	[[ -z $FAILED ]]
}

# Where one tracker serves all tests, none is loaded and none is broken.
with_tracker() {
	[[ ! -v PORTWATCH_LOADED ]] || return 0
	own_tracker
	says unload-nothing unload
	says load load
	says load-again load
	start_fixture tracked --port 7034 --addr 127.0.0.1
	says tracked 7034/tcp
	kill "$PID"
	await 5 dead "$PID"
	says tracked-past 7034/tcp
	says status-loaded status
	says check-clean check
	says doctor doctor
	if command -v bpftool jq >/dev/null; then
		start_fixture forgotten --port 7035 --addr 127.0.0.1
		forget 7035
		says check-missing check
		says check-repaired check --repair
	fi
	says unload unload
	degraded
}

# forget PORT: take the listener there out of the tracker's map, by hand.
forget() {
	delete_element sockets "$(entry_of "$1" | jq -c '.[0]')"
}

# A tracker that was too small says so, and every answer is right all the same.
degraded() {
	pw -q load --max-sockets 64
	start_fixture many --port 7036 --addr 127.0.0.1 --reuseport-workers 100
	start_fixture late --port 7037 --addr 127.0.0.1
	says degraded-status status
	# Whether it has found room, and so has an age, is chance.
	BY_CHANCE='s/ for TIME$//' says degraded-who 7037/tcp
	says degraded-list list --columns local,process 7037
	says degraded-free free 7037/tcp
	pw -q unload
}

# Say what is known without root, and what the rest takes.
@test "an ordinary user is told what the files say" {
	need setpriv
	kernel_is 6.1 || skip "older kernels let users load some programs"
	FAILED=
	chmod 755 "$OUTPUTS"
	cp "$PORTWATCH" "$(command -v portfix)" "$OUTPUTS"
	local PORTWATCH=$OUTPUTS/portwatch
	local AS=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	start_fixture others --port 7080 --addr 127.0.0.1
	says user-who 7080
	says user-list list 7080
	says user-free free 7080
	says user-plan free -n 7080
	says user-nothing 7081
	says user-doctor doctor
	says user-load load
	says user-status status
	start own env PATH="$OUTPUTS:$PATH" "${AS[@]}" portfix --port 7082 --addr 127.0.0.1
	await_line own ^ready
	says user-own 7082
	says user-own-plan free -n 7082
	[[ -z $FAILED ]]
}

# forms NAME ARG...: expected/NAME.txt has the paths of this command's JSON and the types of what is there
forms() {
	local name=$1
	shift
	{
		printf '$ portwatch %s\n' "$*"
		pw --netns self "$@" 2>/dev/null | jq -r 'del(.unknown, .sources) |
			paths(type | . != "object" and . != "array") as $p |
			"\($p | map(if type == "number" then "N" else . end) | join(".")) \(getpath($p) | type)"' | sort -u
	} >"$OUTPUTS/$name.now"
	[[ -z ${EXPECTED_WRITE-} ]] || cp "$OUTPUTS/$name.now" "$EXPECTED/$name.txt"
	diff -u "$EXPECTED/$name.txt" "$OUTPUTS/$name.now" || FAILED=1
}

@test "the JSON of each command has the members that its file has" {
	need jq
	kernel_is 6.12 || skip "older kernels know less of a socket"
	pw -q load
	FAILED=
	start_fixture server --port 7040 --addr 127.0.0.1 --accept 1
	start_fixture client --connect 127.0.0.1:7040
	accepted server 1
	start_fixture churn --port 7041 --addr 127.0.0.1 --conn-churn 3 --reuseaddr
	await_line churn ^done
	await 5 dead "$PID"
	forms json-who --json 7040
	forms json-who-timewait --json 7041
	forms json-list --json list 7040
	forms json-wait --json wait 7040
	forms json-timewait --json timewait --once --port 7041
	forms json-plan --json free -n 7040
	# Without a client: how far its connection has come when free looks again is chance.
	start_fixture alone --port 7042 --addr 127.0.0.1
	forms json-free --json free 7042
	[[ -z $FAILED ]]
}

# The numbers of processes are as long as they are, and what follows is cut accordingly. Some machines have
# units.
screen_form() {
	screen | sed -E -e 's/[0-9]{2}:[0-9]{2}:[0-9]{2}/TIME/; s/\[[0-9]+(\].*|…)/[PID] .../; s/pid [0-9]+/pid PID/' \
		-e 's/ root .* (portfix|worker|dns)\[/ root ... \1[/; s/ UNIT +/ /; s/at most [0-9]+/at most MAX/' \
		-e 's/  +/  /g; s/ +$//; /^$/d'
}

# shows NAME COLUMNS ROWS [KEY PATTERN]: top's screen, when a line of it matches after the key
shows() {
	local name=$1
	COLS=$2 ROWS=$3 top -i 1
	shown '^7053/udp'
	if [[ -n ${4-} ]]; then
		press "$4"
		shown "$5"
	fi
	{
		printf '# top, %s columns, %s lines, key: %s\n' "$2" "$3" "${4-}"
		screen_form
	} >"$OUTPUTS/$name.now"
	close_terminal
	[[ -z ${EXPECTED_WRITE-} ]] || cp "$OUTPUTS/$name.now" "$EXPECTED/$name.txt"
	diff -u "$EXPECTED/$name.txt" "$OUTPUTS/$name.now" || FAILED=1
}

@test "top shows at each width what its files show" {
	top_setup_terminal
	pw -q load
	FAILED=
	cd /
	start_fixture server --port 7051 --addr 127.0.0.1
	start_fixture workers --port 7052 --addr 127.0.0.1 --workers 2 --comm worker
	start_fixture udp --port 7053 --proto udp --addr 127.0.0.1 --comm dns
	# A column of ages comes with the first second.
	await 5 eval '(($(ps -o etimes= -p "$PID") > 1))'
	for columns in 40 80 120 200; do
		shows "top-$columns" "$columns" 10
	done
	shows top-help 100 30 '?' '^Help'
	shows top-plan 120 12 k 'y/N'
	shows top-timewait 120 12 w 'TIME-WAIT of at most'
	[[ -z $FAILED ]]
}

@test "export has the metrics that its file has" {
	[[ -x $PORTWATCH-export ]] || skip "portwatch-export is not built"
	[[ -z ${PORTWATCH_HOOKS-} ]] && kernel_is 6.1 || skip "what is counted depends on the hooks"
	own_tracker
	pw -q load
	start_fixture server --port 7061 --addr 127.0.0.1
	pw export --netns self >"$OUTPUTS/export"
	# Counters by the source of TIME-WAIT appear with the first on the machine (tests/kernel/export.bats has them), run
	# times where somebody has the kernel count them.
	sed -n '/_timewait_source_/d; /_tracker_program_run/d; s/^# TYPE //p' "$OUTPUTS/export" | sort >"$OUTPUTS/metrics.now"
	[[ -z ${EXPECTED_WRITE-} ]] || cp "$OUTPUTS/metrics.now" "$EXPECTED/metrics.txt"
	diff -u "$EXPECTED/metrics.txt" "$OUTPUTS/metrics.now"
}
