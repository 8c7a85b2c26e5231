#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Finds Debian's kernels by version and keeps them unpacked in the cache.
#
#   kernels.sh matrix [NAME...]   the cells to test, a line each: NAME TIER...
#   kernels.sh get NAME           fetch it if need be; print the directory with
#                                 vmlinuz, modules/ and the file release
#
# NAME is a version, 6.1, or 6.1-arm64. A request may also be 7 (the newest 7.x) or 6.16-6.19 (the
# newest of those): the newest package at the time answers it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$vm_dir/apt.sh"

# Kernels and tiers that every run covers. A tier that is listed must work there: a kernel that stops allowing it
# is a failure, not a skip. WORD=VALUE is no tier, but a boot with that option, for the tests of
# places where less is allowed.
matrix() {
	cat <<-END
		5.10 fentry kprobe tracepoint
		6.1 fentry kprobe tracepoint
		6.12 fentry kprobe tracepoint lockdown=integrity lockdown=confidentiality
		6.16-6.19 fentry kprobe tracepoint
		7 fentry kprobe tracepoint
		6.1-arm64 kprobe tracepoint
		6.12-arm64 fentry kprobe tracepoint
	END
}

# Print what the lists offer, "VERSION RELEASE" a line, kept until the lists change. Until 6.18 linux-image has
# it all; later it is split into linux-binary and linux-modules, and a mirror may have lost one half:
# only a whole kernel is on offer. Rebuilds for an older release (deb11, +deb12) would be a second
# kernel of the same version: left out.
offered() {
	local arch=$1 index names
	index=$(vm_cache)/apt-$arch/kernels
	if [[ ! -s $index ]]; then
		mapfile -t names < <(vm_apt "$arch" apt-cache search --names-only \
			"^linux-(image|binary|modules)-[0-9.]+[-+][0-9a-z.+-]*cloud-$arch\$" | cut -d' ' -f1)
		((${#names[@]})) || return 0
		vm_apt "$arch" apt-cache show --no-all-versions "${names[@]}" |
			awk '
				/^Package:/ { split($2, part, "-"); release = $2; sub(/^linux-[a-z]+-/, "", release) }
				/^Version:/ { version[release] = $2; sub(/-.*/, "", version[release]) }
				/^Depends:/ && part[2] == "image" && !/linux-binary/ { image[release]; modules[release] }
				part[2] == "binary" { image[release] }
				part[2] == "modules" { modules[release] }
				END {
					for (r in version)
						if (r in image && r in modules && r ~ /^[0-9]+[.][0-9]+[.][0-9]/ && r !~ /deb11|[+]deb12/)
							print version[r], r
				}' >"$index"
	fi
	cat "$index"
}

# offers ARCH: every kernel that can be had, oldest first, also without network.
offers() {
	local arch=$1
	{
		offered "$arch"
		cat "$(vm_cache)"/kernels/*-cloud-"$arch"/version 2>/dev/null || true
	} | sort -u -V
}

# newest REQUEST: "VERSION RELEASE" of the newest kernel that answers it.
newest() {
	local request=${1%-arm64} arch
	arch=$(vm_arch "$1")
	offers "$arch" | awk -v request="$request" '
		function number(s,   p) { split(s, p, "."); return p[1] * 1000 + p[2] }
		BEGIN {
			n = split(request, ends, "-")
			low = number(ends[1])
			high = number(ends[n])
			if (ends[n] !~ /\./) high += 999
		}
		{ v = number($1) }
		v >= low && v <= high { answer = $0 }
		END { if (answer) print answer; else exit 1 }'
}

# A request as the name used in output and files: 7 -> 7.3
name_of() {
	local found suffix=''
	found=$(newest "$1") || return 1
	[[ $1 = *-arm64 ]] && suffix=-arm64
	printf '%s\n' "$found" | sed -E "s/^([0-9]+\.[0-9]+).*/\1$suffix/"
}

# unpack DIR DEB...: keep the image and the modules, nothing else.
unpack() {
	local dir=$1 deb image modules
	shift
	for deb in "$@"; do
		dpkg-deb -x "$deb" "$dir/tree"
		rm -f "$deb"
	done
	image=$(find "$dir/tree" -type f \( -name 'vmlinuz-*' -o -name vmlinuz \) -print -quit)
	modules=$(find "$dir/tree" -type d -path '*/lib/modules/*/kernel' -print -quit)
	[[ -n $image && -n $modules ]] || return 1
	mv "$image" "$dir/vmlinuz"
	mv "$modules" "$dir/modules"
	rm -rf "$dir/tree"
}

# fetch VERSION RELEASE ARCH DIR
fetch() {
	local version=$1 release=$2 arch=$3 dir=$4 part packages=() old
	[[ -e $dir/version ]] && return
	for part in image binary modules; do
		part=linux-$part-$release
		[[ -n $(vm_apt "$arch" apt-cache show "$part" 2>/dev/null) ]] && packages+=("$part")
	done
	((${#packages[@]})) || return 1
	vm_say "fetching Linux $version ($arch)"
	rm -rf "$dir"
	mkdir -p "$dir"
	(cd "$dir" && vm_apt "$arch" apt-get download "${packages[@]}" >fetch.log 2>&1) || {
		cat "$dir/fetch.log" >&2
		return 1
	}
	unpack "$dir" "$dir"/*.deb || return 1
	printf '%s\n' "$release" >"$dir/release"
	# Written last: its presence says that the rest is whole.
	printf '%s %s\n' "$version" "$release" >"$dir/version"
	# An older build of the same kernel is of no use any more.
	for old in "$(dirname "$dir")"/*-cloud-"$arch"; do
		if [[ $old != "$dir" ]] && same_series "$old" "$version"; then
			rm -rf "$old"
		fi
	done
}

# same_series DIR VERSION
same_series() {
	local have
	have=$(cut -d' ' -f1 "$1/version" 2>/dev/null) || return 0
	[[ $(cut -d. -f1,2 <<<"$have") = $(cut -d. -f1,2 <<<"$2") ]]
}

get() {
	local request=$1 arch found version release dir
	arch=$(vm_arch "$request")
	vm_locked "apt-$arch" vm_apt_update "$arch"
	found=$(newest "$request") || vm_die "no kernel $request on offer"
	read -r version release <<<"$found"
	dir=$(vm_cache)/kernels/$release
	vm_locked kernels fetch "$version" "$release" "$arch" "$dir" >&2 ||
		vm_die "Linux $version ($arch) could not be fetched"
	printf '%s\n' "$dir"
}

# wanted NAME REQUEST WORD...: is this kernel one of the words? Without words, yes.
wanted() {
	local name=$1 request=$2 word
	shift 2
	(($#)) || return 0
	for word in "$@"; do
		[[ $word = "$name" || $word = "$request" || $word = "$(vm_arch "$name")" ]] && return
	done
	return 1
}

# cells [WORD...]: the matrix with its requests resolved, or only the named kernels of it; a kernel
# outside it is tested in all tiers. A word may also be arm64 or amd64. A kernel that nobody offers
# keeps its request as its name, so that it is missed where it is booted.
cells() {
	local arch request tiers name word seen=' amd64 arm64 '
	for arch in amd64 arm64; do
		vm_locked "apt-$arch" vm_apt_update "$arch"
	done
	while read -r request tiers; do
		name=$(name_of "$request") || name=$request
		seen+="$name $request "
		wanted "$name" "$request" "$@" && printf '%s %s\n' "$name" "$tiers"
	done < <(matrix)
	for word in "$@"; do
		[[ $seen != *" $word "* ]] || continue
		# A slip of the pen must not pass for a mirror that is out of reach.
		newest "$word" >/dev/null || [[ -z $(offers "$(vm_arch "$word")") ]] ||
			vm_die "no kernel $word on offer: $(offers "$(vm_arch "$word")" | cut -d' ' -f1 | paste -sd' ')"
		printf '%s fentry kprobe tracepoint\n' "$word"
	done
}

case ${1:-} in
matrix) cells "${@:2}" ;;
get) [[ $# = 2 ]] || vm_die "usage: kernels.sh get NAME"; get "$2" ;;
*) vm_die "usage: kernels.sh matrix [NAME...] | get NAME" ;;
esac
