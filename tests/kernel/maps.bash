# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Read and write the pinned maps of the tracker by hand. Needs jq and bpftool.

# map NAME: its elements, one a line: key and value as lists of bytes
map() {
	bpftool -j map dump pinned "$PIN/maps/$1" | jq -c '.[] | [.key, .value] | map(map(ltrimstr("0x")))'
}

# bytes LIST: as arguments
bytes() {
	jq -r 'join(" ")' <<<"$1"
}

# set_element MAP KEY VALUE: lists of bytes, in hexadecimal
set_element() {
	# shellcheck disable=SC2046 # words
	bpftool map update pinned "$PIN/maps/$1" key hex $(bytes "$2") value hex $(bytes "$3")
}

delete_element() {
	# shellcheck disable=SC2046 # words
	bpftool map delete pinned "$PIN/maps/$1" key hex $(bytes "$2")
}

# offset FIELD: in bytes, of a field of struct pw_sock
offset() {
	bpftool -j btf dump map pinned "$PIN/maps/sockets" value | jq --arg name "$1" '.types[] |
		select(.name == "pw_sock").members[] | select(.name == $name).bits_offset / 8'
}

# entry_of PORT: [key, value] of the socket that is bound to it
entry_of() {
	map sockets | jq -c --argjson o "$(offset lport)" --arg low "$(printf %02x $(($1 & 255)))" \
		--arg high "$(printf %02x $(($1 >> 8)))" 'select(.[1][$o] == $low and .[1][$o + 1] == $high)'
}
