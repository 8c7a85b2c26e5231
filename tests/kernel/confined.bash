# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Places where a command sees or may do less: a table of them, and the command lines that lead there. Loaded after
# refused.bash, whose judge says what is wrong with an answer.

# A place a line: its name, the words that lead there (way), what its names match when a message has to name it, the
# facts that may be missing there: where other namespaces are read from /proc, also devices and what is only bound. Without BPF "no other holder" is never proved, and no creator known.
NO_BPF=events,other-holders,creator,bind-options
OUTSIDE=netns,device,netns-bound-sockets,closing-times
CONFINED="
no CAP_BPF	without:bpf	CAP_BPF	$NO_BPF
no CAP_PERFMON	without:perfmon	CAP_PERFMON	$NO_BPF
no CAP_NET_ADMIN	without:net_admin	CAP_NET_ADMIN	$NO_BPF
no CAP_SYS_ADMIN	without:sys_admin	CAP|namespace	$NO_BPF,$OUTSIDE
no CAP_SYS_PTRACE	without:sys_ptrace	CAP_SYS_PTRACE	$NO_BPF,$OUTSIDE
no CAP_DAC_READ_SEARCH	without:dac_read_search	CAP	$NO_BPF
no CAP_BPF, SYS_ADMIN	without:bpf,-sys_admin	CAP|namespace	$NO_BPF,$OUTSIDE
no CAP_BPF, SYS_ADMIN, SYS_PTRACE	without:bpf,-sys_admin,-sys_ptrace	CAP|namespace	$NO_BPF,$OUTSIDE,holders
no capabilities	without:all	CAP|process	$NO_BPF,holders,$OUTSIDE
a container's capabilities	container	CAP|process	$NO_BPF,holders,$OUTSIDE
an ordinary user	nobody	process	$NO_BPF,holders,$OUTSIDE
unshare -Ur	userns	process	$NO_BPF,holders,$OUTSIDE
a PID namespace	pidns	process	$NO_BPF,holders,$OUTSIDE
a PID namespace, no BPF	pidns refuse:bpf	process	$NO_BPF,holders,$OUTSIDE
a PID namespace in another	pidns pidns	process	$NO_BPF,holders,$OUTSIDE
hidepid=2, root	hidepid	process	$NO_BPF
hidepid=2, an ordinary user	hidepid nobody	process	$NO_BPF,holders,$OUTSIDE
no /proc	noproc	process|namespace	$NO_BPF,holders,$OUTSIDE
no /proc, no BPF	refuse:bpf noproc	process|namespace	$NO_BPF,holders,$OUTSIDE
no netlink	refuse:sock_diag	netlink	$NO_BPF,bound-sockets,device
no netlink, no BPF	refuse:sock_diag,bpf	netlink	$NO_BPF,bound-sockets,device
no netlink, an ordinary user	refuse:sock_diag nobody	netlink	$NO_BPF,bound-sockets,holders,$OUTSIDE
"
# Docker's
CONTAINER=chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap

# way WORD...: the beginning of a command line that leads there, in WAY
way() {
	local word
	WAY=()
	for word; do
		case $word in
		without:*) WAY+=(setpriv --inh-caps=-all "--bounding-set=-${word#*:}") ;;
		container) WAY+=(setpriv --inh-caps=-all "--bounding-set=-all,+${CONTAINER//,/,+}") ;;
		nobody) WAY+=(setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all) ;;
		userns) WAY+=(unshare --user --map-root-user) ;;
		pidns) WAY+=(unshare --pid --fork --mount-proc) ;;
		hidepid) WAY+=(unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh) ;;
		noproc) WAY+=(unshare --mount sh -c 'umount -l /proc && exec "$@"' sh) ;;
		refuse:*) WAY+=("$REFUSE" --unhit-ok "${word#*:}" --) ;;
		esac
	done
}

# peer COMMAND...: whether a peer names the holder of the held port there
peer() {
	local said
	said=$(in_ns timeout "$LIMIT" "${WAY[@]}" "$@" 2>/dev/null </dev/null) || true
	if grep -qw "$(jq .held.pid <<<"$SCENE")" <<<"$said"; then echo holder; elif [[ $said = *21001* ]]; then echo socket; else echo nothing; fi
}

# confined NAME: who, list and free -n there. Prints what they and the peers said.
confined() {
	local words line
	line=$(awk -F '\t' -v name="$1" '$1 == name' <<<"$CONFINED")
	[[ -n $line ]] || { echo "no such place: $1"; return 1; }
	IFS=$'\t' read -r _ words WORD MAY <<<"$line"
	MAY=$(jq -cR 'split(",")' <<<"$MAY")
	# shellcheck disable=SC2086 # words
	way $words
	in_ns "${WAY[@]}" true || { echo "# $1: cannot be had here" >&3; return 0; }
	[[ $words != *pidns* ]] || SCENE=$(jq -c '.outside = true' <<<"$SCENE")
	begin
	questions
	all_asked
	judge
	echo "# $1: portwatch $(jq -r --argjson pid "$(jq .held.pid <<<"$SCENE")" '
		[.sockets[] | select(.local.port == 21001) | .owners[]] as $o |
		(if any($o[]; .pid == $pid) then "holder" elif $o != [] then "holder, no PID" else "socket" end) +
		" unknown \(.unknown // [] | join(","))"' "$OUTPUTS/run-0.out" || true);" \
		"ss $(peer ss -Htlnp "sport = :21001"); lsof $(peer lsof -nP -iTCP:21001); fuser $(peer fuser -v 21001/tcp 2>&1)" >&3
	[[ ! -s $FAULTS ]] || { printf '%s:\n' "$1" && cat "$FAULTS" "$OUTPUTS"/run-*.err && return 1; }
}
