#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A directory that is not a tracker's is never touched, whatever stands in it and whoever exchanges it meanwhile; and
# nobody can make a load wait without end. On BPF file systems of their own, in which everybody may make files.

load ../kernel/lib

# Attempts, none of which may succeed
ROUNDS=${ROUNDS:-$(times 500 10000)}

prepare() {
	need bpftool setpriv unshare
	ATTACK=$PORTWATCH_BUILD/tests/pinattack
	NOBODY=$(id -u nobody)
	FS=$(mktemp -d)
	chmod 755 "$FS"
	mount -t bpf -o mode=1777 bpf "$FS"
	PLACE=$FS/place
	mkdir -m 1777 "$PLACE"
	make_victim "$FS/victim"
}

teardown() {
	kernel_teardown
	[[ ! -v FS ]] || { umount "$FS"; rmdir "$FS"; }
}

# Somebody else's pins, under names that a tracker has, too
make_victim() {
	local pin
	mkdir -p "$1/maps" "$1/links" "$1/progs"
	for pin in maps/meta maps/sockets maps/other links/release__cgroup progs/walk; do
		bpftool map create "$1/$pin" type array key 4 value 8 entries 1 name victim
	done
}

victim_is_whole() {
	[[ $(find "$FS/victim" -type f | wc -l) -eq 5 ]]
}

# touches_nothing COMMAND DIR: it fails, in one line, and says that of DIR which $3 matches
touches_nothing() {
	run --separate-stderr "$PORTWATCH" --pin-dir "$2" "$1"
	echo "$1 $2: $status $output $stderr"
	[[ $status -eq 3 || $status -eq 5 ]]
	[[ ${#stderr_lines[@]} -eq 1 && $stderr = *$3* ]]
	victim_is_whole
}

@test "an ordinary directory with folders of these names" {
	dir=$(mktemp -d)
	mkdir "$dir"/maps "$dir"/links
	touch "$dir"/maps/europe.map "$dir"/maps/meta "$dir"/links/l
	for command in load unload; do
		touches_nothing "$command" "$dir" "not on a BPF file system"
	done
	[[ $(find "$dir" -type f | wc -l) -eq 3 ]]
	rm -r "$dir"
}

@test "symbolic links at every level, of root's own making too" {
	ln -s "$FS/victim" "$FS/link"
	mkdir "$FS/folders" "$FS/pins" "$FS/up"
	ln -s "$FS/victim/maps" "$FS/folders/maps"
	ln -s "$FS/victim/links" "$FS/folders/links"
	mkdir "$FS/pins/maps"
	ln -s "$FS/victim/maps/meta" "$FS/pins/maps/other-name"
	ln -s "$FS" "$FS/up/fs"
	for command in load unload; do
		touches_nothing "$command" "$FS/link" "symbolic link"
		touches_nothing "$command" "$FS/link/" "symbolic link"
		touches_nothing "$command" "$FS/folders" "symbolic link"
		touches_nothing "$command" "$FS/up/fs/victim" "symbolic link"
		touches_nothing "$command" "$FS/pins" "not a tracker's"
		touches_nothing "$command" "/proc/self/root$FS/victim" "symbolic link"
		touches_nothing "$command" "/proc/$$/cwd/$FS/victim" "symbolic link"
	done
	[[ -L $FS/pins/maps/other-name && -L $FS/folders/maps ]]
}

@test "a directory of another user's, or that others may write into" {
	for owner in nobody root; do
		mkdir -p "$FS/his/maps" "$FS/his/links"
		bpftool map create "$FS/his/maps/meta" type array key 4 value 8 entries 1 name his
		for part in his his/maps; do
			chown root "$FS/his" "$FS/his/maps"
			chmod 700 "$FS/his" "$FS/his/maps"
			chown "$owner" "$FS/$part"
			[[ $owner = nobody ]] || chmod g+w "$FS/$part"
			for command in load unload status check; do
				touches_nothing "$command" "$FS/his" "not root's alone"
			done
			run --separate-stderr "$PORTWATCH" --pin-dir "$FS/his" --json list
			[[ $(jq -r .source <<<"$output") != tracker && $stderr = *"not root's alone"* ]]
		done
		[[ -e $FS/his/maps/meta ]]
		rm -r "$FS/his"
	done
}

@test "a directory of root's that another program has" {
	for dir in "$FS/other" "$FS/other2"; do
		mkdir -p "$dir/maps"
		bpftool map create "$dir/maps/sockets" type array key 4 value 8 entries 1 name theirs
	done
	bpftool map create "$FS/other/maps/flows" type array key 4 value 8 entries 1 name theirs
	bpftool map create "$FS/other2/program" type array key 4 value 8 entries 1 name theirs
	for command in load unload; do
		touches_nothing "$command" "$FS/other" "not a tracker's"
		touches_nothing "$command" "$FS/other2" "not a tracker's"
	done
	[[ $(find "$FS/other" "$FS/other2" -type f | wc -l) -eq 4 ]]
}

# race COMMAND ROUNDS
race() {
	rm -rf "${PLACE:?}"/*
	run "$ATTACK" race "$PLACE" "$FS/victim" "$NOBODY" "$2" "$PORTWATCH" --pin-dir "$PLACE/pins" "$1"
	echo "# $1 against a directory that is exchanged without pause: $output" >&3
	[[ $status -eq 0 && $output = *" ok=0 "*" attacker=there" ]]
	victim_is_whole
}

@test "races between check and use" {
	race unload "$ROUNDS"
	race load "$((ROUNDS / 10))"
	race status "$((ROUNDS / 10))"
}

@test "the lock of a directory is not waited for without end, and its holder is named" {
	mkdir "$PIN"
	start holder "$ATTACK" lock "$PIN"
	holder=$RET
	await_line holder locked
	begin=$EPOCHSECONDS
	for command in load unload; do
		(run --separate-stderr "$PORTWATCH" --pin-dir "$PIN" "$command"
			echo "$status $stderr") >"$OUTPUTS/$command" &
		waiting+=("$!")
	done
	wait "${waiting[@]}"
	((EPOCHSECONDS - begin < 60))
	cat "$OUTPUTS"/{load,unload}
	for command in load unload; do
		[[ $(<"$OUTPUTS/$command") = "5 portwatch: $PIN is locked by the process with PID $holder" ]]
	done
	kill -KILL "$holder"
	await 5 dead "$holder"
	pw load
	pw unload
}

@test "nobody but root can hold the lock" {
	pw load
	for dir in "$PIN" "$PIN/maps" "$PIN/links" "$PIN/maps/sockets"; do
		run ! setpriv --reuid=nobody --clear-groups "$ATTACK" lock "$dir"
	done
}

# The path that realpath(3) names is another directory for whoever follows /proc/PID/root.
@test "a directory by way of another mount namespace" {
	start other unshare -Urm sh -c 'mount -t tmpfs t /sys/fs && mkdir -p /sys/fs/bpf/pins && echo there && exec sleep 60'
	pid=$RET
	await 5 grep -qs there "$OUTPUTS/other" || skip "no user namespaces"
	[[ -d /proc/$pid/root/sys/fs/bpf/pins ]]
	for command in load unload status; do
		touches_nothing "$command" "/proc/$pid/root/sys/fs/bpf/pins" "symbolic link"
	done
}
