#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `portwatch PORT`: the right answer, to every form of the question, in text and JSON, from the
# loaded tracker and from a snapshot. The fixtures say what is right, and ss and /proc.

load lib
ONE_TRACKER=1

prepare() {
	need jq
}

# `! command` in the middle of a test would be ignored by the shell's -e.
refute() {
	! "$@"
}

# Runs the function or command that follows without a tracker, then with one.
both_ways() {
	SOURCE=snapshot
	"$@"
	pw -q load
	SOURCE=tracker
	"$@"
}

# here ARG...: portwatch about this test's namespace only, for ports that others may use in theirs
here() {
	pw --netns self "$@"
}

# who_json ARG...: the document, in $output, and its source checked; about this namespace only,
# if the arguments name none
who_json() {
	[[ $* = *--netns* ]] || set -- --netns self "$@"
	run --separate-stderr pw --json who "$@"
	echo "who $*: $status $output $stderr"
	[[ -z $stderr && $(jq -r .source <<<"$output") = "$SOURCE" ]]
}

# holds FILTER [JQ-ARG...]: the jq filter is true of the document
holds() {
	local filter=$1
	shift
	jq -e "$@" "$filter" <<<"$output" >/dev/null || {
		echo "not true: $filter $*"
		return 1
	}
}

# Titles, sockets and verdicts; not the facts below a verdict, which are indented.
plain_lines() {
	grep -c '^[^ ]' <<<"$output"
}

# why PORT/PROTO: the reason in its verdict
why() {
	jq -r --argjson port "${1%/*}" --arg proto "${1#*/}" \
		'.ports[] | select(.port == $port and .proto == $proto).why' <<<"$output"
}

@test "every form of PORT finds the server, and only where it is" {
	start_fixture four --addr 127.0.0.1 --port 8000
	four=$PID
	start_fixture six --family 6 --v6only 1 --addr ::1 --port 8000
	six=$PID
	start_fixture dns --proto udp --addr 127.0.0.1 --port 53
	dns=$PID
	start_fixture web --addr 127.0.0.1 --port 80
	web=$PID
	forms() {
		found() { # PIDS ARG...
			local want=$1
			shift
			run here --json who "$@"
			echo "who $*: $status $output"
			[[ $(jq -r '[.sockets[].owners[].pid] | sort | join(" ")' <<<"$output") = "$want" ]]
			[[ $status -eq $([[ -n $want ]] && echo 0 || echo 1) ]]
		}
		pair=$(printf '%s\n' "$four" "$six" | sort -n | xargs)
		both=$(printf '%s\n' "$web" "$dns" | sort -n | xargs)
		found "$pair" 8000/tcp
		found "$four" 127.0.0.1:8000
		found "" 127.0.0.2:8000
		found "$pair" 7999-8001
		found "" 53/tcp
		found "$dns" domain
		found "$six" -6 8000
		# a snapshot reads every table for each of them: the rest is the same code for both
		[[ $SOURCE = tracker ]] || return 0
		found "$pair" 8000
		found "" 8000/udp
		found "$pair" :8000
		found "$six" "[::1]:8000"
		found "$pair" 7999-8001/tcp
		found "" 8001-8005
		found "$dns" 53/udp
		found "$web" http
		found "$web" http/tcp
		found "$both" 53,80
		found "$both" 53/udp http
		found "$(printf '%s\n' "$web" "$four" | sort -n | xargs)" 127.0.0.1:8000,80 8001
		found "$four" -4 8000
		found "$pair" -46 8000
	}
	both_ways forms
}

@test "a wildcard server is found by any address of its own" {
	start_fixture any --port 8000
	start_fixture dual --family 6 --port 8001
	addresses() {
		run -0 here 127.0.0.1:8000
		run -0 here 0.0.0.0:8000
		run -1 here "[::1]:8000"
		run -0 here 127.0.0.1:8001
		run -0 here "[::1]:8001"
	}
	both_ways addresses
}

@test "exit status: 0 busy, 0 for TIME-WAIT alone, 1 free, 2 wrong usage" {
	start_fixture held --addr 127.0.0.1
	held=$PORT
	start_fixture tw --state TIME_WAIT --drop-listener
	tw=$PORT
	statuses() {
		run -0 here "$held"
		run -0 here "$tw"
		run -0 here "$held" 1
		run -1 here 1
		run -1 here -q "$held/udp"
		run -2 pw 0
		run -2 pw "$held" --no-such-option
	}
	both_ways statuses
}

# as_nobody WORDS...: portwatch as an ordinary user without any capability
as_nobody() {
	run --separate-stderr in_ns setpriv --reuid=nobody --regid=nogroup --clear-groups \
		--inh-caps=-all --bounding-set=-all "$OUTPUTS/portwatch" --pin-dir "$PIN" "$@"
	echo "$status $output $stderr"
}

@test "without privilege: sockets with their user, own processes, and what cannot be seen" {
	need jq
	# where nobody else may look, nobody else can run it
	cp "$PORTWATCH" "$OUTPUTS/portwatch"
	chmod 755 "$OUTPUTS" "$OUTPUTS/portwatch"
	pw -q load
	start_fixture server --addr 127.0.0.1
	as_nobody "$PORT/tcp"
	[[ $status -eq 0 && -z $stderr &&
		$output = *"$PORT/tcp: in use by a process of root that you may not inspect"* &&
		$output = *"processes of others cannot be seen ("*"): sudo portwatch "*"$PORT/tcp"* ]]
	as_nobody free -n "$PORT/tcp"
	[[ $status -eq 3 && $stderr = "portwatch: processes of others cannot be ended: sudo portwatch "*" free -n $PORT/tcp" ]]
	as_nobody free "$PORT/tcp"
	[[ $status -eq 3 && $output = *"$PORT/tcp: "*"a process of root that you may not inspect"* ]]
	kill -0 "$PID"
	as_nobody --json "$PORT/tcp"
	jq -e --argjson status "$status" '$status == 0 and (.unknown | index("holders")) and .source == "snapshot" and .sources.holders == "/proc/PID/fd" and
		.sockets[0].owners == [] and .sockets[0].uid == 0 and .ports[0].why == "held"' <<<"$output"
	as_nobody list
	[[ $status -eq 0 && $output = *":$PORT "* ]]
	start mine setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all "$PORTFIX" --addr 127.0.0.2
	await_line mine ^ready
	as_nobody --json "$(field port "$RET")/tcp"
	[[ $status -eq 0 ]]
	jq -e --argjson pid "$(field pid "$RET")" '[.sockets[].owners[].pid] == [$pid]' <<<"$output"

	as_nobody load
	[[ $status -eq 3 && -z $output && ${#stderr_lines[@]} -eq 1 ]]
	[[ $stderr = "portwatch: "*CAP_BPF*CAP_PERFMON*CAP_NET_ADMIN* ]]
}

@test "the JSON document is complete and right" {
	start_fixture server --family 6 --v6only 1 --addr ::1 --listen 17 --dup 2
	begin=$EPOCHSECONDS
	document() {
		who_json "$PORT/tcp"
		# when /proc says that it started, in seconds since 1970, as the kernel reckons
		ticks=$(sed 's/.*) //' "/proc/$PID/stat" | cut -d' ' -f20)
		start=$(awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" '/^btime/ { printf "%.2f", $2 + t / hz }' /proc/stat)
		holds '
			def is_time: test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z$");
			def seconds: (.[0:19] + "Z" | fromdate) + (.[19:26] | tonumber);
			.schema == 1 and (.time | is_time) and .degraded == false and .history == [] and
			(.sockets | length) == 1 and (.sockets[0] |
				.proto == "tcp" and .family == "inet6" and .state == "LISTEN" and
				.local == {addr: "::1", port: $port} and (has("remote") | not) and
				.netns == $netns and .v6only == true and .reuseport == false and
				.backlog == 17 and (.resolved == "verified" or .resolved == "walk") and
				(.owners | length) == 1 and (.owners[0] |
					.pid == $pid and .comm == "portfix" and .uid == 0 and .user == "root" and
					(.start | is_time) and ((.start | seconds) - $start | fabs) < 1.5 and
					(.fds | length) == 3 and .cmdline == $cmdline and
					(has("container") | not))) and
			(.ports[0].accepting | . == null or . == true) and
			([.ports[] | del(.facts, .accepting)] == [{port: $port, proto: "tcp", bindable: false, why: "held",
				frees_in_ms: null, hint: "in use by portfix (pid \($pid))"}])
		' --argjson port "$PORT" --argjson pid "$PID" --argjson start "$start" \
			--argjson netns "$(stat -Lc %i "/run/netns/$NETNS")" --argjson cmdline \
			"$(xargs -0 -n1 <"/proc/$PID/cmdline" | jq -R . | jq -s .)"
		# the same fds as /proc has for that socket
		inode=$(in_ns ss -Hlnte "( sport = :$PORT )" | grep -o 'ino:[0-9]*' | cut -d: -f2)
		fds=$(find "/proc/$PID/fd" -lname "socket:\[$inode\]" -printf '%f\n' | sort -n | jq -s .)
		holds '(.sockets[0].owners[0].fds | sort) == $fds' --argjson fds "$fds"
	}
	both_ways document
	# from before the load: who made it is not known for certain, how old it is neither
	start_fixture young --addr 127.0.0.1
	who_json "$PORT/tcp"
	cookie=$(in_ns ss -Hlnte "( sport = :$PORT )" | grep -o 'sk:[0-9a-f]*' | cut -d: -f2)
	holds '.sockets[0] | .creator == {pid: $pid, comm: "portfix", alive: true} and .cookie == $cookie and
		(.since[0:19] + "Z" | fromdate) >= $begin and .resolved == "verified"' \
		--argjson pid "$PID" --argjson begin "$begin" --argjson cookie "$((16#$cookie))"
}

# bats test_tags=core
@test "creator and owners of a pre-forking server are told apart" {
	pw -q load
	SOURCE=tracker
	start_fixture prefork --addr 127.0.0.1 --workers 3
	children=$(field children "$RET" | tr , '\n' | sort -n)
	who_json "$PORT/tcp"
	holds '.sockets[0].creator == {pid: $pid, comm: "portfix", alive: true} and
		([.sockets[0].owners[].pid] | sort) == $all and .sockets[0].resolved == $how' \
		--arg how "$(verified)" --argjson pid "$PID" --argjson all "$(printf '%s\n' "$PID" "$children" | sort -n | jq -s .)"
	# The children survive their parent: the port has other owners than whoever bound it.
	creator=$PID
	kill -KILL "$creator"
	await 5 dead "$creator"
	who_json "$PORT/tcp"
	holds '.sockets[0].creator == {pid: $pid, comm: "portfix", alive: false} and
		([.sockets[0].owners[].pid] | sort) == $all' \
		--argjson pid "$creator" --argjson all "$(jq -s . <<<"$children")"
	run -0 here "$PORT/tcp"
	[[ $output = *"created by portfix[$creator] (gone)"* ]]
}

# bats test_tags=core
@test "owners by daemonizing, by exec, by a leaked descriptor, by a passed one" {
	pw -q load
	SOURCE=tracker
	start_fixture daemon --addr 127.0.0.1 --daemonize
	who_json "$PORT/tcp"
	holds '[.sockets[0].owners[].pid] == [$pid]' --argjson pid "$PID"

	start_fixture exec --addr 127.0.0.1 --exec sleep 60
	await 5 eval '[[ $(cat /proc/$PID/comm) = sleep ]]'
	who_json "$PORT/tcp"
	holds '.sockets[0] | .owners[0].pid == $pid and .owners[0].comm == "sleep" and
		.owners[0].cmdline == ["sleep", "60"]' --argjson pid "$PID"

	start_fixture leak --addr 127.0.0.1 --leak
	await 5 dead "$(field creator "$RET")"
	await 5 eval '[[ $(cat /proc/$PID/comm) = sleep ]]'
	who_json "$PORT/tcp"
	holds 'any(.sockets[0].owners[]; .comm == "sleep")'
	for pid in $(jq '.sockets[0].owners[].pid' <<<"$output"); do STARTED+=("$pid"); done
	[[ $(jq '[.sockets[0].owners[].pid] | sort | join(" ")' <<<"$output") = \
		"\"$(in_ns ss -Hlntp "( sport = :$PORT )" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -n | xargs)\"" ]]

	start receiver "$PORTFIX" --recv-fd "$OUTPUTS/socket"
	receiver=$RET
	await 5 test -S "$OUTPUTS/socket"
	start_fixture sender --addr 127.0.0.1 --send-fd "$OUTPUTS/socket"
	await_line receiver "^ready"
	who_json "$PORT/tcp"
	holds 'any(.sockets[0].owners[]; .pid == $pid)' --argjson pid "$receiver"
}

@test "the verdict names why: held, bound, free, privileged, reserved" {
	start_fixture held --addr 127.0.0.1
	held=$PORT
	start_fixture bound --bind-only --addr 127.0.0.1
	bound=$PORT
	reasons() {
		who_json "$held/tcp" "$bound/tcp" 4321/tcp "$held/udp"
		[[ $(why "$held/tcp") = held && $(why "$bound/tcp") = bound ]]
		[[ $(why 4321/tcp) = free && $(why "$held/udp") = free ]]
		holds 'all(.ports[]; .bindable == (.why == "free"))'
		holds 'any(.sockets[]; .state == "BOUND" and .local.port == $p and .owners[0].pid == $pid)' \
			--argjson p "$bound" --argjson pid "$PID"
		in_ns sh -c 'echo 4321 >/proc/sys/net/ipv4/ip_local_reserved_ports'
		who_json 4321/tcp
		[[ $status -eq 1 && $(why 4321/tcp) = reserved ]]
		in_ns sh -c 'echo >/proc/sys/net/ipv4/ip_local_reserved_ports'
		# root without this one capability
		run in_ns capsh --drop=cap_net_bind_service -- -c '"$@"' - \
			"$PORTWATCH" --pin-dir "$PIN" --json who --netns self 81/tcp
		[[ $status -eq 1 && $(why 81/tcp) = privileged ]]
	}
	need capsh
	both_ways reasons
}

@test "the verdict names why: timewait, with the time that is left" {
	start_fixture tw --state TIME_WAIT --drop-listener
	tw=$PORT
	# timer:(timewait,57sec,0), cut to whole seconds; and ss says what the kernel asked for, while the
	# timer's wheel turns in steps of up to 2 s
	remaining() {
		in_ns ss -Hnto state time-wait "( sport = :$tw )" | grep -oP 'timewait,\K[0-9]+(?=sec,)'
	}
	timewait() {
		local least most
		most=$(remaining)
		who_json "$tw/tcp"
		least=$(remaining)
		holds '(.sockets | length) == 1 and (.sockets[0] | .state == "TIME_WAIT" and .owners == [] and
			.remote.port > 0 and .expires_ms > ($least - 1) * 1000 and .expires_ms < ($most + 4) * 1000 and
			(has("backlog") or has("v6only") | not))' --argjson least "$least" --argjson most "$most"
		holds '.ports[0] | .why == "timewait" and .bindable == false and
			.frees_in_ms > ($least - 1) * 1000 and .frees_in_ms < ($most + 4) * 1000' \
			--argjson least "$least" --argjson most "$most"
		[[ $(jq '.sockets[0].reusable' <<<"$output") = "$reusable" ]]
	}
	# reusable: one that sets SO_REUSEADDR does get the port
	run in_ns "$PORTFIX" --addr 127.0.0.1 --port "$tw" --reuseaddr --until-eof </dev/null
	reusable=$([[ $status -eq 0 ]] && echo true || echo false)
	both_ways timewait

	# Of a connection that the tracker saw it also knows who left it.
	start_fixture seen --state TIME_WAIT --drop-listener
	who_json "$PORT/tcp"
	holds '.sockets[0].creator.comm == "portfix"'
}

@test "the verdict names why: orphan and inflight" {
	start_fixture orphan --state FIN_WAIT2 --orphan --drop-listener
	orphan=$PORT
	start_fixture inflight --addr 127.0.0.1 --hold-inflight
	inflight=$PORT
	nobody() {
		who_json "$orphan/tcp" "$inflight/tcp"
		[[ $status -eq 0 && $(why "$orphan/tcp") = orphan && $(why "$inflight/tcp") = inflight ]]
		holds 'all(.sockets[] | select(.local.port == $a or .local.port == $b); .owners == [])' \
			--argjson a "$orphan" --argjson b "$inflight"
	}
	both_ways nobody
}

@test "a listener that is gone leaves its connections: held by them" {
	start_fixture conn --state ESTABLISHED --drop-listener
	held() {
		who_json "$PORT/tcp"
		[[ $status -eq 0 && $(why "$PORT/tcp") = held ]]
		holds '(.sockets | length) == 1 and .sockets[0].state == "ESTABLISHED" and
			any(.sockets[0].owners[]; .pid == $pid)' --argjson pid "$PID"
	}
	both_ways held
}

@test "--netns: the same port in two namespaces" {
	make_netns other
	other=$RET
	start_fixture here --addr 127.0.0.1 --port 8000
	here=$PID
	RUN_IN=$other start_fixture there --addr 127.0.0.1 --port 8000
	there=$PID
	RUN_IN=$other start_fixture only --addr 127.0.0.1 --port 8001
	namespaces() {
		# to root all of them are shown
		run pw --json who 8000/tcp
		holds '[.sockets[].owners[0].pid] | contains([$a, $b])' --argjson a "$here" --argjson b "$there"
		[[ $(why 8000/tcp) = held ]]
		who_json --netns self 8000/tcp
		holds '[.sockets[].owners[0].pid] == [$a]' --argjson a "$here"
		who_json --netns all 8000/tcp
		holds '[.sockets[].owners[0].pid] | contains([$a, $b])' --argjson a "$here" --argjson b "$there"
		who_json --netns "$other" 8000/tcp
		holds '[.sockets[].owners[0].pid] == [$b] and .ports[0].why == "held"' --argjson b "$there"
		who_json --netns "/proc/$there/ns/net" 8000/tcp
		holds '[.sockets[].owners[0].pid] == [$b]' --argjson b "$there"
		who_json --netns "$other" --netns "/run/netns/$NETNS" 8000/tcp
		holds '.sockets | length == 2'
		# only elsewhere
		who_json --netns all 8001/tcp
		[[ $status -eq 0 && $(why 8001/tcp) = other-netns ]]
		holds '.ports[0].bindable'
		who_json --netns self 8001/tcp
		[[ $status -eq 1 ]]
		holds '.sockets == []'
		run --separate-stderr pw 8000/tcp
		[[ $output = *NETNS*" $other "* ]]
		run -2 pw --netns no-such-namespace 8000
	}
	both_ways namespaces
}

# ancestors PID: the processes that it was started by, from its parent up, as words of a pattern
ancestors() {
	local pid
	pid=$(awk '{ print $4 }' "/proc/$1/stat")
	[[ $pid = 0 ]] || printf '|%s%s' "$pid" "$(ancestors "$pid")"
}

@test "with the tracker: no directory under /proc is read, and no process but the holder and its starters" {
	need strace
	pw -q load
	start_fixture crowd --crowd 20:5
	start_fixture server --addr 127.0.0.1 --workers 1
	children=$(field children "$RET")
	starters=$(ancestors "$PID")
	for words in "$PORT" "--json $PORT" 1; do
		# shellcheck disable=SC2086 # words
		in_ns strace -qq -f -o "$OUTPUTS/trace" "$PORTWATCH" --pin-dir "$PIN" $words || true
		cat "$OUTPUTS/trace"
		grep -q BPF_OBJ_GET "$OUTPUTS/trace"
		refute grep -E 'getdents|/sys/kernel/btf|BPF_PROG_LOAD|BPF_MAP_CREATE|clone|fork' "$OUTPUTS/trace"
		strangers=$(grep -E '"/proc/[0-9]+' "$OUTPUTS/trace" | grep -vE "\"/proc/($PID|$children$starters)[/\"]" || true)
		[[ -z $strangers ]]
		refute grep -E '"/proc"' "$OUTPUTS/trace"
	done
	# the one for which nothing was found looked at no process at all
	refute grep -E '"/proc/[0-9]+' "$OUTPUTS/trace"
}

@test "a closed pipe ends it quietly, a full disk does not" {
	start_fixture server --addr 127.0.0.1 --reuseport-workers 40
	for words in "$PORT" "--json $PORT" "list" "--json list"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr in_ns bash -c '"$@" | true; exit "${PIPESTATUS[0]}"' - \
			"$PORTWATCH" --pin-dir "$PIN" $words
		echo "$words: $status $stderr"
		[[ $status -eq 0 && -z $stderr ]]
		# shellcheck disable=SC2086 # words
		run --separate-stderr in_ns bash -c '"$@" >/dev/full' - "$PORTWATCH" --pin-dir "$PIN" $words
		echo "$words: $status $stderr"
		[[ $status -eq 5 && ${#stderr_lines[@]} -eq 1 && $stderr = *"No space left"* ]]
	done
}

@test "colour on a terminal and with --color always, never in a pipe or with NO_COLOR" {
	start_fixture server --addr 127.0.0.1
	colored() {
		[[ $output = *$'\e['* ]]
	}
	run -0 pw "$PORT"
	refute colored
	run -0 pw --color always "$PORT"
	colored
	run -0 pw --color never "$PORT"
	refute colored
	terminal=(script -qec "nsenter --net=/run/netns/$NETNS $PORTWATCH --pin-dir $PIN $PORT/tcp" /dev/null)
	need script
	TERM=xterm run -0 "${terminal[@]}"
	colored
	TERM=xterm NO_COLOR=1 run -0 "${terminal[@]}"
	refute colored
	TERM=dumb run -0 "${terminal[@]}"
	refute colored
}

@test "hostile names reach neither the terminal nor break the JSON" {
	need perl
	# a name and arguments with an escape sequence, a line end, invalid UTF-8, quotes
	evil=$'e\e[31m\n\xff"\\x'
	start evil perl -MIO::Socket::INET -e '
		$0 = "x";
		my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die $!;
		open(my $f, ">", "/proc/self/comm") or die $!;
		print $f $ARGV[0];
		close $f;
		$| = 1;
		printf "ready pid=%d port=%d\n", $$, $s->sockport;
		exec {"sleep"} $ARGV[0], "60" if $ARGV[1];
		sleep 60;
	' "$evil"
	await_line evil "^ready"
	PORT=$(field port "$RET")
	PID=$(field pid "$RET")
	hostile_names() {
		who_json "$PORT/tcp"
		jq -e . <<<"$output" >/dev/null
		[[ $output != *$'\e'* && $(wc -l <<<"$output") -eq 1 ]]
		holds '.sockets[0].owners[0].pid == $pid and (.sockets[0].owners[0].comm | test("e.*31m"))' \
			--argjson pid "$PID"
		iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
		run -0 pw --color never "$PORT/tcp"
		echo "$output" | cat -A
		[[ $output != *$'\e'* && $output != *$'\xff'* ]]
		[[ $(plain_lines) -eq 3 ]]
	}
	both_ways hostile_names
}

@test "hostile arguments of a holder are harmless, too" {
	need perl
	argument=$'a\e]0;x\a\nb\xff"'
	start_fixture evil --addr 127.0.0.1 --exec perl -e 'sleep 60' "$argument"
	await 5 eval '[[ $(cat /proc/$PID/comm) = perl ]]'
	hostile_arguments() {
		who_json "$PORT/tcp"
		[[ $output != *$'\e'* && $(wc -l <<<"$output") -eq 1 ]]
		holds '.sockets[0].owners[0].cmdline == ["perl", "-e", "sleep 60", "a\u001b]0;x\u0007\nb\ufffd\""]'
		run -0 pw --color never "$PORT/tcp"
		[[ $output != *$'\e'* && $output != *$'\a'* && $output != *$'\xff'* && $(plain_lines) -eq 3 ]]
	}
	both_ways hostile_arguments
}

@test "processes that share one table of descriptors are all named, and verified" {
	need python3
	pw -q load
	SOURCE=tracker
	start shared python3 -c '
import ctypes, os, signal, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
CLONE_FILES = 0x400
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
child = libc.syscall(number, CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0)
if child == 0:
    time.sleep(60)
    os._exit(0)
print(f"ready pid={os.getpid()} child={child} port={s.getsockname()[1]}", flush=True)
time.sleep(60)
'
	await_line shared "^ready"
	PORT=$(field port "$RET")
	child=$(field child "$RET")
	STARTED+=("$child")
	who_json "$PORT/tcp"
	holds '([.sockets[0].owners[].pid] | sort) == ([$a, $b] | sort) and .sockets[0].resolved == "verified"' \
		--argjson a "$(field pid "$RET")" --argjson b "$child"
}

# bats test_tags=core
@test "a server that sleeps in poll() is verified without a walk" {
	need python3
	pw -q load
	SOURCE=tracker
	start http python3 -u -m http.server --bind 127.0.0.1 0
	await_line http "port [0-9]+"
	PORT=$(grep -o 'port [0-9]*' <<<"$RET" | cut -d' ' -f2)
	pid=$(in_ns ss -Hlntp "( sport = :$PORT )" | grep -o 'pid=[0-9]*' | cut -d= -f2)
	STARTED+=("$pid")
	sleep 0.2
	who_json "$PORT/tcp"
	holds '.sockets[0] | .owners[0].pid == $pid and .resolved == $how' --arg how "$(verified)" --argjson pid "$pid"
}

@test "--resolve names ports, -q is silent, and text has one line of verdict for each port" {
	start_fixture web --addr 127.0.0.1 --port 80
	run -0 here --resolve 80/tcp
	[[ $output = *:http* ]]
	run -0 here 80/tcp 81/tcp
	[[ ${lines[0]} = PROTO* && $(plain_lines) -eq 4 ]]
	grep -qFx "80/tcp: in use by portfix (pid $PID)" <<<"$output"
	grep -qFx "81/tcp: free" <<<"$output"
	run -0 here --no-header 80/tcp
	[[ ${lines[0]} = tcp* ]]
}

@test "a holder that ends while it is asked for does no harm" {
	pw -q load
	for _ in {1..8}; do
		start_fixture "short" --addr 127.0.0.1 --workers 4
		children=$(field children "$RET" | tr , ' ')
		(
			# shellcheck disable=SC2086 # words
			kill -KILL "$PID" $children
		) &
		for _ in {1..10}; do
			run here --json who "$PORT/tcp"
			[[ $status -le 1 ]]
			jq -e '.schema == 1' <<<"$output" >/dev/null
		done
		wait $!
		await 5 eval '! here -q "$PORT/tcp" >/dev/null'
		rm "$OUTPUTS/short"
	done
}

# MPTCP's ports are those of TCP sockets that the kernel makes for it.
mptcp() {
	local port=$1 server client plain fds pid
	start_fixture server --mptcp --addr 127.0.0.1 --port "$port" --accept 3
	server=$PID
	start_fixture plain --connect "127.0.0.1:$port"
	plain=$PID
	start_fixture client --mptcp --connect "127.0.0.1:$port" --conns 2
	client=$PID
	accepted server 3
	who_json "$port/tcp"
	holds '[.sockets[] | select(.state == "LISTEN").owners[].pid] == [$pid]' --argjson pid "$server"
	holds '[.sockets[] | select(.state == "ESTABLISHED").owners[].pid] == [$pid, $pid, $pid]' --argjson pid "$server"
	[[ $(why "$port/tcp") = held ]]
	# The fds are those that ss has.
	fds=$(in_ns ss -Htanp "( sport = :$port )" | grep -oP 'fd=\K[0-9]+' | sort -n | xargs)
	[[ $(jq -r '[.sockets[].owners[].fds[]] | sort | map(tostring) | join(" ")' <<<"$output") = "$fds" ]]
	for pid in "$plain" "$client"; do
		who_json "$(in_ns ss -Htnp "( dport = :$port )" | grep -m1 "pid=$pid," | awk '{ sub(".*:", "", $4); print $4 }')/tcp"
		holds '[.sockets[].owners[].pid] == [$pid]' --argjson pid "$pid"
	done
	# The server's MPTCP connections may go on closing without it.
	run here free "$port/tcp"
	echo "free: $status $output"
	[[ $output = *"portfix[$server] TERM, gone after"* ]]
	dead "$server"
	who_json "$port/tcp"
	holds '[.sockets[] | select(.state == "LISTEN")] == []'
	[[ $SOURCE = snapshot ]] || holds '.history[0].pid == $pid' --argjson pid "$server"
}

@test "MPTCP: whoever has its descriptor holds the port" {
	in_ns test -e /proc/sys/net/mptcp/enabled || skip "this kernel has no MPTCP"
	SOURCE=snapshot
	mptcp 8320
	pw load
	SOURCE=tracker
	mptcp 8321
	in_ns "$PORTWATCH" --pin-dir "$PIN" check
}

@test "the process that accepted a connection is not guessed among several" {
	pw load
	local pids=() i
	for i in 1 2 3 4 5; do
		start_fixture "worker$i" --addr 127.0.0.1 --port 8330 --reuseport --accept 20
		pids+=("$PID")
	done
	# Two are left, of which one lies behind the first four places.
	for i in 0 1 2; do
		kill "${pids[i]}"
		await 5 dead "${pids[i]}"
	done
	start_fixture client --connect 127.0.0.1:8330 --conns 10
	await 20 eval '(($(cat "$OUTPUTS"/worker[45] | grep -c ^accepted) == 10))'
	SOURCE=tracker
	who_json 8330/tcp
	holds '[.sockets[] | select(.state == "ESTABLISHED")] | length == 10'
	holds '[.sockets[] | select(.state == "ESTABLISHED" and .creator != null)] == []'
	holds '[.sockets[] | select(.state == "ESTABLISHED").owners[].pid] - $pids == []' \
		--argjson pids "[${pids[3]},${pids[4]}]"
}
