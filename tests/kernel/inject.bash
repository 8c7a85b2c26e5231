# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Faults put into a command at its system calls, with strace.

# calls_of FILE COMMAND...: runs it, and writes its system calls in turn, one a line, as "NAME N": the Nth
# of that name. libbpf reads the kernel's types, 5 MB, page by page and more than once: of such a run of
# reads, which differ in nothing but the page, the first and the last.
calls_of() {
	local file=$1
	shift
	strace -qq -o "$file.trace" -e signal=none "$@" || return
	awk 'function out(k, i) { if (!(i in done)) print k, i; done[i] }
		{ name = $0; sub(/\(.*/, "", name) }
		name !~ /^[a-z_0-9]+$/ { next }
		{ n[name]++ }
		name == "read" && / = 4096$/ { if (!pages++) print name, n[name]; last = n[name]; next }
		{ if (pages > 1) print "read", last; pages = 0; print name, n[name] }' "$file.trace" >"$file"
}

# killed_at NAME N COMMAND...: with SIGKILL as it enters that call, which is not made any more. 137, or
# the command's own status if it does not get there: libbpf loads a program again when it was interrupted.
killed_at() {
	local name=$1 n=$2
	shift 2
	strace -qq -o /dev/null -e trace="$name" -e inject="$name:signal=KILL:when=$n" "$@"
}

# sampled FILE EVERY: each EVERYth of its lines
sampled() {
	awk -v every="$2" 'NR % every == every - 1 || every == 1' "$1"
}
