#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# portwatch guard, reserve, unguard: the kernel refuses everybody but the allowed, chooses the port for nobody, and
# what was there before is there afterwards.

load lib
load agree

source "$BATS_TEST_DIRNAME/guard.bash"

@test "every other bind is refused: protocols, families, addresses, options" {
	local proto family kind
	pw guard 443 --user 4242
	for proto in tcp udp; do
		for family in 4 6; do
			binds EPERM proto=$proto family=$family port=443
			binds EPERM proto=$proto family=$family port=443 reuseport
			binds EPERM proto=$proto family=$family port=443 freebind
			binds EPERM proto=$proto family=$family port=443 noport
			binds ok proto=$proto family=$family port=443 uid=4242
			binds ok proto=$proto family=$family port=444
		done
		for kind in "family=4 addr=127.0.0.1" "family=4 addr=192.0.2.7 freebind" "family=6 addr=::1" \
			"family=6 v6only=1" "family=6 v6only=0" "family=6 addr=::ffff:127.0.0.1"; do
			# shellcheck disable=SC2086 # words
			binds EPERM proto=$proto port=443 $kind
		done
	done
	[[ $(guards '.guards[0].refused') -eq 28 ]]
	[[ $(guards '.guards[0].ports[] | select(.proto == "udp").last | "\(.comm) \(.user)"') = "binder root" ]]
}

@test "MPTCP is TCP, and a protocol with ports of its own is not" {
	pw guard 443 --user 4242
	run in_ns "$BINDER" one proto=mptcp port=443
	[[ $output = "no socket"* ]] || { binds EPERM proto=mptcp port=443; binds EPERM proto=mptcp family=6 port=443; }
	run in_ns "$BINDER" one proto=udplite port=443
	[[ $output = "no socket"* ]] || binds ok proto=udplite port=443
}

@test "only the protocol that was named is guarded" {
	pw guard 443/tcp --user 4242
	binds EPERM port=443
	binds ok proto=udp port=443
}

@test "the joiner of an SO_REUSEPORT group is refused, the holder keeps the port and is named" {
	start_fixture server --port 8443 --reuseport
	run -0 pw guard 8443/tcp --user 4242
	[[ $output = *"8443/tcp is held by portfix (pid $PID), which is not among them"* ]]
	kill -0 "$PID"
	binds EPERM port=8443 reuseport
	run -0 pw unguard 8443
	binds EADDRINUSE port=8443
	run -0 pw guard 8443/tcp --user 0
	[[ $output = "8443/tcp: guarded for user 0" ]]
}

@test "a user is known by the rights that the process has, in any user namespace" {
	pw guard 443/tcp --user 4242
	binds ok port=443 uid=4242
	binds EPERM port=443 uid=4243
	unshare -U true 2>/dev/null || skip "no user namespaces"
	# 4242 inside, and another outside
	run in_ns unshare -U --map-user=4242 "$BINDER" one port=8443
	[[ $output != EPERM ]]
	pw guard 8443/tcp --user 4242
	run in_ns unshare -U --map-user=4242 "$BINDER" one port=8443
	[[ $output = EPERM ]]
}

@test "a program is known by its file, not by its name or its text" {
	cp "$BINDER" "$OUTPUTS/binder"
	cp "$BINDER" "$OUTPUTS/other"
	pw guard 443/tcp --exe "$OUTPUTS/binder"
	run -0 in_ns "$OUTPUTS/binder" one port=443
	[[ $output = ok ]]
	run -0 in_ns "$OUTPUTS/other" one port=443
	[[ $output = EPERM ]]
	ln "$OUTPUTS/binder" "$OUTPUTS/link"
	run -0 in_ns "$OUTPUTS/link" one port=443
	[[ $output = ok ]]
	# Another file in its place is another program.
	cp "$BINDER" "$OUTPUTS/new" && mv "$OUTPUTS/new" "$OUTPUTS/binder"
	run -0 in_ns "$OUTPUTS/binder" one port=443
	[[ $output = EPERM ]]
}

@test "a cgroup is known by its path: below it, moved out of it, removed and made again" {
	cgroup in/below && cgroup out
	pw guard 443/tcp --cgroup "$MINE/in"
	binds EPERM port=443
	binds EPERM port=443 cgroup="$MINE/out"
	binds EPERM port=443 cgroup="$MINE"
	binds ok port=443 cgroup="$MINE/in"
	binds ok port=443 cgroup="$MINE/in/below"
	binds EPERM port=443 cgroup="$MINE/in" cgroup="$MINE/out"
	rmdir "$MINE/in/below" "$MINE/in"
	binds EPERM port=443
	cgroup in && cgroup inside
	binds ok port=443 cgroup="$MINE/in"
	binds EPERM port=443 cgroup="$MINE/inside"
}

@test "a unit is known where systemd has it: slices only above it, and after a restart" {
	local unit=portwatch$$.service
	cgroup $unit && cgroup "deeper.slice/$unit/payload" && cgroup "user@1000.service/$unit" && cgroup "plain/$unit"
	pw guard 443/tcp --unit "${unit%.service}"
	binds EPERM port=443
	binds ok port=443 cgroup="$MINE/$unit"
	binds ok port=443 cgroup="$MINE/deeper.slice/$unit"
	binds ok port=443 cgroup="$MINE/deeper.slice/$unit/payload"
	binds EPERM port=443 cgroup="$MINE/user@1000.service/$unit"
	binds EPERM port=443 cgroup="$MINE/plain/$unit"
	rmdir "$MINE/$unit"
	cgroup $unit
	binds ok port=443 cgroup="$MINE/$unit"
}

@test "a container is known by the beginning of its ID" {
	local id
	id=$(printf '%064x' "$$$BATS_TEST_NUMBER")
	cgroup "docker-f$id.scope"
	[[ $id = 0000* ]] # a valid one has 64 digits
	rmdir "$RET" && unset 'CGROUPS[-1]'
	cgroup "docker-f${id:1}.scope/inside"
	pw guard 443/tcp --container "f${id:1:63}"
	binds ok port=443 cgroup="$MINE/docker-f${id:1}.scope/inside"
	binds EPERM port=443 cgroup="$MINE"
	run -2 pw guard 444 --container "fff${id:3}"
	[[ $output = *"no running container has an ID that begins with 'fff"* ]]
}

@test "alternatives: whoever is one of them may bind" {
	cgroup in
	cp "$BINDER" "$OUTPUTS/binder"
	pw guard 443/tcp --user 4242 --cgroup "$MINE/in" --exe "$OUTPUTS/binder"
	binds EPERM port=443
	binds ok port=443 uid=4242
	binds ok port=443 cgroup="$MINE/in"
	run -0 in_ns "$OUTPUTS/binder" one port=443
	[[ $output = ok ]]
}

@test "--audit counts and refuses nothing" {
	pw guard 443/tcp --user 4242 --audit
	binds ok port=443
	binds ok port=443 uid=4242
	[[ $(guards '.guards[0] | "\(.audit) \(.refused)"') = "true 1" ]]
}

@test "--for ends a guard in the kernel, and its reservation with the next command" {
	pw guard 443/tcp --user 4242 --for 1h
	binds EPERM port=443
	[[ $(guards '.guards[0] | has("until")') = true ]]
	pw guard 443/tcp --user 4242 --for 1s
	await 10 eval '[[ $(in_ns "$BINDER" one port=443) = ok ]]'
	run -1 pw guard
	[[ $output = "no port is guarded or reserved" ]]
	[[ -z $(reserved) ]]
	[[ ! -e $PIN-guard ]]
}

@test "other network namespaces are not concerned, wherever the process has come from" {
	make_netns other
	local other=$RET
	pw guard 443/tcp --user 4242
	run -0 in_netns "$other" "$BINDER" one port=443
	[[ $output = ok ]]
	run -0 in_netns "$other" "$BINDER" one netns="/run/netns/$NETNS" port=443
	[[ $output = EPERM ]]
	pw guard 80/tcp --user 4242 --netns "$other"
	run -0 in_netns "$other" "$BINDER" one port=80
	[[ $output = EPERM ]]
	binds ok port=80
	[[ $(in_netns "$other" cat /proc/sys/net/ipv4/ip_local_reserved_ports) = 80 ]]
	[[ $(reserved) = 443 ]]
	run -1 pw unguard 80
	run -0 pw unguard --all
	[[ -z $(reserved)$(in_netns "$other" cat /proc/sys/net/ipv4/ip_local_reserved_ports) ]]
}

@test "the kernel chooses a guarded port for nobody, and others' reservations stay" {
	need python3
	in_ns sh -c 'cd /proc/sys/net/ipv4; echo 42000 42199 >ip_local_port_range; echo 42010,50000-50002 >ip_local_reserved_ports'
	pw guard 42100 42010/tcp --user 4242
	pw reserve 42101-42103
	[[ $(reserved) = 42010,42100-42103,50000-50002 ]]
	run -0 in_ns python3 "$BATS_TEST_DIRNAME/guard_ports.py" "$(times 1 20)" 42010 42100 42101 42102 42103
	[[ $output = "chosen: 195" ]]
	run -0 pw unguard 42100 42010 42102
	[[ $(reserved) = 42010,42101,42103,50000-50002 ]]
	run -0 in_ns python3 "$BATS_TEST_DIRNAME/guard_ports.py" 1 42010 42101 42103
	[[ $output = "chosen: 197" ]]
	run -0 pw unguard 42101-42103
	[[ $(reserved) = 42010,50000-50002 ]]
}

@test "a reservation that was overwritten is told, and put right by the next command" {
	pw guard 42100/tcp --user 4242
	in_ns sh -c 'echo 50000 >/proc/sys/net/ipv4/ip_local_reserved_ports'
	pw guard 80/tcp --user 4242
	[[ $(reserved) = 80,42100,50000 ]]
	pw -q unguard --all
	[[ $(reserved) = 50000 ]]
}

@test "a list of reserved ports that is longer than a page stays whole" {
	local all
	all=$(seq -s, 10001 2 19999)
	in_ns sh -c "echo $all >/proc/sys/net/ipv4/ip_local_reserved_ports" || true
	# The kernel takes a page at a time, and echo leaves it at the first.
	all=$(reserved)
	((${#all} > 3000))
	pw guard 443/tcp --user 4242
	[[ $(reserved) = 443,$all ]]
	pw -q unguard 443
	[[ $(reserved) = "$all" ]]
	pw reserve "$(seq -s, 20001 2 29999)"
	[[ $(reserved) = $all,$(seq -s, 20001 2 29999) ]]
	pw -q unguard --all
	[[ $(reserved) = "$all" ]]
}

@test "guards live without a tracker, through load and unload" {
	pw guard 443/tcp --user 4242
	own_tracker
	pw -q load
	binds EPERM port=443
	pw -q unload
	binds EPERM port=443
	[[ $(guards '.attached') = true ]]
}

@test "guards of another layout are left alone, in one line" {
	need bpftool
	local version=(39 2e 39)
	while ((${#version[@]} < 32)); do version+=(00); done
	pw guard 443/tcp --user 4242
	bpftool map update pinned "$PIN-guard/maps/guard_meta" key 0 0 0 0 value hex \
		63 00 00 00 00 00 00 00 "${version[@]}" 01 00 00 00 00 00 00 00
	run -5 pw guard 444 --user 4242
	[[ $output = "portwatch: the guards in $PIN-guard are portwatch 9.9's, of a layout that "* ]]
	binds EPERM port=443
	rm -r "$PIN-guard"
	await 5 eval '[[ $(in_ns "$BINDER" one port=443) = ok ]]'
}

@test "who says for whom a port is guarded, where it is" {
	pw guard 8443/tcp --user 4242
	run -1 pw 8443
	[[ $output = *"8443/tcp: free"*"guarded for user 4242: every other bind() is refused"* ]]
	run -1 pw 8443/udp
	[[ $output != *guarded* ]]
	[[ $(pw who 8443 --json | jq -c '[.ports[] | .guarded_for]') = '["user 4242",null]' ]]
	make_netns other
	run -1 in_netns "$RET" "$PORTWATCH" --pin-dir "$PIN" 8443
	[[ $output != *guarded* ]]
	pw unguard 8443
	start_fixture server --port 8443
	pw guard 8443/tcp --user 0
	run -0 pw 8443
	[[ $output = *"guarded for user 0"* ]]
}

@test "a second guard by another rule is refused, the same one is not" {
	pw guard 443/tcp --user 4242
	run -1 pw guard 443 --user 4243
	[[ $output = "portwatch: 443/tcp is guarded already, for user 4242; nothing was changed. To change it: portwatch unguard 443/tcp" ]]
	binds ok proto=udp port=443
	[[ $(reserved) = 443 ]]
	run -0 pw guard 443/tcp --user 4242
	[[ $output = "443/tcp: guarded for user 4242, as it was" ]]
	run -0 pw guard 443 --user 4242
	binds EPERM proto=udp port=443
	run -1 pw unguard 444
	[[ $output = "portwatch: no port of these is guarded" ]]
}

@test "bad input is told in one line, and changes nothing" {
	local args
	while read -r args; do
		# shellcheck disable=SC2086 # words
		run -2 pw guard $args
		[[ ${#lines[@]} -eq 1 ]]
	done <<-END
		443
		--user 4242
		0 --user 4242
		127.0.0.1:443 --user 4242
		443 --user nobody-of-this-name
		443 --exe /nowhere
		443 --exe /etc
		443 --exe /etc/passwd
		443 --cgroup /nowhere
		443 --cgroup /
		443 --unit a/b
		443 --unit x.slice
		443 --container zzz
		443 --user 4242 --for 0
		443 --user 1 --user 2 --user 3 --user 4 --user 5 --user 6 --user 7 --user 8 --user 9
	END
	run -2 pw reserve
	run -2 pw unguard
	run -2 pw unguard 443 --all
	run -5 pw guard 443 --user 4242 --netns no-such-namespace
	[[ ${#lines[@]} -eq 1 ]]
	[[ ! -e $PIN-guard && -z $(reserved) ]]
}

@test "a kernel that refuses a part of it is told in one line, and nothing is left" {
	local rule refuse=${BINDER%/*}/refuse
	for rule in bpf prog:guard_bind4 prog:guard_bind6 cmd:LINK_CREATE cmd:OBJ_PIN map:hash; do
		run pw_refused "$rule"
		[[ $status -ne 0 && ${#lines[@]} -eq 1 && $output = portwatch:* ]] || { echo "$rule: $status $output"; return 1; }
		[[ ! -e $PIN-guard && -z $(reserved) ]] || { echo "$rule has left something"; return 1; }
	done
}

@test "doctor says whether a port can be guarded, and why not" {
	local rule refuse=${BINDER%/*}/refuse
	run pw --json doctor
	jq -e '.guard and (has("guard_why") | not)' <<<"$output"
	for rule in prog:guard_bind4 cmd:LINK_CREATE; do
		run --separate-stderr in_ns "$refuse" "$rule" -- "$PORTWATCH" --pin-dir "$PIN" --json doctor
		jq -e '.guard == false and (.guard_why | length > 0)' <<<"$output"
	done
	[[ ! -e $PIN-guard ]]
}

@test "metrics: how often each guarded port has refused, names only where they are wanted" {
	local metric='portwatch_guard_refusals_total{netns="self",proto="tcp",port="443"'
	[[ -x $PORTWATCH-export ]] || skip "portwatch-export is not built"
	pw guard 443/tcp --user 4242
	pw guard 444/tcp --user 4242 --audit
	pw reserve 445
	binds EPERM port=443
	binds EPERM port=443
	binds ok port=444
	run -0 --separate-stderr pw export --netns self
	[[ $output = *"$metric,guarded_for=\"user 4242\",audit=\"false\"} 2"$'\n'* ]]
	[[ $output = *'port="444",guarded_for="user 4242",audit="true"} 1'$'\n'* ]]
	[[ $(grep -c ^portwatch_guard_refusals_total <<<"$output") -eq 2 ]]
	# Of many ports those that were refused most often.
	pw -q guard 1000-1100/tcp --user 4242
	run -0 --separate-stderr pw export --netns self --top 2
	[[ $(grep -c ^portwatch_guard_refusals_total <<<"$output") -eq 2 ]]
	[[ $output = *'port="443"'*'port="444"'* && $output = *'portwatch_dropped_rows{table="guards"} 101'* ]]
	pw -q unguard --all
	run -0 --separate-stderr pw export --netns self
	[[ $output != *portwatch_guard* ]]
}

@test "events: a refused bind() is told with the guard as its reason" {
	pw load
	pw guard 443/tcp --user 4242
	pw guard 444/tcp --user 5252
	start_stream told --event bind-failed --json
	binds EPERM port=443
	binds EPERM port=444
	await_line told '"port":444'
	jq -e '.reason == "guarded for user 5252"' <<<"$RET"
	await_line told '"port":443'
	jq -e '.error == "EPERM" and .comm == "binder" and .reason == "guarded for user 4242"' <<<"$RET"
}

pw_refused() {
	in_ns "$refuse" "$1" -- "$PORTWATCH" --pin-dir "$PIN" guard 443 --user 4242
}

@test "an ordinary user is not permitted, in one line" {
	run in_ns setpriv --reuid=65534 --clear-groups "$PORTWATCH" --pin-dir "$PIN" guard 443 --user 65534
	[[ $status -eq 3 && ${#lines[@]} -eq 1 ]]
}
