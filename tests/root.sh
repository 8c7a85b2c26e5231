# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A new Debian 12 to try things in, to be sourced by a script that has set `name` and `work` (a folder below
# build), and is run as root: `root_enter "$@"` first of all, `root_make`, and then `in_root COMMANDS`.
#
# The new system is the root of a mount namespace of its own, as it would be on a machine of its own
# (in a chroot there are no user namespaces); whatever happens, no mount outlives the script. Its packages
# come from where this machine's own do (or PORTWATCH_DEBIAN_MIRROR and PORTWATCH_DEBIAN_SECURITY_MIRROR
# say). The base and the packages fetched are kept for next time.

# shellcheck disable=SC2154 # name and work
suite=bookworm
cache=${XDG_CACHE_HOME:-/var/cache}/portwatch-tests
base=$cache/$suite.tar
root=$PWD/$work/root
wrap=()

die() {
	printf '%s: FAIL: %s\n' "$name" "$*" >&2
	exit 1
}

step() {
	printf '%s: %s\n' "$name" "$*"
}

# Starts the script once more in a mount namespace of its own.
root_enter() {
	[[ $(id -u) -eq 0 ]] || die "needs root"
	if [[ ${PORTWATCH_FRESH-} != "$name" ]]; then
		packaging/deps.sh fresh
		PORTWATCH_FRESH=$name exec unshare --mount --propagation private "$0" "$@"
	fi
}

# The `deb` lines of this suite in this machine's own configuration, whatever its format.
sources() {
	if [[ -n ${PORTWATCH_DEBIAN_MIRROR-} ]]; then
		printf 'deb %s %s main\n' "$PORTWATCH_DEBIAN_MIRROR" "$suite"
		[[ -z ${PORTWATCH_DEBIAN_SECURITY_MIRROR-} ]] ||
			printf 'deb %s %s-security main\n' "$PORTWATCH_DEBIAN_SECURITY_MIRROR" "$suite"
		return
	fi
	# shellcheck disable=SC2016 # the $(...) are apt's own fields
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) main' 'Created-By: Packages' \
		'Component: main' | grep -E " $suite(-updates|-security)? main$" | sort -u
}

make_base() {
	local mirror
	mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' <<<"$deb_lines")
	[[ -n $mirror ]] || die "no mirror of $suite in this machine's apt sources: set PORTWATCH_DEBIAN_MIRROR"
	step "making a base system, once"
	debootstrap --variant=minbase --include=make "$suite" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
		die "debootstrap failed, see $work/debootstrap.log"
	rm -f "$root"/var/cache/apt/archives/*.deb
	tar -C "$root" -cf "$base.new" .
	mv "$base.new" "$base"
}

# The Debian package that was built (make deb)
built_package() {
	local package
	package=$(find build/release -maxdepth 1 -name "portwatch_*_$(dpkg --print-architecture).deb" | tail -n 1)
	[[ -n $package ]] || die "no package: make deb"
	printf '%s\n' "$package"
}

# All processes of the new system are ours, and nothing but its mount namespace tells it from the rest of
# the machine.
end_processes() {
	local proc
	[[ -e $work/namespaces ]] || return 0
	for proc in /proc/[0-9]*; do
		! readlink "$proc/ns/mnt" 2>/dev/null | grep -qxFf "$work/namespaces" ||
			kill -KILL "${proc#/proc/}" 2>/dev/null || true
	done
}

root_finish() {
	local status=$?
	end_processes
	# Lazily: a killed process may hold one for an instant, and all go with the namespace anyway.
	awk -v root="$root" '$5 == root || index($5, root "/") == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		xargs -r umount --lazy 2>/dev/null || true
	[[ $status -ne 0 ]] || rm -rf "$work"
	exit $status
}

root_mount() {
	printf '%s\n' "$deb_lines" >"$root/etc/apt/sources.list"
	# A proxy, or a clock that is off: what apt needs here, it needs there.
	apt-config dump | grep -E '^Acquire::(Check-|[a-z]+::(Proxy|Verify|CaInfo))' \
		>"$root/etc/apt/apt.conf.d/99host" || true
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"

	# A mount point as / is on any machine: what makes mounts of its own (unshare) expects that.
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	# A sysfs of its own has no bpffs on it; cgroups are what they are on this machine.
	mount -t sysfs sysfs "$root/sys"
	mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
	mkdir -p "$cache/archives/partial"
	mount --bind "$cache/archives" "$root/var/cache/apt/archives"
	# Keep what was fetched.
	rm -f "$root/etc/apt/apt.conf.d/docker-clean"
}

in_root() {
	# shellcheck disable=SC2016 # for the shell within
	env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"${wrap[@]}" unshare --mount bash -c '
			readlink /proc/self/ns/mnt >>"$1" && cd "$2" && mkdir -p mnt/old &&
				pivot_root . mnt/old && cd / && umount --lazy /mnt/old && cd /src && eval "$3"
		' bash "$PWD/$work/namespaces" "$root" "$*" </dev/null
}

root_make() {
	rm -rf "$work"
	mkdir -p "$root" "$cache"
	trap root_finish EXIT
	trap 'exit 130' INT TERM HUP
	deb_lines=$(sources)
	if [[ -e $base ]]; then
		tar -C "$root" -xf "$base"
	else
		make_base
	fi
	root_mount
}

# root_make_with PACKAGE: which is /src/portwatch.deb there
root_make_with() {
	root_make
	mkdir "$root/src"
	cp "$1" "$root/src/portwatch.deb"
}
