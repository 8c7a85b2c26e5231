#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The README's two commands in a new Debian 12 that has only make added, on this kernel: `make run`
# until it shows events, then `make test`; then again what needs no network, without one.

set -euo pipefail
cd "$(dirname "$0")/.."

name=fresh
work=build/fresh
# shellcheck source-path=SCRIPTDIR source=root.sh
. tests/root.sh
root_enter "$@"

prepare() {
	local file
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

root_make
prepare
step "make run"
try_run
step "make test"
try_test
step "again, without network and apt"
try_offline
step "PASS"
