#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Command lines of people who know fuser, lsof, ss, kill, top or git: each row is what is typed, and
# what comes of it. Nothing here reaches the kernel: 65536 is a port that the command refuses,
# with its own name, once it has got it.

load lib

# Rows "TYPED => COMMAND" on standard input: TYPED is that command, which gets the 65536 in it as
# its PORT, or no option that it does not know.
all_become() {
	local row typed command
	while IFS= read -r row; do
		[[ -n $row ]] || continue
		typed=${row% => *} command=${row#* => }
		# shellcheck disable=SC2086 # words
		if [[ $typed = *65536* ]]; then
			wrong_usage "'[^ ]*65536[^ ]*' is not a port: .*see portwatch $command --help" $typed
		else
			wrong_usage "unknown option '--frobnicate' .see portwatch $command --help" $typed --frobnicate
		fi
	done
}

# Rows "TYPED => SENTENCE": TYPED is refused with this sentence, to its end.
all_say() {
	local row typed sentence
	while IFS= read -r row; do
		[[ -n $row ]] || continue
		typed=${row% => *} sentence=${row#* => }
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTWATCH" $typed
		echo "$typed -> status $status, stderr: $stderr"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "$stderr" = "portwatch: $sentence" ]
	done
}

@test "the order of the words does not matter" {
	all_become <<-END
		65536 --free => free
		--free 65536 => free
		65536 free => free
		free 65536 => free
		--json 65536 --free => free
		65536 list => list
		65536 wait --for free => wait
		--for free wait 65536 => wait
		65536 -t 5 wait => wait
		65536 who => who
		--port 80 timewait => timewait
		--comm free list => list
		list --comm free => list
		list --user root --comm kill => list
		--pin-dir top => stream
		-t 5 free 65536 => free
	END
}

@test "fuser, kill, fkill, npx kill-port: ending the owners" {
	all_become <<-END
		-k 65536 => free
		-k 65536/tcp => free
		65536 -k => free
		65536 -k -9 => free
		65536 -k -KILL => free
		-ki 65536 => free
		-kn 65536 => free
		kill 65536 => free
		kill -9 65536 => free
		kill -k 65536 => free
		free --free 65536 => free
		--free 65536 -y => free
		--free 65536 --yes => free
	END
	wrong_usage "-i asks" -ki -q 8000
	all_say <<-END
		-9 8000 => '-9' belongs to kill; use: portwatch free -9 8000
		8000 -KILL => '-KILL' belongs to kill; use: portwatch free -KILL 8000
		--free 8000 -f => '-f' belongs to fkill; use: portwatch free --force 8000
		-n tcp 8000 => '-n' belongs to fuser; use: portwatch 8000/tcp
		-n udp 53 => '-n' belongs to fuser; use: portwatch 53/udp
		--kill 8000 => '--kill' belongs to fkill; use: portwatch free 8000
		list -k 8000 => '-k' belongs to fuser; use: portwatch free 8000
		--free=8000 => unknown option '--free=8000': did you mean portwatch free 8000?
		list --free 8000 => unknown option '--free': did you mean portwatch free 8000?
		stop 8000 => 'stop' is neither a port nor a command: did you mean portwatch free 8000?
		free 8000 tcp => 'tcp' is neither a port nor a command: did you mean portwatch free 8000/tcp?
	END
}

@test "lsof: -i, -t, -p, -u, -c" {
	all_become <<-END
		-t 65536 => who
		65536 -t => who
		--pids 65536 => who
		-ti:65536 => who
		-ti :65536 => who
		-ti tcp:65536 => who
		-titcp:65536 => who
		list -t 65536 => list
		tcp:65536 => who
		-P -n 65536 => who
	END
	for words in "-t" "-ti" "--pids"; do
		wrong_usage "--pids and --json" "$words" --json 8000
	done
	wrong_usage "--pids and --json" -ti:8000 --json
	wrong_usage "--pids and --json" list -t --json
	wrong_usage "--pids and --json" free -n --pids --json 8000
	wrong_usage "--pids needs -n" free --pids 8000
	all_say <<-END
		-i :8000 => '-i' belongs to lsof; use: portwatch :8000
		-i tcp:8000 => '-i' belongs to lsof; use: portwatch tcp:8000
		-i:8000 => '-i:8000' belongs to lsof; use: portwatch :8000
		-iTCP:8000 -sTCP:LISTEN => '-iTCP:8000' belongs to lsof; use: portwatch TCP:8000
		-i => '-i' belongs to lsof; use: portwatch list
		-sTCP:LISTEN => '-sTCP:LISTEN' belongs to lsof; use: portwatch list --listening
		-p 123 => '-p' belongs to lsof; use: portwatch list --pid 123
		-u root => '-u' belongs to lsof; use: portwatch list --user root
		-c nginx => '-c' belongs to lsof; use: portwatch list --comm nginx
	END
}

@test "ss and netstat: letters, and words of its filter" {
	all_become <<-END
		list -l => list
		list --sort pid 65536 => list
		list -u => list
		list --tcp => list
		list --udp => list
		list -t => list
	END
	all_say <<-END
		-tlnp => '-tlnp' belongs to ss; use: portwatch list --listening --proto tcp
		list -tlnp => '-tlnp' belongs to ss; use: portwatch list --listening --proto tcp
		-tulpn => '-tulpn' belongs to ss; use: portwatch list --listening
		-ulnp => '-ulnp' belongs to ss; use: portwatch list --listening --proto udp
		-anp => '-anp' belongs to ss; use: portwatch list
		-antp => '-antp' belongs to ss; use: portwatch list --proto tcp
		-tln6 => '-tln6' belongs to ss; use: portwatch list --listening --proto tcp -6
		-l => '-l' belongs to ss; use: portwatch list --listening
		-a => '-a' belongs to ss; use: portwatch list
		list -a => '-a' belongs to ss; use: portwatch list
		-p => '-p' belongs to ss; use: portwatch list
		list sport = :8000 => 'sport' belongs to ss; use: portwatch list --port 8000
		list dport = :443 => 'dport' belongs to ss; use: portwatch list --peer :443
		8000 --udp => unknown option '--udp': did you mean portwatch 8000/udp?
		free 8000 --tcp => unknown option '--tcp': did you mean portwatch free 8000/tcp?
		list state established => 'state' belongs to ss; use: portwatch list --state established
		list dst 10.0.0.0/8 => 'dst' belongs to ss; use: portwatch list --peer 10.0.0.0/8
		8000 tcp => 'tcp' is neither a port nor a command: did you mean portwatch 8000/tcp?
		tcp 8000 => 'tcp' is neither a port nor a command: did you mean portwatch 8000/tcp?
	END
	wrong_usage "'127.0.0.1' is an address: add a port, as in 127.0.0.1:8000" 127.0.0.1
}

@test "watch, tail, wait-for-it, top" {
	all_become <<-END
		watch 65536 => stream
		65536 -f => stream
		65536 -w => stream
		65536 --follow => stream
		-f 65536 => stream
		wait 65536 => wait
		wait 65536 --timeout 1m => wait
		wait 65536 --timeout 1s => wait
		wait 65536 --timeout 500ms => wait
	END
	all_say <<-END
		8000 --wait => unknown option '--wait': did you mean portwatch wait 8000?
		8000 --all => unknown option '--all': did you mean portwatch 8000 -f --all?
	END
	[ -x "$PORTWATCH_BUILD/portwatch-top" ] || return 0
	all_say <<-END
		top -d 1 => '-d' belongs to top; use: portwatch top -i 1
		timewait -d 1 => '-d' belongs to top; use: portwatch timewait -i 1
		top -b -n1 => '-b' belongs to top; use: portwatch list
		top --once => unknown option '--once': did you mean portwatch list?
	END
	all_become <<-END
		top 65536 => top
	END
}

@test "ls, ps, show, info, find: list" {
	all_become <<-END
		ls => list
		ls 65536 => list
		list 65536 => list
		stream 65536 => stream
		timewait 65536 => timewait
		--pid 123 => list
		--comm nginx => list
		--user root => list
		--comm nginx 65536 => list
		--comm nginx --event listen => stream
		--replay FILE --pid 1 => stream
		--port 80 => stream
	END
	for word in ps show info find; do
		all_say <<<"$word => '$word' is neither a port nor a command: did you mean portwatch list?"
	done
}

@test "git, go: help and version" {
	for words in help --help -h -help "-?" "help help" "help version" "version --help"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTWATCH" $words
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[ "$words" = -help ] || [ "$words" = "-?" ] || [[ ${lines[0]} = "Who owns which port"* ]]
	done
	for words in "help free" "help kill" "free --help" "--help free" "help --free"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTWATCH" $words
		echo "$words: $output"
		[ "$status" -eq 0 ]
		[[ $output = *"Usage: portwatch free "* ]]
	done
	for words in version --version -version --Version -V "help --version"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$PORTWATCH" $words
		echo "$words: $output"
		[ "$status" -eq 0 ]
		[[ $output = "portwatch "[0-9]* || $words = help* ]]
	done
	all_say <<-END
		help lits => unknown command 'lits': did you mean list?
	END
	wrong_usage "unknown command 'nonsense'" help nonsense
}

@test "the nearest command, option and value" {
	all_say <<-END
		lits => 'lits' is neither a port nor a command: did you mean list?
		loda => 'loda' is neither a port nor a command: did you mean load?
		docter => 'docter' is neither a port nor a command: did you mean doctor?
		timewiat => 'timewiat' is neither a port nor a command: did you mean timewait?
		stats => 'stats' is neither a port nor a command: did you mean status?
		tw => 'tw' is neither a port nor a command: did you mean portwatch timewait?
		-j 8000 => unknown option '-j': did you mean --json?
		--no-color => unknown option '--no-color': did you mean --color never?
	END
	wrong_usage "'--jsn': did you mean --json" list --jsn
	wrong_usage "'--colour': did you mean --color" list --colour always
	wrong_usage "'--pid-dir': did you mean --pin-dir" list --pid-dir /tmp
	wrong_usage "'--listen': did you mean --listening" list --listen
	wrong_usage "--for must be listen or free, not 'busy'" wait 8000 --for busy
	wrong_usage "--for must be listen or free, not 'listening': did you mean listen" \
		wait 8000 --for listening
	wrong_usage "'listne' is not a state: did you mean LISTEN" list --state listne
	wrong_usage "'clsoe' is not an event: did you mean close" --event clsoe
	wrong_usage "unknown protocol 'sctp': use tcp or udp" list --proto sctp
	wrong_usage "unknown protocol 'sctp' in '8000/sctp': use tcp or udp" 8000/sctp
	wrong_usage "--interval must be at least 0.1 s" timewait --interval 0
}

@test "an option of another command: which has it" {
	all_say <<-END
		8000 --sort pid => '--sort' is an option of list (see portwatch list --help)
		8000 --state LISTEN => '--state' is an option of list (see portwatch list --help)
		status --port=80 => '--port' is an option of list (see portwatch list --help)
		8000 --dry-run => '--dry-run' is an option of free (see portwatch free --help)
		8000 --interval 2 => '--interval' is an option of timewait (see portwatch timewait --help)
		list --event bind => '--event' is an option of stream (see portwatch stream --help)
	END
}

@test "the name of a process: what shows its ports" {
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/handsproc"
	"$BATS_TEST_TMPDIR/handsproc" 60 3>&- &
	pid=$!
	for words in handsproc "list handsproc" "stream handsproc" "free handsproc" "8000 handsproc"; do
		all_say <<<"$words => 'handsproc' is a process; use: portwatch list --comm handsproc"
	done
	kill $pid
	wait $pid || true
	wrong_usage "'handsproc' is not a port: it is neither a number nor a known service" handsproc
}

@test "pasted from a browser or a log" {
	all_become <<-END
		:65536 => who
		*:65536 => who
		0.0.0.0:65536 => who
		[::]:65536 => who
		localhost:65536 => who
		http://localhost:65536/a,b?c=1 => who
		free https://127.0.0.1:65536 => free
		80 443,65536 => who
	END
	all_become <<-END
		127.0.0.53%lo:65536 => who
		[fe80::1%eth0]:65536 => who
		[fe80::1]%eth0:65536 => who
	END
	wrong_usage "'127.0.0.53%:53' names no network device" 127.0.0.53%:53
}

@test "an option that is nearly one of other hands, and values of options that are no PORTs" {
	all_say <<-END
		--fre 8000 => unknown option '--fre': did you mean --free?
		--kil 8000 => unknown option '--kil': did you mean portwatch free 8000?
		8000 --kil => unknown option '--kil': did you mean portwatch free 8000?
		list --kill=9 => unknown option '--kill=9': did you mean portwatch free 8000?
		8000 --wai => unknown option '--wai': did you mean portwatch wait 8000?
		--com nginx => unknown option '--com': did you mean --comm of list?
		--usr root => unknown option '--usr': did you mean --user of list?
		8000 --interactve => unknown option '--interactve': did you mean --interactive of free?
		8000 --lis => unknown option '--lis' (see portwatch who --help)
		8000 --folow => unknown option '--folow': did you mean --follow?
		free 8000 --yse => unknown option '--yse': did you mean --yes?
		list --tcpp => unknown option '--tcpp': did you mean --tcp?
		--pin-dir /run/p1 -9 8000 => '-9' belongs to kill; use: portwatch free -9 8000
		--pin-dir /run/p1 free 8000 -f => '-f' belongs to fkill; use: portwatch free --force 8000
	END
	run -0 "$PORTWATCH" --pin-dir /run/p1 help free
	[[ $output = *"portwatch --free 8000"* ]]
}

@test "slips that are no words" {
	wrong_usage "no such signal: 'TREM': did you mean TERM" free -s TREM 8000
	wrong_usage "no such signal: 'SIGKIL': did you mean KILL" free --signal SIGKIL 8000
	wrong_usage "'prot' is not a column: did you mean proto" list --columns local,prot
	wrong_usage "'8000-' is not a port or a range of ports" 8000-
	wrong_usage "'8000..8010' is not a port: it is neither a number nor a known service" 8000..8010
	wrong_usage "'80000' is not a port: ports are numbers from 1 to 65535" 80000
	wrong_usage "'8O00' is not a port: it is neither a number nor a known service" 8O00
	wrong_usage "'' names no port" ""
	wrong_usage "unknown option '-1'" -1
	for command in who free wait; do
		wrong_usage "which port. Give a number, a range or a service name" "$command"
	done
}
