# SPDX-License-Identifier: GPL-2.0-or-later
#
# Dependencies point down: main -> cmd -> {tui, http, print, flow -> {track, live} -> tables -> sys} -> model -> base.
# tui, http and print include none of the middle and are included by none of it: so flow prints nothing.
# BPF code includes only its own, include/ and vmlinux/, and only src/track speaks BPF.

BEGIN {
	rank["base"] = 0
	rank["model"] = 1
	rank["tui"] = rank["http"] = rank["print"] = rank["sys"] = 2
	rank["tables"] = 3
	rank["track"] = rank["live"] = 4
	rank["flow"] = 5
	rank["cmd"] = 6
	rank["main"] = 7
	face["tui"] = face["http"] = face["print"] = 1
}

function complain(why)
{
	printf "%s:%d: %s: %s\n", FILENAME, FNR, $0, why
	bad = 1
}

function exists(file,    line, found)
{
	found = (getline line < file) >= 0
	close(file)
	return found
}

FNR == 1 {
	bpf = FILENAME ~ /^bpf\//
	parts = split(FILENAME, part, "/")
	layer = parts > 2 ? part[2] : "main"
	folder = FILENAME
	sub(/[^\/]*$/, "", folder)
	if (!bpf && !(layer in rank))
		complain("a folder that is no layer, see tests/lint/layers.awk")
}

!/^[ \t]*#[ \t]*include[ \t]*[<"]/ { next }

{
	system_header = /</
	name = $0
	gsub(/^[^<"]*[<"]|[>"].*$/, "", name)
}

bpf && system_header {
	if (name !~ /^bpf\/bpf_/)
		complain("BPF code has no library but libbpf's helpers")
	next
}

bpf {
	if (!exists("bpf/" name) && !exists(folder name) && !exists("include/" name) && !exists("vmlinux/" name))
		complain("BPF code includes only bpf/, include/ and vmlinux/")
	next
}

system_header {
	if (name ~ /^bpf\// && layer != "track")
		complain("only src/track speaks BPF")
	next
}

name ~ /\.skel\.h$/ {
	if (layer != "track")
		complain("only src/track speaks BPF")
	next
}

exists("include/" name) { next }

{
	target = name
	if (!sub(/\/.*/, "", target))
		target = layer
	if (!(target in rank))
		complain("neither include/ nor a layer has it")
	else if (target != layer && (rank[target] >= rank[layer] || (target in face && rank[layer] < rank["cmd"])))
		complain(layer " must not depend on " target)
}

END { exit bad }
