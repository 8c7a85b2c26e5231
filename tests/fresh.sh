#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The README's two commands in a new Debian 12 that has only make added, on this kernel: `make run`
# until it shows events, then `make test`; then again what needs no network, without one.
#
# The new system is the root of a mount namespace of its own, as it would be on a machine of its own
# (in a chroot there are no user namespaces); whatever happens, no mount outlives this script. Its packages come from where this machine's own do (or PORTWATCH_DEBIAN_MIRROR and
# PORTWATCH_DEBIAN_SECURITY_MIRROR say). The base and the packages fetched are kept for next time.

set -euo pipefail
cd "$(dirname "$0")/.."

suite=bookworm
cache=${XDG_CACHE_HOME:-/var/cache}/portwatch-tests
base=$cache/$suite.tar
work=build/fresh
root=$PWD/$work/root

die() {
	printf 'fresh: FAIL: %s\n' "$*" >&2
	exit 1
}

step() {
	printf 'fresh: %s\n' "$*"
}

[[ $(id -u) -eq 0 ]] || die "needs root: sudo make test-fresh"
if [[ ${PORTWATCH_FRESH-} != inside ]]; then
	packaging/deps.sh fresh
	PORTWATCH_FRESH=inside exec unshare --mount --propagation private "$0" "$@"
fi

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

# What runs in the new system is ours, and nothing but its mount namespace tells it from the rest of
# the machine.
end_processes() {
	local proc
	[[ -e $work/namespaces ]] || return 0
	for proc in /proc/[0-9]*; do
		! readlink "$proc/ns/mnt" 2>/dev/null | grep -qxFf "$work/namespaces" ||
			kill -KILL "${proc#/proc/}" 2>/dev/null || true
	done
}

finish() {
	local status=$?
	end_processes
	# Lazily: a killed process may hold one for an instant, and all go with the namespace anyway.
	awk -v root="$root" '$5 == root || index($5, root "/") == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		xargs -r umount --lazy 2>/dev/null || true
	[[ $status -ne 0 ]] || rm -rf "$work"
	exit $status
}

prepare() {
	local file
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

	mkdir -p "$root/src"
	{
		if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
			git ls-files --cached --others --exclude-standard
		else
			find . -path ./build -prune -o -type f -print
		fi
	} | while read -r file; do [[ ! -e $file ]] || printf '%s\n' "$file"; done |
		tar -cf - -T - | tar -C "$root/src" -xf -
}

in_root() {
	# shellcheck disable=SC2016 # for the shell within
	env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"${wrap[@]}" unshare --mount bash -c '
			readlink /proc/self/ns/mnt >>"$1" && cd "$2" && mkdir -p mnt/old &&
				pivot_root . mnt/old && cd / && umount --lazy /mnt/old && cd /src && eval "$3"
		' bash "$PWD/$work/namespaces" "$root" "$*" </dev/null
}
wrap=()

# As a person would: wait for the first events, press Ctrl-C. A connection that is refused at once
# is an event that needs no program.
try_run() {
	local log=$work/run.log pid status=0 tries
	set -m
	in_root 'exec make run' >"$log" 2>&1 &
	pid=$!
	set +m
	for ((tries = 0; tries < 1200; tries++)); do
		sleep 1
		kill -0 $pid 2>/dev/null || break
		(: </dev/tcp/127.0.0.1/9) 2>/dev/null || true
		! grep -q '127\.0\.0\.1:9\b' "$log" || break
	done
	kill -INT -- -$pid 2>/dev/null || true
	wait $pid || status=$?
	grep -E '^installing' "$log" || true
	tail -n 5 "$log"
	grep -q '127\.0\.0\.1:9\b' "$log" || die "make run showed no event, see $log"
	# make itself reports the Ctrl-C by dying of it
	[[ $status -eq 0 || $status -eq 130 ]] || die "make run ended with $status, see $log"
	! grep -q '\*\*\*' "$log" || die "make run complained, see $log"
}

try_test() {
	in_root 'make test' 2>&1 | tee "$work/test.log" || die "make test failed, see $work/test.log"
	grep -q '^Result: PASS' "$work/test.log" || die "make test counted nothing, see $work/test.log"
}

# No network, and apt out of the way: neither is missed.
try_offline() {
	wrap=(unshare --net)
	in_root 'mv /usr/bin/apt-get /usr/bin/apt-get.away && make deps SETS="build docs test" && make -q all tests docs' ||
		die "with everything present, something was still to install or to build"
}

rm -rf "$work"
mkdir -p "$root" "$cache"
trap finish EXIT
trap 'exit 130' INT TERM HUP
deb_lines=$(sources)
if [[ -e $base ]]; then
	tar -C "$root" -xf "$base"
else
	make_base
fi
prepare
step "make run"
try_run
step "make test"
try_test
step "again, without network and apt"
try_offline
step "PASS"
