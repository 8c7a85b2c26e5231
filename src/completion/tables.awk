# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads what packaging/help-tables.sh prints, for the generator of each shell (awk -f tables.awk -f
# bash.awk), which only has to write. Leaves:
#
#	names[1..nr_commands], about[command]
#	options[1..nr_options]: of[i] (command, or "*"), short[i], long[i], value[i], text[i],
#	words[i] (the choices), kind[i]: "" (takes no value), words, list (of words, divided by
#	commas), port, pid, comm, user, netns, signal, file, dir, any

BEGIN {
	FS = "\t"
	split("PORT port PID pid NAME|UID user NETNS netns SIG signal FILE file DIR dir PATH dir", k, " ")
	for (i = 1; i in k; i += 2)
		kind_of[k[i]] = k[i + 1]
}

$1 == "command" { names[++nr_commands] = $2; about[$2] = $3 }
$1 == "of" { command = $2 }
$1 == "option" && !($2 == "Everywhere" && seen[$3 $4]++) {
	i = ++nr_options
	of[i] = $2 == "Everywhere" ? "*" : command
	short[i] = $3
	long[i] = $4
	value[i] = $5
	words[i] = $6
	text[i] = $7
	if (value[i] ~ /^[a-z|]+$/) {
		words[i] = value[i]
		gsub(/\|/, " ", words[i])
	}
	kind[i] = value[i] == ""    ? "" : \
		  value[i] == "LIST" ? "list" : \
		  words[i] != ""    ? "words" : \
		  long[i] == "--comm" ? "comm" : \
		  value[i] in kind_of ? kind_of[value[i]] : "any"
}

# Commands whose operands are PORTs.
$1 == "synopsis" && $2 ~ / PORT\.\.\./ { takes_ports[command] = 1 }
