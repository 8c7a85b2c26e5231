# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the completion for zsh, see tables.awk.

function quoted(s)
{
	gsub(/'/, "'\\''", s)
	return s
}

function described(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/:/, "\\:", s)
	gsub(/\[/, "\\[", s)
	gsub(/\]/, "\\]", s)
	return quoted(s)
}

# A specification of _arguments.
function spec(i,    s, action)
{
	action = kind[i] == "words" ? "(" words[i] ")" : \
		 kind[i] == "list" ? " _values -s , " substr(long[i], 3) " " words[i] : \
		 kind[i] == "file" ? "_files" : \
		 kind[i] == "dir"  ? "_files -/" : \
		 kind[i] == "user" ? "_users" : \
		 kind[i] == "any"  ? " " : "_portwatch_" kind[i] "s"
	s = kind[i] == "" ? "" : ":" described(value[i]) ":" action
	s = "'[" described(text[i]) "]" s "'"
	if (short[i] && long[i])
		return "'(" short[i] " " long[i] ")'{" short[i] (kind[i] ? "+" : "") "," long[i] \
			(kind[i] ? "=" : "") "}" s
	return (long[i] ? long[i] (kind[i] ? "=" : "") : short[i] (kind[i] ? "+" : "")) s
}

END {
	print "#compdef portwatch\n# Generated from the program's own option tables.\n"
	print "_portwatch_commands=("
	for (c = 1; c <= nr_commands; c++)
		printf "\t'%s:%s'\n", names[c], described(about[names[c]])
	print ")\n_portwatch_everywhere=("
	for (i = 1; i <= nr_options; i++)
		if (of[i] == "*")
			printf "\t%s\n", spec(i)
	print ")\n"
	while ((getline line < tail) > 0) {
		if (line != "\t@commands@") {
			print line
			continue
		}
		for (c = 1; c <= nr_commands; c++) {
			printf "\t%s) specs=(", names[c]
			for (i = 1; i <= nr_options; i++)
				if (of[i] == names[c])
					printf "\n\t\t%s", spec(i)
			if (takes_ports[names[c]])
				printf "\n\t\t'*:PORT:_portwatch_ports'"
			print "\n\t) ;;"
		}
	}
}
