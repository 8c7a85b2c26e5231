# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Faults put into a command at its system calls, with strace.

# calls_of FILE COMMAND...: runs it, and writes its system calls in turn, one a line, as "NAME N": the Nth
# of that name; without the execve, which is strace's. libbpf reads the kernel's types, 5 MB, page by page
# and more than once: of such a run of reads, which differ in nothing but the page, the first and the last.
calls_of() {
	local file=$1 status=0
	shift
	strace -qq -o "$file.trace" -e signal=none "$@" || status=$?
	awk '{ name = $0; sub(/\(.*/, "", name) }
		name !~ /^[a-z_0-9]+$/ || name == "execve" { next }
		{ n[name]++ }
		name == "read" && / = 4096$/ { if (!pages++) print name, n[name]; last = n[name]; next }
		{ if (pages > 1) print "read", last; pages = 0; print name, n[name] }' "$file.trace" >"$file"
	return "$status"
}

# killed_at FILE NAME N COMMAND...: with SIGKILL as it enters that call, which is not made any more. 137, or
# the command's own status if it does not get there. The calls of that name go to FILE.
killed_at() {
	local file=$1 name=$2 n=$3
	shift 3
	strace -qq -o "$file" -e trace="$name" -e inject="$name:signal=KILL:when=$n" "$@"
}

# sampled FILE EVERY: each EVERYth of its lines
sampled() {
	awk -v every="$2" 'NR % every == every - 1 || every == 1' "$1"
}

# Errors that calls are made to fail with: want of memory or of descriptors, a full disk, a lost right
declare -gA ERROR_OF=(
	[access]=EACCES [bind]=ENOMEM [bpf]=ENOMEM [capget]=EPERM [connect]=EAGAIN [epoll_create1]=EMFILE
	[epoll_ctl]=ENOMEM [eventfd2]=EMFILE [faccessat2]=EACCES [flock]=ENOLCK [fstatfs]=EIO [getdents64]=EIO
	[mkdir]=ENOSPC [mkdirat]=ENOSPC [mmap]=ENOMEM [mremap]=ENOMEM [newfstatat]=ENOMEM [openat]=EMFILE
	[perf_event_open]=EMFILE [pidfd_open]=EMFILE [pidfd_send_signal]=EPERM [poll]=ENOMEM [read]=EIO
	[recvfrom]=ENOBUFS [recvmsg]=ENOBUFS [rmdir]=EBUSY [sendmsg]=ENOBUFS [sendto]=ENOBUFS [setns]=EPERM
	[signalfd4]=EMFILE [socket]=EMFILE [statfs]=EIO [unlink]=EIO [unlinkat]=EIO [write]=ENOSPC
)

# failing_calls FILE MOST [NAME...]: those of calls_of's FILE that can be made to fail and are the program's own,
# which begin with a look at its standard descriptors, and not the dynamic linker's. At most MOST of each
# name, evenly spread, and only of these names, if there are any.
failing_calls() {
	local file=$1 most=$2 own
	shift 2
	own=$(grep -n '^fcntl(0, F_GETFD' "$file.trace" | tail -n 1 | cut -d: -f1)
	head -n "$own" "$file.trace" | sed 's/(.*//' | sort | uniq -c |
		awk -v known=" ${*:-${!ERROR_OF[*]}} " -v most="$most" '
			FNR == NR { before[$2] = $1; next }
			index(known, " " $1 " ") && $2 > before[$1] { of[$1, nr[$1]++] = $2 }
			END {
				for (name in nr)
					for (i = 0; i < most && i < nr[name]; i++)
						print name, of[name, nr[name] <= most ? i : int((i + 0.5) * nr[name] / most)]
			}' - "$file"
}

# failed_at NAME N COMMAND...: this one call fails
failed_at() {
	local name=$1 n=$2
	shift 2
	timeout -k 5 120 strace -qq -o /dev/null -e trace="$name" \
		-e inject="$name:error=${ERROR_OF[$name]}:when=$n" "$@"
}
