# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shared by the scripts beside it, to be sourced: where things are, how to speak, what must be installed.
# Everything a script says goes to standard error; standard output is its answer alone.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_top=$(cd "$vm_dir/../.." && pwd)

vm_say() { printf 'vm: %s\n' "$*" >&2; }

vm_die() {
	vm_say "$*"
	exit 1
}

# Kernels and arm64 packages: large, slow to fetch, the same for every work tree.
vm_cache() {
	local base=${XDG_CACHE_HOME:-/var/cache}
	if [[ -z ${XDG_CACHE_HOME:-} && ! -w $base ]]; then
		base=$HOME/.cache
	fi
	printf '%s\n' "${PORTWATCH_CACHE:-$base/portwatch-kernels}"
}

# vm_locked NAME COMMAND...: one at a time on this machine.
vm_locked() {
	local name=$1 cache
	shift
	cache=$(vm_cache)
	mkdir -p "$cache"
	(
		# The lock lives as long as this subshell; the command must not carry it into
		# something that outlives it.
		exec {lock}>"$cache/$name.lock"
		flock "$lock"
		"$@" {lock}>&-
	)
}

# vm_slot N COMMAND...: N at a time on this machine.
vm_slot() {
	local slots=$1 slot cache
	shift
	cache=$(vm_cache)
	while true; do
		for ((slot = 1; slot <= slots; slot++)); do
			(
				exec {lock}>"$cache/slot-$slot.lock"
				flock -n "$lock" || exit 99
				"$@" {lock}>&- || exit 1
			) && return
			(($? == 99)) || return 1
		done
		sleep 1
	done
}

# vm_need COMMAND|FILE=PACKAGE...: install what is missing, where we may.
vm_need() {
	local pair missing=()
	for pair in "$@"; do
		[[ -e ${pair%%=*} ]] || command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
	done
	((${#missing[@]})) || return 0
	if ((EUID != 0)); then
		vm_die "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"
	fi
	vm_say "installing ${missing[*]}"
	vm_locked install vm_install "${missing[@]}" || vm_die "cannot install ${missing[*]}"
}

vm_install() {
	local get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
	"${get[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
	# An image without package lists, or with old ones.
	"${get[@]}" update >/dev/null && "${get[@]}" install -y --no-install-recommends "$@" >&2
}

# Where `make` builds; B is the Makefile's.
vm_build() { (cd "$vm_top" && realpath -m "${B:-build}"); }

# Files that a run leaves behind: logs of failures, verifier costs, what doctor said.
vm_out() {
	mkdir -p "$(vm_build)/vm"
	printf '%s\n' "$(vm_build)/vm"
}

# 6.1 -> amd64, 6.1-arm64 -> arm64
vm_arch() {
	case $1 in
	*-arm64) printf 'arm64\n' ;;
	*) printf 'amd64\n' ;;
	esac
}
