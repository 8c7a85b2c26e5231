# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files of at most 400 lines, functions of at most 40. A table of constants in a function does not count.
# sizes.txt, read first, has the exceptions: path or path:function, the lines it may have, and why.

FILENAME ~ /sizes\.txt$/ {
	if (NF && !/^#/) {
		allowed[$1] = $2
		if (NF < 3)
			complain($1 " is an exception without a reason")
	}
	next
}

function complain(text)
{
	print text
	bad = 1
}

function check(what, lines, most)
{
	if (lines > (what in allowed ? allowed[what] : most))
		complain(sprintf("%s has %d lines, %d at most", what, lines, what in allowed ? allowed[what] : most))
	else if (what in allowed && lines < allowed[what])
		printf "note: tests/lint/sizes.txt: %s has %d lines only\n", what, lines
	seen[what] = 1
}

FNR == 1 {
	if (file)
		check(file, last, 400)
	file = FILENAME
	name = ""
	c = file ~ /\.[ch]$/
}

{ last = FNR }

c && /^[a-zA-Z_].*\(/ && !/;$/ && !/^(typedef|extern)/ {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
}
c && /^\{/ && name != "" { inside = 1; lines = -1; table = 0 }
c && inside && /^\tstatic const .*[={]$/ { table = 1 }
c && inside && !table { lines++ }
c && table && /^\t\};|^\t\} .*;$/ { table = 0 }
c && /^\}/ {
	if (inside && (lines > 41 || file ":" name in allowed))
		check(file ":" name, lines - 1, 40)
	inside = 0
}

END {
	check(file, last, 400)
	for (what in allowed)
		if (!(what in seen))
			print "note: tests/lint/sizes.txt: there is no " what
	exit bad
}
