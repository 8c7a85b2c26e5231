#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `refuse` refuses what its rules say, and nothing else. calls.py makes every call that there is a rule
# for, with EXDEV as the error to look for, which the kernel gives for none of them.

load ../kernel/lib

REFUSE=$(dirname "$PORTFIX")/refuse
CALLS=$BATS_TEST_DIRNAME/calls.py
# Not a wrapper in front of it: it is started a hundred times.
PYTHON=/usr/bin/python3

setup() {
	need $PYTHON
	netns_setup
	mkdir "$OUTPUTS/sub"
	ln -s target "$OUTPUTS/file"
}

# refused RULES NAME...: exactly these calls are
refused() {
	local rules=$1
	shift
	run -0 --separate-stderr "$REFUSE" "$rules" -- "$PYTHON" "$CALLS" "$OUTPUTS" "${ITERATORS[@]}"
	echo "$rules refuses: $output $stderr"
	[[ -z $stderr && $output = "$(printf '%s\n' "$@" | LC_ALL=C sort | xargs)" ]]
}

# what calls.py does of bpf(2), in its own lists
commands() {
	$PYTHON -c 'import re, sys; print(*re.search("CMDS = \"\"\"(.*?)\"\"\"", open(sys.argv[1]).read(), re.S)[1].split())' "$CALLS"
}

@test "refuse: program types" {
	local type
	for type in kprobe tp perf_event cgroup/skb cgroup/sock sockops raw_tp cgroup/sock_addr tp_btf ext lsm \
		sk_lookup syscall; do
		refused "$type=EXDEV" "$type"
	done
	refused fentry=EXDEV fentry fexit fmod_ret
	refused type:1=EXDEV socket_filter
	refused "cgroup/sock*=EXDEV" cgroup/sock cgroup/sock_addr
	refused "prog:calls=EXDEV" kprobe tp perf_event cgroup/{skb,sock,sock_addr} sockops raw_tp tp_btf ext lsm \
		sk_lookup syscall fentry fexit fmod_ret socket_filter
}

@test "refuse: iterators by their names" {
	[[ -r /sys/kernel/btf/vmlinux ]] || skip "this kernel has no BTF"
	need bpftool
	mapfile -t ITERATORS < <(bpftool btf dump file /sys/kernel/btf/vmlinux |
		sed -nE "s/^\[([0-9]+)\] FUNC 'bpf_iter_(task|task_file|tcp|udp)' .*/\2=\1/p")
	[[ ${#ITERATORS[@]} -eq 4 ]]
	refused iter/tcp=EXDEV iter/tcp
	refused "iter/task*=EXDEV" iter/task iter/task_file
	refused "iter/*=EXDEV" iter/{task,task_file,tcp,udp}
	refused iter/udp=EXDEV,tp_btf=EXDEV iter/udp tp_btf
	refused tp_btf=EXDEV tp_btf
}

@test "refuse: commands, maps, and bpf(2) as a whole" {
	local cmd number=0 programs=(kprobe tp perf_event cgroup/{skb,sock,sock_addr} sockops raw_tp tp_btf ext lsm sk_lookup
		syscall fentry fexit fmod_ret socket_filter) maps=(map:{hash,array,array_of_maps,sk_storage,ringbuf}) all=()
	for cmd in $(commands); do
		case $cmd in
		MAP_CREATE) refused "cmd:$cmd=EXDEV" "${maps[@]}" ;;
		PROG_LOAD) refused "cmd:$number=EXDEV" "${programs[@]}" ;;
		OBJ_PIN) refused "cmd:$number=EXDEV" cmd:OBJ_PIN cmd:short ;;
		# a process each: by turns by name and by number is enough
		*) [[ $((number % 3)) -ne 0 ]] || refused "cmd:$([[ $((number % 2)) -eq 0 ]] && echo $number || echo "$cmd")=EXDEV" "cmd:$cmd" ;;
		esac
		[[ $cmd = MAP_CREATE || $cmd = PROG_LOAD ]] || all+=("cmd:$cmd")
		number=$((number + 1))
	done
	refused bpf=EXDEV cmd:short "${all[@]}" "${maps[@]}" "${programs[@]}"
	refused "cmd:MAP_*_BATCH=EXDEV" cmd:MAP_{LOOKUP,UPDATE,DELETE,LOOKUP_AND_DELETE}_BATCH
	refused map:ringbuf=EXDEV map:ringbuf
	refused map:24=EXDEV map:sk_storage
	refused "map:array*=EXDEV" map:array map:array_of_maps
}

@test "refuse: paths, however they are named" {
	local opens=(open{at,at2}-{absolute,relative,at,dots,long}) links=(readlinkat-{absolute,relative,at,dots,long})
	[[ $(uname -m) = aarch64 ]] || { opens+=(open-relative) && links+=(readlink-relative); }
	refused "open:$OUTPUTS/file=EXDEV" "${opens[@]}"
	refused "open:${OUTPUTS%/*}/*/file=EXDEV" "${opens[@]}"
	refused "readlink:$OUTPUTS/f*=EXDEV" "${links[@]}"
	refused btf=EXDEV btf
	refused tracefs=EXDEV tracefs tracefs-{debug,mkdir}
}

@test "refuse: other calls" {
	local name
	for name in sock_diag setns unshare mount pidfd_open pidfd_getfd kcmp perf; do
		refused "$name=EXDEV" "$name"
	done
}

@test "refuse: real programs get the errors that rules have by themselves" {
	need bpftool ss
	run --separate-stderr "$REFUSE" sock_diag -- ss -ltnH
	[[ $stderr = *"Protocol not supported"* ]]
	run ! "$REFUSE" setns -- ip netns exec "$NETNS" true
	[[ $output = *"Operation not permitted"* ]]
	run ! "$REFUSE" cmd:MAP_CREATE=E2BIG -- bpftool map create "$PIN-map" type hash key 4 value 4 entries 1 name x
	[[ $output = *"Argument list too long"* && ! -e $PIN-map ]]
	run ! "$REFUSE" btf -- cat /sys/kernel/btf/vmlinux
	[[ $output = *"No such file"* ]]
	run ! "$REFUSE" "open:$OUTPUTS/f*" -- cat "$OUTPUTS/file"
	[[ $output = *"Permission denied"* ]]
	run -0 "$REFUSE" "open:/proc/*/fd" -- sh -c 'ls /proc/self/fd/ 2>&1; ls -d /proc/self/fd'
	[[ ${lines[0]} = *"Permission denied"* && ${lines[1]} = /proc/self/fd ]]
	# a number of no name, and the kernel's own
	run ! "$REFUSE" "open:$OUTPUTS/f*=ENOTSUPP" -- cat "$OUTPUTS/file"
	[[ $output = *"524"* ]]
	run ! "$REFUSE" "open:$OUTPUTS/f*=5" -- cat "$OUTPUTS/file"
	[[ $output = *"Input/output error"* ]]
}

@test "refuse: a rule that nothing runs into fails, unless it may; hits are counted" {
	echo x >"$OUTPUTS/a"
	run -120 "$REFUSE" "open:$OUTPUTS/a,setns,map:ringbuf" -- cat "$OUTPUTS/a"
	[[ $output = *"refuse: nothing ran into setns"*"refuse: nothing ran into map:ringbuf" ]]
	run -1 "$REFUSE" --unhit-ok "open:$OUTPUTS/a,setns" --  cat "$OUTPUTS/a"
	run -3 "$REFUSE" --unhit-ok --hits "$OUTPUTS/hits" "open:$OUTPUTS/a,open:*/a,setns" -- \
		sh -c 'for i in 1 2 3; do cat "$1"; done; exit 3' - "$OUTPUTS/a"
	[[ $(<"$OUTPUTS/hits") = "open:$OUTPUTS/a 3
open:*/a 3
setns 0" ]]
	run -0 "$REFUSE" -v --unhit-ok setns -- unshare --mount true
	[[ -z $output ]]
	run ! "$REFUSE" -v "open:$OUTPUTS/a" -- cat "$OUTPUTS/a"
	[[ ${lines[0]} = "refuse: open:$OUTPUTS/a: Permission denied" ]]
}

@test "refuse: wrong rules are refused before anything runs" {
	local rules
	for rules in nonsense iter tp_btf=ENONSENSE tp_btf=0 tp_btf=5000 cmd:NONE map:none cmd: "" ","; do
		run -125 "$REFUSE" "$rules" -- touch "$OUTPUTS/ran"
		[[ ${#lines[@]} -eq 1 && $output = "refuse: "* && ! -e $OUTPUTS/ran ]]
	done
	run -125 "$REFUSE" setns touch "$OUTPUTS/ran"
	run -125 "$REFUSE" setns --
	[[ ! -e $OUTPUTS/ran ]]
}

@test "refuse: static programs" {
	local program=/sbin/ldconfig
	[[ ! -e /sbin/ldconfig.real ]] || program=/sbin/ldconfig.real
	[[ -e /etc/ld.so.cache ]] && ! grep -q "interpreter" <(head -c 4096 $program) || skip "no static program here"
	run -0 "$REFUSE" --unhit-ok setns -- $program -p
	run ! "$REFUSE" open:/etc/ld.so.cache -- $program -p
	[[ $output = *"/etc/ld.so.cache"*"Permission denied"* ]]
}

@test "refuse: children and their children, many at once, lose nothing" {
	echo x >"$OUTPUTS/a"
	run -0 "$REFUSE" --hits "$OUTPUTS/hits" "open:$OUTPUTS/a" -- sh -c '
		for i in 1 2 3 4 5 6 7 8; do
			sh -c "for j in 1 2 3 4 5 6 7 8 9 10; do cat \$1; done" - "$1" 2>/dev/null &
		done
		wait' - "$OUTPUTS/a"
	[[ -z $output && $(<"$OUTPUTS/hits") = "open:$OUTPUTS/a 80" ]]
}

@test "refuse: the command's exit status, or 128 and its signal" {
	run -0 "$REFUSE" --unhit-ok setns -- true
	run -7 "$REFUSE" --unhit-ok setns -- sh -c 'exit 7'
	run -137 "$REFUSE" --unhit-ok setns -- sh -c 'kill -KILL $$'
	run -127 "$REFUSE" --unhit-ok setns -- "$OUTPUTS/none"
	run -126 "$REFUSE" --unhit-ok setns -- "$OUTPUTS"
}

@test "refuse: signals are passed on, and a killed refuse leaves no command" {
	local signal
	for signal in INT TERM HUP QUIT USR1 USR2; do
		start refuse "$REFUSE" --unhit-ok setns -- \
			sh -c 'trap "echo got; exit 9" "$1"; echo ready; while :; do sleep 0.02; done' - $signal
		pid=$RET
		await_line refuse ready
		kill -"$signal" "$pid"
		await 5 dead "$pid"
		status=0
		wait "$pid" || status=$?
		[[ $status -eq 9 && $(tail -n 1 "$OUTPUTS/refuse") = got ]]
	done
	start refuse "$REFUSE" --unhit-ok bpf -- sh -c 'echo "pid=$$"; exec sleep 60'
	await_line refuse pid=
	STARTED+=("${RET#pid=}")
	kill -KILL "${STARTED[-2]}"
	await 5 dead "${RET#pid=}"
}

@test "refuse: it ends with the command, though a child lives on, whose calls then fail" {
	start refuse "$REFUSE" --unhit-ok open:/none -- "$PYTHON" -c '
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
child = os.fork()
if child:
    print(f"child={child}", flush=True)
    os._exit(0)
signal.sigwait([signal.SIGUSR1])
try:
    os.open("/etc/passwd", 0)
except OSError as error:
    print(error, flush=True)
'
	status=0
	wait "$RET" || status=$?
	[[ $status -eq 0 ]]
	await_line refuse child=
	STARTED+=("${RET#child=}")
	kill -0 "${RET#child=}"
	kill -USR1 "${RET#child=}"
	await_line refuse "Function not implemented"
}

@test "refuse: users without privileges, who cannot gain any by it" {
	cp "$REFUSE" "$OUTPUTS/refuse"
	chmod 755 "$OUTPUTS" "$OUTPUTS/refuse"
	run ! setpriv --reuid=nobody --regid=nogroup --clear-groups "$OUTPUTS/refuse" open:/etc/passwd -- cat /etc/passwd
	[[ $output = *"Permission denied"* ]]
}
