#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=places
#
# Where less is allowed than on a plain machine: it works, or says in one line why not (docs/places.md).
# Missing BTF and missing capabilities are in faults.bats, a missing cgroup2 in load.bats.

load lib

# refused_with STATUS PATTERN COMMAND...: one line on standard error, nothing pinned
refused_with() {
	local expected=$1 pattern=$2
	shift 2
	run --separate-stderr timeout 60 "$@"
	echo "$*: status $status, stderr: $stderr"
	[[ $status -eq $expected && -z $output && ! -e $PIN ]]
	[[ ${#stderr_lines[@]} -eq 1 && $stderr = "portwatch: "* && $stderr =~ $pattern ]]
}

works() {
	pw load
	start_fixture server --addr 127.0.0.1
	run -0 pw --netns self "$PORT/tcp"
	[[ $output = *"portfix[$PID]"* ]]
	pw unload
}

# answers PORTWATCH...: run like this it says that a port is held, without BPF
answers() {
	start_fixture server --addr 127.0.0.1
	run -0 in_ns "$@" --pin-dir "$PIN" --json "$PORT/tcp"
	echo "$output"
	[[ $output = *'"state":"LISTEN"'* && $output = *'"why":"held"'* && $output = *'"sockets":"sock_diag"'* ]]
}

# Then no tracker can be loaded by anybody.
not_confidential() {
	if grep -qsF '[confidentiality]' /sys/kernel/security/lockdown; then
		skip "kernel lockdown is at confidentiality"
	fi
}

@test "kernel lockdown: integrity is no obstacle, confidentiality is named" {
	[[ -r /sys/kernel/security/lockdown ]] || skip "this kernel does not tell its lockdown"
	if ! grep -qF '[confidentiality]' /sys/kernel/security/lockdown; then
		works
		return
	fi
	refused_with 4 "lockdown is at confidentiality.*lockdown=integrity" "$PORTWATCH" --pin-dir "$PIN" load
	run -0 pw doctor
	[[ $output = *"verdict       who, list and free answer; no tracker can be loaded: kernel lockdown"* ]]
	answers "$PORTWATCH"
}

@test "root of a container's user namespace: an answer, and for a tracker the capabilities" {
	not_confidential
	unshare --user true || skip "this kernel has no user namespaces for us"
	refused_with 3 CAP_BPF unshare --user --map-root-user "$PORTWATCH" --pin-dir "$PIN" load
	answers unshare --user --map-root-user "$PORTWATCH"
}

@test "root uses BPF and unprivileged users do not, even where they may use BPF" {
	local value setting=/proc/sys/kernel/unprivileged_bpf_disabled
	not_confidential
	cp "$PORTWATCH" "$OUTPUTS/portwatch"
	chmod 755 "$OUTPUTS" "$OUTPUTS/portwatch"
	# 1 cannot be taken back: only where the machine is thrown away afterwards
	for value in ${THROWAWAY:+0 2 1} ""; do
		[[ -z $value ]] || echo "$value" >$setting
		echo "unprivileged_bpf_disabled: $(<$setting)"
		works
		refused_with 3 CAP_BPF setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all \
			"$OUTPUTS/portwatch" --pin-dir "$PIN" load
		answers setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all "$OUTPUTS/portwatch"
	done
}

@test "perf_event_paranoid at 3: kprobes are root's all the same" {
	local paranoid=/proc/sys/kernel/perf_event_paranoid before status=0
	[[ $(<$paranoid) -ge 3 || -w $paranoid ]] || skip "it cannot be set"
	not_confidential
	before=$(<$paranoid)
	echo 3 >$paranoid
	works || status=$?
	echo "$before" >$paranoid
	[[ $status -eq 0 ]]
}
